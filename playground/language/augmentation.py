"""Makes variants of a sentence by words: deleted, replaced, inserted or swapped, which should keep its label; or negated, which doesn't.

Wei and Zou 2019, EDA (arXiv:1901.11196), with short lists of its own in place of WordNet: no list knows whether a word in its context
keeps the meaning. Knows no model and no labels.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Mapping

import regex

from playground.lab.text import Language
from playground.language.segmentation import segment

# Words of one group can replace one another without changing a review's polarity, in most contexts.
_GROUPS: Mapping[Language, tuple[str, ...]] = {
    Language.ZH: (
        "很 非常 十分 特别 相当 挺", "比较 较", "但是 但 可是 不过", "也 还", "因为 由于", "所以 因此", "这个 那个", "我们 大家",
        "觉得 感觉 认为", "酒店 宾馆", "房间 客房", "价格 价钱 价位", "早餐 早饭", "设施 设备", "前台 总台", "服务员 工作人员",
        "便宜 实惠", "好 不错", "喜欢 喜爱", "满意 称心", "方便 便利", "干净 整洁", "舒服 舒适", "漂亮 好看 美观", "快 迅速",
        "差 糟糕", "失望 沮丧", "麻烦 烦人", "陈旧 老旧", "太 过于", "买 购买", "看到 见到", "电脑 机器", "笔记本 本本", "屏幕 屏",
        "速度 运行速度", "外观 外形", "散热 散热性能", "书 图书", "内容 文字", "孩子 小孩", "推荐 建议", "值得 值", "问题 毛病",
        "以后 今后", "已经 早已", "可以 能", "时候 时", "东西 商品", "总体 整体", "晚上 夜里", "一般 普通",
    ),
    Language.EN: (
        "very really quite", "but yet", "and plus", "also too", "because since", "we they", "this that", "good nice fine",
        "great excellent wonderful", "bad poor awful", "love like enjoy", "hate dislike", "hotel place", "room suite", "bed mattress",
        "breakfast meal", "staff personnel", "clean tidy spotless", "dirty filthy grubby", "quiet silent peaceful", "loud noisy",
        "cheap inexpensive", "friendly kind helpful", "rude unfriendly", "slow sluggish", "fast quick", "small tiny little",
        "big large", "book volume", "story tale plot", "page sheet", "author writer", "chapter section", "laptop machine computer",
        "screen display", "battery cell", "keyboard keys", "broken faulty", "cold chilly", "hot warm", "bright light", "old worn",
        "new recent", "easy simple", "perfect ideal", "worth deserving", "twice repeatedly", "every each",
        "night evening", "minutes moments", "bought purchased", "found discovered", "gave handed", "kept stayed", "thin flimsy",
        "solid sturdy", "lovely charming delightful", "boring dull tedious", "price cost",
    ),
}  # fmt: skip
_FILLERS: Mapping[Language, str] = {
    Language.ZH: "了 也 就 还 都 这 我 在 时 里 呢 啊 其实 当时 这次 这里 自己 一下 我们 今天 后来 的话",
    Language.EN: "the a also then there here just so this that our well now again today indeed somehow once of it",
}
_NEGATIONS: Mapping[Language, regex.Pattern[str]] = {
    # Not where the character is part of a word or a question that denies nothing.
    Language.ZH: regex.compile(
        r"不(?![过仅但管论然久断同少愧止])(?<!差不)(?<!(?:是|能|会|要|好|有)不(?=(?:是|能|会|要|好)))|没有|没(?!收)"
    ),
    Language.EN: regex.compile(r"(?i)\b(?:not|never)\b ?|(?<=\w)n['’]t\b"),
}
# A negation is put in front of the first of these in Chinese, behind it in English.
_ANCHORS: Mapping[Language, frozenset[str]] = {
    Language.ZH: frozenset(
        "很 非常 太 好 是 能 会 可以 值得 喜欢 推荐 满意 方便 舒服 干净 漂亮 便宜 快 差 贵 麻烦 失望 一般 挺 比较 特别 适合".split()
    ),
    Language.EN: frozenset("is was are were be been am has had have can could will would did does do should".split()),
}
KINDS = ("delete", "replace", "insert", "swap")


def augment(text: str, language: Language, *, kind: str, share: float, seed: int) -> str:
    """Returns a variant of the text with `share` (0 to 1) of its words changed, at least one, the same for the same seed.

    `kind`: "delete" leaves words out, but never the last one; "replace" puts another word of the same group in place of those that
    have one, and leaves a text without such words as it is; "insert" adds words that say little; "swap" exchanges pairs of words.
    Words are those of `segment`; marks stay. A text without a letter or digit is returned unchanged.
    Raises ValueError for another kind or share.
    """
    if kind not in KINDS or not 0 <= share <= 1:
        raise ValueError(f"a kind of {KINDS} and a share from 0 to 1")
    parts, places = _words_of(text)
    if not places or not share:
        return text
    # Seeded by a string, which Python hashes the same in every process.
    drawn = random.Random(f"{seed}\0{kind}\0{text}")
    wanted = max(1, round(share * len(places)))
    _CHANGES[kind](parts, places, wanted, Language(language), drawn)
    return _tidy("".join(parts), text)


def flip_negation(text: str, language: Language) -> str:
    """Returns the text without its negations (不, 没, not, never, n't), or with one added if there are none: its label changes.

    A rule by words: 不错 becomes 错, and a text that negates in other words ("hardly", "nobody", 无法) is negated once more.
    """
    language = Language(language)
    without = _NEGATIONS[language].sub(lambda found: "有" if found.group() == "没有" else "", text)
    if without != text:
        return _tidy(without, text)
    parts, places = _words_of(text)
    if not places:
        return text
    anchor = next((place for place in places if parts[place].lower() in _ANCHORS[language]), None)
    if language is Language.ZH:
        parts.insert(places[-1] if anchor is None else anchor, "不")
    elif anchor is None:
        parts.insert(places[0], "not ")
    else:
        parts.insert(anchor + 1, " not")
    return _tidy("".join(parts), text)


def _words_of(text: str) -> tuple[list[str], list[int]]:
    """Returns the segments of a text, and the places of those that are words."""
    parts, places = _segmented(text)
    return list(parts), list(places)


# Several variants are made of each text of a data set, and cutting it into words is most of the work.
@functools.lru_cache(maxsize=4096)
def _segmented(text: str) -> tuple[tuple[str, ...], tuple[int, ...]]:
    segments = segment(text, "word")
    return tuple(part.text for part in segments), tuple(place for place, part in enumerate(segments) if part.is_content)


def _delete(parts: list[str], places: list[int], wanted: int, language: Language, drawn: random.Random) -> None:
    for place in drawn.sample(places, min(wanted, len(places) - 1)):
        parts[place] = ""


def _replace(parts: list[str], places: list[int], wanted: int, language: Language, drawn: random.Random) -> None:
    groups = _replacements(language)
    known = [place for place in places if parts[place].lower() in groups]
    for place in drawn.sample(known, min(wanted, len(known))):
        old = parts[place]
        new = drawn.choice(groups[old.lower()])
        parts[place] = new.capitalize() if old[:1].isupper() else new


def _insert(parts: list[str], places: list[int], wanted: int, language: Language, drawn: random.Random) -> None:
    fillers, gap = _FILLERS[language].split(), " " if language is Language.EN else ""
    for place in sorted((drawn.choice(places) for _ in range(wanted)), reverse=True):
        parts.insert(place, drawn.choice(fillers) + gap)


def _swap(parts: list[str], places: list[int], wanted: int, language: Language, drawn: random.Random) -> None:
    if len(places) < 2:
        return
    # Each swap moves two words.
    for _ in range(max(1, wanted // 2)):
        first, second = drawn.sample(places, 2)
        parts[first], parts[second] = parts[second], parts[first]


_CHANGES: Mapping[str, Callable[[list[str], list[int], int, Language, random.Random], None]] = {
    "delete": _delete, "replace": _replace, "insert": _insert, "swap": _swap,
}  # fmt: skip


@functools.cache
def _replacements(language: Language) -> dict[str, tuple[str, ...]]:
    """Returns, for every word of a group, the others of that group."""
    found: dict[str, tuple[str, ...]] = {}
    for line in _GROUPS[language]:
        group = line.split()
        for word in group:
            found[word] = tuple(other for other in group if other != word)
    return found


def _tidy(changed: str, text: str) -> str:
    """Removes double spaces and spaces before a mark that a change has left; returns the text itself if nothing remains."""
    changed = regex.sub(r"(?<=\S) +(?=[,.;:!?])", "", regex.sub(r"(?<=\S) {2,}", " ", changed)).strip()
    return changed if any(character.isalnum() for character in changed) else text

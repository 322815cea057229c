"""Texts worth trying: those on which a method visibly fails, and examples; and what the cards say of them."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.chinese.findings import Findings
from playground.topics.chinese.settings import Settings


def _auction(settings: Settings, found: Findings) -> bool:
    """Whether the bats that are sold out become an auction."""
    return found.cuts["precise"] == ("乒乓球", "拍卖", "完", "了")


def _lost(settings: Settings, found: Findings) -> bool:
    """Whether WordPiece loses more than BPE, which loses some, and bytes lose nothing."""
    return found.trained["wordpiece"].lost > found.trained["bpe"].lost > 0 == found.trained["byte_bpe"].lost


_RARE = "我叫𪚥𠮷㐂，住在南京"

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="一元模型不看上下文", en="A unigram model sees no context"),
        {"text": "乒乓球拍卖完了"},
        Text(
            zh="卖完的是乒乓球拍，jieba 却切出“拍卖”：词频之积最大的路径不是这句话的意思。",
            en="The bats (乒乓球拍) are sold out, but jieba finds an auction (拍卖): the path with the largest product of frequencies isn't what is meant.",
        ),
        _auction,
    ),
    Failure(
        Text(zh="没有字节就会丢字", en="Without bytes characters are lost"),
        {"text": _RARE, "own_text": False},
        Text(
            zh="WordPiece 丢掉整段，BPE 丢掉生僻字，字节级 BPE 一个也不丢。",
            en="WordPiece loses whole runs, BPE the rare characters, byte-level BPE nothing.",
        ),
        _lost,
    ),
)

_HMM: dict[str, Any] = {"text": "这是一段中文文本"}
_OWN_WORD: dict[str, Any] = {"text": "南京市长江大桥", "words": "江大桥 10000000\n南京市 0"}
_MARRIED: dict[str, Any] = {"text": "结婚的和尚未结婚的"}

EXAMPLES = (
    Example(Text(zh="这是一段中文文本", en="这是一段中文文本"), _HMM),
    Example(Text(zh="自定义词改变最优路径", en="A user word changes the best path"), _OWN_WORD),
    Example(Text(zh="结婚的和尚未结婚的", en="Married, and not yet married"), _MARRIED),
    Example(
        Text(zh="中英混排", en="Both languages"),
        {
            "text": Text(
                zh="用 Transformer 做中英翻译，BLEU 提高了2.5。", en="The word 翻译 means translation, 北京 is Beijing."
            )
        },
    ),
)


def _bridge(settings: Settings, found: Findings) -> bool:
    graph = found.graph
    if graph is None:
        return False
    best = graph.candidates[0]
    at = {(arc.start, arc.end): arc.log_probability for arc in graph.arcs}
    mayor = sum(at[border] for border in ((0, 2), (2, 4), (4, 5), (5, 7)))
    return graph.text == "南京市长江大桥" and best.words == ("南京市", "长江大桥") and best.log_probability - mayor > 5


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“词图”与“最优与次优路径”：默认文本里“南京市 / 长江大桥”的词频概率远高于“南京 / 市长 / 江 / 大桥”",
            en="See “Word graph” and “Best paths”: on the default text 南京市 / 长江大桥 (Nanjing, Yangtze bridge) is far likelier by frequency than 南京 / 市长 / 江 / 大桥 (Nanjing, mayor, Jiang Daqiao)",
        ),
        {},
        _bridge,
    ),
    Claim(
        Text(
            zh="“乒乓球拍卖完了”就切成了“乒乓球 / 拍卖 / 完 / 了”（失败示例“一元模型不看上下文”）",
            en="becomes 乒乓球 / 拍卖 / 完 / 了 (ping-pong balls, auction): run the failure “A unigram model sees no context”",
        ),
        FAILURES[0].values,
        _auction,
    ),
    Claim(
        Text(
            zh="看“歧义处”：示例“结婚的和尚未结婚的”里，“和尚”跨过了“和 / 尚未”的边界",
            en="see “Ambiguous places” in the example “Married, and not yet married”: 和尚 (monk) crosses the border between 和 (and) and 尚未 (not yet)",
        ),
        _MARRIED,
        lambda settings, found: any("和尚" in one.crossing and one.best[:2] == ("和", "尚未") for one in found.places),
    ),
    Claim(
        Text(
            zh="加“江大桥”并给它足够高的频率，最优路径就跟着变（示例“自定义词改变最优路径”）",
            en="give 江大桥 a high one and the best path follows (the example “A user word changes the best path”)",
        ),
        _OWN_WORD,
        lambda settings, found: found.graph is not None and "江大桥" in found.graph.candidates[0].words,
    ),
    Claim(
        Text(
            zh="看“模型的词元与字节”：每个字节都标着属于哪个字",
            en="See “The model's tokens and bytes”: each byte names the character that it belongs to",
        ),
        {},
        lambda settings, found: any(token.is_bytes and token.characters == "𠮷" for token in found.tokens),
    ),
    Claim(
        Text(
            zh="看“简体、繁体、全角”：同一句话，模型的损失和词元数都会变",
            en="See “Simplified, traditional, full width”: loss and tokens of one sentence change with its form",
        ),
        {},
        lambda settings, found: (
            len({form.bits for form in found.forms.values()}) > 1 < len({form.tokens for form in found.forms.values()})
        ),
    ),
    Claim(
        Text(
            zh="看“同一文本的各种切法”：模型的切分与 jieba 的不同，没有经过 jieba",
            en="See “One text, cut in every way”: the model's cut differs from jieba's, and jieba had no part in it",
        ),
        {},
        lambda settings, found: tuple(token.text for token in found.tokens) != found.cuts["precise"],
    ),
    Claim(
        Text(
            zh="运行示例“这是一段中文文本”：jieba 的结果是 这是 / 一段 / 中文 / 文本；其中“这是”不在词典里，是 HMM 拼出来的，关掉 HMM 就成了 这 / 是",
            en="Run the example “这是一段中文文本”: jieba says 这是 / 一段 / 中文 / 文本. The dictionary lacks 这是, which the HMM joined; without the HMM it is 这 / 是",
        ),
        _HMM,
        lambda settings, found: (
            found.cuts["precise"] == ("这是", "一段", "中文", "文本") and found.without_hmm[:2] == ("这", "是")
        ),
    ),
    Claim(
        Text(
            zh="运行失败示例“没有字节就会丢字”：WordPiece 整段变成 [UNK]，字节级 BPE 一个字符也没有丢",
            en="Run the failure “Without bytes characters are lost”: WordPiece turns the whole run into [UNK], while byte-level BPE loses no character",
        ),
        FAILURES[1].values,
        _lost,
    ),
    Claim(
        Text(
            zh="压缩率表里要连“丢失字符”一起看",
            en="Read the compression table with its column “characters lost”",
        ),
        {},
        lambda settings, found: found.rates["wordpiece"].lost > found.rates["byte_bpe"].lost == 0,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里用的 `tokenizers` 库训练 WordPiece 时和 BPE 一样按频次合并",
            en="the `tokenizers` library used here trains WordPiece by plain frequency like BPE",
        ),
        "tests/language/test_trained_tokenizers.py::test_wordpiece_is_trained_by_plain_frequency_like_bpe",
    ),
    Pinned(
        Text(
            zh="这个实验把两种提示下的分数并列",
            en="the lab shows the scores under two prompts side by side",
        ),
        "playground/topics/chinese/test_lab.py::test_the_models_preference_against_a_loop",
    ),
)

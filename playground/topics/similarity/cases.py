"""Texts worth comparing: those on which a method visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.similarity.findings import Findings
from playground.topics.similarity.scoring import METHODS, RAW
from playground.topics.similarity.settings import Settings


def _roles_unseen(settings: Settings, found: Findings) -> bool:
    """Whether all seven methods put the line with swapped roles (the first) above the paraphrase (the second)."""
    return all(found.of(method).ranks[0] < found.of(method).ranks[1] for method in METHODS)


def _unrelated_high(settings: Settings, found: Findings) -> bool:
    """Whether an unrelated line has a raw cosine above 0.8, though not above what random pairs reach."""
    state = found.raw_state
    return not settings.centre and state.scores[0] > 0.8 and state.scores[0] < state.random_high


def _no_common_word(settings: Settings, found: Findings) -> bool:
    """Whether BM25 prefers the line that shares words (the second) to the one that means the same (the first)."""
    return found.of("bm25").scores[0] < found.of("bm25").scores[1]


def _only_states_respond(settings: Settings, found: Findings) -> bool:
    """Whether the prompted state, in both variants, alone scores the changed sentence below the reworded one in more than half of the items."""
    shares = {name: one.all_controlled.value for name, one in found.methods.items()}
    states = [shares.pop(name) for name in ("state", "state" + RAW)]
    return all(0.6 <= share <= 0.75 for share in states) and max(shares.values()) <= 0.5


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="谁咬了谁", en="Who bit whom"),
        {
            "text": Text(zh="警察抓住了小偷。", en="The dog chased the cat."),
            "others": Text(
                zh="小偷抓住了警察。\n那个贼被民警逮捕了。", en="The cat chased the dog.\nA hound ran after a kitten."
            ),
        },
        expect=Text(
            zh="第 1 行换了角色，意思相反；七种方法却都给它比改写（第 2 行）更高的分。",
            en="Line 1 swaps the roles and says the opposite; all seven methods score it above the paraphrase in line 2.",
        ),
        seen=_roles_unseen,
    ),
    Failure(
        Text(zh="毫不相干的 0.9", en="0.9 for nothing in common"),
        {
            "text": Text(zh="冰箱里的牛奶过期了。", en="The milk in the fridge has gone off."),
            "others": Text(zh="董事会批准了并购方案。", en="The board approved the merger."),
            "centre": False,
        },
        expect=Text(
            zh="两句毫不相干，原始余弦却超过 0.8；随机句对的第 95 百分位比它还高。",
            en="The two have nothing in common, yet their raw cosine is above 0.8; the 95th percentile of random pairs is higher still.",
        ),
        seen=_unrelated_high,
    ),
    Failure(
        Text(zh="换个说法就搜不到", en="The same in other words"),
        {
            "text": Text(zh="怎么重置密码？", en="How do I reset my password?"),
            "others": Text(
                zh="登录口令忘了，想另设一个。\n怎么重置路由器？",
                en="I can't remember what I need to type to sign in.\nHow do I reset my router?",
            ),
        },
        expect=Text(
            zh="第 1 行意思最近，但没有共同的词；BM25 把共用“怎么重置”的第 2 行排在前面。",
            en="Line 1 is closest in meaning but shares hardly a word; BM25 puts line 2 first, for “How do I reset my”.",
        ),
        seen=_no_common_word,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="中英互译", en="Across languages"),
        {
            "text": Text(zh="图书馆周末不开门。", en="The library is closed at the weekend."),
            "others": Text(
                zh="The library is closed at the weekend.\nThe library bought new books.\nIt rained all weekend.",
                en="图书馆周末不开门。\n图书馆买了新书。\n周末一直在下雨。",
            ),
        },
    ),
    Example(
        Text(zh="在名单里搜索", en="Search a list"),
        {
            "text": Text(zh="电池充不进电怎么办", en="my battery won't charge"),
            "others": Text(
                zh="手机插上电源后电量不增加，先换一根数据线试试。\n如何关闭自动更新。\n电池的回收地点在小区东门。\n充电桩安装需要物业同意。\n屏幕不亮时长按电源键十秒。",
                en="If the phone gains no power when plugged in, try another cable first.\nHow to turn off automatic updates.\n"
                "Batteries can be recycled at the east gate.\nA wall box needs the landlord's consent.\nHold the power key for ten seconds if the screen stays dark.",
            ),
        },
    ),
    Example(
        Text(zh="近似重复", en="Near-duplicates"),
        {
            "text": Text(
                zh="本店所有商品支持七天无理由退货，运费由买家承担。",
                en="All goods can be returned within seven days; the buyer pays for shipping.",
            ),
            "others": Text(
                zh="本店所有商品均支持七天无理由退货，运费由买家承担！\n本店所有商品支持三十天无理由退货，运费由卖家承担。\n退货请先联系客服。",
                en="All goods can be returned within seven days, the buyer pays for shipping!\n"
                "All goods can be returned within thirty days; the seller pays for shipping.\nPlease write to us before you return anything.",
            ),
        },
    ),
    Example(
        Text(zh="中英混排", en="Both languages in one"),
        {
            "text": Text(zh="这个 bug 明天 fix 不了。", en="The 会议 starts at nine."),
            "others": Text(
                zh="这个缺陷明天修不好。\nThis bug can't be fixed tomorrow.\n明天有 meeting。",
                en="The meeting starts at nine.\n会议九点开始。\nThe meeting was cancelled.",
            ),
        },
    ),
)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“随机句对的分数”：原始余弦的随机均值在 0.8 以上，减去均值后落到 0 附近",
            en="See “Scores of random pairs”: the mean raw cosine is above 0.8, and with the mean removed it falls to about 0",
        ),
        {},
        lambda settings, found: found.raw_state.random_mean > 0.8 and abs(found.methods["state"].random_mean) < 0.1,
    ),
    Claim(
        Text(
            zh="但在这里它与人工分级的相关没有因此变高",
            en="but here it doesn't raise the correlation with the grades",
        ),
        {},
        lambda settings, found: (
            (found.methods["state"].grades.value or 0) <= (found.methods["state" + RAW].grades.value or 0)
        ),
    ),
    Claim(
        Text(
            zh="看“挑战集”：没有一种方法在一半以上的组里把改动句排到改写句后面",
            en="See the table of the challenge set: no method puts the changed sentence behind the paraphrase in half of the items",
        ),
        {},
        lambda settings, found: all(one.all_changes.value < 0.5 for one in found.methods.values()),
    ),
    Claim(
        Text(
            zh="看“对照：同样大小的近义改动”：提示状态在约三分之二的组里给改动句更低的分，其余方法都不超过一半",
            en="See the table of the control: the prompted state scores the changed sentence lower in about two thirds of the items, every other method in at most half",
        ),
        {},
        _only_states_respond,
    ),
    Claim(
        Text(
            zh="默认的前两行里，改写的分数就低于否定句",
            en="With the default lines the paraphrase scores below the negated sentence",
        ),
        {},
        lambda settings, found: all(found.of(method).scores[0] < found.of(method).scores[1] for method in METHODS),
    ),
    Claim(
        Text(
            zh="运行失败示例“毫不相干的 0.9”：原始余弦超过 0.8，却低于随机句对的第 95 百分位",
            en="Run the failure “0.9 for nothing in common”: the raw cosine is above 0.8, yet below the 95th percentile of random pairs",
        ),
        FAILURES[1].values,
        _unrelated_high,
    ),
    Claim(
        Text(
            zh="运行失败示例“换个说法就搜不到”：BM25 把意思最近的一行排在后面",
            en="Run the failure “The same in other words”: BM25 puts the line closest in meaning second",
        ),
        FAILURES[2].values,
        _no_common_word,
    ),
    Claim(
        Text(
            zh="运行失败示例“谁咬了谁”：七种方法都把换了角色的句子排在改写前面",
            en="Run the failure “Who bit whom”: all seven methods put the sentence with swapped roles above the paraphrase",
        ),
        FAILURES[0].values,
        _roles_unseen,
    ),
    Claim(
        Text(
            zh="看“枢纽”表：减去均值后，偏度和最大次数都降下来",
            en="See the table of hubs: with the mean removed, skewness and the largest count both fall",
        ),
        {},
        lambda settings, found: (
            found.hubness["centred"].largest < found.hubness["raw"].largest
            and found.hubs_less is not None
            and found.hubs_less.high < 0
        ),
    ),
    Claim(
        Text(
            zh="看“量化向量的召回”：只存符号时召回明显下降，用浮点向量重排前 40 个候选又补回大半",
            en="See the panel of quantized vectors: with signs alone recall falls clearly, and rescoring the 40 best candidates in float wins most of it back",
        ),
        {},
        lambda settings, found: (
            found.code("binary").high < found.code("int8").low
            and found.code("rescored").recall > (1 + found.code("binary").recall) / 2
        ),
    ),
    Claim(
        Text(
            zh="看“与人工分级的相关”：区间彼此重叠得厉害，60 对分不出大多数方法的高下",
            en="See the chart of graded pairs: the intervals overlap widely, and 60 pairs can't tell most of the methods apart",
        ),
        {},
        lambda settings, found: (
            sum(
                (found.methods[a].grades.low or 0) <= (found.methods[b].grades.high or 0)
                and (found.methods[b].grades.low or 0) <= (found.methods[a].grades.high or 0)
                for a in METHODS
                for b in METHODS
                if a < b
            )
            > len(METHODS) * (len(METHODS) - 1) // 4
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里除以较长一句的长度，再用 1 减去",
            en="here it is divided by the longer length and subtracted from 1",
        ),
        "playground/topics/similarity/test_lab.py::test_edit_similarity_by_dynamic_programming",
    ),
    Pinned(
        Text(
            zh="这里的“逐词对齐”用同样的算法，除以词数，但状态没有为此训练过",
            en="The lab's word alignment computes the same score, divided by the number of words, on states that were never trained for it",
        ),
        "playground/topics/similarity/test_lab.py::test_late_interaction_by_loops",
    ),
    Pinned(
        Text(
            zh="“提示状态”就是它",
            en="that is the lab's “prompted state”",
        ),
        "tests/language/test_sentence_vectors.py::test_one_pass_gives_the_prompted_state_and_the_mean_of_each_words_tokens",
    ),
)

"""Settings worth trying: those under which the method visibly fails, examples; and what the cards say of them."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.cross_lingual.findings import Findings
from playground.topics.cross_lingual.settings import Settings


def _free_rotation_breaks(settings: Settings, found: Findings) -> bool:
    """Whether a free rotation from few pairs is worse than none, beyond the intervals."""
    return found.chosen.english_first.high < found.steps["removed"].english_first.low


def _early_layer_fails(settings: Settings, found: Findings) -> bool:
    """Whether hardly any translation comes first."""
    return found.chosen.english_first.high < 0.5


def _languages_apart(settings: Settings, found: Findings) -> bool:
    """Whether most sentences' nearest neighbour is of their own language, by the interval."""
    return found.same.low > 0.7


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="20 对译句，自由旋转", en="A free rotation from 20 pairs"),
        values={"rotation": "free"},
        expect=Text(
            zh="句对数远少于维数，旋转在句对张不到的方向上是任意的：检索比不旋转差得多。",
            en="With far fewer pairs than dimensions the rotation is arbitrary outside their span: retrieval is far worse than without it.",
        ),
        seen=_free_rotation_breaks,
    ),
    Failure(
        label=Text(zh="第 4 层", en="Layer 4"),
        values={"layer": 4},
        expect=Text(
            zh="提示末词元在这一层还没有读出整句的意思，译句多半找不到。",
            en="At this layer the prompted state doesn't yet represent the sentence's meaning: most translations are not found.",
        ),
        seen=_early_layer_fails,
    ),
    Failure(
        label=Text(zh="原始向量，第 11 层", en="Raw vectors, layer 11"),
        values={"layer": 11, "removed": False, "sentences": 150},
        expect=Text(
            zh="不减均值时，中英混合的候选里，七成以上的句子最近的是同语言的另一句，而不是译句。",
            en="Without removing the means, in a pool of both languages, more than 70% of the sentences are nearest to another one of their own language, not to their translation.",
        ),
        seen=_languages_apart,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="成语与直译", en="Idioms"),
        {
            "text": Text(
                zh="画蛇添足 | to gild the lily\n对牛弹琴 | casting pearls before swine\n一石二鸟 | to kill two birds with one stone",
                en="to gild the lily | 画蛇添足\ncasting pearls before swine | 对牛弹琴\nto kill two birds with one stone | 一石二鸟",
            )
        },
    ),
    Example(
        Text(zh="否定与数字", en="Negation and numbers"),
        {
            "text": Text(
                zh="门开着。 | The door is open.\n门没开。 | The door is not open.\n有 3 个人来了。 | Three people came.\n有 30 个人来了。 | Thirty people came.",
                en="The door is open. | 门开着。\nThe door is not open. | 门没开。\nThree people came. | 有 3 个人来了。\nThirty people came. | 有 30 个人来了。",
            )
        },
    ),
    Example(
        Text(zh="中文标注迁移到英文", en="From Chinese labels to English"),
        {"source": "zh"},
    ),
    Example(
        Text(zh="不成对的句子", en="Sentences without a pair"),
        {"text": Text(zh="The soup is cold.\n我的航班取消了。\n这个 API 返回 404。", en="我的航班取消了。\nThe soup is cold.\n这个 API 返回 404。")},
    ),
)  # fmt: skip


def _layer_by_layer(settings: Settings, found: Findings) -> bool:
    """Whether layer 4 finds almost no translation and layer 16 the great majority, by the intervals."""
    return found.removed_by_layer[4].high < 0.25 and found.removed_by_layer[16].low > 0.85


def _means_matter(settings: Settings, found: Findings) -> bool:
    """Whether removing the means puts at least a fifth more of the sentences right at layer 12."""
    return found.removed_by_layer[12].value - found.raw_by_layer[12].value >= 0.2


def _twenty_pairs_break(settings: Settings, found: Findings) -> bool:
    """Whether the free rotation from the last number of pairs is below no rotation, beyond the intervals."""
    return found.rotations.pairs[-1] == 20 and found.rotations.free[-1].high < found.removed_by_layer[found.layer].low


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="把高级设置里检索用的译句调到全部 150 对，提示末词元的向量在第 4 层几乎找不到译句，到第 16 层绝大多数都找得到",
            en="with all 150 pairs (an advanced setting) the prompted state finds almost no translation at layer 4 and the great majority at layer 16",
        ),
        {"sentences": 150},
        _layer_by_layer,
    ),
    Claim(
        Text(
            zh="同一张图里，第 12 层减均值比原始向量多找对许多句",
            en="In the same chart, at layer 12, removing the means finds many more translations than the raw vectors do",
        ),
        {},
        _means_matter,
    ),
    Claim(
        Text(
            zh="自由旋转用 20 对就把检索毁掉",
            en="where a free rotation from 20 pairs ruins retrieval",
        ),
        {},
        _twenty_pairs_break,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里的第 16 层是事先定下的",
            en="Layer 16 was fixed here beforehand",
        ),
        "playground/topics/cross_lingual/test_lab.py::test_the_layer_is_fixed_beforehand_and_means_are_of_the_sentences_searched",
    ),
    Pinned(
        Text(
            zh="这里取的是被检索的句子自己的均值",
            en="Here it is the mean of the sentences that are searched",
        ),
        "playground/topics/cross_lingual/test_lab.py::test_the_layer_is_fixed_beforehand_and_means_are_of_the_sentences_searched",
    ),
    Pinned(
        Text(
            zh="这里只有求旋转才用译句来拟合，检索用译句来评测",
            en="Here only the rotation is fitted on translations; retrieval is evaluated on them",
        ),
        "playground/topics/cross_lingual/test_lab.py::test_nothing_is_fitted_on_the_sentences_that_retrieval_is_measured_on",
    ),
    Pinned(
        Text(
            zh="这里的训练集正负各半",
            en="here both training sets are balanced",
        ),
        "playground/topics/cross_lingual/test_lab.py::test_reviews_are_balanced_and_apart",
    ),
    Pinned(
        Text(
            zh="这里只抽一次，区间不含这部分方差",
            en="Here there is a single sample, and the interval doesn't include that variance",
        ),
        "playground/topics/cross_lingual/test_lab.py::test_few_labels_are_one_sample_of_the_first",
    ),
)

"""Settings of the bench worth a run: failures and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.bench.findings import Findings
from playground.topics.bench.settings import Settings


def _loops(settings: Settings, found: Findings) -> bool:
    """Whether six characters in a row occur twice in A's text."""
    text = found.generated.a
    return any(text.count(text[start : start + 6]) > 1 for start in range(len(text) - 5))


def _b_is_lost(settings: Settings, found: Findings) -> bool:
    """Whether B's perplexity is more than ten times A's."""
    ratio = found.reading.perplexity_ratio
    return ratio is not None and ratio > 10


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="贪心陷入循环", en="greedy loops"),
        {
            "text": Text(zh="人生最重要的事情是", en="The most important thing in life is"),
            "b.quantization": "none",
            "max_tokens": 48,
        },
        Text(
            zh="A 没有惩罚，会反复写同样的话；B 的重复惩罚把它拉了出来。",
            en="A has no penalty and says the same again and again; B's repetition penalty gets out of it.",
        ),
        _loops,
    ),
    Failure(
        Text(zh="剪掉一半神经元", en="half the neurons gone"),
        {"b.quantization": "none", "b.pruning": "structured", "b.sparsity": 0.5, "b.repetition_penalty": 1.0},
        Text(
            zh="B 的困惑度升高十倍以上，输出不成句子。",
            en="B's perplexity is more than ten times A's, and its output is no sentence.",
        ),
        _b_is_lost,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="影评", en="Review"),
        {
            "text": Text(
                zh="这部电影的画面很美，可惜故事讲得太拖沓，看到一半我就睡着了。",
                en="The pictures are lovely, but the story drags so badly that I fell asleep halfway through.",
            )
        },
    ),
    Example(
        Text(zh="新闻", en="News"),
        {
            "text": Text(
                zh="北京时间周三上午，中国人民银行宣布下调存款准备金率，",
                en="On Wednesday morning the central bank announced that it would lower interest rates, and",
            )
        },
    ),
    Example(
        Text(zh="int8 对基线", en="int8 against baseline"), {"b.quantization": "int8", "b.repetition_penalty": 1.0}
    ),
    Example(
        Text(zh="Wanda 剪枝", en="Wanda pruning"),
        {"b.quantization": "none", "b.pruning": "wanda", "b.sparsity": 0.5, "b.repetition_penalty": 1.0},
    ),
)

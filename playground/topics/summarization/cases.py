"""Texts worth trying: those on which a method visibly fails, and examples."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.summarization.findings import Findings
from playground.topics.summarization.settings import Settings, example


def _values(zh: str, en: str, **more: Any) -> dict[str, Any]:
    text, reference = example(zh, en)
    return {"text": text, "reference": reference, **more}


def _lead_misses(settings: Settings, found: Findings) -> bool:
    """Whether the lead's ROUGE-1 is below a third of the bound's."""
    lead, bound = found.rouge_1("lead"), found.rouge_1("bound")
    return lead is not None and bound is not None and lead < bound / 3


def _nothing_by_default(settings: Settings, found: Findings) -> bool:
    """Whether the bound has a ROUGE-1 above 0.4 and the default tokenizer gives every method 0."""
    bound = found.rouge_1("bound")
    by_default = [one.rouge["ascii"].one.f1 for one in found.summaries.values() if one.rouge]
    return bound is not None and bound > 0.4 and not any(by_default)


def _repeats_itself(settings: Settings, found: Findings) -> bool:
    """Whether TextRank's two sentences are those that say the same."""
    return set(found.summaries["textrank"].chosen) == {REPEATED, REPEATED + 1}


REPEATED = 1
_REPEATING = Text(
    zh="清溪桥昨天通车。市长宣布，新的清溪桥全长八百米，将把过江时间缩短到五分钟。市长还宣布，全长八百米的新清溪桥将把过江时间缩短到五分钟。"
    "附近的居民担心噪声。渡口的摆渡人老秦已经六十一岁，今后打算去学校做保安。",
    en="Clearbrook Bridge opened on Monday. The mayor said that the new bridge, 800 metres long, will cut the crossing of the river to five"
    " minutes. The mayor added that the crossing of the river will be cut to five minutes by the new bridge, 800 metres long. People nearby"
    " fear the noise. Hugh Penn, who ran the ferry until he was 61, will guard a school.",
)

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="重点在后，取前 k 句落空", en="The point comes late: the lead misses it"),
        values=_values("zh-07", "en-06") | {"model.max_tokens": 8, "model.shots": 0},
        expect=Text(
            zh="会议纪要先写出席和背景，决定在最后：开头两句的 ROUGE-1 不到抽取上界的三分之一。",
            en="Minutes begin with who was present and end with what was decided: the lead's ROUGE-1 is below a third of the bound's.",
        ),
        seen=_lead_misses,
    ),
    Failure(
        label=Text(zh="照抄开头", en="It copies the opening"),
        values=_values("zh-02", "zh-02") | {"model.shots": 2, "model.max_tokens": 40},
        expect=Text(
            zh="给了两个示例，模型仍逐字抄下文章的开头，连抄 15 个词以上。",
            en="Shown two examples, the model still copies the opening word for word, more than 15 words in a row.",
        ),
        seen=lambda settings, found: found.summaries["model"].longest_copy > 15,
    ),
    Failure(
        label=Text(zh="中文不分词，ROUGE 为 0", en="Chinese without a tokenizer: ROUGE is 0"),
        values=_values("zh-03", "zh-03") | {"model.max_tokens": 8, "model.shots": 0},
        expect=Text(
            zh="按字计算，抽取上界的 ROUGE-1 在 0.4 以上；rouge_score 的默认分词下，每种方法都是 0。",
            en="By characters the bound's ROUGE-1 is above 0.4; by rouge_score's default tokenizer every method gets 0.",
        ),
        seen=_nothing_by_default,
    ),
    Failure(
        label=Text(zh="TextRank 选了两句一样的", en="TextRank chooses the same thing twice"),
        values={"text": _REPEATING, "reference": "", "sentences": 2, "model.max_tokens": 8, "model.shots": 0},
        expect=Text(
            zh="两句说的是一件事，共有的词最多，互相抬高得分，于是一起入选；它没有去重这一步。",
            en="Two sentences say the same, share the most words and raise each other's score, so both are chosen: it has no step against repetition.",
        ),
        seen=_repeats_itself,
    ),
)

EXAMPLES = (
    Example(Text(zh="灯塔看守人：故事", en="The clock: a story"), _values("zh-06", "en-04")),
    Example(Text(zh="降息：数字多", en="Bread prices: many figures"), _values("zh-30", "en-05")),
    Example(Text(zh="重复惩罚 1.3：少抄，多编", en="Repetition penalty 1.3: fewer copies, more inventions"),
            _values("zh-22", "en-02") | {"model.repetition_penalty": 1.3}),
)  # fmt: skip

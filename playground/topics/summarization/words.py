"""What the summarization topic says around its numbers: the prediction, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text, say
from playground.lab.topic import Example, Failure, Outcome, Prediction
from playground.topics.summarization.settings import example
from playground.topics.summarization.summaries import NAMES

# Words in a row from which on one speaks of copying: no two people would write them alike by chance.
LONG_COPY = 8
COPIES = Text(
    zh="它在抄，不是在概括：{share} 的词逐字来自原文，最长连抄 {longest} 个词，出自全文 {total} 句中的第 {sentence} 句。基座模型没学过“摘要”这项任务，续写里概率最高的就是眼前的句子。",
    en="It copies and doesn't summarize: {share} of its words are taken over as they stand, {longest} in a row at most, from"
    " sentence {sentence} of {total}. A base model never learnt the task; the likeliest continuation is the sentence before its eyes.",
)

COPIES_EXAMPLE = Text(
    zh="它抄的是提示里的示例，不是你的文档：连续 {longest} 个词与“{title}”的摘要相同。示例教的是格式，小模型却把内容也当成了答案；换示例、换顺序，或改成 0 个示例试试。",
    en="It copies an example of the prompt and not your document: {longest} words in a row are those of the summary of “{title}”. Examples are"
    " meant to teach the form, and a small model takes their content for the answer. Try another number of examples, or none.",
)


def row_of(table: Any, method: str) -> tuple[Any, ...] | None:
    """A method's row of a table that begins with its name."""
    if table is None:
        return None
    return next((row for row in table.rows if say(row[0], "en") == say(NAMES[method], "en")), None)


def order_of(result: Any, method: str) -> list[int]:
    """The sentences that a method chose, by their place in the text (from 0), in the order of choice."""
    if result.scores is None:
        return []
    passage = next((one for one in result.scores.passages if say(one.name, "en") == say(NAMES[method], "en")), None)
    if passage is None:
        return []
    marked = [(int(span.mark), index) for index, span in enumerate(passage.spans) if span.mark]
    return [index for _, index in sorted(marked)]


def _first(result: Any) -> Outcome | None:
    chosen = order_of(result, "textrank")
    if not chosen:
        return None
    passage = next(one for one in result.scores.passages if say(one.name, "en") == say(NAMES["textrank"], "en"))
    text = " ".join(passage.spans[chosen[0]].text.split())
    short = text if len(text) <= 60 else text[:60] + "…"
    answer = str(chosen[0] + 1) if chosen[0] < 5 else "later"
    return Outcome(
        answer, Text(zh="得分最高的是第 {n} 句：{text}", en="the highest score has sentence {n}: {text}").format(n=chosen[0] + 1, text=short)
    )  # fmt: skip


PREDICTION = Prediction(
    Text(zh="TextRank 会先选中第几句？", en="Which sentence does TextRank choose first?"),
    _first,
    (
        *((str(n), Text(zh=f"第 {n} 句", en=f"the {name}")) for n, name in enumerate(("first", "second", "third", "fourth", "fifth"), 1)),
        ("later", Text(zh="第 6 句或更后", en="a later one")),
    ),
)  # fmt: skip


def f1_of(result: Any, method: str, column: int = 1) -> float | None:
    """A method's F1 in the ROUGE table: column 1 is ROUGE-1 in the language's own unit, the last the default tokenizer's."""
    row = row_of(result.rouge, method)
    return None if row is None else float(row[column])


def longest_copy(result: Any) -> int:
    """Words in a row that the model took over."""
    row = row_of(result.figures, "model")
    return int(row[3]) if row is not None else 0


def unsupported(result: Any, method: str = "model") -> int:
    """Names and numbers that the source lacks."""
    row = row_of(result.figures, method)
    return int(row[-1]) if row is not None else 0


def _values(zh: str, en: str, **more: Any) -> dict[str, Any]:
    text, reference = example(zh, en)
    return {"text": text, "reference": reference, **more}


def _repeats_itself(settings: Any, result: Any) -> bool:
    return set(order_of(result, "textrank")) == {REPEATED, REPEATED + 1}


REPEATED = 1
_REPEATING = Text(
    zh="清溪桥昨天通车。市长宣布，新的清溪桥全长八百米，将把过江时间缩短到五分钟。市长还宣布，全长八百米的新清溪桥将把过江时间缩短到五分钟。"
    "附近的居民担心噪声。渡口的摆渡人老秦已经六十一岁，今后打算去学校做保安。",
    en="Clearbrook Bridge opened on Monday. The mayor said that the new bridge, 800 metres long, will cut the crossing of the river to five"
    " minutes. The mayor added that the crossing of the river will be cut to five minutes by the new bridge, 800 metres long. People nearby"
    " fear the noise. Hugh Penn, who ran the ferry until he was 61, will guard a school.",
)

FAILURES: tuple[Failure, ...] = (
    Failure(
        label=Text(zh="重点在后，首句法落空", en="The point comes late: the lead misses it"),
        values=_values("zh-07", "en-06") | {"model.max_tokens": 8, "model.shots": 0},
        expect=Text(
            zh="会议纪要先写出席和背景，决定在最后：开头两句的 ROUGE-1 不到抽取上界的三分之一。",
            en="Minutes begin with who was present and end with what was decided: the lead's ROUGE-1 is below a third of the bound's.",
        ),
        seen=lambda settings, result: f1_of(result, "lead") < f1_of(result, "bound") / 3,  # type: ignore[operator]
    ),
    Failure(
        label=Text(zh="照抄开头", en="It copies the opening"),
        values=_values("zh-02", "zh-02") | {"model.shots": 2, "model.max_tokens": 40},
        expect=Text(
            zh="给了两个示例，模型仍逐字抄下文章的开头，连抄 15 个词以上。",
            en="Shown two examples, the model still copies the opening word for word, more than 15 words in a row.",
        ),
        seen=lambda settings, result: longest_copy(result) > 15,
    ),
    Failure(
        label=Text(zh="中文不分词，ROUGE 为 0", en="Chinese without a tokenizer: ROUGE is 0"),
        values=_values("zh-03", "zh-03") | {"model.max_tokens": 8, "model.shots": 0},
        expect=Text(
            zh="按字计算，抽取上界的 ROUGE-1 在 0.4 以上；rouge_score 的默认分词下，每种方法都是 0。",
            en="By characters the bound's ROUGE-1 is above 0.4; by rouge_score's default tokenizer every method gets 0.",
        ),
        seen=lambda settings, result: f1_of(result, "bound") > 0.4 and all(row[-1] == 0 for row in result.rouge.rows),  # type: ignore[operator]
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

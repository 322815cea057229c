"""What the lab of zero-shot classification is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.data import sets
from playground.explanation.striking import struck_units
from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Bars, Heatmap, Table, panel, undrawn
from playground.lab.shared_controls import lime_samples, seed, text
from playground.lab.text import Label, Language, Text
from playground.lab.token_panels import Attribution
from playground.topics.zero_shot.findings import Findings
from playground.topics.zero_shot.verbalizer import LONGEST_TEXT, MOST_TEXTS

NAMES: dict[str, Label] = {
    "raw": Text(zh="原始", en="raw"),
    "length": Text(zh="按长度归一", en="by length"),
    "contextual": Text(zh="上下文校准", en="contextual"),
    "domain": Text(zh="领域校准", en="domain"),
    "pmi": "PMI",
    "batch": Text(zh="批校准", en="batch"),
    "vectors": Text(zh="句向量", en="vectors"),
}


def example_texts(task: str, language: Language) -> str:
    """Returns the project's labelled texts of a task (topic or sentiment) as lines of label, tab, text."""
    return "\n".join(f"{item.label}\t{item.text}" for item in sets.examples(language) if item.task == task)


@dataclass(frozen=True)
class Settings:
    text: str = text(
        max_chars=LONGEST_TEXT, lines=2,
        default=Text(zh="雨下得太大，比赛推迟到周日。", en="Heavy rain moved the match to Sunday."),
    )  # fmt: skip
    labels: str = text_box(
        Text(zh="标签", en="Labels"), max_chars=400, lines=4,
        default=Text(zh="体育\n财经\n美食\n天气", en="sports\nmoney\nfood\nweather"),
        help=Text(
            zh="一行一个，2 到 8 个。要模型生成别的词，写“类名 = 词 | 词”，例如“好评 = 好 | 棒”；把词对调就是翻转标签。",
            en="One a line, 2 to 8. To let the model generate other words write “class = word | word”, as “positive = good | great”; exchange the"
            " words to flip the labels.",
        ),
    )  # fmt: skip
    template: str = text_box(
        Text(zh="模板", en="Template"), max_chars=200, lines=2,
        default=Text(zh="{text}\n类别：", en="{text}\nCategory:"),
        help=Text(
            zh="{text} 处放文本，末尾接标签；{labels} 处列出全部标签（可不写）。细看的是这个模板，统计用固定的 24 个。",
            en="The text comes at {text}, the label at the end; {labels}, if you like, lists them. This template is looked into; the spread is that of a"
            " fixed 24.",
        ),
    )  # fmt: skip
    texts: str = text_box(
        Text(zh="带标签的文本", en="Labelled texts"), max_chars=20_000, lines=6,
        default=Text(zh=example_texts("topic", Language.ZH), en=example_texts("topic", Language.EN)),
        help=Text(
            zh="一行一条：标签、制表符或冒号、文本（标签也可在行末），8 到 80 行。只用来测准确率和作批校准的一批，从不教给模型。",
            en="One a line: label, tab or colon, text (or the label last); 8 to 80 lines. For accuracy, and as the batch to calibrate by; the model is never taught them.",
        ),
    )  # fmt: skip
    method: str = choice(
        Text(zh="细看哪种得分", en="Score to look into"),
        {name: NAMES[name] for name in ("raw", "contextual", "domain", "pmi", "batch")},
        default="batch", compact=False,
        help=Text(zh="模板网格和 LIME 用它。", en="For the grid of templates and for LIME."),
    )  # fmt: skip
    asked: int = number(
        Text(zh="测多少条文本", en="Texts to test"), default=16, low=8, high=MOST_TEXTS, step=4, advanced=True,
        help=Text(zh="从带标签的文本里按类均匀抽取。每条要在 24 个模板下打分。", en="Drawn evenly over the classes. Each is scored under 24 templates."),
    )  # fmt: skip
    vectors: str = choice(
        Text(zh="句向量", en="Sentence vectors"),
        {"average": Text(zh="词嵌入平均（不过模型）", en="averaged embeddings (no pass)"), "state": Text(zh="提示状态", en="prompted states")},
        default="average", advanced=True,
    )  # fmt: skip
    samples: int = lime_samples(default=32, low=16, high=256, step=16)
    seed: int = seed(Text(zh="抽文本、随机词与 LIME", en="Texts and words drawn, and LIME"))
    struck: str = struck_units()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    answers: Heatmap | None = panel(
        Text(zh="你的文本：各得分给的概率", en="Your text: probabilities by score"), half=True,
        hint=Text(zh="在你的模板下，概率只在这几个标签之间分", en="Under your template; probability is shared among these labels alone"),
    )  # fmt: skip
    votes: Heatmap | None = panel(
        Text(zh="你的文本：24 个模板怎么判", en="Your text: how 24 templates vote"), half=True,
        hint=Text(zh="格中是把文本判为该标签的模板个数", en="Cells count the templates that give the text this label"),
    )  # fmt: skip
    scores: Table | None = panel(
        Text(zh="准确率：平均、区间与各模板之间的差距", en="Accuracy: mean, interval, and its spread over templates"),
        hint=Text(
            zh="平均：各文本在 24 个模板下答对的比例；区间（t，95%）按文本算，模板是固定的；增益与原始按文本配对",
            en="Mean: of the texts' shares of right templates; 95% t intervals over texts, templates being fixed; the gain over raw is paired by text",
        ),
    )
    spread: Heatmap | None = panel(
        Text(zh="24 个模板的准确率分布", en="How accuracy is spread over the 24 templates"),
        hint=Text(
            zh="格中是准确率落在这一段的模板个数", en="Cells count the templates whose accuracy is in this range"
        ),
    )
    grid: Heatmap | None = panel(
        Text(zh="各模板的准确率", en="Accuracy template by template"), half=True,
        hint=Text(zh="上面三行是原始得分，下面三行是细看的得分；格中是答对的文本数", en="Upper three rows: raw score; lower three: the score looked into; cells count the texts that are right"),
    )  # fmt: skip
    levels: Table | None = panel(
        Text(zh="模板的哪一部分要紧", en="Which part of a template matters"), half=True,
        hint=Text(zh="含该写法的模板的平均准确率与按文本的 95% 区间", en="Mean accuracy of the templates that have it, with 95% interval over texts"),
    )  # fmt: skip
    priors: Bars | None = panel(
        Text(zh="模型自带的偏好", en="What the model prefers by itself"),
        hint=Text(
            zh="没有内容时各标签的概率，24 个模板的平均；误差线是最小与最大的模板。批：真实文本的平均预测",
            en="Each label's probability without content, mean of 24 templates, bars from the least to the most. Batch: the mean prediction for real texts",
        ),
    )
    competition: Table | None = panel(
        Text(zh="词形竞争：模型自己想接什么", en="Surface-form competition: what the model itself would say"), half=True,
        hint=Text(zh="你的文本在你的模板之后的下一个词元，概率对整个词表", en="The next token after your text in your template, over the whole vocabulary"),
    )  # fmt: skip
    semantics: Table | None = panel(
        Text(zh="标签的词义：换个对应会怎样", en="Label semantics: the same words for other classes"), half=True,
        hint=Text(zh="批校准的预测不变，只改哪个词代表哪一类", en="The same batch-calibrated predictions, only with the words standing for other classes"),
    )  # fmt: skip
    picked: Table | None = panel(
        Text(zh="用标签挑模板：挑时与挑后", en="A template picked with labels: before and after"), half=True,
        hint=Text(zh="随机对半 200 次：一半上挑最好的，在另一半上测；方括号是 95% 的划分", en="200 random halves: picked on one, tested on the other; brackets hold 95% of the halves"),
    )  # fmt: skip
    lime: Attribution | None = panel(
        Text(zh="LIME：标签由哪些词定", en="LIME: which words decide the label"),
        hint=Text(zh="用你的模板，逐词看它对标签的作用", en="In your template, what each word does to the label"),
        half=True,
    )
    read: Table | None = panel(
        Text(zh="读到了什么，怎么写成提示", en="What was read, and how it is prompted"),
        hint=Text(zh="各类别与所用的词，以及整份提示", en="The classes with their words, and the whole prompt"),
    )

"""What the lab of context is asked, and what it shows; knows no computation."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.panels import Bars, Lines, Metrics, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import seed, side, unit
from playground.lab.text import Label, Text
from playground.lab.token_panels import Attribution
from playground.topics.context.few_shot import MOST_ASKED, MOST_EXAMPLES
from playground.topics.context.findings import Findings

FORMS: dict[str, Label] = {
    "question": Text(zh="问答", en="question"),
    "opening": Text(zh="接着写", en="opening"),
}
TASKS: dict[str, Label] = {
    "topic": Text(zh="主题（4 类）", en="topic (4 classes)"),
    "sentiment": Text(zh="褒贬（2 类）", en="sentiment (2 classes)"),
}
DEFAULT_QUESTION = Text(zh="外婆送给小林什么？", en="What colour is Maya's bicycle?")
DEFAULT_A = Text(
    zh="昨天下了一场雨。生日那天，外婆送给小林一把吉他。邻居家的狗叫了一夜。",
    en="It rained yesterday. Maya painted her bicycle green. The neighbour's dog barked all night.",
)
DEFAULT_B = Text(
    zh="昨天下了一场雨。生日那天，外婆送给小林一把雨伞。邻居家的狗叫了一夜。",
    en="It rained yesterday. Maya painted her bicycle blue. The neighbour's dog barked all night.",
)
MOST_CONTEXT = 600


@dataclass(frozen=True)
class Context:
    """The text before the question."""

    context: str = text_box(
        Text(zh="上下文", en="Context"), default=DEFAULT_A, max_chars=MOST_CONTEXT, lines=4,
    )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    question: str = text_box(
        Text(zh="问题", en="Question"), default=DEFAULT_QUESTION, max_chars=200, lines=2,
    )  # fmt: skip
    a: Context = side("a", Context)
    b: Context = side("b", Context, context=DEFAULT_B)
    unit: str = unit(Text(zh="解释的单元", en="Explain by"))
    task: str = choice(
        Text(zh="示例的任务", en="Task of the examples"), TASKS, default="topic",
        help=Text(
            zh="上下文学习曲线用的小数据集，为本项目所写；语言随问题。",
            en="The small labelled set of the in-context curve, written for this project, in the question's language.",
        ),
    )  # fmt: skip
    form: str = choice(
        Text(zh="提问方式", en="How it is asked"), FORMS, default="question", advanced=True,
        help=Text(
            zh="问答：前面先放几个问答示例；接着写：问题是半句话，模型往下写。",
            en="Question: worked examples precede it. Opening: the question is the beginning of a sentence, which the model continues.",
        ),
    )  # fmt: skip
    answer: str = text_box(
        Text(zh="要解释的答案（留空：各侧自己生成的）", en="Answer to explain (blank: what each side generates)"),
        default="", max_chars=40, lines=1, optional=True, advanced=True,
    )  # fmt: skip
    distractors: int = number(
        Text(zh="干扰句数", en="Distractor sentences"), default=4, low=1, high=24, advanced=True,
        help=Text(zh="位置实验里与事实句混排的句子，取自本项目的问答集。",
                  en="Sentences among which the position experiment places the fact, from this project's question set."),
    )  # fmt: skip
    orders: int = number(
        Text(zh="干扰句的排法数", en="Orders of the distractors"), default=2, low=1, high=6, advanced=True
    )
    examples: int = number(
        Text(zh="最多示例数", en="Most examples"), default=4, low=1, high=MOST_EXAMPLES, advanced=True
    )
    draws: int = number(
        Text(zh="示例的抽取次数", en="Draws of examples"), default=1, low=1, high=6, advanced=True,
        help=Text(zh="每次抽取换一组示例和顺序；文本分给各次抽取，每条只问一次。",
                  en="Each draw takes other examples in another order. The draws share the texts out, each of which is asked about once."),
    )  # fmt: skip
    texts: int = number(
        Text(zh="问的文本数", en="Texts asked about"), default=12, low=8, high=MOST_ASKED, step=4, advanced=True,
        help=Text(zh="准确率由这么多条文本算出，各类一样多；越多，区间越窄。",
                  en="Accuracy is of so many texts, as many of each class; with more the interval is narrower."),
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    distribution: Bars | None = panel(
        Text(zh="下一个词元的分布：无上下文、A、B", en="The next token: without context, under A, under B"),
        hint=Text(
            zh="同一个问题，同一个模型，只换前面的文字",
            en="The same question and model; only the text before it changes",
        ),
    )
    answers: Table | None = panel(
        Text(
            zh="生成的答案，和每个答案在各上下文下的对数概率",
            en="What is answered, and how likely each answer is under each context",
        ),
        hint=Text(
            zh="自然对数，答案各词元之和；0 是必然",
            en="Natural logarithm, summed over the answer's tokens; 0 is certain",
        ),
    )
    figures: Metrics | None = panel(
        Text(zh="上下文留下了什么", en="What the context leaves behind"),
        hint=Text(
            zh="A 对 B：词元、键值字节，以及离没有上下文有多远",
            en="A against B: tokens, bytes of keys and values, and how far from no context",
        ),
    )
    words: SideBySide[Attribution] | None = panel(
        Text(zh="去掉一个词，答案变了多少", en="Take a word out: what happens to the answer"),
        hint=Text(
            zh="答案的对数概率之差；正的词支持答案，负的词妨碍它",
            en="Change of the answer's log-probability; a positive word supports the answer, a negative one hinders it",
        ),
    )
    ranking: SideBySide[Table] | None = panel(
        Text(zh="两种排名：去掉它，和注意力", en="Two rankings: taking it out, and attention"),
        hint=Text(
            zh="下降最多的 10 个，和注意力最高的 3 个。注意力是生成答案前那个位置给该词的份额，各层各头平均",
            en="The ten that fall most, and the three most read. Attention: what the position before the answer pays to the word, mean of all layers and heads",
        ),
    )
    sentences: SideBySide[Table] | None = panel(
        Text(zh="逐句：去掉一整句", en="By sentence: take a whole one out"),
        hint=Text(
            zh="去掉说出事实的那一句，答案应当退回没有上下文时的样子",
            en="Without the sentence that states the fact, the answer should fall back to what it is without context",
        ),
    )
    position: Lines | None = panel(
        Text(zh="同一个事实，放在开头、中间、末尾", en="The same fact first, in the middle, last"),
        hint=Text(
            zh="事实是最有作用的那一句，混在干扰句里；色带是几种排法的上下限",
            en="The fact is the sentence that matters most, among distractors; the band spans the orders",
        ),
        half=True,
    )
    examples: Lines | None = panel(
        Text(zh="示例数与准确率", en="Examples in context against accuracy"),
        hint=Text(
            zh="不更新任何权重，只在前面多放几个带标签的例子",
            en="No weight is updated; labelled examples are put in front, nothing else",
        ),
        half=True,
    )
    prompts: Table | None = panel(
        Text(zh="模型实际读到的文字", en="What the model actually reads"), hint=Text(zh="每种提示的全文，换行有标记", en="Every prompt in full, line breaks marked"),
    )  # fmt: skip
    tokenizers: Table | None = panel(
        Text(zh="分词器没有中文时", en="When a tokenizer has no Chinese"),
        hint=Text(
            zh="英文分词器是此刻在本项目的英文上训练的字节级 BPE",
            en="The English tokenizer is a byte-level BPE trained just now on this project's English texts",
        ),
    )  # fmt: skip

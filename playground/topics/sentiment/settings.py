"""What the lab of sentiment is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.explanation.striking import struck_units
from playground.lab.controls import choice, group, text_box
from playground.lab.panels import Bars, Lines, Prose, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import lime_samples, seed, unit
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Attribution
from playground.lab.variant import Variant
from playground.topics.sentiment.findings import Findings


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="文本 A", en="Text A"), max_chars=400, lines=2,
        default=Text(zh="这本书很好看，推荐。", en="I enjoyed this good film."),
    )  # fmt: skip
    other: str = text_box(
        Text(zh="文本 B（留空则自动改写 A）", en="Text B (blank: A with a small change)"),
        default="", max_chars=400, lines=2, optional=True,
    )  # fmt: skip
    change: str = choice(
        Text(zh="B 为空时，怎样改 A", en="How A is changed when B is blank"),
        {
            "negation": Text(zh="加或去否定词", en="negate"),
            "intensifier": Text(zh="加强或减弱", en="intensify or weaken"),
            "swap": Text(zh="换成反义词", en="swap a word"),
        },
        default="negation",
    )  # fmt: skip
    unit: str = unit(Text(zh="解释的单元", en="Explain by"))
    samples: int = lime_samples(
        default=128,
        low=32,
        high=512,
        step=32,
        help=Text(zh="长文本会自动减少样本，以免太慢。", en="Long texts get fewer, so that they do not take too long."),
    )
    seed: int = seed()
    weights: Variant = group(Text(zh="权重", en="Weights"), Variant, advanced=True)
    struck: str = struck_units(Text(zh="A 中划去的单元", en="Units of A struck out"))
    struck_b: str = struck_units(Text(zh="B 中划去的单元", en="Units of B struck out"))


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    change: Prose | None = panel(Text(zh="对照的两句", en="The two texts"))
    answers: Table | None = panel(
        Text(zh="各方法的判断，附准确率", en="What each method says, and how often it is right"),
        hint=Text(
            zh="准确率在没有参与训练的文本上量得（SnowNLP 见过中文的那些），方括号内为 95% 区间；不作答的不算错，另给作答比例",
            en="Accuracy on texts that none was fitted to (SnowNLP had seen the Chinese ones), 95% interval in brackets; no answer is no error, the share answered is given",
        ),
    )
    probabilities: Bars | None = panel(
        Text(zh="偏向正面还是负面", en="Which way each method leans"),
        hint=Text(
            zh="正面概率减 0.5：向上为正面，向下为负面，没有柱子就是没有作答",
            en="p(positive) minus 0.5: up is positive, down is negative, no bar is no answer",
        ),
    )
    lime: SideBySide[Attribution] | None = panel(
        Text(zh="LIME", en="LIME"),
        hint=Text(
            zh="每个词把探针的正面概率推高还是压低；解释的是探针，不是模型生成的字",
            en="What each word adds to the probe's probability of positive: the probe is explained, not what the model would generate",
        ),
    )
    shapley: SideBySide[Attribution] | None = panel(
        Text(zh="Shapley 值", en="Shapley values"),
        hint=Text(
            zh="按所有加入顺序平均的贡献（7 个单元以内精确，更多时用随机顺序估计），总和等于全文与去掉全部单元之差",
            en="Averaged over the orders of adding words (exact up to 7 units, estimated from random orders above); they add up to the text's value minus that without any",
        ),
    )
    occlusion: SideBySide[Attribution] | None = panel(
        Text(zh="留一法", en="Leave-one-out"),
        hint=Text(zh="去掉这个词，概率降多少", en="How far the probability falls without the word"),
    )
    clauses: SideBySide[Table] | None = panel(
        Text(zh="逐分句（方面）", en="By clause (aspect)"),
        hint=Text(
            zh="每个分句说的是什么，探针与词典各怎么判",
            en="What each clause is about, and what probe and lexicon say of it",
        ),
    )
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力", en="Attention"),
        hint=Text(
            zh="探针那次前向计算里，信息从哪里读取；不等于判断靠什么",
            en="Where information is read from in the probe's pass, which is not what the answer rests on",
        ),
    )
    reliability: Lines | None = panel(
        Text(zh="可靠性图：探针的概率与实际", en="Reliability diagram: the probe's probabilities against the facts"),
        hint=Text(
            zh="在对角线上，概率就等于实际比例；低于它是偏向正面，高于它是偏向负面",
            en="On the diagonal a probability is the share that is positive; below it the probe is too positive, above it too negative",
        ),
        half=True,
    )
    leakage: Table | None = panel(
        Text(zh="训练时见过与没见过", en="Seen in training and unseen"),
        hint=Text(
            zh="同一个方法，在它拟合过的评论上和留出的评论上",
            en="The same method on reviews that it was fitted to and on held-out ones",
        ),
        half=True,
    )
    learned: Table | None = panel(
        Text(zh="探针从什么学来", en="What the probe learnt from"),
        hint=Text(
            zh="没有英文标签、有英文标签、没有这个领域的英文标签：在英文上各对多少",
            en="How often it is right in English with no English label, with some, and with none of the domain that is judged",
        ),
    )
    challenge: Table | None = panel(
        Text(zh="难句集：各方法答对几句", en="Hard sentences: how many each method gets right"),
        hint=Text(
            zh="为本项目写的、与 A 同语言的 30 句，没有用来训练或选择任何方法；成对的句子另计：两句都对才算",
            en="30 sentences in A's language, written for this project; no method was fitted or chosen on them; pairs count apart, when both are right",
        ),
    )

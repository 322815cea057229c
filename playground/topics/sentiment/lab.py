"""Topic 29: the sentiment of two texts by several methods, why, and how often each method is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from playground.explanation.agreement import rank_correlation
from playground.explanation.attention import attention_panel
from playground.explanation.attribution import Numbers, attribution_panel
from playground.explanation.lime_text import ROUNDS, lime
from playground.explanation.occlusion import leave_one_out
from playground.explanation.removal import Removable, cut
from playground.explanation.shapley import shapley
from playground.explanation.values import Target, class_target
from playground.lab.bench import Bench
from playground.lab.controls import choice, group, number, text_box
from playground.lab.panels import Bars, Prose, SideBySide, Table, panel
from playground.lab.text import Text
from playground.lab.token_panels import Attention, Attribution
from playground.lab.topic import Group, Topic
from playground.lab.variant import Variant
from playground.learning import sentiment
from playground.models.language_model import LanguageModel
from playground.topics.sentiment import answers
from playground.topics.sentiment.cases import EXAMPLES, FAILURES
from playground.topics.sentiment.change import Change, change
from playground.topics.sentiment.clauses import clauses
from playground.topics.sentiment.lexicon import hits, probability
from playground.topics.sentiment.methods import METHODS, challenged, quick, slow
from playground.topics.sentiment.prompted import ask
from playground.topics.sentiment.talk import PREDICTION, followups

MOST_UNITS = 30
# 2^8 texts for each side; above that random orders cost less and say how sure they are.
EXACT_TO, ORDERS = 8, 8
# Tokens of perturbed texts that LIME, and that Shapley, may put through the model for a side: some seconds on two cores.
MOST_TOKENS = 24_000
LEAVE_ONE_OUT = Text(zh="留一法", en="leave-one-out")


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="文本 A", en="Text A"), max_chars=400, lines=2,
        default=Text(zh="这本书很好看，推荐给大家。", en="The film is good and I enjoyed every minute."),
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
    unit: str = choice(
        Text(zh="解释的单元", en="Explain by"),
        {"word": Text(zh="词", en="word"), "character": Text(zh="字", en="character"), "token": Text(zh="模型词元", en="model token")},
        default="word",
    )  # fmt: skip
    samples: int = number(
        Text(zh="LIME 样本数", en="LIME samples"),
        default=192,
        low=32,
        high=512,
        step=32,
        advanced=True,
        help=Text(zh="长文本会自动减少样本，以免太慢。", en="Long texts get fewer, so that they do not take too long."),
    )
    seed: int = number(Text(zh="随机种子", en="Seed"), default=0, low=0, high=2**31 - 1, slider=False, advanced=True)
    weights: Variant = group(Text(zh="权重", en="Weights"), Variant, advanced=True)


@dataclass(frozen=True)
class Result:
    """None: not computed yet."""

    change: Prose | None = panel(Text(zh="对照的两句", en="The two texts"))
    answers: Table | None = panel(
        Text(zh="各方法的判断，附准确率", en="What each method says, and how often it is right"),
        hint=Text(
            zh="准确率在没有参与训练的文本上量得，方括号内为 95% 区间",
            en="accuracy on texts that none was fitted to; 95 % interval in brackets",
        ),
    )
    probabilities: Bars | None = panel(
        Text(zh="正面的概率", en="Probability of positive"),
        hint=Text(zh="0.5 是分界；蓝 A，橙 B", en="0.5 is the border; blue A, orange B"),
    )
    lime: SideBySide[Attribution] | None = panel(
        Text(zh="LIME", en="LIME"),
        hint=Text(
            zh="每个词把探针的正面概率推高还是压低", en="what each word adds to the probe's probability of positive"
        ),
    )
    shapley: SideBySide[Attribution] | None = panel(
        Text(zh="Shapley 值", en="Shapley values"),
        hint=Text(
            zh="按所有加入顺序平均的贡献，总和等于有词与无词之差",
            en="averaged over the orders of adding words; they add up to the whole difference",
        ),
    )
    occlusion: SideBySide[Attribution] | None = panel(
        Text(zh="留一法", en="Leave-one-out"),
        hint=Text(zh="去掉这个词，概率降多少", en="how far the probability falls without the word"),
    )
    clauses: SideBySide[Table] | None = panel(Text(zh="逐分句（方面）", en="By clause (aspect)"))
    attention: SideBySide[Attention] | None = panel(
        Text(zh="注意力", en="Attention"),
        hint=Text(
            zh="模型从哪里读，不等于判断靠什么", en="where the model read from, which is not what the answer rests on"
        ),
    )
    challenge: Table | None = panel(
        Text(zh="难句集：各方法答对几句", en="Hard sentences: how many each method gets right"),
        hint=Text(
            zh="为本项目写的 60 句，没有用来训练或选择任何方法",
            en="60 sentences written for this project; no method was fitted or chosen on them",
        ),
    )


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """The probe's answer first, then why, then the other methods and the hard sentences."""
    bench.progress(0.0, Text(zh="准备权重", en="preparing the weights"))
    lm = bench.lm(settings.weights, settings.text)
    b = Change(settings.other, answers.OWN) if settings.other.strip() else change(settings.text, settings.change)
    texts = [settings.text, b.text]
    found: dict[str, tuple[float, float]] = {}
    result = Result(change=answers.two_texts(settings.text, b))
    # Everything about the probe is asked through the target, which remembers: a text has one probability in all panels.
    target = class_target(lm, sentiment.load(), "positive")
    for name, values in quick(lm, texts, target.value):
        found[name] = (float(values[0]), float(values[1]))
        result = replace(result, answers=answers.answers(found), probabilities=answers.bars(found))
        bench.progress(0.02 + 0.03 * len(found), _asking(len(found)))
        yield result

    parts = [_first_units(cut(text, settings.unit, lm)) for text in texts]
    alone = [leave_one_out(part, target.value) for part in parts]
    panels = [attribution_panel(LEAVE_ONE_OUT, target.label, *both) for both in zip(parts, alone, strict=True)]
    result = replace(result, occlusion=SideBySide(panels[0], panels[1], answers.ORIGINAL, b.done))
    yield result
    for explained in _lime(settings, bench, lm, target, parts, [weights.weights for weights in alone]):
        result = replace(result, lime=SideBySide(explained[0], explained[1], answers.ORIGINAL, b.done))
        yield result

    rows = [[(part, probability(part.text)) for part in clauses(text)] for text in texts]
    probed = target.value([part.text for row in rows for part, _ in row])
    tables = answers.by_clause(rows, probed)
    result = replace(result, clauses=SideBySide(tables[0], tables[1], answers.ORIGINAL, b.done))
    yield result
    bench.progress(0.6, Text(zh="记录 {layers} 层 × {heads} 头的注意力", en="recording attention, {layers} layers × {heads} heads").format(
        layers=lm.layers, heads=lm.heads))  # fmt: skip
    of_a, of_b = (attention_panel(lm, text) for text in texts)
    # Both sides open the same head, or the eye would compare two different ones.
    of_b = replace(of_b, layer=of_a.layer, head=of_a.head)
    result = replace(result, attention=SideBySide(of_a, of_b, answers.ORIGINAL, b.done))
    yield result

    fair = []
    for side, part in enumerate(parts):
        bench.progress(
            0.65 + 0.1 * side, Text(zh="Shapley 值：{n} 个单元", en="Shapley values of {n} units").format(n=len(part))
        )
        orders = _affordable(lm, part, ORDERS * 2 * (len(part) + 1)) // (2 * (len(part) + 1))
        weights = shapley(part, target.value, permutations=max(2, orders), seed=settings.seed, exact_to=EXACT_TO)
        agreement = rank_correlation(weights.weights, alone[side].weights)
        fair.append(attribution_panel("Shapley", target.label, part, weights, agreement, LEAVE_ONE_OUT))
    result = replace(result, shapley=SideBySide(fair[0], fair[1], answers.ORIGINAL, b.done))
    yield result

    bench.progress(0.8, Text(zh="载入朴素贝叶斯与 SnowNLP", en="loading naive Bayes and SnowNLP"))
    for name, values in slow(texts):
        found[name] = (float(values[0]), float(values[1]))
        result = replace(result, answers=answers.answers(found), probabilities=answers.bars(found))
        bench.progress(0.8 + 0.02 * len(found), _asking(len(found)))
        yield result
    bench.progress(0.95, Text(zh="让每种方法判断 60 个难句", en="every method judges the 60 hard sentences"))
    result = replace(result, challenge=answers.challenge_table(challenged(lm), settings.text))
    result = replace(result, answers=answers.answers(found, challenged(lm)))
    yield result


def _asking(count: int) -> Text:
    return Text(zh="第 {n} 种方法，共 {of} 种", en="method {n} of {of}").format(n=count, of=len(METHODS))


def _lime(
    settings: Settings, bench: Bench, lm: LanguageModel, target: Target, parts: list[Removable], alone: list[Numbers]
) -> Iterator[list[Attribution]]:
    """Round by round for both texts; a text that has settled keeps its last weights while the other goes on."""
    rounds = [
        lime(part, target.value, samples=_affordable(lm, part, settings.samples), seed=settings.seed) for part in parts
    ]
    panels: list[Attribution] = []
    for done, found in enumerate(zip_longest(*rounds)):
        for side, weights in enumerate(found):
            if weights is not None:
                agreement = rank_correlation(weights.weights, alone[side])
                panels[side : side + 1] = [
                    attribution_panel("LIME", target.label, parts[side], weights, agreement, LEAVE_ONE_OUT)
                ]
        bench.progress(
            0.2 + 0.35 * (done + 1) / ROUNDS, Text(zh="LIME：第 {n} 轮", en="LIME: round {n}").format(n=done + 1)
        )
        yield list(panels)


def _affordable(lm: LanguageModel, parts: Removable, samples: int) -> int:
    """As many samples as asked for, or fewer where the text is so long that they would take too many tokens."""
    tokens = len(lm.encode(parts.text)) / 2 + 5  # half of the units are out on average; the probe's frame takes five
    return min(samples, max(2 * len(parts) + 2, int(MOST_TOKENS / tokens)))


def _first_units(parts: Removable) -> Removable:
    """LIME needs at least twice as many samples as units, so a long text is explained by its first ones."""
    return replace(parts, names=parts.names[:MOST_UNITS], spans=parts.spans[:MOST_UNITS])


TOPIC = Topic(
    number=29,
    slug="sentiment",
    title=Text(zh="情感分析", en="Sentiment"),
    group=Group.UNDERSTANDING,
    settings=Settings,
    result=Result,
    run=run,
    prediction=PREDICTION,
    failures=FAILURES,
    examples=EXAMPLES,
    followups=followups,
    code=(sentiment.SentimentProbe.probabilities, ask, change, hits, lime),
)

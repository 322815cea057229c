"""What an interviewer asks about a run of sentiment: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.sentiment.findings import Findings
from playground.topics.sentiment.judgement import JUDGEMENTS
from playground.topics.sentiment.methods import Share
from playground.topics.sentiment.settings import Settings


def _flipped(settings: Settings, found: Findings) -> Outcome | None:
    """Whether the probe puts A and B on opposite sides of one half."""
    a, b = found.pair("probe")
    evidence = Text(
        zh="探针的正面概率：A {a:.2f}，B {b:.2f}", en="the probe's probability of positive: A {a:.2f}, B {b:.2f}"
    ).format(a=a, b=b)
    return Outcome("flips" if found.flips("probe") else "stays", evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="B 是你填的第二句，留空则是只改一处的 A。从 A 到 B，探针的判断会翻转吗？",
        en="B is the second text, or A with one small change where that is blank. From A to B, will the probe's verdict flip?",
    ),
    _flipped,
    (("flips", Text(zh="会翻转", en="it flips")), ("stays", Text(zh="不会", en="it stays"))),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the probe makes of A and of B, and how many methods put them on opposite sides."""
    a, b = found.pair("probe")
    values = {
        "a": JUDGEMENTS[found.a.judgements["probe"]],
        "b": JUDGEMENTS[found.b.judgements["probe"]],
        "pa": f"{a:.2f}",
        "pb": f"{b:.2f}",
        "flipping": len(found.flipping),
        "methods": len(found.a.probabilities),
    }
    if found.flips("probe"):
        return Text(
            zh="探针的判断翻转了：A 为{a}（正面概率 {pa}），B 为{b}（{pb}）；{methods} 种方法里有 {flipping} 种对两句的判断相反。",
            en="The probe's verdict flips: A is {a} (p(positive) {pa}), B is {b} ({pb}); {flipping} of {methods} methods call the two opposite.",
        ).format(**values)
    return Text(
        zh="探针的判断没有翻转：A 为{a}（正面概率 {pa}），B 为{b}（{pb}）；{methods} 种方法里有 {flipping} 种对两句的判断相反。",
        en="The probe's verdict stays: A is {a} (p(positive) {pa}), B is {b} ({pb}); {flipping} of {methods} methods call the two opposite.",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Questions that this result raises."""
    asked: list[FollowUp] = []
    probe, raw, calibrated = (found.pair(name) for name in ("probe", "prompt", "calibrated"))
    if found.opposed and not found.flips("probe"):
        asked.append(_not_flipped(*probe))
    asked.append(_trust(found.accuracies["probe"]["zh"], found.accuracies["probe"]["en"]))
    if any((before > 0.5) != (after > 0.5) for before, after in zip(raw, calibrated, strict=True)):
        asked.append(_calibration(raw, calibrated))
    if (probe[0] > 0.5) != (calibrated[0] > 0.5):
        asked.append(_disagree(probe[0], calibrated[0]))
    if not (found.a.lime.reliable and found.b.lime.reliable):
        asked.append(_unreliable())
    return tuple(asked)


def _not_flipped(a: float, b: float) -> FollowUp:
    return FollowUp(
        Text(zh="明明改了一处，为什么判断没有翻转？", en="Something was changed, so why did the verdict not flip?"),
        Text(
            zh="概率从 {a:.2f} 到 {b:.2f}，没有越过 0.5。先看改动后的句子是否真的变了意思；若真的变了，就看留一法与 Shapley：别的褒贬词还在出力，"
            "线性探针又只读一个位置的状态，否定与被否定的词要由前面的层先合到一起。改进的办法是加入成对的反例（对比集）再训练，并用成对的句子单独评测。",
            en="The probability went from {a:.2f} to {b:.2f} and did not cross 0.5. First ask whether the changed text really means something"
            " else. If so, look at leave-one-out and Shapley: the other opinion words still pull, and a linear probe reads the state at one"
            " place, where earlier layers must already have joined the negation with its word. The cure is to train on contrasting pairs"
            " and to test on pairs.",
        ).format(a=a, b=b),
    )


def _trust(zh: Share, en: Share) -> FollowUp:
    return FollowUp(
        Text(zh="这个判断有多大把握？", en="How far would you trust this answer?"),
        Text(
            zh="用原始权重时，探针在留出的中文评论上对 {zh}，在没有见过标签的英文句上对 {en}（方括号为 95% 区间）。单句的概率只有在校准过的同类文本上才可当作把握："
            "换了领域、文体或反讽，要重新量。",
            en="With the base weights the probe is right on {zh} of held-out Chinese reviews and on {en} of English sentences whose labels it never saw (95 %"
            " intervals). A single probability means confidence only on texts like those it was checked on: another field, another style"
            " or irony calls for new measurements.",
        ).format(zh=zh.words, en=en.words),
    )


def _calibration(raw: tuple[float, float], calibrated: tuple[float, float]) -> FollowUp:
    return FollowUp(
        Text(zh="提示法校准前后为什么相反？", en="Why does calibration reverse the prompted answer?"),
        Text(
            zh="校准前 A、B 为 {ra:.2f}、{rb:.2f}，校准后为 {ca:.2f}、{cb:.2f}。没有文本时模型就偏爱其中一个词（先验偏差）；除以空输入时的几率，"
            "留下的才是文本带来的变化。代价是把空输入当作“中性”，这只是一个假设。",
            en="Before, A and B were {ra:.2f} and {rb:.2f}; after, {ca:.2f} and {cb:.2f}. With no text at all the model already prefers one of"
            " the words. Dividing by the odds for an empty text leaves what the text itself adds. The price: it assumes that an empty text"
            " is neutral.",
        ).format(ra=raw[0], rb=raw[1], ca=calibrated[0], cb=calibrated[1]),
    )


def _disagree(probe: float, calibrated: float) -> FollowUp:
    return FollowUp(
        Text(
            zh="探针和提示法对 A 的判断不同，该信谁？",
            en="The probe and the prompt disagree on A. Which one do you believe?",
        ),
        Text(
            zh="探针给 {p:.2f}，校准后的提示给 {c:.2f}。看准确率一栏：在同一批留出文本上谁对得多，先信谁；再看这句话像哪一类难句，查该类的命中数。"
            "若要合用，就在验证集上拟合一个把两者当特征的逻辑回归，不要凭这一句挑。",
            en="The probe says {p:.2f}, the calibrated prompt {c:.2f}. The accuracy column comes first: whoever is right more often on the same"
            " held-out texts. Then see which kind of hard sentence this is and how each does there. To use both, fit a logistic regression"
            " on their outputs on validation data; don't choose by this one sentence.",
        ).format(p=probe, c=calibrated),
    )


def _unreliable() -> FollowUp:
    return FollowUp(
        Text(zh="LIME 变灰了，还能用它解释吗？", en="LIME is grey: may it still be used?"),
        Text(
            zh="不要用它排名。灰色说明样本太少、值几乎不变、线性代理的 R² 低或误差区间跨 0；图上写着是哪一种。可以加样本、换更粗的单元，或改看 Shapley："
            "它的总和严格等于整句与空句之差，不依赖线性拟合。",
            en="Not for ranking words. Grey means too few samples, hardly any change, a low R² of the linear surrogate or intervals across 0;"
            " the panel says which. Add samples, take larger units, or read Shapley values: they add up to the whole difference exactly"
            " and rest on no linear fit.",
        ),
    )

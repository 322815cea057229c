"""What an interviewer asks about a run of explainability: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.explainability.findings import Findings
from playground.topics.explainability.settings import Settings

_CLASSES = {"positive": Text(zh="正面", en="positive"), "negative": Text(zh="负面", en="negative")}


def _third_of_heaviest(settings: Settings, found: Findings) -> Outcome | None:
    """The third of the sentence that has the largest Shapley value; None where every one is 0."""
    shapley, count = found.methods["shapley"], len(found.units)
    index = shapley.heaviest
    if index is None:
        return None
    evidence = Text(
        zh="Shapley 值绝对值最大的是第 {place} 个（共 {count} 个）“{name}”：{weight}",
        en="The largest Shapley value by size is that of number {place} of {count}, “{name}”: {weight}",
    ).format(place=index + 1, count=count, name=found.units[index], weight=f"{shapley.weights[index]:+.3f}")
    return Outcome(("first", "middle", "last")[min(3 * index // count, 2)], evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="最重要的词（Shapley 值绝对值最大）在句子的哪一段？",
        en="Where in the sentence is the most important word (the largest Shapley value, by size)?",
    ),
    _third_of_heaviest,
    (
        ("first", Text(zh="前三分之一", en="first third")),
        ("middle", Text(zh="中间三分之一", en="middle third")),
        ("last", Text(zh="后三分之一", en="last third")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what was explained, and which unit weighs most by Shapley, LIME and attention."""
    lime = found.methods["lime"]
    return Text(
        zh="{target}是 {value}；绝对值最大的权重：Shapley {shapley}，LIME {lime}（R² {fit}，{trust}），平均注意力 {mean}。",
        en="{target} is {value}; largest weights by size: Shapley {shapley}, LIME {lime} (R² {fit}, {trust}), mean attention {mean}.",
    ).format(
        target=_target(settings, found),
        value=f"{found.value:.3f}",
        shapley=_largest(found, "shapley"),
        lime=_largest(found, "lime"),
        fit="–" if lime.fit is None else f"{lime.fit:.2f}",
        trust=Text(zh="可信", en="reliable") if lime.reliable else Text(zh="不可信", en="not reliable"),
        mean=_largest(found, "mean"),
    )


def _target(settings: Settings, found: Findings) -> Text:
    if found.token is None:
        return Text(zh="探针判为“{name}”的概率", en="The probe's probability of “{name}”").format(
            name=_CLASSES[settings.target]
        )
    name = repr(found.token)[1:-1]
    return Text(zh="下一个词元是“{name}”的概率", en="The probability that “{name}” comes next").format(name=name)


def _largest(found: Findings, name: str) -> Text:
    """A method's unit of the largest weight, with the weight; attention's has no sign."""
    method, index = found.methods[name], found.methods[name].heaviest
    if index is None:
        return Text(zh="全为 0", en="all 0")
    weight = method.weights[index]
    return Text(zh="“{unit}” {weight}", en="“{unit}” {weight}").format(
        unit=found.units[index], weight=f"{weight:.3f}" if name == "mean" else f"{weight:+.3f}"
    )


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    by_shapley, by_attention = found.heaviest("shapley"), found.heaviest("mean")
    if by_shapley is not None and by_attention is not None and by_shapley != by_attention:
        asked.append(
            FollowUp(
                Text(
                    zh="平均注意力指向“{a}”，Shapley 指向“{s}”，该信哪个？",
                    en="Mean attention points at “{a}”, Shapley at “{s}”: which is right?",
                ).format(a=by_attention, s=by_shapley),
                Text(
                    zh="它们回答的问题不同。Shapley 衡量把这个词加进其余词的各种组合时，值平均变多少；注意力只说末位词元从哪里取了信息，取来的向量可能被后面的层抵消，也可能与目标无关。要说“重要”，就看删除曲线：按谁的顺序删，值降得更快。",
                    en="They answer different questions. Shapley says how much adding the word to the others changes the value, on average over all orders; attention says only where the last token read from, and what it read may be cancelled later or have nothing to do with the target. For “important”, look at the deletion curve: by whose order does the value fall faster?",
                ),
            )
        )
    lime = found.methods["lime"]
    if lime.reason is not None:
        asked.append(
            FollowUp(
                Text(zh="这次的 LIME 为什么是灰色的？", en="Why is LIME grey in this run?"),
                lime.reason,
            )
        )
    elif lime.fit is not None:
        asked.append(
            FollowUp(
                Text(zh="R² 是 {fit}，够好吗？", en="R² is {fit}: is that good?").format(fit=f"{lime.fit:.2f}"),
                Text(
                    zh="没有公认的门槛，这里低于 0.5 就标为不可信。它说明线性模型在加权样本上解释了多少方差。剩下的 {rest} 是它没有拟合到的：词与词的相互作用（否定、转折）、值随词数的弯曲，岭惩罚压小系数也占一份，一串条形图画不出来；R² 高也只说明拟合好，不说明模型判断得对。",
                    en="There is no agreed threshold; here LIME is called unreliable below 0.5. It says how much of the variance of the weighted samples the linear model explains. The remaining {rest} is what it doesn't fit: interactions of words (negation, contrast), a value that isn't linear in the words, and the ridge penalty's shrinking of the weights. A row of bars can't show those; and a high R² speaks of the fit, not of the model being right.",
                ).format(rest=f"{max(0.0, 1 - lime.fit):.0%}"),
            )
        )
    return tuple(asked)

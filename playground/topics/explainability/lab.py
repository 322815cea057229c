"""Topic 16: one text, one number, every explanation of it, and how far the explanations can be believed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.explanation.agreement import deletion, rank_correlation
from playground.explanation.attention import attention_panel, rollout
from playground.explanation.attribution import Weights, attribution_panel
from playground.explanation.gradients import integrated_gradients
from playground.explanation.lime_text import draw, fit, kernel, lime
from playground.explanation.logit_lens import logit_lens
from playground.explanation.shapley import exact
from playground.lab.bench import Bench
from playground.lab.text import Text, say
from playground.lab.token_panels import Attribution
from playground.lab.topic import Example, Failure, FollowUp, Group, Outcome, Prediction, Topic
from playground.topics.explainability import comparison, methods
from playground.topics.explainability.settings import DEFAULT_TEXT, Result, Settings

SINK_TEXT = Text(zh="今天天气很好，我们去公园散步。", en="The weather is fine today, so we walk in the park.")


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    lm = bench.lm()
    panels: dict[str, Any] = {"attention": attention_panel(lm, settings.text)}
    yield Result(**panels)
    task = methods.prepare(lm, settings)
    found: dict[str, Weights] = {}

    bench.progress(0.1, Text(zh="逐个删词", en="taking out one unit at a time"))
    found["left_out"] = methods.explain_by_leaving_out(task)
    for weights in methods.explain_by_lime(task):
        found["lime"] = weights
        yield Result(**panels | _attributions(task, found))
        bench.progress(
            0.1 + 0.3 * (weights.samples or 0) / settings.samples,
            Text(zh="LIME：{done} / {all} 个样本", en="LIME: {done} of {all} samples").format(
                done=weights.samples, all=settings.samples
            ),
        )
    panels["perturbed"] = comparison.perturbed_table(task.target.label, settings.text, found["lime"])

    bench.progress(0.4, Text(zh="梯度与注意力", en="gradients and attention"))
    found |= dict(methods.explain_by_attention(task)) | dict(methods.explain_by_gradients(task))
    yield Result(**panels | _attributions(task, found))

    bench.progress(0.5, Text(zh="Shapley 值", en="Shapley values"))
    found["shapley"] = methods.explain_by_shapley(task)
    panels |= _attributions(task, found)
    panels["comparison"] = comparison.comparison(task.parts, found)
    panels["agreement"] = comparison.agreement(found)
    yield Result(**panels)

    bench.progress(0.8, Text(zh="删除与插入曲线", en="deletion and insertion curves"))
    panels |= dict(comparison.curves(task, found))
    yield Result(**panels)

    bench.progress(0.9, Text(zh="逐层读出", en="reading every layer"))
    panels["lens"] = comparison.lens_grid(lm, settings.text)
    panels["spaces"] = comparison.split_at_spaces(task)
    panels["splits"] = comparison.split_table(settings.text)
    yield Result(**panels)


def _attributions(task: methods.Task, found: dict[str, Weights]) -> dict[str, Attribution]:
    """Every method's panel, with its rank agreement with the Shapley values once they are known."""
    made = {}
    for name, weights in found.items():
        agreement = None
        if "shapley" in found and name != "shapley":
            agreement = rank_correlation(weights.weights, found["shapley"].weights)
        with_what = "" if agreement is None else methods.NAMES["shapley"]
        made[name] = attribution_panel(
            methods.NAMES[name], task.target.label, task.parts, weights, agreement, with_what
        )
    return made


def heaviest(panel: Attribution) -> int:
    """The index of the contribution of the largest size."""
    return max(range(len(panel.contributions)), key=lambda index: abs(panel.contributions[index].weight))


def _third_of_heaviest(result: Result) -> Outcome | None:
    if result.shapley is None:
        return None
    index, count = heaviest(result.shapley), len(result.shapley.contributions)
    item = result.shapley.contributions[index]
    evidence = Text(
        zh="Shapley 值最大的是第 {place} 个（共 {count} 个）“{name}”：{weight}",
        en="The largest Shapley value is that of number {place} of {count}, “{name}”: {weight}",
    ).format(place=index + 1, count=count, name=item.text, weight=f"{item.weight:+.3f}")
    return Outcome(("first", "middle", "last")[min(3 * index // count, 2)], evidence)


def followups(settings: Settings, result: Result) -> tuple[FollowUp, ...]:
    """Questions that this run's numbers raise."""
    asked = []
    if result.shapley and result.mean:
        by_shapley, by_attention = (
            panel.contributions[heaviest(panel)].text for panel in (result.shapley, result.mean)
        )
        if by_shapley != by_attention:
            asked.append(
                FollowUp(
                    Text(
                        zh="平均注意力指向“{a}”，Shapley 指向“{s}”，该信哪个？",
                        en="Mean attention points at “{a}”, Shapley at “{s}”: which is right?",
                    ).format(a=by_attention, s=by_shapley),
                    Text(
                        zh="它们回答的问题不同。Shapley 衡量去掉这个词之后值变多少；注意力只说末位词元从哪里取了信息，取来的向量可能被后面的层抵消，也可能与目标无关。要说“重要”，就看删除曲线：按谁的顺序删，值降得更快。",
                        en="They answer different questions. Shapley says how the value changes without the word; attention says only where the last token read from, and what it read may be cancelled later or have nothing to do with the target. For “important”, look at the deletion curve: by whose order does the value fall faster?",
                    ),
                )
            )
    if result.lime and result.lime.reason is not None:
        asked.append(
            FollowUp(
                Text(zh="这次的 LIME 为什么是灰色的？", en="Why is LIME grey in this run?"),
                Text(zh="{reason}", en="{reason}").format(reason=result.lime.reason),
            )
        )
    elif result.lime and result.lime.fit is not None:
        asked.append(
            FollowUp(
                Text(zh="R² 是 {fit}，够好吗？", en="R² is {fit}: is that good?").format(fit=f"{result.lime.fit:.2f}"),
                Text(
                    zh="它说明线性模型在加权样本上解释了多少方差。剩下的 {rest} 来自词与词的相互作用（否定、转折），一串条形图画不出来；R² 高也只说明拟合好，不说明模型判断得对。",
                    en="It says how much of the variance of the weighted samples the linear model explains. The remaining {rest} is words acting on one another (negation, contrast), which a row of bars can't show; and a high R² speaks of the fit, not of the model being right.",
                ).format(rest=f"{max(0.0, 1 - result.lime.fit):.0%}"),
            )
        )
    return tuple(asked)


def _sink(result: Result) -> float:
    """What the last token gives to the first one, over all layers and heads."""
    return float(result.attention.weights()[:, :, -1, 0].mean()) if result.attention else 0.0


def _agreement(result: Result, first: str, second: str) -> float | None:
    """Spearman's ρ of two methods, read from the heatmap."""
    names = [say(label, "en") for label in result.agreement.columns] if result.agreement else []
    places = [names.index(say(methods.NAMES[name], "en")) for name in (first, second)]
    return result.agreement.values[places[0]][places[1]] if result.agreement else None


FAILURES: tuple[Failure, ...] = (
    Failure(
        Text(zh="样本太少", en="Too few samples"),
        {
            "text": Text(
                zh="这家酒店离地铁站不远，房间宽敞明亮，可是隔音不好，早餐种类也少，前台办理入住又慢。",
                en="The hotel is close to the station and the rooms are large, yet the walls are thin and check-in took an hour.",
            ),
            "samples": 16,
        },
        expect=Text(
            zh="LIME 变灰：样本不足以定下这么多权重。",
            en="LIME turns grey: so few samples can't settle so many weights.",
        ),
        seen=lambda settings, result: not result.lime.reliable,
    ),
    Failure(
        Text(zh="整句一个特征", en="One feature for the whole sentence"),
        {"text": DEFAULT_TEXT.zh, "target": "negative"},
        expect=Text(
            zh="按空格切分时，中文句子只有一个特征，解释什么也没说。",
            en="Split at spaces, a Chinese sentence is one feature, and the explanation says nothing.",
        ),
        seen=lambda settings, result: len(result.spaces.contributions) == 1 and not result.spaces.reliable,
    ),
    Failure(
        Text(zh="注意力汇", en="The attention sink"),
        {"text": SINK_TEXT, "target": "next"},
        expect=Text(
            zh="末位词元平均把三成以上的注意力给了不带内容的首词元。",
            en="On average the last token gives a third of its attention or more to the first token, which says nothing.",
        ),
        seen=lambda settings, result: _sink(result) > 0.3,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="否定", en="Negation"),
        {"text": Text(zh="这部电影一点也不好看。", en="This film is not good at all."), "target": "negative"},
    ),
    Example(
        Text(zh="下一个词元", en="The next token"),
        {
            "text": Text(
                zh="法国的首都是巴黎，日本的首都是", en="The capital of France is Paris; the capital of Japan is"
            ),
            "target": "next",
        },
    ),
    Example(
        Text(zh="中英混排", en="Mixed languages"),
        {
            "text": Text(
                zh="前台的 service 真的 nice，房间也不错。", en="The 服务 was 非常好, and the room was fine too."
            )
        },
    ),
)

TOPIC = Topic(
    number=16,
    slug="explainability",
    title=Text(zh="可解释性", en="Explainability"),
    group=Group.EXPLANATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=Prediction(
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
    ),
    failures=FAILURES,
    examples=EXAMPLES,
    followups=followups,
    seconds=120,
    code=(lime, draw, kernel, fit, exact, integrated_gradients, rollout, logit_lens, deletion),
)

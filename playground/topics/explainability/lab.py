"""Topic 16: one text, one number, every explanation of it, and how far the explanations can be believed."""

from __future__ import annotations

from collections.abc import Iterator

from playground.explanation import agreement
from playground.explanation.attention import record_panel, rollout
from playground.explanation.attribution import Weights
from playground.explanation.gradients import integrated_gradients
from playground.explanation.lime_text import draw, fit, kernel, lime
from playground.explanation.logit_lens import logit_lens
from playground.explanation.shapley import exact
from playground.explanation.striking import strikable
from playground.explanation.values import read
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Sequel, Topic
from playground.language.units import token_name
from playground.topics.explainability import attributions, cases, curves, findings, interview, panels, splits, striking
from playground.topics.explainability.cost import cost
from playground.topics.explainability.findings import AtSpaces, Findings
from playground.topics.explainability.settings import DEFAULT_TEXT, Result, Settings

# A heat map of over 220 cells shows its texts on hover only; with the embedding and 18 layers 11 columns are still written.
LENS_POSITIONS = 11


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Explains one number by every method, then tests the explanations; yields each panel as soon as it is computed."""
    lm = bench.lm()
    attention, recorded = record_panel(lm, settings.text)
    task = attributions.prepare(lm, settings)
    attention = panels.bare_text(attention, task)
    yield Result(attention=strikable(attention, lm, task.parts, read(lm, settings.text)[1].start, "struck"))
    found: dict[str, Weights] = {}

    bench.progress(0.1, Text(zh="逐个删词", en="taking out one unit at a time"))
    found["left_out"] = attributions.explain_by_leaving_out(task)
    for weights in attributions.explain_by_lime(task):
        found["lime"] = weights
        yield panels.attributions(task, found)
        bench.progress(
            0.1 + 0.3 * (weights.samples or 0) / settings.samples,
            Text(zh="LIME：{done} / {all} 个样本", en="LIME: {done} of {all} samples").format(
                done=weights.samples, all=settings.samples
            ),
        )
    yield Result(perturbed=panels.perturbed_table(task.target.label, settings.text, found["lime"]))

    bench.progress(0.4, Text(zh="梯度与注意力", en="gradients and attention"))
    found |= dict(attributions.explain_by_attention(task))
    integral, by_gradients = attributions.explain_by_gradients(task)
    found |= by_gradients
    yield panels.attributions(task, found)

    bench.progress(0.5, Text(zh="Shapley 值", en="Shapley values"))
    found["shapley"] = attributions.explain_by_shapley(task)
    yield panels.attributions(task, found)
    spearman = findings.correlations(found)
    yield Result(
        comparison=panels.comparison(task, found),
        agreement=panels.agreement(task, spearman, findings.correlations(found, "kendall")),
    )

    bench.progress(0.8, Text(zh="删除与插入曲线", en="deletion and insertion curves"))
    falls = curves.walk_all(task, found, agreement.deletion)
    rises = curves.walk_all(task, found, agreement.insertion)
    yield Result(
        deletion=panels.deletion(task.target.label, falls), insertion=panels.insertion(task.target.label, rises)
    )

    bench.progress(0.9, Text(zh="逐层读出", en="reading every layer"))
    ids = lm.encode(settings.text)
    positions = range(max(0, len(ids) - LENS_POSITIONS), len(ids))
    lens = logit_lens(lm, ids, positions)
    spaces, at_spaces = splits.lime_at_spaces(task)
    features = {text: splits.split(text) for text in (settings.text, DEFAULT_TEXT.zh)}
    yield Result(
        findings=Findings(
            units=task.parts.names,
            token=None if task.token is None else token_name(lm, task.token),
            value=found["shapley"].value,
            layer=task.target.layer,
            layers=lm.layers,
            methods=findings.methods(found),
            spearman=spearman,
            deletion=findings.areas(falls.methods, falls.random),
            insertion=findings.areas(rises.methods, rises.random),
            integral=integral,
            perturbed=tuple(item.text for item in found["lime"].perturbed),
            sink=float(recorded[:, :, -1, 0].mean()),
            lens=findings.layers([attributions.token_name(lm, int(token)) for token in lens.tokens[:, -1]], lens),
            at_spaces=AtSpaces(len(spaces), at_spaces.reliable),
            splits=splits.count(features[settings.text]),
            chinese_splits=splits.count(features[DEFAULT_TEXT.zh]),
        ),
        lens=panels.lens_grid(lm, ids, positions, lens),
        spaces=panels.split_at_spaces(task.target.label, spaces, at_spaces),
        splits=panels.split_table(features),
    )


TOPIC = Topic(
    number=16,
    slug="explainability",
    title=Text(zh="可解释性", en="Explainability"),
    group=Group.EXPLANATION,
    settings=Settings,
    result=Result,
    leads=("comparison", "lime", "shapley", "agreement"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("lime", "shapley", "mean"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    seconds=120,
    sequel=Sequel(striking.whole, striking.without, panels.struck),
    code=(lime, draw, kernel, fit, exact, integrated_gradients, rollout, logit_lens, agreement.deletion),
)

"""Topic 31: how a model computes an answer inside: patching, direct attribution, heads, steering and sparse features."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

import numpy as np
import torch

from playground.explanation import direct_attribution, head_kinds, steering
from playground.explanation import patching as patch
from playground.explanation.direct_attribution import DirectAttribution
from playground.explanation.patching import Contrast, Grid, Runs
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder
from playground.models.editing import EditableModel, Kind
from playground.models.editing import Place as Inside
from playground.topics.mechanisms import ablating, cases, contrasts, features, interview, steer
from playground.topics.mechanisms.cost import cost
from playground.topics.mechanisms.findings import Ablated, Direct, Findings, OnText, Patched, Place, Sparse, Steered
from playground.topics.mechanisms.panels import heads, names, patching, sparse, steered
from playground.topics.mechanisms.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields each part's panels as soon as they are known; the findings once all are."""
    lm = bench.lm()
    # What is explained of the visitor's texts is in float32, so that each has one value in all panels; losses and steering aren't.
    model, fast = EditableModel(lm, precise=True), EditableModel(lm)
    contrast, runs = contrasts.prepare(model, settings)
    yield Result(summary=patching.summary(lm, contrast, *runs.differences(contrast)))

    positions = len(contrast.clean) - contrast.first
    grids: list[Grid] = []
    kind, direction = cast(Kind, settings.kind), cast(patch.Direction, settings.direction)
    for grid in patch.patch_grid(model, contrast, runs, kind, direction):
        grids.append(grid)
        bench.progress(
            0.3 * len(grids) / positions,
            Text(zh="修补：{done} / {all} 个位置", en="patching: {done} of {all} positions").format(
                done=len(grids), all=positions
            ),
        )
    whole = grids[-1]
    patched, logits = _patched(model, settings, contrast, runs, whole)
    yield Result(patching=patching.patching_grid(lm, contrast, whole, settings, patched, logits))

    attribution = direct_attribution.attribute(
        model,
        {place: value[0] for place, value in runs.values.items()},
        runs.states[0, -1],
        contrast.answer,
        contrast.wrong,
    )
    direct = _direct(attribution)
    bench.progress(0.3, Text(zh="给每个头打分", en="scoring every head"))
    measured = ablating.score(fast, contrast.clean, settings.seed)
    chosen = ablating.choose(settings, measured.repeated, lm.layers, lm.heads)
    means = ablating.measure_means(fast, settings)
    without = head_kinds.next_logits(model, contrast.clean, chosen.heads, means, chosen.mlps)
    ablation = heads.describe_ablation(lm, settings, contrast, chosen, runs.logits[0], without)
    yield Result(
        direct=patching.direct_grid(lm, attribution, ablation),
        direct_sum=patching.direct_sum(lm, attribution, direct),
        heads=heads.head_grid(lm, measured.repeated, ablation),
        on_text=heads.on_text_table(lm, measured.repeated, measured.text),
    )
    ablated: Ablated | None = None
    on_text = _on_text(contrast, runs.logits[0], without)
    for done, losses in ablating.ablate(fast, settings, measured, chosen, means, on_text):
        bench.progress(0.35 + 0.04 * done, Text(zh="消融，量损失", en="ablating, measuring the loss"))
        ablated = losses
    assert ablated is not None
    yield Result(ablated=heads.ablation_table(ablated, chosen, settings.ablation))

    bench.progress(0.65, Text(zh="引导", en="steering"))
    towards, away = (steer.sentences(fast, settings, field) for field in ("towards", "away"))
    made = steer.direction(fast, settings, towards, away)
    still, moved = steer.continued(fast, settings, made)
    yield Result(steered=steered.outputs(lm, settings.prompt, still, moved, settings.strength, made))
    curve = list(steer.effects(fast, settings, made, towards.judged, away.judged))
    counts = len(towards.judged), len(away.judged)
    yield Result(
        steering_effect=steered.effect_lines(curve, made, counts), steering_cost=steered.cost_lines(curve, made)
    )
    found = Findings(patched, direct, ablated, _steered(lm.decode, settings, made, curve, still, moved), None)

    bench.progress(0.9, Text(zh="读出特征", en="reading the features"))
    known = autoencoder.of(lm)
    if known is None:
        yield Result(findings=found, autoencoder=sparse.without())
        return
    yield from _read_features(model, settings, contrast, runs, known, found)


def _patched(
    model: EditableModel, settings: Settings, contrast: Contrast, runs: Runs, grid: Grid
) -> tuple[Patched, torch.Tensor]:
    """The findings of patching, and the logits (3, vocabulary) of the clean, the corrupted and the patched run."""
    lm, direction = model.lm, cast(patch.Direction, settings.direction)
    effects = np.nan_to_num(grid.normalized if direction == "denoise" else 1 - grid.normalized)
    first, last = contrast.first, len(contrast.clean) - 1
    strongest = np.unravel_index(int(effects[:, first:].argmax()), effects[:, first:].shape)
    at = (int(strongest[0]), int(strongest[1]) + first)
    handover = _handover(effects[:, last] - effects[:, first]) if settings.kind == "residual" and last > first else None
    chosen = _cell(settings, lm.layers, len(contrast.clean)) or (at if handover is None else (handover, last))
    one = patch.patch_one(model, contrast, runs, direction, Inside(cast(Kind, settings.kind), chosen[0]), chosen[1])
    logits = torch.cat([runs.logits, one[None]])
    all_, none = patch.patch_layers(model, contrast, runs, direction)
    source, target = (grid.clean, grid.corrupted) if direction == "denoise" else (grid.corrupted, grid.clean)
    chances = logits.softmax(-1)[:, contrast.answer]
    read = names.tokens(lm, contrast.clean)

    def place(cell: tuple[int, int]) -> Place:
        return Place(cell[0] + 1, cell[1] + 1, read[cell[1]], float(np.nan_to_num(grid.normalized)[cell]))

    found = Patched(
        answer=contrasts.shown(lm, contrast.answer), wrong=contrasts.shown(lm, contrast.wrong),
        clean=grid.clean, corrupted=grid.corrupted, first=first + 1, strongest=place(at), chosen=place(chosen),
        chance_before=float(chances[1 if direction == "denoise" else 0]), chance_after=float(chances[2]),
        handover=None if handover is None else handover + 1,
        all_gap=float(abs(all_ - source).max()), none_gap=abs(none - target),
    )  # fmt: skip
    return found, logits


def _handover(leads: np.ndarray[tuple[int], np.dtype[np.float64]]) -> int | None:
    """The first layer (from 0) from which on the last position leads in every layer; None if it doesn't in the last one."""
    behind = np.flatnonzero(leads <= 0)
    first = 0 if not len(behind) else int(behind[-1]) + 1
    return first if first < len(leads) else None


def _cell(settings: Settings, layers: int, positions: int) -> tuple[int, int] | None:
    """The clicked layer and position, from 0; None for none, or for one that a shorter text doesn't have."""
    if not settings.cell.strip():
        return None
    match = re.fullmatch(r"(\d{1,4})\.(\d{1,4})", settings.cell.strip())
    if match is None or not 1 <= int(match[1]) <= layers or int(match[2]) < 1:
        raise PlaygroundError(
            Text(
                zh="“修补处”是 {cell}，应写成“层.位置”，层 1 到 {layers}，例如 12.5。",
                en="“Place to patch” is {cell}; write layer.position, layers 1 to {layers}, such as 12.5.",
            ).format(cell=settings.cell, layers=layers),
            "cell",
        )
    return (int(match[1]) - 1, int(match[2]) - 1) if int(match[2]) <= positions else None


def _on_text(contrast: Contrast, plain: torch.Tensor, without: torch.Tensor) -> OnText:
    before, after = plain.softmax(-1), without.softmax(-1)
    return OnText(float(before[contrast.answer]), float(after[contrast.answer]))


def _direct(found: DirectAttribution) -> Direct:
    layer, head = (int(place) for place in np.unravel_index(int(found.heads.argmax()), found.heads.shape))
    return Direct(
        total=found.total, embedding=found.embedding, heads=float(found.heads.sum()), mlps=float(found.mlps.sum()),
        rounding=found.rounding, layer=layer + 1, head=head + 1, largest=float(found.heads.max()),
    )  # fmt: skip


def _steered(
    decode: object, settings: Settings, made: steering.Direction, curve: list[steer.Effect], plain: steer.Continuation, moved: steer.Continuation
) -> Steered:  # fmt: skip
    assert callable(decode)
    none = next(one for one in curve if one.strength == 0)
    ours = next(one for one in curve if one.strength == settings.strength)
    return Steered(
        layer=made.layer + 1, norm=made.norm / made.typical,
        margin=ours.away - ours.towards, plain_margin=none.away - none.towards,
        perplexity=ours.perplexity, plain_perplexity=none.perplexity,
        text=str(decode(moved.ids)), plain_text=str(decode(plain.ids)),
    )  # fmt: skip


def _read_features(
    model: EditableModel,
    settings: Settings,
    contrast: Contrast,
    runs: Runs,
    known: Autoencoder,
    found: Findings,
) -> Iterator[Result]:
    lm = model.lm
    read = features.read(model, known, contrast.clean, runs, settings)
    matches = features.by_word(settings.search, 12)
    both = features.in_both_languages(known, known.features)
    moved = float(0.5 * (read.after - read.before).abs().sum())
    report = known.report
    found_sparse = Sparse(
        layer=known.layer + 1, features=known.features, active=known.active, trained_on=sum(report["tokens"].values()) - report["held_out_tokens"], fvu=report["fvu"]["all"], l0=report["l0"], dead=report["dead"],
        recovered={language: report["loss"][language]["recovered"] for language in ("zh", "en")}, here=read.here,
        chosen=read.chosen, strength=read.strength, moved=moved,
        top_before=contrasts.shown(lm, int(read.before.argmax())), top_after=contrasts.shown(lm, int(read.after.argmax())),
        both=len(both), matches=len(matches),
    )  # fmt: skip
    yield Result(
        findings=Findings(found.patched, found.direct, found.ablated, found.steered, found_sparse),
        autoencoder=sparse.figures(known, read.here),
        features=sparse.grid(lm, contrast.clean, known, read, settings.factor),
        feature_texts=sparse.texts(known, read.numbers, read.chosen),
        found_features=sparse.found_table(known, matches, both[: 12 if not matches else 6]),
    )


TOPIC = Topic(
    number=31,
    slug="mechanisms",
    title=Text(zh="模型内部的机制", en="Mechanisms inside"),
    group=Group.EXPLANATION,
    settings=Settings,
    result=Result,
    run=run,
    cost=cost,
    leads=("patching", "direct", "heads", "features"),
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("patching", "direct", "ablated", "steering_cost"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    # The prompt is free; the clean text has to have as many tokens as the corrupted one.
    text_field="prompt",
    code=(
        patch.patch_grid, direct_attribution.attribute, head_kinds.patterns, head_kinds.loss, steering.difference_of_means,
        Autoencoder.encode, Autoencoder.multiplied, EditableModel,
    ),
)  # fmt: skip

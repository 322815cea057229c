"""Cross-lingual transfer: translations find each other by their vectors, and a classifier of one language judges the other.

Knows nothing of how vectors are compared (see `space`) or a classifier is trained (see `transfer`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import numpy as np
import torch
from torch import Tensor

from playground.data.sets import alignment_pairs, translations
from playground.lab.bench import Bench
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.layer_states import layer_states
from playground.models.language_model import LanguageModel
from playground.topics.cross_lingual import cases, interview, panels
from playground.topics.cross_lingual import space as spaces
from playground.topics.cross_lingual import transfer as transfers
from playground.topics.cross_lingual.alignment import procrustes
from playground.topics.cross_lingual.corpus import fixed_states, labelled_reviews
from playground.topics.cross_lingual.cost import cost
from playground.topics.cross_lingual.findings import Confusion, Findings, Misjudged, Own, Rotations
from playground.topics.cross_lingual.lines import Sentence, read_lines
from playground.topics.cross_lingual.retrieval import csls, k_occurrence, ranks
from playground.topics.cross_lingual.settings import Result, Settings
from playground.topics.cross_lingual.space import EN, ZH, Mapped, Space, at, map_into, measure, rights_of, rotation_of
from playground.topics.cross_lingual.transfer import Data, Part

STEPS = {
    "raw": Space(False),
    "removed": Space(True),
    "rotated": Space(True, "near"),
    "csls": Space(True, "none", "csls"),
}


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Places the visitor's sentences, measures retrieval by space and layer, then trains classifiers and crosses over."""
    sentences = read_lines(settings.text)
    lm = bench.lm()
    layer = min(settings.layer, lm.layers)
    own_states = layer_states(lm, [one.text for one in sentences])[settings.pooling][:, layer]
    yield Result(cosines=panels.cosines(sentences, own_states, None))

    pairs = translations()[: settings.sentences]
    texts = {ZH: [zh for zh, _ in pairs], EN: [en for _, en in pairs]}
    fitted = alignment_pairs()[: settings.pairs]
    states, more, data = _read(lm, bench, settings, texts, fitted)
    here, fit_here = at(states, layer), at(more, layer)
    raw = map_into(here, Space(False), None)
    chosen = map_into(here, settings.space, rotation_of(fit_here, settings.space))
    own = place_own(sentences, own_states, chosen, texts, settings.scoring)
    yield Result(
        own=panels.own(own, settings),
        cosines=panels.cosines(sentences, own_states, chosen),
        before=panels.scatter(raw, texts, sentences, own_states),
        after=panels.scatter(chosen, texts, sentences, own_states),
    )
    raw_by_layer, removed_by_layer = (tuple(spaces.by_layer(states, removed)) for removed in (False, True))
    meeting = spaces.meeting_layer(list(removed_by_layer))
    yield Result(layers=panels.layers(raw_by_layer, removed_by_layer, layer, meeting, settings))
    bench.progress(0.8, Text(zh="比较几种空间", en="comparing spaces"))
    raw_rights = rights_of(raw, "cosine")
    steps, counts = {}, {}
    for name, space in {**STEPS, "chosen": settings.space}.items():
        bench.checkpoint()
        mapped = map_into(here, space, rotation_of(fit_here, space))
        steps[name] = measure(mapped, space, None if name == "raw" else raw_rights, settings.seed)
        counts[name] = k_occurrence(spaces.scores_of(mapped.vectors[EN], mapped.vectors[ZH], space.scoring))
    yield Result(
        steps=panels.steps(steps, settings), hub_figures=panels.hub_figures(steps, settings), hubs=panels.hubs(counts)
    )

    bench.progress(0.85, Text(zh="训练分类器", en="training classifiers"))
    source, target = settings.languages
    chosen_layer = transfers.choose_layer(data[source], settings.removed, bench.checkpoint)
    classifier_layer = min(settings.classifier_layer, lm.layers) or chosen_layer
    rows = transfers.compare(data, more, source, classifier_layer, settings.rotation, settings.removed, settings.seed)
    zero_shot = ("rotated" if settings.rotation != "none" else "removed") if settings.removed else "raw"
    yield Result(transfer=panels.transfer(rows, settings, zero_shot))
    by_layer = tuple(_by_layer(data, settings, lm.layers, bench))
    yield Result(transfer_layers=panels.transfer_layers(by_layer, classifier_layer, chosen_layer, settings))
    tried = (*(n for n in (10, 20, 40) if n < settings.pairs), settings.pairs)
    bench.progress(0.95, Text(zh="旋转：{n} 种句对数", en="rotations from {n} numbers of pairs").format(n=len(tried)))
    curves = spaces.by_pairs(here, fit_here, list(tried), settings.removed, bench.checkpoint)
    rotations = Rotations(tried, tuple(curves["near"]), tuple(curves["free"]))
    found = Findings(
        layer, classifier_layer, chosen_layer, len(data[target].train.labels), lm.hidden_size, zero_shot, steps,
        raw_by_layer, removed_by_layer, meeting, spaces.language_shares(raw), spaces.language_shares(chosen), rotations,
        rows, by_layer, own, confusions(chosen, texts, settings.scoring),
        _misjudged(data, more, settings, classifier_layer, zero_shot),
    )  # fmt: skip
    yield Result(
        findings=found,
        figures=panels.figures(found, settings),
        rotations=panels.rotations(found, settings),
        confused=panels.confused(found),
        misjudged=panels.misjudged(found),
    )


Tell = Callable[[int, int], None]
Texts = Mapping[Language, list[str]]
States = dict[Language, Tensor]


def _read(
    lm: LanguageModel, bench: Bench, settings: Settings, texts: Texts, fitted: tuple[tuple[str, str], ...]
) -> tuple[States, States, dict[Language, Data]]:
    """Computes the states of the pairs, of the pairs to fit on, and of the reviews, where they aren't known."""
    reviews = {language: labelled_reviews(language) for language in (ZH, EN)}
    trained = {language: one.train[: settings.labels] for language, one in reviews.items()}
    tested = {language: one.test[: settings.tested] for language, one in reviews.items()}

    def tell(start: float, end: float, what: Text) -> Tell:
        return lambda done, of: bench.progress(
            start + (end - start) * done / of, Text(zh="{what}：{done} / {of} 句", en="{what}: {done} of {of}").format(what=what, done=done, of=of)
        )  # fmt: skip

    everything = [*texts[ZH], *texts[EN], *(zh for zh, _ in fitted), *(en for _, en in fitted)]
    sentences = Text(zh="读译句", en="reading sentences")
    known = fixed_states(lm, everything, tell(0.05, 0.4, sentences))[settings.pooling]
    judged = {language: [item.text for item in (*trained[language], *tested[language])] for language in (ZH, EN)}
    of_reviews = fixed_states(lm, [*judged[ZH], *judged[EN]], tell(0.4, 0.8, Text(zh="读评论", en="reading reviews")))
    size, n = len(texts[ZH]), len(fitted)
    data = {}
    for language, rows in (
        (ZH, of_reviews[settings.pooling][: len(judged[ZH])]),
        (EN, of_reviews[settings.pooling][len(judged[ZH]) :]),
    ):
        count = len(trained[language])
        train, test = (np.array([item.label for item in part]) for part in (trained[language], tested[language]))
        data[language] = Data(Part(rows[:count], train), Part(rows[count:], test))
    return (
        {ZH: known[:size], EN: known[size : 2 * size]},
        {ZH: known[2 * size : 2 * size + n], EN: known[2 * size + n :]},
        data,
    )


def place_own(
    sentences: tuple[Sentence, ...], states: Tensor, mapped: Mapped, texts: Texts, scoring: str
) -> tuple[Own, ...]:
    """Finds the nearest sentence of the other language for each of the visitor's, among the project's and their own."""
    placed = torch.stack([mapped.place(state, one.language) for state, one in zip(states, sentences, strict=True)])
    found: list[Own | None] = [None] * len(sentences)
    for language, other in ((ZH, EN), (EN, ZH)):
        mine = [index for index, one in enumerate(sentences) if one.language is language]
        theirs = [index for index, one in enumerate(sentences) if one.language is other]
        if not mine:
            continue
        pool = torch.cat([mapped.vectors[other], placed[theirs]])
        names = [*texts[other], *(sentences[index].text for index in theirs)]
        queries = torch.cat([mapped.vectors[language], placed[mine]])
        scores = spaces.scores_of(queries, pool, scoring)[len(texts[language]) :]
        for row, index in enumerate(mine):
            rivals = torch.cat([mapped.vectors[language], placed[[place for place in mine if place != index]]])
            partner = sentences[index].partner
            rank = None
            if partner is not None:
                rank = int((scores[row] >= scores[row, len(texts[other]) + theirs.index(partner)]).sum())
            best = int(scores[row].argmax())
            crossed = float((pool @ placed[index]).max()) > float((rivals @ placed[index]).max())
            found[index] = Own(
                sentences[index].text, language, names[best], float(scores[row, best]), rank, len(names),
                other if crossed else language,
            )  # fmt: skip
    return tuple(one for one in found if one is not None)


def confusions(mapped: Mapped, texts: Texts, scoring: str) -> tuple[Confusion, ...]:
    """Returns the English sentences that find another Chinese sentence than their translation."""
    scores = spaces.scores_of(mapped.vectors[EN], mapped.vectors[ZH], scoring)
    return tuple(
        Confusion(texts[EN][index], texts[ZH][index], texts[ZH][int(scores[index].argmax())], int(rank))
        for index, rank in enumerate(ranks(scores))
        if rank > 1
    )


def _misjudged(
    data: Mapping[Language, Data], pairs: States, settings: Settings, layer: int, row: str
) -> tuple[Misjudged, ...]:
    source, target = settings.languages
    rotation = None
    if row == "rotated":
        rotation = transfers.rotation_to_source(pairs, target, layer, True, settings.rotation)
    rights = transfers.zero_shot(data[source], data[target], layer, settings.removed, rotation)
    baseline = transfers.in_language(data[target], layer, settings.removed)
    items = labelled_reviews(target).test[: settings.tested]
    return tuple(
        Misjudged(item.text, item.label, bool(known))
        for item, right, known in zip(items, rights, baseline, strict=True)
        if not right
    )


def _by_layer(
    data: Mapping[Language, Data], settings: Settings, layers: int, bench: Bench
) -> Iterator[transfers.LayerAccuracy]:
    for layer in range(layers + 1):
        bench.checkpoint()
        yield from transfers.transfer_by_layer(data, settings.languages[0], settings.removed, [layer])


TOPIC = Topic(
    number=13,
    slug="cross-lingual",
    title=Text(zh="跨语言迁移", en="Cross-lingual transfer"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("figures", "transfer", "layers", "transfer_layers"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "transfer"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(layer_states, procrustes, csls, k_occurrence, transfers.zero_shot),
)

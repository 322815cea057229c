"""Topic 28: a text against others by seven methods, and what each method's scores are worth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from playground.data import sets
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language, Text
from playground.lab.topic import Group, Topic
from playground.language.lexical import Collection
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentence_vectors import average_embedding, layer_of
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap, bootstrap_mean, share
from playground.statistics.paired import Difference, paired_bootstrap
from playground.topics.similarity import cases, interview, panels
from playground.topics.similarity.compressed import (
    NEIGHBOURS,
    Array,
    codes,
    cosines,
    nearest,
    occurrences,
    product_quantized,
    recall,
    rescored,
    rounded,
    skewness,
)
from playground.topics.similarity.cost import cost
from playground.topics.similarity.findings import Alignment, Findings, Hubness, Method, Overlap, Recalled
from playground.topics.similarity.measures import below, correlate, percentile, random_pairs, spearman
from playground.topics.similarity.scoring import (
    STRINGS,
    Item,
    Scores,
    max_similarity,
    prepare,
    score_strings,
    score_vectors,
)
from playground.topics.similarity.sentences import background, judged
from playground.topics.similarity.settings import MOST_LINES, Result, Settings
from playground.topics.similarity.surface import estimated_jaccard, jaccard, minhash, ngrams
from playground.topics.similarity.vectors import Means, Reader, Vectors

RANDOM_PAIRS = 1000
HASHES = 128
MOST_WORDS = 40
RESAMPLES = 500
Counts = npt.NDArray[np.int64]


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Scores the lines by strings at once, then by vectors, then measures what the scores are worth."""
    text, lines = settings.text.strip(), read_lines(settings)
    lm = bench.lm()
    layer = _layer(lm, settings.layer)
    language = main_language(text)
    collection = Collection([*background(language), text, *lines])
    known = background(language)
    picked = random_pairs(len(known), RANDOM_PAIRS, settings.seed)
    pairs, contrasts = sets.pairs(language), sets.contrasts(language)
    # One list of pairs: the visitor's, random ones, the graded ones, and each item of the challenge set three times.
    asked = [(text, line) for line in lines]
    asked += [(known[a], known[b]) for a, b in picked]
    asked += [(pair.first, pair.second) for pair in pairs]
    for same in ("paraphrase", "reworded", "changed"):
        asked += [(item.text, getattr(item, same)) for item in contrasts]
    strings = score_strings(asked, collection, settings.n)
    methods = {name: _method(name, strings, len(lines), settings.seed, language) for name in STRINGS}
    languages = tuple(main_language(one) for one in (text, *lines))
    yield Result(ranks=panels.ranks(methods, lines, settings.centre, languages))

    reader = Reader(lm, layer, bench)
    read_own = reader.own([text, *lines])
    own = [Item(*one) for one in zip([text, *lines], languages, read_own, strict=True)]
    means = {spoken: reader.means(spoken) for spoken in dict.fromkeys(item.language for item in own)}
    yield Result(alignment=panels.alignment(_alignment(own, means, settings.centre)))
    read_already = reader.known(language, len(judged(language))) | reader.reworded(language)
    project = {one: Item(one, language, read) for one, read in read_already.items()}
    items = [(own[0], other) for other in own[1:]]
    items += [(project[a], project[b]) for a, b in asked[len(lines) :]]
    bench.progress(0.8, Text(zh="比较句对", en="comparing pairs"))
    by_vectors = score_vectors(items, means)
    bench.checkpoint()
    methods |= {name: _method(name, by_vectors, len(lines), settings.seed, language) for name in by_vectors}
    everything = strings | by_vectors
    yield Result(
        ranks=panels.ranks(methods, lines, settings.centre, languages),
        spread=panels.spread(
            settings.method, {name: scores[len(lines) :][:RANDOM_PAIRS] for name, scores in everything.items()},
            methods, settings.centre,
        ),
        changes=panels.changes(methods),
        controlled=panels.controlled(methods),
        levels=panels.levels(methods),
        grades=panels.grades(methods, len(pairs)),
        scores=panels.scores(methods, lines),
    )  # fmt: skip

    searched = list(reader.known(language, settings.vectors).values())
    bench.progress(0.9, Text(zh="量化向量，找近邻", en="quantizing vectors, searching neighbours"))
    raw, centred = _states(searched, None), _states(searched, means[language])
    recalled = tuple(_recall(centred if settings.centre else raw, settings.seed, bench))
    counts = {
        name: occurrences(nearest(cosines(one), NEIGHBOURS)) for name, one in (("raw", raw), ("centred", centred))
    }
    bench.checkpoint()
    found = Findings(
        text=text,
        lines=lines,
        language=str(language),
        layer=layer,
        layers=lm.layers,
        centre=settings.centre,
        methods=methods,
        alignment=_alignment(own, means, settings.centre),
        random=len(picked),
        background=len(known),
        pairs=len(pairs),
        recalled=recalled,
        vectors=len(searched),
        hubness={name: _hubness(count, settings.seed) for name, count in counts.items()},
        hubs_less=_hubs_less(counts, settings.seed),
        overlaps=tuple(_overlaps(settings, text, lines)),
        hashes=HASHES,
    )
    yield Result(
        findings=found, recall=panels.recall(found), codes=panels.codes(found), hubs=panels.hubs(found),
        overlap=panels.overlap(found),
    )  # fmt: skip


def read_lines(settings: Settings) -> tuple[str, ...]:
    """Returns the distinct lines to compare with. Raises PlaygroundError if a text has no letter or digit, or there are too many."""
    for field, text in (("text", settings.text), ("others", settings.others)):
        if not any(part.is_content for part in segment(text, "word")):
            raise PlaygroundError(
                Text(
                    zh="“{name}”里没有字母、汉字或数字，无从比较。请输入至少一个词。",
                    en="“{name}” has no letter or digit, so there is nothing to compare: type at least one word.",
                ).format(name=_NAMES[field]),
                field,
            )
    lines = tuple(
        dict.fromkeys(
            line.strip()
            for line in settings.others.splitlines()
            if any(part.is_content for part in segment(line, "word"))
        )
    )
    if len(lines) > MOST_LINES:
        raise PlaygroundError(
            Text(
                zh="“与哪些比较”有 {count} 条不同的文本，最多 {most} 条。请删掉几行。",
                en="“Compare with” has {count} different texts; the limit is {most}. Remove some lines.",
            ).format(count=len(lines), most=MOST_LINES),
            "others",
        )
    return lines


_NAMES = {"text": Text(zh="文本", en="Text"), "others": Text(zh="与哪些比较", en="Compare with")}


def _layer(lm: LanguageModel, asked: int) -> int:
    if asked > lm.layers:
        raise PlaygroundError(
            Text(
                zh="“层”是 {asked}，这个模型只有 {layers} 层。请填 1 到 {layers}，或填 0 自动选。",
                en="“Layer” is {asked}, but this model has {layers} layers: choose 1 to {layers}, or 0 for automatic.",
            ).format(asked=asked, layers=lm.layers),
            "layer",
        )
    return asked or layer_of(lm)


def _method(name: str, scores: Scores, lines: int, seed: int, language: Language) -> Method:
    """Cuts a variant's scores into the lines', random pairs', graded pairs' and the challenge set's."""
    pairs, contrasts = sets.pairs(language), sets.contrasts(language)
    size = len(contrasts)
    ends = np.cumsum([lines, len(scores[name]) - lines - len(pairs) - 3 * size, len(pairs), size, size])
    own, random, graded, paraphrased, reworded, changed = np.split(scores[name], ends)
    low, high = np.percentile(random, [5, 95])
    control_low, control_high = bootstrap_mean(changed - reworded, seed)
    return Method(
        scores=tuple(map(float, own)),
        percentiles=tuple(percentile(random, score) for score in own),
        ranks=tuple(int(rank) for rank in rankdata(-own, method="min")),
        random_mean=float(random.mean()),
        random_low=float(low),
        random_high=float(high),
        paraphrase_mean=float(paraphrased.mean()),
        reworded_mean=float(reworded.mean()),
        changed_mean=float(changed.mean()),
        control_low=control_low,
        control_high=control_high,
        grades=correlate(graded.tolist(), pairs, seed),
        changes=below(changed.tolist(), paraphrased.tolist(), contrasts),
        controlled=below(changed.tolist(), reworded.tolist(), contrasts),
    )


def _alignment(own: list[Item], means: dict[Language, Means], centre: bool) -> Alignment:
    """Returns the cosines of the words that a heat map has room for."""
    first, second = (prepare(item, means if centre else None).words[:MOST_WORDS] for item in own[:2])
    words, line_words = (item.vectors.words for item in own[:2])
    return Alignment(
        words[:MOST_WORDS],
        line_words[:MOST_WORDS],
        tuple(tuple(map(float, row)) for row in (first @ second.T).tolist()),
        max(len(words), len(line_words)) > MOST_WORDS,
    )


def _states(read: list[Vectors], means: Means | None) -> Array:
    states = np.stack([one.state.numpy() for one in read]).astype(np.float64)
    return states - means.state.numpy() if means else states


def _recall(vectors: Array, seed: int, bench: Bench) -> Iterator[Recalled]:
    """Yields the recall of every code, and of signs whose best candidates the float vectors rank again."""
    true = nearest(cosines(vectors), NEIGHBOURS)
    for code in codes(vectors, seed):
        bench.checkpoint()
        found = nearest(cosines(code.vectors), NEIGHBOURS)
        yield _recalled(code.name, code.bits, code.stored, recall(found, true), seed)
        if code.name == "binary":
            again = rescored(vectors, code.vectors)
            yield _recalled("rescored", code.bits, code.stored, recall(again, true), seed)


def _recalled(name: str, bits: float, stored: int, shares: Array, seed: int) -> Recalled:
    return Recalled(name, bits, stored, float(shares.mean()), *bootstrap_mean(shares, seed, RESAMPLES))


def _hubness(counts: Counts, seed: int) -> Hubness:
    value = skewness(counts)
    interval = (None, None) if value is None else bootstrap(counts, _skewness, seed, RESAMPLES)
    return Hubness(int(counts.max()), share(counts == 0), value, *interval)


def _hubs_less(counts: Mapping[str, Counts], seed: int) -> Difference | None:
    raw, centred = counts["raw"], counts["centred"]
    if skewness(raw) is None or skewness(centred) is None:
        return None
    rows = np.column_stack([raw, centred])
    return paired_bootstrap(rows, lambda drawn: _skewness(drawn[:, 1]) - _skewness(drawn[:, 0]), seed, RESAMPLES)


def _skewness(counts: Array) -> float:
    return skewness(counts) or 0.0


def _overlaps(settings: Settings, text: str, lines: tuple[str, ...]) -> Iterator[Overlap]:
    own = ngrams(text, settings.n)
    signature = minhash(own, HASHES, settings.seed)
    for line in lines:
        grams = ngrams(line, settings.n)
        yield Overlap(jaccard(own, grams), estimated_jaccard(signature, minhash(grams, HASHES, settings.seed)))


TOPIC = Topic(
    number=28,
    slug="similarity",
    title=Text(zh="文本相似度", en="Text similarity"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("ranks", "spread", "changes", "grades"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("ranks", "spread", "changes", "grades"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(
        max_similarity, average_embedding, Collection, minhash, rounded, product_quantized, spearman,
    ),
)  # fmt: skip

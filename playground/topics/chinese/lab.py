"""How a text with Chinese in it is cut: by characters, by jieba, by the model, by tokenizers trained on the spot."""

from __future__ import annotations

from collections.abc import Iterator

import jieba
import regex

from playground.data.reviews import reviews
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.language.trained_tokenizers import KINDS, lost_characters, train
from playground.language.word_graph import ambiguities, arcs, best_paths, private_tokenizer, total_paths
from playground.models.language_model import LanguageModel
from playground.topics.chinese import cases, compress, forms, interview, panels, preference
from playground.topics.chinese.cost import cost
from playground.topics.chinese.findings import MOST_CHARACTERS, Candidate, Findings, Graph, Place, share
from playground.topics.chinese.settings import Result, Settings
from playground.topics.chinese.tokens import read_tokens, text_ids
from playground.topics.chinese.words import cuts, read_words

CANDIDATES, HELD_OUT = 5, 200
_HAN = regex.compile(r"[\u4E00-\u9FD5]+")  # what jieba's dictionary has words of


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields cuts first, then the graph, then what needs training; findings with the last numbers."""
    text = settings.text
    words = read_words(settings.words)
    if not text.strip():
        raise PlaygroundError(
            Text(zh="“文本”是空的，请写一句话，中文、英文或混排都行。", en="“Text” is blank; write a sentence in Chinese, English or both."),
            "text",
        )  # fmt: skip
    tokenizer = private_tokenizer(words)
    by_mode = cuts(tokenizer, text, settings.hmm)
    lm = bench.lm(settings.weights)
    tokens = read_tokens(lm, text)
    yield Result(
        figures=panels.figures(len(text), tokens),
        cuts=panels.cuts(text, by_mode, settings.mode, tokens),
        tokens=panels.tokens(tokens),
    )
    bench.progress(0.1, Text(zh="词图与模型的偏好", en="the word graph and the model's preference"))
    graph = read_graph(lm, tokenizer, text)
    places = read_places(tokenizer, text)
    if graph is not None:
        yield Result(graph=panels.lattice(graph), paths=panels.paths(graph), places=panels.places(places))

    corpus = [item.text for item in reviews().train[: settings.lines]] + ([text] if settings.own_text else [])
    trained = {}
    for number, kind in enumerate(KINDS):
        bench.progress(
            0.2 + 0.12 * number,
            Text(zh="训练第 {n} 个分词器，共 {of} 个", en="training tokenizer {n} of {of}").format(n=number + 1, of=len(KINDS)),
        )  # fmt: skip
        trained[kind] = train(kind, corpus, settings.vocabulary, bench.checkpoint)
    described = {kind: compress.describe(made, text) for kind, made in trained.items()}
    yield Result(cuts=panels.cuts(text, by_mode, settings.mode, tokens, described))

    bench.progress(0.7, Text(zh="在留出评论上量压缩率", en="compression on held-out reviews"))
    held_out = [item.text for item in reviews().held_out[:HELD_OUT]]
    rates = {
        "character": compress.rate(held_out, len, lambda line: 0, settings.seed),
        "jieba": compress.rate(
            held_out, lambda line: len(list(tokenizer.cut(line, HMM=settings.hmm))), lambda line: 0, settings.seed
        ),
        "model": compress.rate(held_out, lambda line: len(text_ids(lm, line)), lambda line: 0, settings.seed),
    }
    for kind, made in trained.items():
        bench.checkpoint()
        rates[kind] = compress.rate(
            held_out,
            lambda line, made=made: len(made.encode(line).ids),  # type: ignore[misc]
            lambda line, made=made: lost_characters(made, line),  # type: ignore[misc]
            settings.seed,
        )
    pieces = compress.fragments(lm, trained, text)
    yield Result(rates=panels.rates(rates, described), fragments=panels.fragments(pieces))

    bench.progress(0.85, Text(zh="简体、繁体、全角的损失", en="loss of simplified, traditional, full width"))
    variants = forms.variants(text)
    by_form = dict(zip(variants, forms.measure(lm, list(variants.values())), strict=True))
    gap = forms.gap(lm)
    yield Result(
        findings=Findings(
            len(text), tokens, by_mode, cuts(tokenizer, text, False)["precise"], graph, places, described, rates, pieces, by_form, gap
        ),
        forms=panels.forms(by_form, gap),
    )  # fmt: skip


def read_graph(lm: LanguageModel, tokenizer: jieba.Tokenizer, text: str) -> Graph | None:
    """Returns the graph of the run of Chinese characters with most paths (the first MOST_CHARACTERS of each), None without any."""
    runs = _HAN.findall(text)
    graphs = [(arcs(tokenizer, run[:MOST_CHARACTERS]), run[:MOST_CHARACTERS], len(run)) for run in runs]
    if not graphs:
        return None
    found, chosen, length = max(graphs, key=lambda graph: total_paths(graph[0], len(graph[1]))[0])
    count, log_total = total_paths(found, len(chosen))
    best = best_paths(found, len(chosen), CANDIDATES)
    segmentations = [path.words for path in best]
    framed, bare = (
        preference.segmented_log_probabilities(lm, chosen, segmentations, framed) for framed in (True, False)
    )
    candidates = tuple(
        Candidate(path.words, path.log_probability, share(path.log_probability, log_total), one, other)
        for path, one, other in zip(best, framed, bare, strict=True)
    )
    return Graph(chosen, found, count, candidates, tuple(tokenizer.cut(chosen, HMM=False)), length, len(runs))


def read_places(tokenizer: jieba.Tokenizer, text: str) -> tuple[Place, ...]:
    """Returns the places of the whole text where dictionary words cross; every run of Chinese characters has its own best path."""
    found = []
    for match in _HAN.finditer(text):
        run = match.group()
        graph = arcs(tokenizer, run)
        (best,) = best_paths(graph, len(run), 1)
        found += [
            Place(match.start() + one.start + 1, run[one.start : one.end], one.best, one.crossing)
            for one in ambiguities(graph, best.words)
        ]
    return tuple(found)


TOPIC = Topic(
    number=7,
    slug="chinese",
    title=Text(zh="处理中文", en="Chinese text"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    leads=("figures", "cuts", "graph", "rates"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "paths"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(best_paths, arcs, ambiguities, train, read_tokens, preference.segmented_log_probabilities),
)

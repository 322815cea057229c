"""One document, four summaries beside each other, and what can and can't be measured of them.

Knows nothing of how a method summarizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from playground.evaluation.rouge import longest_common_subsequence, ngram_counts
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.token_panels import Passage
from playground.lab.topic import Group, Topic
from playground.language.parts_of_speech import content_words
from playground.language.sentence_vectors import FEW_TOKENS, centred, sentence_vectors
from playground.topics.summarization import cases, fewshot, findings, interview, on_the_set, panels, states
from playground.topics.summarization.copying import copied, copied_example, taken_up
from playground.topics.summarization.cost import cost
from playground.topics.summarization.document import Summary, extract, read_document
from playground.topics.summarization.extractive import (
    best_subset,
    centroid_scores,
    highest,
    maximal_marginal_relevance,
    pagerank,
    shared_words,
    textrank,
)
from playground.topics.summarization.findings import Findings
from playground.topics.summarization.mentions import mentions
from playground.topics.summarization.settings import Result, Settings


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the summaries one after the other, the cheapest first, then what is measured of them."""
    document = read_document(settings.text, settings.reference)
    count = len(document.sentences)
    made: dict[str, Summary] = {"lead": extract(document, "lead", range(min(settings.sentences, count)))}
    marked: dict[Summary, Passage] = {}
    yield Result(summaries=panels.summaries(document, made, marked), scores=panels.scores(document, made))

    lm = bench.lm()
    ranks, similarity = textrank([set(content_words(one.text)) for one in document.sentences], settings.damping)
    made["textrank"] = extract(document, "textrank", highest(list(ranks), settings.sentences), list(ranks))
    yield Result(
        summaries=panels.summaries(document, made, marked),
        scores=panels.scores(document, made),
        graph=panels.graph(ranks, similarity),
    )

    asked, examples = fewshot.fitting_prompt(
        lm, document.language, document.text, settings.model.shots, settings.model.max_tokens
    )
    yield Result(prompt=panels.prompt(asked, len(examples), settings.model.shots))
    written: fewshot.Written | None = None
    for number, written in enumerate(
        fewshot.write(lm, asked, settings.model.max_tokens, settings.model.repetition_penalty), 1
    ):
        made["model"] = Summary("model", written.text, done=written.continuation.ending is not None)
        yield Result(
            summaries=panels.summaries(document, made, marked), written=panels.tokens(lm, written, document.language)
        )
        bench.progress(
            0.1 + 0.5 * number / settings.model.max_tokens,
            Text(zh="模型生成到第 {n} 个词元", en="the model generates token {n}").format(n=number),
        )
    assert written is not None
    tokens_of = [document.tokens(one.text) for one in document.sentences]
    made["model"] = replace(made["model"], scores=taken_up(tokens_of, document.tokens(written.text)))
    from_example = copied_example(document.text, written.text, [(one.title, one.summary) for one in examples])

    bench.progress(0.6, Text(zh="计算 {n} 个句向量", en="computing {n} sentence vectors").format(n=count))
    others = states.background(document.language, document.text)
    raw = sentence_vectors(lm, [*others, *(one.text for one in document.sentences)], most_tokens=FEW_TOKENS)
    common = raw[: len(others)].mean(0)
    vectors = centred(raw[len(others) :], common).double().numpy()
    relevance = centroid_scores(vectors)
    chosen = maximal_marginal_relevance(vectors, relevance, settings.novelty, settings.sentences)
    made["centroid"] = extract(document, "centroid", chosen, list(relevance))
    yield Result(
        summaries=panels.summaries(document, made, marked),
        scores=panels.scores(document, made),
        written=panels.finished_tokens(
            lm, written, document.language, findings.count(document, made["model"]), from_example
        ),
    )

    bound = None
    if document.reference:
        bench.progress(0.8, Text(zh="找最好的句子组合", en="searching for the best set of sentences"))
        reference = document.tokens(document.reference)
        bound = best_subset(tokens_of, reference, settings.sentences, checkpoint=bench.checkpoint)
        made["bound"] = extract(document, "bound", bound.chosen)
        yield Result(summaries=panels.summaries(document, made, marked), scores=panels.scores(document, made))
    found = findings.summarized(document, made)
    yield Result(rouge=panels.rouge(document, found, bound), rouge_parts=panels.rouge_parts(document, found))
    yield Result(figures=panels.figures(found), ranking=panels.ranking(document, made))
    bench.progress(0.9, Text(zh="比较隐藏状态", en="comparing hidden states"))
    compared = states.compare_states(lm, document, {name: one.text for name, one in found.items() if one.text}, common)
    yield Result(states=panels.states(compared))
    bench.progress(0.95, Text(zh="在整个文档集上计算", en="computing on the whole set"))
    on_all = on_the_set.score_set(document.language, settings.sentences, settings.damping, bench.checkpoint)
    yield Result(
        findings=Findings(
            str(document.language), document.unit, tuple(one.text for one in document.sentences), found, bound, document.given,
            from_example, compared, on_all,
        ),
        on_the_set=panels.on_the_set(on_all),
    )  # fmt: skip


TOPIC = Topic(
    number=27,
    slug="summarization",
    title=Text(zh="文本摘要", en="Summarization"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    leads=("summaries", "figures", "rouge", "on_the_set"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "rouge"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    seconds=180,
    code=(
        textrank, shared_words, pagerank, maximal_marginal_relevance, centroid_scores, best_subset, fewshot.prompt,
        longest_common_subsequence, ngram_counts, mentions, copied,
    ),
)  # fmt: skip

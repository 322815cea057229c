"""Topic 27: one document, four summaries beside each other, and what can and can't be measured of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from playground.data.sets import Document as Example
from playground.evaluation.rouge import longest_common_subsequence, ngram_counts, rouge_n
from playground.generation.panels import tokens_panel
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.panels import Code, Graph, GraphEdge, GraphNode, Table
from playground.lab.text import Text
from playground.lab.token_panels import Tokens
from playground.lab.topic import Group, Topic
from playground.language.parts_of_speech import content_words
from playground.language.scripts import main_language
from playground.language.sentence_vectors import centred, sentence_vectors
from playground.language.sentences import sentences
from playground.topics.summarization import fewshot, on_the_set, states, talk, words
from playground.topics.summarization.copying import copied
from playground.topics.summarization.extractive import (
    Bound,
    Numbers,
    best_subset,
    centroid_scores,
    highest,
    maximal_marginal_relevance,
    pagerank,
    pairs,
    shared_words,
    textrank,
)
from playground.topics.summarization.mentions import mentions
from playground.topics.summarization.settings import Result, Settings
from playground.topics.summarization.summaries import (
    Document,
    Summary,
    copies,
    extract,
    figures_table,
    rouge_parts_table,
    rouge_table,
    scores_panel,
    summaries_panel,
)

MOST_SENTENCES = 200
# Of a long document's graph only the strongest edges are drawn, or nothing could be seen.
MOST_EDGES = 60


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    document = read(settings)
    count = len(document.sentences)
    made: dict[str, Summary] = {"lead": extract(document, "lead", range(min(settings.sentences, count)))}
    result = Result(summaries=summaries_panel(document, made), scores=scores_panel(document, made))
    yield result

    lm = bench.lm()
    scores, similarity = textrank([set(content_words(one.text)) for one in document.sentences], settings.damping)
    made["textrank"] = extract(document, "textrank", highest(list(scores), settings.sentences), list(scores))
    result = replace(
        result, summaries=summaries_panel(document, made), scores=scores_panel(document, made), graph=graph(scores, similarity)
    )  # fmt: skip
    yield result

    asked, examples = fewshot.fitting_prompt(
        lm, document.language, document.text, settings.model.shots, settings.model.max_tokens
    )
    result = replace(result, prompt=Code(asked, "text"))
    for number, written in enumerate(
        fewshot.write(lm, asked, settings.model.max_tokens, settings.model.repetition_penalty), 1
    ):
        done = written.continuation.ending is not None
        made["model"] = Summary("model", written.text, done=done)
        tokens = replace(tokens_panel(lm, written.continuation), prompt=fewshot.SUMMARY[document.language])
        result = replace(result, summaries=summaries_panel(document, made), written=tokens)
        yield result
        bench.progress(
            0.1 + 0.5 * number / settings.model.max_tokens,
            Text(zh="模型写到第 {n} 个词元", en="the model writes token {n}").format(n=number),
        )
    made["model"] = replace(made["model"], scores=taken_up(document, made["model"].text))
    assert result.written is not None
    result = replace(result, written=judged(result.written, document, made["model"], examples))

    bench.progress(0.6, Text(zh="计算 {n} 个句向量", en="computing {n} sentence vectors").format(n=count))
    common = states.common_part(lm, document)
    raw = sentence_vectors(lm, [one.text for one in document.sentences])
    vectors = centred(raw, common).double().numpy()
    relevance = centroid_scores(vectors)
    chosen = maximal_marginal_relevance(vectors, relevance, settings.novelty, settings.sentences)
    made["centroid"] = extract(document, "centroid", chosen, list(relevance))
    result = replace(result, summaries=summaries_panel(document, made), scores=scores_panel(document, made))
    yield result

    if document.reference:
        bench.progress(0.8, Text(zh="找最好的句子组合", en="searching for the best set of sentences"))
        tokens_of = [document.tokens(one.text) for one in document.sentences]
        bound = best_subset(
            tokens_of, document.tokens(document.reference), settings.sentences, checkpoint=bench.checkpoint
        )
        made["bound"] = extract(document, "bound", bound.chosen)
        result = replace(
            result,
            summaries=summaries_panel(document, made),
            scores=scores_panel(document, made),
            rouge=rouge_table(document, made, how_found(bound, document)),
            rouge_parts=rouge_parts_table(document, made),
        )
    result = replace(result, figures=figures_table(document, made), ranking=ranking(document, made))
    yield result
    bench.progress(0.9, Text(zh="比较隐藏状态", en="comparing hidden states"))
    result = replace(result, states=states.compare_states(lm, document, made, common))
    yield result
    bench.progress(0.95, Text(zh="在整个文档集上计算", en="computing on the whole set"))
    yield replace(
        result, on_the_set=on_the_set.bars(document.language, settings.sentences, settings.damping, bench.checkpoint)
    )


def read(settings: Settings) -> Document:
    """The document in sentences. Raises PlaygroundError when it has none that says anything, or too many."""
    parts = tuple(sentences(settings.text))
    if not any(one.is_content for one in parts):
        raise PlaygroundError(
            Text(zh="“文档”里没有文字，没有什么可以摘要；请贴一段文章，或点一个示例。",
                 en="“Document” has no words in it, so there is nothing to summarize; paste an article, or pick an example."),
            "text",
        )  # fmt: skip
    if len(parts) > MOST_SENTENCES:
        raise PlaygroundError(
            Text(zh="“文档”有 {n} 句，最多 {limit} 句，请删短。",
                 en="“Document” has {n} sentences; the limit is {limit}. Please shorten it.").format(n=len(parts), limit=MOST_SENTENCES),
            "text",
        )  # fmt: skip
    return Document(settings.text, parts, main_language(settings.text), settings.reference.strip())


def taken_up(document: Document, summary: str) -> tuple[float, ...]:
    """For each sentence the share of its word pairs that stand in the summary: what a free text draws on."""
    tokens = document.tokens(summary)
    return tuple(rouge_n(tokens, document.tokens(one.text), 2).recall for one in document.sentences)


def judged(written: Tokens, document: Document, summary: Summary, examples: Sequence[Example]) -> Tokens:
    """The model's tokens, with a word on whether it copied, and from where."""
    copy = copies(document.text, summary.text)
    for one in examples:
        other = copies(one.summary, summary.text)
        if other.longest >= words.LONG_COPY and other.longest > copy.longest:
            return replace(written, caveat=words.COPIES_EXAMPLE.format(longest=other.longest, title=one.title))
    if copy.longest < words.LONG_COPY:
        return written
    strongest = max(range(len(summary.scores)), key=lambda index: summary.scores[index])
    return replace(written, caveat=words.COPIES.format(
        share=f"{copy.coverage:.0%}", longest=copy.longest, sentence=strongest + 1, total=len(summary.scores)
    ))  # fmt: skip


def how_found(bound: Bound, document: Document) -> Text:
    """Whether the upper bound is exact, and what it is the best in."""
    unit = Text(zh="字", en="characters") if document.unit == "character" else Text(zh="词", en="words")
    what = Text(
        zh="上界按 ROUGE-1、2、L 的平均 F1（按{unit}）选句",
        en="The bound has the best mean F1 of ROUGE-1, 2 and L by {unit}",
    ).format(unit=unit)
    if bound.exact:
        return Text(
            zh="{what}，{n} 种组合全部试过，是精确的。", en="{what}, all {n} sets of sentences tried: it is exact."
        ).format(what=what, n=bound.tried)
    return Text(zh="{what}，组合太多，逐句贪心（试了 {n} 种），真正的上界可能更高。",
                en="{what}; there are too many sets, so it was found greedily ({n} tried), and the true bound may be higher.").format(
        what=what, n=bound.tried
    )  # fmt: skip


def graph(scores: Numbers, similarity: Numbers) -> Graph:
    """Sentences by their numbers, sized by score, joined by shared words."""
    edges = sorted(pairs(similarity), key=lambda edge: -edge[2])[:MOST_EDGES]
    joined = {place for first, second, _ in edges for place in (first, second)}
    kept = [place for place in range(len(scores)) if place in joined or len(scores) <= 40]
    most = float(scores.max())
    return Graph(
        nodes=tuple(
            GraphNode(str(place), Text(zh="第 {n} 句", en="no. {n}").format(n=place + 1), 1 + 3 * float(scores[place]) / most)
            for place in kept
        ),
        edges=tuple(GraphEdge(str(first), str(second), weight) for first, second, weight in edges),
        caveat=None if edges else Text(zh="没有两句共有实词，各句同分。", en="No two sentences share a content word: all score the same."),
    )  # fmt: skip


def ranking(document: Document, made: dict[str, Summary]) -> Table:
    """Every sentence with its scores and its place in each choice."""

    def place(method: str, index: int) -> int | None:
        return made[method].chosen.index(index) + 1 if index in made[method].chosen else None

    rows = tuple(
        (index + 1, one.text.strip(), made["textrank"].scores[index], place("textrank", index), made["centroid"].scores[index],
         place("centroid", index), made["model"].scores[index])
        for index, one in enumerate(document.sentences)
    )  # fmt: skip
    return Table(
        (Text(zh="句", en="no."), Text(zh="原文", en="sentence"), "TextRank", Text(zh="次序", en="order"),
         Text(zh="质心余弦", en="centroid cosine"), Text(zh="MMR 次序", en="MMR order"), Text(zh="模型用到", en="used by the model")),
        rows,
    )  # fmt: skip


CODE = (
    textrank, shared_words, pagerank, maximal_marginal_relevance, centroid_scores, best_subset, fewshot.prompt,
    longest_common_subsequence, ngram_counts, mentions, copied,
)  # fmt: skip

TOPIC = Topic(
    number=27,
    slug="summarization",
    title=Text(zh="文本摘要", en="Summarization"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=words.PREDICTION,
    failures=words.FAILURES,
    examples=words.EXAMPLES,
    followups=talk.follow_ups,
    seconds=180,
    code=CODE,
)

"""The lab against networkx, scikit-learn, torch_geometric and hand computations, and what is said of its findings."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import threading
import time
from itertools import combinations, pairwise

import networkx as nx
import numpy as np
import pytest
import torch
from sklearn.metrics import average_precision_score, roc_auc_score
from torch_geometric.nn import GCNConv

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap
from playground.topics.text_graph import links, panels
from playground.topics.text_graph.cases import FAILURES
from playground.topics.text_graph.convolution import convolve, growth, likeness_by_depth, normalised, raw, train
from playground.topics.text_graph.dynamic_graph import communities, layout, pagerank, ranks_over_time, snapshots
from playground.topics.text_graph.findings import Central, Findings
from playground.topics.text_graph.interview import PREDICTION, follow_ups, verdict
from playground.topics.text_graph.lab import run
from playground.topics.text_graph.mentions import Sentence, mentioned, read, tagged_sentences
from playground.topics.text_graph.prediction import embeddings
from playground.topics.text_graph.rolling import CUTS, bounds, roll
from playground.topics.text_graph.settings import Settings
from playground.topics.text_graph.stories import FLOOD
from tests.every_topic.verdicts import check_verdict, numbers
from tests.fakes import OneModel

SETTINGS = Settings(text=FLOOD.en, epochs=10, seeds=2)


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    return [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings][-1]


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SETTINGS)


def sentences_of(text: str, nodes: str, past: int | None = None) -> tuple[Sentence, ...]:
    parts = tagged_sentences(text)
    return read(parts, nodes, len(parts) if past is None else past)


def some_graph(count: int = 14, share: float = 0.25, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    upper = np.triu(generator.random((count, count)) * (generator.random((count, count)) < share), 1)
    return upper + upper.T


# ---- nodes


def test_keywords_in_chinese_english_and_both() -> None:
    said = sentences_of("渔夫把小船拴在码头。The engineer closed the bridge with 工程师的水泵。", "keywords")
    assert [sentence.words for sentence in said] == [
        ("渔夫", "小船", "码头"),
        ("engineer", "closed", "bridge", "工程师", "水泵"),
    ]


def test_entities_need_a_capital_everywhere() -> None:
    said = sentences_of("Yesterday Mary Ann met Bob. Rain fell. They saw rain with Bob in 北京。", "entities")
    assert [sentence.words for sentence in said] == [("Yesterday Mary Ann", "Bob"), (), ("Bob", "北京")]


def test_which_words_are_names_in_the_past_is_told_by_the_past_alone() -> None:
    text = "Frost met Bob. Bob saw Ann. They saw the frost. Frost met Carol and carol singers."
    said = sentences_of(text, "entities", past=2)
    assert [sentence.words for sentence in said] == [("Frost", "Bob"), ("Bob", "Ann"), (), ()]
    assert sentences_of(text, "entities")[0].words == ("Bob",)


def test_mentions_are_counted_once_a_sentence() -> None:
    assert mentioned([Sentence("", ("a", "b")), Sentence("", ("a",))]) == {"a": 2, "b": 1}


# ---- the graph over time


def test_weights_decay_and_are_renewed_by_hand() -> None:
    said = [Sentence("", ("a", "b")), Sentence("", ("c",)), Sentence("", ("a", "b"))]
    steps = snapshots(said, ("a", "b", "c"), window=1, decay=0.5, step=1)
    assert [step.weights[0, 1] for step in steps] == [1, 0.5, 1.25]
    assert [list(step.alive) for step in steps] == [[1, 1, 0], [0.5, 0.5, 1], [1.25, 1.25, 0.5]]
    wide = snapshots(said, ("a", "b", "c"), window=2, decay=1.0, step=2)
    assert [step.read for step in wide] == [2, 3]
    assert [wide[0].weights[0, 2], wide[1].weights[0, 2], wide[1].weights[0, 1]] == [0.5, 1.0, 2.0]
    assert all((step.weights == step.weights.T).all() and not step.weights.diagonal().any() for step in wide)


def test_pagerank_against_networkx() -> None:
    for weights in (some_graph(), some_graph(9, 0.08, 3)):
        expected = nx.pagerank(nx.from_numpy_array(weights), alpha=0.85, tol=1e-12, max_iter=1000)
        assert pagerank(weights) == pytest.approx([expected[node] for node in range(len(weights))], abs=1e-8)
    assert pagerank(np.zeros((4, 4))) == pytest.approx(0.25)


def test_a_node_has_no_rank_before_it_enters() -> None:
    said = [Sentence("", ("a", "b")), Sentence("", ("b", "c"))]
    ranks = ranks_over_time(snapshots(said, ("a", "b", "c"), 1, 0.9, 1))
    assert ranks[0, 2] == 0 < ranks[1, 2] and ranks.sum(1) == pytest.approx(1)


def test_the_layout_is_the_same_each_time_and_inside_the_drawing() -> None:
    places = layout(some_graph(), 0)
    assert (places == layout(some_graph(), 0)).all() and places.min() >= 0 and places.max() <= 1
    assert len({tuple(place) for place in places.round(3)}) == len(places)


def test_communities_of_two_cliques_and_a_loner() -> None:
    weights = np.zeros((7, 7))
    weights[:3, :3] = weights[3:6, 3:6] = 1
    np.fill_diagonal(weights, 0)
    assert communities(weights, 0) == (0, 0, 0, 1, 1, 1, -1)


# ---- links


def test_scores_of_the_neighbourhood_against_networkx() -> None:
    weights = some_graph()
    graph = nx.from_numpy_array(weights)
    pairs = [(one, other) for one in graph for other in graph if one < other]
    ours = (links.common_neighbours(weights), links.adamic_adar(weights), links.preferential_attachment(weights))
    theirs = (
        [(one, other, len(list(nx.common_neighbors(graph, one, other)))) for one, other in pairs],
        list(nx.adamic_adar_index(graph, pairs)),
        list(nx.preferential_attachment(graph, pairs)),
    )
    for mine, expected in zip(ours, theirs, strict=True):
        assert [mine[one, other] for one, other, _ in expected] == pytest.approx([value for *_, value in expected])


def a_split() -> links.Split:
    past = some_graph(16, 0.2)
    return links.split_in_time(past, past + some_graph(16, 0.15, 7))


@pytest.mark.parametrize("ties", [False, True])
def test_auc_and_average_precision_against_scikit_learn(ties: bool) -> None:
    split = a_split()
    scores = np.random.default_rng(1).normal(size=(16, 16))
    scores = (scores + scores.T).round(0 if ties else 9)
    asked = np.concatenate([split.positives, split.negatives])
    truth = [1] * len(split.positives) + [0] * len(split.negatives)
    values = scores[asked[:, 0], asked[:, 1]]
    assert links.wins(scores, split).mean() == pytest.approx(roc_auc_score(truth, values))
    matched = links.matched_negatives(split)
    found = links.score([scores], split, matched, 0, [scores])
    assert found.auc_low < found.auc < found.auc_high and found.against == (0, 0, 0)
    assert found.balanced > found.precision and found.precision_low < found.precision < found.precision_high
    assert found.precision == pytest.approx(average_precision_score(truth, values))
    # One negative for each positive: each negative weighs so much less.
    weights = np.where(truth, 1, len(split.positives) / len(split.negatives))
    assert found.balanced == pytest.approx(average_precision_score(truth, values, sample_weight=weights))
    assert found.balanced_low < found.balanced < found.balanced_high
    assert found.matched == pytest.approx(links.matched_wins(scores, split, matched).mean())
    assert found.matched_low < found.matched < found.matched_high


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_the_interval_of_average_precision_is_the_bootstraps_over_the_positives(scale: float) -> None:
    generator = np.random.default_rng(3)
    # Two runs with many ties; a score's rank among the negatives falls with it.
    own = generator.integers(0, 5, (2, 12)).astype(float)
    runs = np.stack([own, (6 - own) * 3], 2)

    def precision(sample: np.ndarray) -> float:
        found = (sample[None, :, :, 0] >= sample[:, None, :, 0]).sum(1)
        return float((found / (found + scale * sample[..., 1])).mean())

    rows = runs.swapaxes(0, 1)
    expected = (precision(rows), *bootstrap(rows, precision, 5, links.PRECISION_RESAMPLES))
    assert links.precision_with_interval(runs, scale, 5) == pytest.approx(expected)


def test_the_split_in_time_asks_only_for_what_the_past_lacks() -> None:
    past = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]], float)
    whole = past.copy()
    whole[1, 2] = whole[2, 1] = 1
    split = links.split_in_time(past, whole)
    assert split.positives.tolist() == [[1, 2]] and split.negatives.tolist() == [[0, 2], [0, 3], [1, 3], [2, 3]]
    hidden = links.split_at_random(some_graph(), 5, 0)
    assert len(hidden.positives) == 5 and not hidden.seen[tuple(hidden.positives.T)].any()


def test_who_knows_only_the_busy_falls_to_a_half_against_matched_negatives() -> None:
    # Every pair with degrees of the positive's product: preferential attachment can't tell them apart.
    ring = np.roll(np.eye(12), 1, 1)
    split = links.Split(ring + ring.T, np.array([[0, 2], [3, 6]]), np.array([[0, 5], [1, 7], [2, 8]]))
    matched = links.matched_negatives(split)
    assert links.matched_wins(links.preferential_attachment(split.seen), split, matched).tolist() == [0.5, 0.5]


def test_matched_negatives_are_the_nearest_by_degrees() -> None:
    split = a_split()
    busy = links.preferential_attachment(split.seen)
    for (one, other), five in zip(split.positives, links.matched_negatives(split), strict=True):
        gaps = [abs(np.log1p(busy[pair[0], pair[1]]) - np.log1p(busy[one, other])) for pair in split.negatives]
        chosen = [abs(np.log1p(busy[pair[0], pair[1]]) - np.log1p(busy[one, other])) for pair in five]
        assert chosen == pytest.approx(sorted(gaps)[:5])


# ---- several cuts


def test_cuts_are_even_and_the_last_stretch_ends_with_the_text() -> None:
    assert bounds(20) == [8, 11, 14, 17, 20] and bounds(2) == [1, 2] and bounds(1) == [1]


def test_every_cut_is_scored_as_scikit_learn_does_and_hears_nothing_of_what_follows() -> None:
    parts = tagged_sentences(FLOOD.en)
    cuts = roll(parts, "keywords", 1, 0.85, 60, 0)
    assert [(one.cut, one.until) for one in cuts] == list(pairwise(bounds(len(parts)))) and len(cuts) == CUTS
    second = cuts[1]
    said = sentences_of(FLOOD.en, "keywords")
    names = [word for word, _ in mentioned(said[: second.cut]).most_common(60)]
    linked = [nx.Graph(), nx.Graph()]
    for graph, end in zip(linked, (second.cut, second.until), strict=True):
        graph.add_nodes_from(names)
        for sentence in said[:end]:
            graph.add_edges_from(combinations([word for word in sentence.words if word in names], 2))
    asked = [pair for pair in combinations(names, 2) if not linked[0].has_edge(*pair)]
    truth = [linked[1].has_edge(*pair) for pair in asked]
    assert (second.new_links, second.apart) == (sum(truth), len(truth) - sum(truth))
    shared = [len(list(nx.common_neighbors(linked[0], *pair))) for pair in asked]
    value, low, high = second.auc["common"]
    assert value == pytest.approx(roc_auc_score(truth, shared)) and low < value < high
    assert set(second.auc) == {"common", "adamic", "preferential"}
    # The same sentences with others behind them have the same scores up to there.
    other = tagged_sentences(FLOOD.en)[: second.until] + tagged_sentences("The pump hit the wall. " * 12)
    again = [one for one in roll(other[: len(parts)], "keywords", 1, 0.85, 60, 0) if one.until <= second.until]
    assert again == list(cuts[:2])


def test_a_cut_with_too_few_new_links_has_no_auc() -> None:
    cuts = roll(tagged_sentences("A boat met a pump. " * 10), "keywords", 1, 0.85, 60, 0)
    assert len(cuts) == CUTS and all((one.new_links, one.auc) == (0, {}) for one in cuts)


def test_the_text_that_turns_around_is_the_same_graph_in_both_languages_and_misleads() -> None:
    class NoModels:
        def get(self, *arguments: object) -> LanguageModel:
            raise AssertionError

        writable = get

    failure = FAILURES[2]
    found = []
    for language in Language:
        settings = validate(Settings, failure.in_(language), language)
        found += [one.findings for one in run(settings, Bench(NoModels())) if one.findings]
        assert failure.seen(settings, found[-1])
        check_verdict(_TOPIC, settings, found[-1])
        assert any("flip the sign" in item.question.en for item in follow_ups(settings, found[-1]))
    zh, en = found
    assert (zh.past, zh.candidates, zh.past_links, zh.new_links, zh.apart) == (14, 12, 21, 23, 22)
    assert en.scores["common"] == zh.scores["common"] and en.scores["gcn"] == zh.scores["gcn"]


# ---- the convolution


def test_a_layer_against_torch_geometric() -> None:
    weights = torch.tensor(some_graph(), dtype=torch.float32)
    features = torch.randn((14, 6), generator=torch.Generator().manual_seed(0))
    theirs = GCNConv(6, 5)
    torch.nn.init.normal_(theirs.bias)
    index = weights.nonzero().T
    expected = theirs(features, index, weights[index[0], index[1]])
    ours = convolve(normalised(weights), features, theirs.lin.weight.T, theirs.bias)
    assert torch.allclose(ours, expected, atol=1e-5)


def test_normalisation_keeps_the_largest_eigenvalue_at_one() -> None:
    assert growth(some_graph(), normalised) == pytest.approx(1)
    assert growth(some_graph(), raw) == pytest.approx(max(abs(np.linalg.eigvals(some_graph()))))


def test_training_learns_two_groups_and_repeats_itself() -> None:
    weights = np.zeros((12, 12))
    weights[:6, :6] = weights[6:, 6:] = 1
    np.fill_diagonal(weights, 0)
    weights[0, 1] = weights[1, 0] = weights[6, 7] = weights[7, 6] = 0
    first, again = (train(weights, np.eye(12), epochs=60, seeds=2, seed=0) for _ in range(2))
    assert (first.vectors == again.vectors).all() and first.losses == again.losses
    assert first.losses[-1] < 0.8 * first.losses[0]
    assert all(scores[0, 1] > scores[0, 7] for scores in first.scores)
    assert not np.allclose(first.vectors[0], first.vectors[1]), "the seeds differ"


def test_many_layers_make_all_nodes_alike() -> None:
    weights = some_graph(10, 0.6)
    like = likeness_by_depth(weights, np.eye(10), (0, 1, 200))
    assert like[0] == pytest.approx(0) and like[1] > 0 and like[2] == pytest.approx(1, abs=1e-6)


# ---- the whole lab


# "Frost" and "Will" are names as long as nobody writes them in small letters.
PEOPLE = "Ann met Bob in Acme. Bob and Carol saw Dan. Frost took Ann to Carol. Dan rang Erin. Will met Bob. Carol and Frost saw Will."
LATER = {
    "keywords": "The mayor and the nurse watched the pump.",
    "entities": "By then frost and Dan and Ann were here, and Bob will see Erin.",
}


@pytest.mark.parametrize("nodes", ["keywords", "entities"])
def test_the_future_changes_nothing_that_was_trained(tiny_lm: LanguageModel, nodes: str) -> None:
    past = FLOOD.en if nodes == "keywords" else PEOPLE + " Ann met Dan. Erin met Carol. Bob met Dan. Frost met Will."
    said = [sentence.text for sentence in sentences_of(past, nodes)]
    settings = dataclasses.replace(SETTINGS, text=past, nodes=nodes)
    found = findings_of(tiny_lm, settings)
    cut = found.past
    other = " ".join([*said[:cut], *(LATER[nodes] for _ in said[cut:])])
    changed = findings_of(tiny_lm, dataclasses.replace(settings, text=other))
    same = ("past", "candidates", "used", "past_links", "communities", "loss_first", "loss_last", "likeness", "growth")
    for name in same:
        assert getattr(changed, name) == getattr(found, name), name
    assert changed.new_links != found.new_links
    at_cut = [{node.word: node.at_cut for node in one.central if node.at_cut} for one in (found, changed)]
    assert at_cut[0] == at_cut[1] and len(at_cut[0]) == found.candidates


def test_what_is_drawn_up_to_the_cut_knows_no_later_sentence(tiny_lm: LanguageModel, found: Findings) -> None:
    said = [sentence.text for sentence in sentences_of(FLOOD.en, "keywords")]
    other = " ".join([*said[: found.past], *(LATER["keywords"] for _ in said[found.past :])])
    steps = found.past
    seen = []
    for text in (FLOOD.en, other):
        stream = run(dataclasses.replace(SETTINGS, text=text), Bench(OneModel(tiny_lm)))
        panel = next(result.graph for result in stream if result.graph)
        names = {node.id: node.name for node in panel.nodes if node.sizes[steps - 1] is not None}
        nodes = {
            (node.name, node.group, node.sizes[:steps], node.strengths[:steps])
            for node in panel.nodes
            if node.id in names
        }
        edges = {
            (names[edge.source], names[edge.target], edge.weights[:steps])
            for edge in panel.edges
            if any(weight is not None for weight in edge.weights[:steps])
        }
        assert all(node.group.en == "enters after the cut" for node in panel.nodes if node.id not in names)  # type: ignore[union-attr]
        seen.append((nodes, edges))
    assert seen[0] == seen[1] and len(seen[0][0]) == 30


def made_up_words(count: int) -> list[str]:
    return ["".join(part) for part in itertools.product("bdfgklmnprst", "aeiou", "bdfgklmnprst")][:count]


def many_words(count: int, sentences: int, each: int) -> str:
    """Sentences of so many words each, drawn out of `count` made up ones."""
    words = made_up_words(count)
    generator = random.Random(0)
    return " ".join(f"The {' and '.join(generator.choices(words, k=each))}." for _ in range(sentences))


def test_nodes_that_are_left_out_are_counted_and_said(found: Findings) -> None:
    settings = Settings(text=many_words(190, 70, 7), features="one-hot", epochs=10, seeds=2)
    results = list(run(settings, Bench(OneModel(None))))  # type: ignore[arg-type]
    many = next(result.findings for result in results if result.findings)
    in_the_past = len(mentioned(sentences_of(settings.text, "keywords")[: many.past]))
    assert many.candidates == in_the_past > many.used == 120
    assert many.past_links + many.new_links + many.apart == 120 * 119 / 2
    (graph,) = [result.graph for result in results if result.graph]
    (counts,) = [result.counts for result in results if result.counts]
    assert (
        graph.caveat is not None
        and "Only 40 nodes" in graph.caveat.en
        and "a step reads 2 sentences, not 1" in graph.caveat.en
    )
    assert counts.caveat is not None and f"{in_the_past} nodes; only the 120" in counts.caveat.en
    assert {item.a for item in counts.items} >= {in_the_past, 120}
    assert panels.counts(found).caveat is None and found.used == found.candidates


def test_a_word_that_the_past_mentions_once_can_lead_at_the_end() -> None:
    words = made_up_words(250)
    past = [(words[130], words[131]), *zip(words[:124], words[1:125], words[2:126], strict=True)]
    later = [(words[130], word) for word in words[132:250]]
    text = " ".join(f"The {' and '.join(sentence)}." for sentence in [*past, *later])
    settings = Settings(text=text, features="one-hot", past=0.5, epochs=10, seeds=2)
    results = list(run(settings, Bench(OneModel(None))))  # type: ignore[arg-type]
    (found,) = [result.findings for result in results if result.findings]
    said = sentences_of(text, "keywords", found.past)
    assert mentioned(said[: found.past])[words[130]] == 1
    assert words[130] not in [word for word, _ in mentioned(said[: found.past]).most_common(120)]
    assert (found.leader.word, found.leader.at_cut) == (words[130], 0)
    outcome = PREDICTION.outcome(settings, found)
    assert outcome is not None and outcome.answer == "other"
    # It is neither of the past's most mentioned nor new, so it isn't drawn as either.
    (graph,) = [result.graph for result in results if result.graph]
    assert words[130] not in [node.name for node in graph.nodes]
    (ranks,) = [result.ranks for result in results if result.ranks]
    (central,) = [result.central for result in results if result.central]
    assert words[130] in [line.name for line in ranks.lines]
    left = f"among 200 nodes; {len(mentioned(said)) - 200} are left out."
    assert ranks.caveat is not None and ranks.caveat.en.endswith(left)
    assert central.caveat is not None and left in central.caveat.en
    assert "among the 120 nodes that the past mentions most" in central.caveat.en


def test_nothing_is_said_of_nodes_left_out_where_none_is() -> None:
    settings = dataclasses.replace(SETTINGS, features="one-hot")
    results = list(run(settings, Bench(OneModel(None))))  # type: ignore[arg-type]
    shown = [panel for result in results for panel in (result.ranks, result.central) if panel]
    assert len(shown) == 2 and all(panel.caveat is None for panel in shown)


def test_a_run_of_the_most_links_can_be_stopped_at_any_time(found: Findings) -> None:
    assert found.scores, "has trained once, so that no library is loaded below"
    heard = []

    class Watched(Bench):
        def checkpoint(self) -> None:
            super().checkpoint()
            heard.append(time.thread_time())

    settings = Settings(text=many_words(200, 122, 7), features="one-hot", window=4, past=0.3, epochs=10, seeds=10)
    (many,) = [one.findings for one in run(settings, Watched(OneModel(None))) if one.findings]  # type: ignore[arg-type]
    assert many.new_links > 1000 and max(np.diff(heard)) < 0.7
    stop = threading.Event()
    stream = run(settings, Bench(OneModel(None), cancelled=stop))  # type: ignore[arg-type]
    next(stream)
    stop.set()
    with pytest.raises(Cancelled):
        next(stream)


def test_the_findings_go_to_json_and_the_counts_add_up(found: Findings) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.past_links + found.new_links + found.apart == found.used * (found.used - 1) // 2
    assert set(found.scores) == {"common", "adamic", "preferential", "cosine", "gcn", "raw"}
    assert set(found.leaky) == set(found.scores) - {"raw"}
    assert found.share == found.new_links / (found.new_links + found.apart)


def test_one_hot_features_need_no_model() -> None:
    class NoModels:
        def get(self, *arguments: object) -> LanguageModel:
            raise AssertionError

        writable = get

    settings = dataclasses.replace(SETTINGS, features="one-hot")
    results = list(run(settings, Bench(NoModels())))
    assert "cosine" not in next(result.findings for result in results if result.findings).scores


def test_embeddings_are_the_models_own(tiny_lm: LanguageModel) -> None:
    assert Settings().features == "embeddings"
    rows = embeddings(tiny_lm, ("ab", "b", "c", "猫"))
    table = tiny_lm.module.get_input_embeddings().weight.double()
    means = torch.stack(
        [table[tiny_lm.tokenizer.encode(word, add_special_tokens=False)].mean(0) for word in ("ab", "b", "c", "猫")]
    )
    expected = torch.nn.functional.normalize(means - means.mean(0))
    assert rows @ rows.T == pytest.approx((expected @ expected.T).numpy(), abs=1e-5)


@pytest.mark.parametrize("text", ["渔夫", "？！……", "🙂🙂", "hello", "The boat.", "He did. She did. They did."])
def test_a_text_without_a_graph_is_refused_with_a_way_out(text: str) -> None:
    with pytest.raises(PlaygroundError, match="longer text") as caught:
        list(run(Settings(text=text), Bench(OneModel(None))))  # type: ignore[arg-type]
    assert caught.value.field == "text"


def test_a_single_sentence_has_a_graph_and_no_future(tiny_lm: LanguageModel) -> None:
    found = findings_of(tiny_lm, Settings(text="A boat met a pump near the bridge."))
    assert (found.sentences, found.past, found.why, found.new_links) == (1, 1, "no_graph", 0)
    check_verdict(_TOPIC, SETTINGS, found)


def test_nodes_that_never_meet_are_refused() -> None:
    with pytest.raises(PlaygroundError, match="window"):
        list(run(Settings(text="渔夫。码头。医院。"), Bench(OneModel(None))))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "渔夫去见医生。医生去了医院。\r\n\r\n渔夫去见医生。医生去了医院。",
        "A boat met a pump.\nA boat met a pump.\n" * 3,
    ],
)
def test_repeated_lines_give_no_score(tiny_lm: LanguageModel, text: str) -> None:
    found = findings_of(tiny_lm, dataclasses.replace(SETTINGS, text=text))
    assert not found.scores and found.why
    check_verdict(_TOPIC, SETTINGS, found)


# ---- what is said of the findings


class _TOPIC:
    verdict = staticmethod(verdict)


def with_gain(found: Findings, gain: tuple[float, float, float]) -> Findings:
    gcn = dataclasses.replace(found.scores["gcn"], against=gain)
    return dataclasses.replace(found, scores={**found.scores, "gcn": gcn})


@pytest.mark.parametrize(
    ("gain", "words"),
    [((0.2, 0.1, 0.3), "above"), ((-0.2, -0.3, -0.1), "below"), ((0.0, -0.1, 0.1), "not distinguishable")],
)
def test_the_verdict_with_scores(found: Findings, gain: tuple[float, float, float], words: str) -> None:
    said = with_gain(found, gain)
    assert words in verdict(SETTINGS, said).en
    check_verdict(_TOPIC, SETTINGS, said)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"why": "no_graph", "past_links": 0}, "nothing to learn"),
        ({"why": "few_links", "new_links": 1}, "fewer than 8"),
        ({"why": "few_links", "new_links": 20, "apart": 0}, "no negatives"),
    ],
)
def test_the_verdict_without_scores(found: Findings, changes: dict[str, object], words: str) -> None:
    said = dataclasses.replace(found, scores={}, leaky={}, **changes)  # type: ignore[arg-type]
    assert words in verdict(SETTINGS, said).en
    check_verdict(_TOPIC, SETTINGS, said)
    # Only where there are pairs of both kinds, too few, is a number possible.
    asked = "AUC anyway" if words == "fewer than 8" else "No AUC is given"
    assert asked in follow_ups(SETTINGS, said)[0].question.en


def test_the_prediction_in_every_branch(found: Findings) -> None:
    old, late = Central("boat", 1, 0.5, 0.1, 0.5), Central("drone", 30, 0.0, 0.6, 0.2)
    other = Central("pump", 2, 0.2, 0.6, 0.2)
    for central, answer in (((old,), "same"), ((late, old), "new"), ((other, old), "other")):
        outcome = PREDICTION.outcome(SETTINGS, dataclasses.replace(found, central=central))
        assert outcome is not None and outcome.answer == answer


def test_follow_ups_are_asked_only_where_their_premise_holds(found: Findings) -> None:
    def asked(said: Findings, settings: Settings = SETTINGS) -> str:
        questions = follow_ups(settings, said)
        for item in questions:
            assert numbers(item.question.zh) == numbers(item.question.en)
        return " ".join(item.question.en for item in questions)

    common = found.scores["common"]

    def leaky(auc: float) -> Findings:
        return dataclasses.replace(found, leaky={**found.leaky, "common": dataclasses.replace(common, auc=auc)})

    assert "random split" in asked(leaky(common.auc + 0.2)) and "random split" not in asked(leaky(common.auc))
    assert "badly trained" in asked(with_gain(found, (-0.2, -0.3, -0.1)))

    def above(high: float) -> Findings:
        score = dataclasses.replace(common, auc=high - 0.1, auc_high=high)
        return dataclasses.replace(found, scores={**found.scores, "common": score})

    assert "flip the sign" in asked(above(0.45)) and "flip the sign" not in asked(above(0.55))
    assert "Is that enough" in asked(with_gain(found, (0.02, -0.1, 0.1)))
    assert "convolution" not in asked(with_gain(found, (0.2, 0.1, 0.3)))

    def busy(auc: float, matched: float) -> Findings:
        score = dataclasses.replace(found.scores["preferential"], auc=auc, matched=matched)
        return dataclasses.replace(found, scores={**found.scores, "preferential": score})

    assert "Preferential" in asked(busy(0.8, 0.5)) and "Preferential" not in asked(busy(0.8, 0.8))
    (answer,) = [item.answer for item in follow_ups(SETTINGS, busy(0.8, 0.5)) if "Preferential" in item.question.en]
    assert f"from {common.auc:.2f} to {common.matched:.2f}" in answer.en and numbers(answer.zh) == numbers(answer.en)
    a, b = Central("boat", 1, 0.5, 0.6, 0.1), Central("pump", 2, 0.2, 0.1, 0.6)
    two = dataclasses.replace(found, central=(a, b))
    assert "static graph" in asked(two) and "static graph" not in asked(two, dataclasses.replace(SETTINGS, decay=1.0))
    assert "static graph" not in asked(dataclasses.replace(found, central=(a,)))


def test_coreference_is_not_resolved() -> None:
    said = sentences_of("They saw Mayor Li. She left. Then they met Li again.", "entities")
    assert [sentence.words for sentence in said] == [("Mayor Li",), (), ("Li",)], "one person, two nodes and a pronoun"

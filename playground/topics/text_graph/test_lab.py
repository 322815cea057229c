"""The lab against networkx and hand computations: nodes, the graph over time, the whole run."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import threading
import time

import networkx as nx
import numpy as np
import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.models.language_model import LanguageModel
from playground.topics.text_graph import panels
from playground.topics.text_graph.cases import FAILURES
from playground.topics.text_graph.conftest import SETTINGS, findings_of, sentences_of, some_graph
from playground.topics.text_graph.dynamic_graph import communities, layout, pagerank, ranks_over_time, snapshots
from playground.topics.text_graph.findings import Findings
from playground.topics.text_graph.interview import PREDICTION, follow_ups
from playground.topics.text_graph.lab import TOPIC, run
from playground.topics.text_graph.mentions import Sentence, mentioned
from playground.topics.text_graph.prediction import embeddings
from playground.topics.text_graph.settings import Settings
from playground.topics.text_graph.stories import FLOOD
from tests.every_topic.verdicts import check_verdict
from tests.fakes import OneModel

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


def test_coreference_is_not_resolved() -> None:
    said = sentences_of("They saw Mayor Li. She left. Then they met Li again.", "entities")
    assert [sentence.words for sentence in said] == [("Mayor Li",), (), ("Li",)], "one person, two nodes and a pronoun"


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


# ---- the whole lab


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
        check_verdict(TOPIC, settings, found[-1])
        assert any("flip the sign" in item.question.en for item in follow_ups(settings, found[-1]))
    zh, en = found
    assert (zh.past, zh.candidates, zh.past_links, zh.new_links, zh.apart) == (14, 12, 21, 23, 22)
    assert en.scores["common"] == zh.scores["common"] and en.scores["gcn"] == zh.scores["gcn"]


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
    check_verdict(TOPIC, SETTINGS, found)


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
    check_verdict(TOPIC, SETTINGS, found)

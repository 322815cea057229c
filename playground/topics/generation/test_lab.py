"""Tests the lab's numbers and texts against one forced pass, `generate` and hand computations."""

from __future__ import annotations

import dataclasses
import json
import math

import pytest
import torch

from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import PrefixCache
from playground.lab.codec import decode as read_json
from playground.lab.codec import encode
from playground.lab.errors import PlaygroundError
from playground.models.language_model import LanguageModel
from playground.topics.generation import masking
from playground.topics.generation import tree as trees
from playground.topics.generation.conftest import PLAIN, TEXT, exploration, finish, found_of
from playground.topics.generation.exploring import Exploration, completed, name_of
from playground.topics.generation.findings import Findings, PathNumbers, find_paths
from playground.topics.generation.forcing import with_lines
from playground.topics.generation.interview import PREDICTION
from playground.topics.generation.lab import MOST_PROMPT_TOKENS
from playground.topics.generation.nouns import first_noun
from playground.topics.generation.reading import read_whole
from playground.topics.generation.tree import MOST_NODES, Tree

# ---- numbers


def test_a_paths_probability_is_the_product_from_one_forced_pass(lm: LanguageModel) -> None:
    """The library's own forward pass, no cache: the log-probabilities of the right tokens at their positions, added up."""
    tree = trees.read("5.6.7~1.8.9~0.100.101.102.103!2", TEXT, lm.vocabulary)
    one = exploration(lm, tree)
    for node in range(1, len(tree.nodes) + 1):
        path = one.path(node)
        ids = [*one.prompt, *path.tokens]
        logits = lm.module(torch.tensor([ids])).logits[0].double()
        expected = [float(logits[at - 1].log_softmax(-1)[ids[at]]) for at in range(len(one.prompt), len(ids))]
        assert path.log_probabilities == pytest.approx(expected, abs=1e-4)
        assert path.log_probability == pytest.approx(math.log(math.prod(map(math.exp, expected))), abs=1e-3)
        assert path.perplexity == pytest.approx(math.exp(-sum(expected) / len(expected)), rel=1e-3)
        assert read_whole(lm, tuple(ids)).after(len(one.prompt)) == pytest.approx(sum(expected), abs=1e-3)


@pytest.mark.model
def test_a_paths_probability_on_the_real_model(float_lm: LanguageModel) -> None:
    lm, cache = float_lm, PrefixCache()
    for text, line in (
        ("今天早上，我在公园里看见一只", "小狗在追一只蝴蝶"),
        ("The old man opened the", " door and saw a dragon"),
    ):
        tokens = lm.encode(line, bos=False)
        one = Exploration(lm, cache, tuple(lm.encode(text)), Tree()).forced(tokens)
        expected = lm.logits([*one.prompt, *tokens]).log_softmax(-1)[len(one.prompt) - 1 : -1]
        forced = expected.gather(1, torch.tensor(tokens)[:, None])[:, 0]
        assert one.path(one.tree.current).log_probabilities == pytest.approx(forced.tolist(), abs=2e-3)


def test_entropy_rank_and_candidates_by_hand() -> None:
    logits = torch.tensor([0.0, math.log(2), math.log(4), math.log(1), -torch.inf])
    next_token = NextToken.of(logits.clamp(min=-50))
    chances = [1 / 8, 2 / 8, 4 / 8, 1 / 8]
    assert next_token.entropy == pytest.approx(-sum(p * math.log(p) for p in chances), abs=1e-6)
    assert [next_token.rank(token) for token in range(4)] == [3, 2, 1, 3]
    assert [token for token, _ in next_token.likeliest] == [2, 1, 0, 3, 4]
    assert next_token.log_probability(1) == pytest.approx(math.log(2 / 8))


def test_entropies_along_the_text_are_those_of_single_calls(lm: LanguageModel) -> None:
    ids = tuple(lm.encode(TEXT))
    reading = read_whole(lm, ids)
    for at in range(len(ids)):
        p = lm.next_logits([ids[: at + 1]])[0].double().softmax(-1)
        assert reading.entropies[at] == pytest.approx(float(-(p * p.log()).sum()), abs=1e-4)
        if at + 1 < len(ids):
            assert reading.log_probabilities[at] == pytest.approx(float(p[ids[at + 1]].log()), abs=1e-4)


def test_steps_by_themselves_are_greedy_search(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, steps=12))
    ids = torch.tensor([lm.encode(TEXT)])
    out = lm.module.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12)  # type: ignore[operator]
    greedy = exploration(lm, Tree()).forced(out[0, ids.shape[1] :].tolist())
    assert found.paths.current.text == greedy.text(greedy.tree.current)
    assert found.paths.current.lowest_rank == 1
    assert found.paths.current.log_probability == greedy.path(greedy.tree.current).log_probability


def test_the_numbers_of_a_path_against_one_forced_pass(lm: LanguageModel) -> None:
    written = "5.6.7.5.6.7.5.6~1.8.9!8"
    found = found_of(lm, dataclasses.replace(PLAIN, tree=written)).paths
    prompt = lm.encode(TEXT)
    for path, tokens in zip(found.ends, ([5, 6, 7, 5, 6, 7, 5, 6], [5, 8, 9]), strict=True):
        steps = lm.module(torch.tensor([[*prompt, *tokens]])).logits[0].double().log_softmax(-1)[len(prompt) - 1 : -1]
        chosen = [float(step[token]) for step, token in zip(steps, tokens, strict=True)]
        ranks = [int((step > step[token]).sum()) + 1 for step, token in zip(steps, tokens, strict=True)]
        assert path.tokens == len(tokens)
        assert path.log_probability == pytest.approx(sum(chosen), abs=1e-3)
        assert path.perplexity == pytest.approx(math.exp(-sum(chosen) / len(chosen)), rel=1e-3)
        assert path.mean_entropy == pytest.approx(float(-(steps.exp() * steps).sum(-1).mean()), abs=1e-3)
        assert path.lowest_rank == max(ranks)
    assert found.current == found.ends[found.current_place] == found.ends[0]
    assert found.forced_log_probability == pytest.approx(found.current.log_probability, abs=1e-3)
    assert found.rounding is not None and found.rounding < 1e-3
    # 5 6 7 5 | 6 7 5 6 | 7 5 6 7 | 5 6 7 5 again | 6 7 5 6 again
    assert found.repeated_4 == pytest.approx(2 / 5)
    assert found.least_likely is not None and found.least_likely.rank == max(end.lowest_rank or 0 for end in found.ends)
    assert found.first_tried is not None and found.first_tried.text == "&"
    first = lm.next_logits([prompt])[0].double().softmax(-1)
    assert found.first_tried.probability == pytest.approx(float(first[5]), rel=1e-3)
    assert found.byte_tokens == 0


def test_a_path_that_goes_on_is_compared_with_its_own_ends(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, tree="5.6.7~1.8!1")).paths
    assert [path.tokens for path in found.ends] == [1, 3, 2]
    assert (found.current_place, found.current.tokens) == (0, 1)
    empty = found_of(lm, PLAIN).paths
    assert empty.ends == (PathNumbers("", 0, None, None, None, None),)
    assert (empty.written, empty.forced_log_probability, empty.rounding, empty.least_likely) == ((), None, None, None)


def test_equal_runs_have_equal_findings_and_go_to_json_and_back(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, text="A text of no other test", steps=3, samples=3, length=4, forced="a dog")
    first, again = found_of(lm, settings), found_of(lm, settings)
    assert dataclasses.replace(first, measured=again.measured) == again
    assert again.measured.tokens_to_distribution == 0 < first.measured.tokens_to_distribution
    assert first.measured.ms_to_distribution > 0
    assert read_json(Findings, json.loads(json.dumps(encode(first)))) == first
    assert (first.vocabulary, first.number_type) == (259, "float32")


def test_without_the_mask_what_was_said_changes_and_with_it_never(lm: LanguageModel) -> None:
    ids = lm.encode("The park and")
    revisions = found_of(lm, dataclasses.replace(PLAIN, text="The park and")).revisions
    assert revisions == masking.revisions(lm, ids)
    assert "".join(one.text for one in revisions) == "park and"[-7:-1]
    for at, one in enumerate(revisions, len(ids) - 1 - len(revisions)):
        assert one.causal_before == pytest.approx(one.causal_after, rel=1e-4)
        assert one.unmasked_before != pytest.approx(one.unmasked_after, rel=1e-3)
        plain = float(lm.next_logits([ids[:at]])[0].softmax(-1)[ids[at]])
        assert one.causal_before == pytest.approx(plain, rel=1e-3)
    assert masking.revisions(lm, ids[:2]) == ()


def test_a_click_puts_its_token_alone_through_the_model(lm: LanguageModel) -> None:
    before = dataclasses.replace(PLAIN, text="A text for a click alone", tree="5.6!2")
    found_of(lm, before)
    clicked = found_of(lm, dataclasses.replace(before, tree="5.6.7!3"))
    assert clicked.measured.tokens_to_distribution == 1
    back = found_of(lm, before)
    assert back.measured.tokens_to_distribution == 0


# ---- text


def test_split_characters_are_bytes_until_they_are_whole(lm: LanguageModel) -> None:
    ids = lm.encode("你", bos=False)
    one = exploration(lm, Tree()).forced(ids)
    assert [name_of(lm, token) for token in ids] == [("", "E4"), ("", "BD"), ("", "A0")]
    assert one.written(1) == ("⟨E4⟩",)
    assert one.written(2) == ("⟨E4⟩", "⟨BD⟩")
    assert one.written(3) == ("你", "", "")
    assert completed(lm, [97, *ids[:2]], ids[2]) == "你"
    assert completed(lm, ids[:1], ids[1]) == ""
    assert completed(lm, [ids[0]], 97) == ""
    wrong = exploration(lm, Tree()).forced([ids[1], ids[0], 97])
    assert "\ufffd" not in "".join(wrong.written(3))
    found = find_paths(one, read_whole(lm, (*one.prompt, *ids)))
    assert found.byte_tokens == 3
    assert found.first_tried is not None and found.first_tried.text == "⟨E4⟩"
    assert found.current.text == "你"
    bell = lm.encode("\x07", bos=False)
    assert [name_of(lm, token) for token in bell] == [("", "07")]
    unseen = exploration(lm, Tree()).forced(bell)
    assert find_paths(unseen, read_whole(lm, (*unseen.prompt, *bell))).byte_tokens == 0, "unseen, but whole"


def test_an_end_token_ends_the_text(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, tree="5.257!2", steps=4))
    assert found.paths.current.tokens == 2, "no step is taken after it"
    assert len(found.paths.ends) == 1


def test_forced_lines_are_branches_and_english_words_get_their_space(lm: LanguageModel) -> None:
    found = found_of(lm, dataclasses.replace(PLAIN, text="I saw a", forced="dog\n\n，x\ndot"))
    assert [path.text for path in found.paths.ends] == [" dog", "，x", " dot"]
    assert [path.tokens for path in found.paths.ends] == [4, 4, 4], "the comma is three bytes in this model"
    assert found.paths.byte_tokens == 3
    one = exploration(lm, Tree())
    assert with_lines(one, " \n").tree == Tree()
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="a\n" * 9))
    assert caught.value.field == "forced"
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="字" * 60))
    assert caught.value.field == "forced"
    assert str(MOST_NODES) in caught.value.message.en


def test_prompts_at_the_edges(lm: LanguageModel) -> None:
    for text in ("a", "。。。", "😀", "a   ", " \n "):
        assert found_of(lm, dataclasses.replace(PLAIN, text=text, steps=2)).paths.current.tokens == 2
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, text="字" * 300))
    assert caught.value.field == "text"
    assert str(min(MOST_PROMPT_TOKENS, lm.context - MOST_NODES - 1)) in caught.value.message.zh


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("今天早上，我在公园里看见一只", "公园"), ("This morning, on my way to the park, I saw a", "morning"), ("He quickly ran to his houses", "houses"),
        ("走吧。", None), ("Run away!", None), ("", None), ("a 山", "山"), ("The very old wolves", None), ("the old wolves", "wolves"),
    ],
)  # fmt: skip
def test_the_first_noun(text: str, noun: str | None) -> None:
    found = first_noun(text)
    assert (found and found.text) == noun
    if found:
        assert text[found.start : found.end] == noun


def test_the_prediction_is_read_from_the_tokens_around_the_noun(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, text="to the park and")
    found = found_of(lm, settings)
    ids = lm.encode("to the park and")
    entropies = [float(torch.distributions.Categorical(logits=lm.next_logits([ids[:end]])[0]).entropy()) for end in range(1, len(ids) + 1)]  # fmt: skip
    start = 1 + "to the park".index("park")  # the first token is <bos>
    noun = found.noun
    assert noun is not None
    assert (noun.text, noun.first_token, noun.last_token) == ("park", start, start + 3)
    assert noun.entropy_before == pytest.approx(entropies[start - 1], abs=1e-4)
    assert noun.entropy_after == pytest.approx(entropies[start + 3], abs=1e-4)
    outcome = PREDICTION.outcome(settings, found)
    assert outcome is not None
    assert outcome.answer == ("rises" if entropies[start + 3] > entropies[start - 1] else "falls")
    without = dataclasses.replace(PLAIN, text="Go!")
    assert found_of(lm, without).noun is None
    assert PREDICTION.outcome(without, found_of(lm, without)) is None

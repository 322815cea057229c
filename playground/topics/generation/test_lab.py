"""The lab against one forced pass, against `generate`, against a brute force, and a link's tree against everything that can be
written into a link."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from typing import Any

import pytest
import torch

from playground.generation.decode import decode
from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import PrefixCache
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.models.language_model import LanguageModel
from playground.topics.generation import masking, sampling, words
from playground.topics.generation import tree as trees
from playground.topics.generation.exploring import Exploration, completed, explorer, name_of
from playground.topics.generation.lab import MOST_PROMPT_TOKENS, TOPIC, read_whole, run
from playground.topics.generation.nouns import first_noun
from playground.topics.generation.sampling import Sample
from playground.topics.generation.settings import Result, Settings
from playground.topics.generation.tree import MOST_NODES, Tree
from tests.conftest import tiny_llama, wrap

TEXT = "The park and 你"
PLAIN = Settings(text=TEXT, steps=0, samples=0)


class Fixed:
    """Gives the same model under every variant."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    def get(self, variant: object, calibration: object, on_forward: Any, progress: object) -> LanguageModel:
        return self.lm.heard_by(on_forward)

    writable = get


def finish(lm: LanguageModel, settings: Settings) -> Result:
    *_, last = run(settings, Bench(Fixed(lm)))  # type: ignore[arg-type]
    return last


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    return wrap(tiny_llama())


def exploration(lm: LanguageModel, tree: Tree, cache: PrefixCache | None = None) -> Exploration:
    return Exploration(lm, cache or PrefixCache(), tuple(lm.encode(TEXT)), tree)


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
        tokens = lm.tokenizer.encode(line, add_special_tokens=False)
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
    result = finish(lm, dataclasses.replace(PLAIN, steps=12))
    assert result.explorer is not None
    ids = torch.tensor([lm.encode(TEXT)])
    out = lm.module.generate(ids, attention_mask=torch.ones_like(ids), do_sample=False, max_new_tokens=12)  # type: ignore[operator]
    tree = trees.read(f"{result.explorer.stem}!{result.explorer.current}", TEXT, lm.vocabulary)
    assert list(tree.path(tree.current)) == out[0, ids.shape[1] :].tolist()


def test_the_same_path_has_the_same_numbers_however_one_came_to_it(lm: LanguageModel) -> None:
    tree = trees.read("5.6.7~1.8.9!2", TEXT, lm.vocabulary)
    at_once = explorer(exploration(lm, tree), TEXT, 10)
    cache = PrefixCache()
    for node in (5, 0, 3, 1, 4):
        explorer(exploration(lm, tree.at(node), cache), TEXT, 10)
    assert explorer(exploration(lm, tree, cache), TEXT, 10) == at_once


def test_without_the_mask_what_was_said_changes_and_with_it_never(lm: LanguageModel) -> None:
    ids = lm.encode("The park and")
    for claim in masking.claims(lm, ids):
        assert claim.causal[0] == pytest.approx(claim.causal[1], rel=1e-4)
        assert claim.unmasked[0] != pytest.approx(claim.unmasked[1], rel=1e-3)
        plain = float(lm.next_logits([ids[: claim.index]])[0].softmax(-1)[ids[claim.index]])
        assert claim.causal[0] == pytest.approx(plain, rel=1e-3)


# ---- samples


def test_samples_are_those_of_decode_and_are_drawn_once(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, samples=3, length=5, temperature=0.8, seed=31)
    first = finish(lm, settings)
    row = Decoding(strategy="sample", temperature=0.8)
    assert first.samples is not None
    for number, shown in enumerate(first.samples.rows):
        *_, (alone,) = decode(lm, lm.encode(TEXT), [row], max_tokens=5, seed=31 + number)
        assert shown[2] == len(alone.all_ids)
        assert shown[3] == pytest.approx(sum(step.log_probability for step in alone.steps), abs=1e-3)
    passes: list[int] = []
    bench = Bench(Fixed(lm.heard_by(passes.append)))  # type: ignore[arg-type]
    *_, again = run(dataclasses.replace(settings, tree="5.6!1"), bench)
    assert again.samples == first.samples
    assert bench.cost.forward_passes <= 8, "the tree's steps and the readings, no samples"


def sample(ids: tuple[int, ...], text: str = "") -> Sample:
    return Sample(ids, text, -1.0, sampling.first_clause(text))


def test_which_samples_agree_by_hand() -> None:
    drawn = [sample((1, 2, 3), "巴黎。它"), sample((1, 2, 4), " 巴黎，"), sample((1, 9), "里昂"), sample((7,), "巴黎")]
    assert sampling.answers(drawn) == [("巴黎", [0, 1, 3]), ("里昂", [2])]
    assert sampling.agreement(drawn) == [3 / 4, 2 / 4, 1 / 4]
    assert sampling.shared_tokens((1, 2, 3), (1, 2, 4)) == 2
    assert sampling.first_clause("“，") == "“，"
    assert sampling.first_clause("。\n Paris, of course") == "paris"


def test_samples_start_where_asked(lm: LanguageModel) -> None:
    base = dataclasses.replace(PLAIN, samples=4, length=6, tree="70.71.72!3")
    prompt, node = finish(lm, base), finish(lm, dataclasses.replace(base, origin="node"))
    assert prompt.samples != node.samples
    direct = finish(lm, dataclasses.replace(base, tree="", text=TEXT + "".join(map(chr, (103, 104, 105)))))
    assert direct.samples is not None
    if lm.tokenizer.convert_ids_to_tokens([70, 71, 72]) == list("ghi"):
        assert node.samples == direct.samples


# ---- the tree and its link


def random_tree(rng: random.Random, size: int) -> Tree:
    tree = Tree()
    while len(tree.nodes) < size:
        tree = tree.at(rng.randint(0, len(tree.nodes))).forced(rng.randrange(260_000))
    return tree.at(rng.randint(0, size))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_written_is_read_back(seed: int) -> None:
    rng = random.Random(seed)
    tree = random_tree(rng, rng.randint(1, MOST_NODES))
    written = trees.write(tree, "提示")
    assert trees.read(written, "提示", 262_144) == tree
    assert trees.read(written.split(":")[1], "another", 262_144) == tree
    assert trees.read(written, "another", 262_144) == Tree(), "a changed prompt starts anew"
    assert written.replace("~", "").replace("!", "").replace(".", "").replace(":", "").isalnum(), "no escapes in a link"


def test_the_longest_tree_fits_into_its_setting() -> None:
    tree = Tree()
    for node in range(MOST_NODES):
        tree = tree.at(max(0, node - 1)).forced(262_143 - node % 2)
    assert len(trees.write(tree, "x")) <= trees.MOST_CHARACTERS
    with pytest.raises(ValueError, match="at most"):
        tree.at(0).forced(1)


BAD = [
    "x", "5..6", "5.", ".5", "~5", "5~", "5~1", "5~9.1", "5.6!3", "!1", "5!-1", "5 6", "5.6.7!99999", "zzzz:5", "5!1!2", "5.99999999", "5,6",
    "٥.٦", "259", "5.6~1.6", "<img src=x>", "5" + ".5" * 200, "1a2b:5~~6.1", "5!1\n6",
]  # fmt: skip


@pytest.mark.parametrize("written", BAD)
def test_a_bad_tree_is_refused_by_name_in_both_languages(lm: LanguageModel, written: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, tree=written))
    assert caught.value.field == "tree"
    assert "试过的路径" in caught.value.message.zh
    assert "Paths tried" in caught.value.message.en


def test_noise_in_a_link_never_crashes(lm: LanguageModel) -> None:
    rng = random.Random(4)
    for _ in range(3000):
        written = "".join(rng.choice("0123456789.~!:af") for _ in range(rng.randint(1, 14)))
        try:
            tree = trees.read(written, TEXT, lm.vocabulary)
        except PlaygroundError as error:
            assert error.field == "tree"
        else:
            assert 0 <= tree.current <= len(tree.nodes)
            assert all(parent < node for node, (parent, _) in enumerate(tree.nodes, 1))


def test_a_click_is_a_value_that_leads_where_it_says(lm: LanguageModel) -> None:
    panel = finish(lm, dataclasses.replace(PLAIN, tree="5.6.7~1.8!2")).explorer
    assert panel is not None
    assert (panel.setting, panel.resets) == ("tree", {"forced": "", "steps": 0})
    for choice in panel.choices:
        assert choice.value is not None
        after = finish(lm, dataclasses.replace(PLAIN, tree=choice.value)).explorer
        assert after is not None
        assert after.nodes[after.current].parent == panel.current
        assert after.nodes[after.current].probability == pytest.approx(choice.probability, rel=1e-4)
        assert after.nodes[after.current].rank == choice.rank or choice.probability == panel.choices[choice.rank - 2].probability  # fmt: skip
    cut = finish(lm, dataclasses.replace(PLAIN, tree=panel.without)).explorer
    assert cut is not None
    assert [node.text for node in cut.nodes] == [panel.nodes[at].text for at in (0, 1, 4)]
    tried = next(choice for choice in finish(lm, dataclasses.replace(PLAIN, tree=f"{panel.stem}!{0}")).explorer.choices)  # type: ignore[union-attr]
    assert tried.node in (None, 1)


def test_cutting_takes_all_below_and_renumbers() -> None:
    tree = trees.read("1.2.3~1.4~0.5.6~2.7!3", "", 100)
    cut = tree.without(2)
    assert cut == Tree(((0, 1), (1, 4), (0, 5), (3, 6)), current=1)
    assert trees.read(trees.write(cut, "p"), "p", 100) == cut
    assert tree.without(1).nodes == ((0, 5), (1, 6))


# ---- text


def test_split_characters_are_bytes_until_they_are_whole(lm: LanguageModel) -> None:
    ids = lm.tokenizer.encode("你", add_special_tokens=False)
    one = exploration(lm, Tree()).forced(ids)
    assert [name_of(lm, token) for token in ids] == [("", "E4"), ("", "BD"), ("", "A0")]
    assert one.written(1) == ("⟨E4⟩",)
    assert one.written(2) == ("⟨E4⟩", "⟨BD⟩")
    assert one.written(3) == ("你", "", "")
    assert completed(lm, [97, *ids[:2]], ids[2]) == "你"
    assert completed(lm, ids[:1], ids[1]) == ""
    assert completed(lm, [ids[0]], 97) == ""
    shown = str(dataclasses.asdict(explorer(one.at(2), TEXT, 30)))
    assert "\ufffd" not in shown
    wrong = exploration(lm, Tree()).forced([ids[1], ids[0], 97])
    assert "\ufffd" not in "".join(wrong.written(3))


def test_an_end_token_ends_the_text(lm: LanguageModel) -> None:
    result = finish(lm, dataclasses.replace(PLAIN, tree="5.257!2", steps=4))
    assert result.explorer is not None
    assert result.explorer.choices == ()
    assert result.explorer.nodes[2].ends
    assert len(result.explorer.nodes) == 3, "no step goes on from there"


def test_forced_lines_are_branches_and_english_words_get_their_space(lm: LanguageModel) -> None:
    panel = finish(lm, dataclasses.replace(PLAIN, text="I saw a", forced="dog\n\n，x\ndot")).explorer
    assert panel is not None
    text = {node.id: node.text for node in panel.nodes}
    lines = ["".join(text[node] for node in trees.read(f"{panel.stem}!{leaf}", "I saw a", 259).path(leaf) and trees.read(f"{panel.stem}!{leaf}", "I saw a", 259).line(leaf)) for leaf in trees.read(panel.stem, "I saw a", 259).leaves]  # fmt: skip
    assert lines == [" dog", "x", " dot"], "the comma is three bytes in this model"
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="a\n" * 9))
    assert caught.value.field == "forced"
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(PLAIN, forced="字" * 60))
    assert caught.value.field == "forced"
    assert str(MOST_NODES) in caught.value.message.en


def test_a_changed_prompt_starts_anew_and_says_so(lm: LanguageModel) -> None:
    tree = trees.write(Tree(((0, 5),), 1), TEXT)
    panel = finish(lm, dataclasses.replace(PLAIN, text="other", tree=tree)).explorer
    assert panel is not None
    assert len(panel.nodes) == 1
    assert "提示改过了" in panel.note.zh  # type: ignore[union-attr]
    back = finish(lm, dataclasses.replace(PLAIN, tree=tree)).explorer
    assert back is not None
    assert (len(back.nodes), back.note) == (2, "")


def test_prompts_at_the_edges(lm: LanguageModel) -> None:
    for text in ("a", "。。。", "😀", "a   ", " \n "):
        assert finish(lm, dataclasses.replace(PLAIN, text=text, steps=2)).paths is not None
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
    result = finish(lm, dataclasses.replace(PLAIN, text="to the park and"))
    ids = lm.encode("to the park and")
    entropies = [float(torch.distributions.Categorical(logits=lm.next_logits([ids[:end]])[0]).entropy()) for end in range(1, len(ids) + 1)]  # fmt: skip
    start = 1 + "to the park".index("park")  # the first token is <bos>
    found = words.noun_entropies(result)
    assert found is not None
    assert found[0] == "park"
    assert found[1:] == pytest.approx((entropies[start - 1], entropies[start + 3]), abs=1e-4)
    outcome = words.PREDICTION.outcome(result)
    assert outcome is not None
    assert outcome.answer == ("rises" if found[2] > found[1] else "falls")
    assert words.PREDICTION.outcome(finish(lm, dataclasses.replace(PLAIN, text="Go!"))) is None


def test_the_distribution_is_there_before_all_else(lm: LanguageModel) -> None:
    parts = list(run(dataclasses.replace(PLAIN, tree="90.91~0.92.93!2", samples=2), Bench(Fixed(lm))))  # type: ignore[arg-type]
    first, second = parts[0].explorer, parts[1].explorer
    assert first is not None
    assert second is not None
    assert first.choices == second.choices
    assert [node.probability is None for node in first.nodes[1:]] == [False, False, False, True], (
        "off the way, still to come"
    )
    assert all(node.probability is not None for node in second.nodes[1:])
    assert parts[0].figures is None
    warm = list(run(dataclasses.replace(PLAIN, tree="90.91~0.92.93!4"), Bench(Fixed(lm))))  # type: ignore[arg-type]
    assert warm[0].explorer is not None
    assert all(node.probability is not None for node in warm[0].explorer.nodes[1:]), "kept: whole at once"


def test_follow_ups_belong_to_the_state(lm: LanguageModel) -> None:
    states = [
        dataclasses.replace(PLAIN, steps=30),
        dataclasses.replace(PLAIN, forced="abc\nabd"),
        dataclasses.replace(PLAIN, samples=4, tree="5.6!1"),
    ]
    asked = [{item.question.en for item in words.follow_ups(state, finish(lm, state))} for state in states]
    assert all(asked)
    assert len(set(itertools.chain(*asked))) >= 3
    assert asked[0] != asked[1] != asked[2]
    assert words.follow_ups(PLAIN, Result()) == ()


def test_failures_say_what_must_be_seen() -> None:
    assert len(TOPIC.failures) >= 4
    for failure in TOPIC.failures:
        assert failure.expect.zh != failure.label.zh

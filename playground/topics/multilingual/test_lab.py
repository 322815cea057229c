"""The lab's methods and findings against independent references, on tiny models."""

from __future__ import annotations

import dataclasses
import itertools
import json
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score

from playground.data.sets import translations
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.language.sentence_vectors import sentence_vectors
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import bootstrap_mean
from playground.topics.multilingual import experiment, language_lens, neutrality, tax, texts, training, vectors
from playground.topics.multilingual.cases import EXAMPLES
from playground.topics.multilingual.experiment import Laboratory, Plan
from playground.topics.multilingual.findings import Findings
from playground.topics.multilingual.lab import run
from playground.topics.multilingual.settings import Settings
from playground.topics.multilingual.training import BATCH, CHINESE, ENGLISH, Examples, Mix, Networks, draw, train
from tests.fakes import OneModel, stop_at

SMALL = Settings(chinese=20, english=4, steps=4, networks=3, held_out=20, pairs=20, seed=7)
PLAN = Plan(20, 4, 5.0, False, 8, False, False, 6, 8, 3, 0)


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    (found,) = [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings]
    return found


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SMALL)


def examples(chinese: int, english: int, seed: int = 0) -> Examples:
    """Two clouds for each language, so that a class can be learnt."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(chinese + english) % 2
    states = torch.randn(chinese + english, 6, generator=generator) + 3.0 * labels[:, None]
    return Examples(states, labels, torch.tensor([CHINESE] * chinese + [ENGLISH] * english))


# ---- the data


@pytest.mark.parametrize("language", Language)
def test_parts_are_balanced_and_share_no_text(language: Language) -> None:
    train_part, held_out = texts.parts(language)
    assert not {item.text for item in train_part} & {item.text for item in held_out}
    assert len(train_part) >= (600 if language is Language.ZH else 320)
    assert len(held_out) >= 160
    for part in (train_part, held_out):
        assert [item.label for item in part[:6]] == [0, 1, 0, 1, 0, 1]


def test_vectors_are_those_of_their_block_whatever_was_asked_before(tiny_lm: LanguageModel) -> None:
    said = [f"text {number}" for number in range(2 * vectors.BLOCK)]
    seen: list[int] = []
    found = vectors.first_vectors(tiny_lm, said, vectors.BLOCK + 3, seen.append)
    assert seen == [vectors.BLOCK, vectors.BLOCK + 3]
    torch.testing.assert_close(found, sentence_vectors(tiny_lm, said)[: vectors.BLOCK + 3])
    forgetful = dataclasses.replace(tiny_lm, on_forward=lambda tokens: pytest.fail("computed twice"))
    assert torch.equal(vectors.first_vectors(forgetful, said, 5, seen.append), found[:5])


# ---- drawing and training


def test_draws_follow_the_share_and_stay_in_the_pools() -> None:
    drawn = draw(Mix((0, 1, 2), (7, 9), 0.25, 5), 400)
    counted = float(np.isin(drawn, [7, 9]).mean())
    assert set(drawn.ravel()) == {0, 1, 2, 7, 9}
    assert abs(counted - 0.25) < 4 * (0.25 * 0.75 / drawn.size) ** 0.5
    assert set(draw(Mix((0, 1), (), 0.0, 5), 3).ravel()) == {0, 1}
    assert set(draw(Mix((), (4,), 1.0, 5), 3).ravel()) == {4}


def test_networks_trained_together_are_those_trained_alone() -> None:
    both, held_out = examples(16, 8), examples(40, 40, 1)
    mixes = [Mix(tuple(range(16)), tuple(range(16, 24)), share, seed) for share, seed in ((0.1, 3), (0.9, 4))]
    for separate, tag in ((False, False), (True, True)):
        options = {"steps": 12, "width": 4, "separate": separate, "tag": tag}
        together = train(mixes, both, held_out, **options)  # type: ignore[arg-type]
        for index, mix in enumerate(mixes):
            alone = train([mix], both, held_out, **options)  # type: ignore[arg-type]
            assert (alone.right[0] == together.right[index]).all()
            assert alone.english_drawn[0] == together.english_drawn[index]


def test_one_network_against_plain_modules() -> None:
    networks = Networks([11], 6, 5, separate=True, tag=True)
    rows, languages = torch.randn(4, 6), torch.tensor([0, 1, 1, 0])
    inner, outer = torch.nn.Linear(8, 5), torch.nn.Linear(5, 4)
    with torch.no_grad():
        inner.weight.copy_(networks.inner[0].T)
        inner.bias.copy_(networks.inner_bias[0, 0])
        outer.weight.copy_(networks.outer[0].T)
        outer.bias.copy_(networks.outer_bias[0, 0])
        tagged = torch.cat([rows, torch.eye(2)[languages]], 1)
        both = outer(torch.relu(inner(tagged)))
        expected = torch.stack(
            [both[i, 2 * int(language) : 2 * int(language) + 2] for i, language in enumerate(languages)]
        )
        torch.testing.assert_close(networks(rows[None], languages[None])[0], expected)


def test_a_head_of_its_own_learns_nothing_from_the_other_language() -> None:
    # Without a draw of English, the English head keeps its first weights.
    both, held_out = examples(16, 8), examples(40, 40, 1)
    only_chinese = Mix(tuple(range(16)), tuple(range(16, 24)), 0.0, 0)
    assert train([only_chinese], both, held_out, steps=100, width=16, separate=False, tag=False).right.mean() > 0.9
    seeds = [dataclasses.replace(only_chinese, seed=seed) for seed in range(12)]
    right = train(seeds, both, held_out, steps=100, width=16, separate=True, tag=False).right
    assert right[:, :40].mean() > 0.9 > 0.75 > right[:, 40:].mean()


# ---- the comparisons


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory(PLAN, examples(20, 10), examples(12, 14, 2), lambda step: None)


def test_a_larger_choice_of_english_contains_the_smaller_one_and_is_balanced(laboratory: Laboratory) -> None:
    pool = laboratory.examples.of(ENGLISH)
    small, large = experiment.chosen_pairs(pool, 4, 3), experiment.chosen_pairs(pool, 8, 3)
    assert large[:4] == small and set(large) <= set(pool.tolist()) and len(set(large)) == 8
    assert laboratory.examples.labels[list(large)].tolist().count(1) == 4


def test_accuracies_are_means_over_networks_with_a_bootstrap_over_examples(laboratory: Laboratory) -> None:
    right = np.random.default_rng(0).random((3, 26)) < 0.7
    english = laboratory.accuracy(right).english
    part = right[:, 12:]
    assert english.value == pytest.approx(
        np.mean([accuracy_score(np.ones(14), row) for row in part.astype(int)]), abs=1e-12
    )
    assert (english.low, english.high) == bootstrap_mean(part.mean(0), PLAN.seed)
    assert english.count == 14 and english.spread == pytest.approx(np.std(part.mean(1), ddof=1))
    assert laboratory.difference(right, right).value == 0


def test_mixes_have_the_shares_of_the_formula_and_epochs_by_hand(laboratory: Laboratory) -> None:
    mixes, sweep = experiment.compare_mixes(laboratory)
    assert mixes["by_size"].share == pytest.approx(4 / 24)
    assert mixes["chosen"].share == pytest.approx(4**0.2 / (4**0.2 + 20**0.2))
    assert mixes["equal"].share == 0.5
    assert mixes["unimax"].share == pytest.approx(8 * 4 / (6 * BATCH))
    assert mixes["by_size"].english_epochs == pytest.approx(6 * BATCH * (4 / 24) / 4)
    assert mixes["chinese_only"].counted == 0 and mixes["english_only"].counted == 1
    assert mixes["by_size"].gain is None
    shares = [point.share for point in sweep]
    assert shares == sorted(set(shares)) and {mix.share for mix in mixes.values()} <= set(shares)


def test_amounts_hold_the_parts_and_this_runs_own() -> None:
    assert experiment.amounts(200, 20, 50) == (2, 11, 20, 22, 50)
    assert experiment.amounts(20, 4, 6) == (2, 4, 5)


def test_findings_agree_with_one_another_and_go_to_json_and_back(found: Findings) -> None:
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.design(False, False) == found.mixes["chosen"].accuracy
    at = next(item for item in found.amounts if item.english == SMALL.english)
    assert at.by_size == found.mixes["by_size"].accuracy.english
    assert at.equal == found.mixes["equal"].accuracy.english
    assert sum(found.own_scripts.values()) == found.own.tokens


def test_equal_settings_give_equal_findings(tiny_lm: LanguageModel, found: Findings) -> None:
    assert findings_of(tiny_lm, SMALL) == found


# ---- tokens, lens, probes


def test_the_tax_of_a_byte_tokenizer_is_the_ratio_of_bytes(tiny_lm: LanguageModel) -> None:
    pairs = translations()
    found = tax.measure_tax(tiny_lm, pairs, 0)
    chinese, english = (sum(len(text.encode()) for text in side) for side in zip(*pairs, strict=True))
    assert found.premium == chinese / english and found.low < found.premium < found.high
    assert found.chinese.per_byte == found.english.per_byte == 1
    cost = tax.cost(tiny_lm, ["a猫"])
    assert (cost.characters, cost.bytes, cost.tokens, cost.pieces) == (2, 4, 4, 3)


def test_the_lens_reads_the_last_tokens_and_its_masses_add_up(tiny_lm: LanguageModel) -> None:
    found = language_lens.read_layers(tiny_lm, "abcdefghij" * 5)
    assert found.found.cut and found.found.positions == language_lens.MOST_POSITIONS == len(found.tokens)
    assert not language_lens.read_layers(tiny_lm, "ab").found.cut
    assert len(found.found.layers) == tiny_lm.layers + 1
    for layer in found.found.layers:
        assert sum(layer.mass.values()) == pytest.approx(1, abs=1e-4)
        assert sum(layer.best.values()) == pytest.approx(1)
    assert sum(found.found.vocabulary.values()) == pytest.approx(1)
    # A vocabulary of single bytes holds no token of two Latin letters and no whole Han character.
    assert found.found.vocabulary["neither"] == 1


def test_mean_states_are_those_of_single_sentences(tiny_lm: LanguageModel) -> None:
    said = ["a longer sentence", "短句", "x"]
    together = neutrality.mean_states(tiny_lm, said)
    for index, text in enumerate(said):
        alone = tiny_lm.hidden_states(tiny_lm.encode(text))[:, 1:].mean(1)
        torch.testing.assert_close(together[:, index], alone, rtol=1e-4, atol=1e-4)


def clouds(shift: float, stretch: float = 1.0) -> Iterator[torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    for side in (0, 1):
        scale = stretch if side else 1.0
        yield scale * torch.randn(1, 100, 5, generator=generator) + side * shift


def test_probes_find_a_shift_of_means_and_what_its_removal_leaves() -> None:
    shifted = neutrality.probe_layers(*clouds(4.0), 0)
    assert shifted.before[0].value > 0.98
    assert shifted.after[0].value == pytest.approx(0.5, abs=0.12)
    assert shifted.curved[0].value == pytest.approx(0.5, abs=0.12)
    # A different spread with equal means: nothing for a line, plenty for a curve.
    spread = neutrality.probe_layers(*clouds(0.0, 4.0), 0)
    assert spread.after[0].value == pytest.approx(0.5, abs=0.12) and spread.curved[0].value > 0.85
    assert spread.curved[0].low < spread.curved[0].value < spread.curved[0].high


def test_a_text_without_letters_is_refused(tiny_lm: LanguageModel) -> None:
    for text in ("？！…", "🙂🙂"):
        with pytest.raises(PlaygroundError) as caught:
            findings_of(tiny_lm, dataclasses.replace(SMALL, text=text))
        assert caught.value.field == "text"


def test_unimax_is_the_chosen_mix_when_asked_for() -> None:
    shares = dataclasses.replace(PLAN, unimax=True).shares()
    assert shares["chosen"] == shares["unimax"] != PLAN.shares()["chosen"]


def test_training_constants_are_used_as_documented() -> None:
    assert training.BATCH * PLAN.steps == PLAN.draws


@pytest.mark.parametrize(
    "said", ["reading the language", "sentence vectors", "training the mixes", "varying", "a language probe"]
)
def test_a_stopped_run_yields_nothing_more(tiny_lm: LanguageModel, said: str) -> None:
    assert stop_at(said, run, SMALL, tiny_lm) == 0


@pytest.mark.parametrize(("language", "chinese"), [(Language.ZH, True), (Language.EN, False)])
def test_the_mixed_example_is_taken_as_one_language_and_said_to_be(
    tiny_lm: LanguageModel, language: Language, chinese: bool
) -> None:
    text = str(EXAMPLES[0].in_(language)["text"])
    assert any("\u4e00" <= letter <= "\u9fff" for letter in text) and any(
        letter.isascii() and letter.isalpha() for letter in text
    )
    first, second = itertools.islice(run(dataclasses.replace(SMALL, text=text), Bench(OneModel(tiny_lm))), 2)
    assert first.tax is not None and second.lens is not None and second.lens.caveat is not None
    assert ("taken as Chinese" in second.lens.caveat.en) is ("视为中文" in second.lens.caveat.zh) is chinese

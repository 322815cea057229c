"""Examples in context against plain single calls, one text at a time; which texts are shown and asked."""

from __future__ import annotations

from collections import Counter

import pytest

from playground.data import sets
from playground.generation.prefix_cache import PrefixCache
from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.statistics.intervals import wilson
from playground.topics.context import few_shot
from playground.topics.context.conftest import LANGUAGES, alone, ids_of
from playground.topics.context.settings import Settings


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
def test_label_scores_after_a_kept_prefix_equal_single_calls(lm: LanguageModel, language: Language, task: str) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    labels = list(dict.fromkeys(item.label for item in items))
    shown, asked = few_shot.drawn(items, 0, 0)
    prompt = few_shot.Prompt(shown[:2], tuple(item.label for item in shown[:2]))
    (_, before), *_ = few_shot._prefixes(lm, shown, prompt.labels, language, [2], PrefixCache())
    scores = few_shot.label_scores(lm, before, asked[:3], labels, language)
    for row, item in enumerate(asked[:3]):
        read = lm.encode(prompt.text(item, language))
        space = "" if language is Language.ZH else " "
        for column, label in enumerate(labels):
            expected = alone(lm, read, ids_of(lm, space + label))
            assert scores[row, column] == pytest.approx(expected, abs=1e-3)


def test_accuracy_counts_the_likeliest_labels(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.ZH) if item.task == "sentiment"]
    labels = list(dict.fromkeys(item.label for item in items))
    found = few_shot.accuracies(lm, items, Language.ZH, right=True, draws=3, seed=5, most=2)
    assert [point.examples for point in found] == [0, 1, 2]
    all_hits = 0
    for draw in range(3):
        shown, asked = few_shot.drawn(items, 5, draw, 3)
        prompt = few_shot.Prompt(shown[:1], (shown[0].label,))
        hits = 0
        for item in asked:
            read = lm.encode(prompt.text(item, Language.ZH))
            hits += item.label == max(labels, key=lambda label: alone(lm, read, ids_of(lm, label)))
        assert found[1].by_draw[draw] == hits / len(asked)
        all_hits += hits
    assert found[1].texts == 24
    assert found[1].share == all_hits / 24
    assert (found[1].low, found[1].high) == wilson(all_hits, 24)


def test_without_examples_no_label_is_wrong(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.EN) if item.task == "sentiment"]
    whole = few_shot.accuracies(lm, items, Language.EN, right=False, draws=2, seed=5, most=2)
    known = few_shot.accuracies(lm, items, Language.EN, right=True, draws=2, seed=5, most=1)[0]
    assert few_shot.accuracies(lm, items, Language.EN, right=False, draws=2, seed=5, most=2, without=known) == whole


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
def test_what_is_shown_is_never_asked_and_every_label_comes_in_turn(language: Language, task: str) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    labels = {item.label for item in items}
    shown, asked = few_shot.drawn(items, 1, 0)
    assert (len(shown), len(asked)) == (8, 24)
    assert not set(shown) & set(asked)
    for start in range(0, 8, len(labels)):
        assert {item.label for item in shown[start : start + len(labels)]} == labels
    own = few_shot.shown_labels(shown, sorted(labels), 1, 0, right=True)
    assert own == tuple(item.label for item in shown)
    assert few_shot.shown_labels(shown, sorted(labels), 1, 0, right=False) != own


@LANGUAGES
@pytest.mark.parametrize("task", ["topic", "sentiment"])
@pytest.mark.parametrize("draws", [1, 2, 3, 6])
def test_the_draws_share_the_texts_out(language: Language, task: str, draws: int) -> None:
    items = [item for item in sets.examples(language) if item.task == task]
    each = [few_shot.drawn(items, 4, draw, draws) for draw in range(draws)]
    asked = [item for _, own in each for item in own]
    assert len(asked) == len(set(asked)) == 24, "each is asked about once, however many draws there are"
    few = [own for draw in range(draws) for _, own in [few_shot.drawn(items, 4, draw, draws, 8)]]
    assert sum(map(len, few)) == max(8, draws * len({item.label for item in items})), "each draw asks about each label"
    assert all(few)
    assert len({shown for shown, _ in each}) == draws
    for shown, own in each:
        assert len(set(shown)) == 8 and not set(shown) & set(own)
        counted = Counter(item.label for item in own)
        assert len(set(counted.values())) == 1, "of each label as many"
    assert each == [few_shot.drawn(items, 4, draw, draws) for draw in range(draws)]


@pytest.mark.model
def test_labels_after_eight_kept_examples_on_the_real_model_equal_single_calls(real_lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.ZH) if item.task == "topic"]
    labels = list(dict.fromkeys(item.label for item in items))
    shown, asked = few_shot.drawn(items, 0, 0)
    own = tuple(item.label for item in shown)
    _, (_, before) = few_shot._prefixes(real_lm, shown, own, Language.ZH, [1, 8], PrefixCache())
    scores = few_shot.label_scores(real_lm, before, asked[:3], labels, Language.ZH)
    for row, item in enumerate(asked[:3]):
        read = real_lm.encode(few_shot.Prompt(shown, own).text(item, Language.ZH))
        single = [alone(real_lm, read, ids_of(real_lm, label)) for label in labels]
        assert scores[row].tolist() == pytest.approx(single, abs=0.4)


@pytest.mark.model
@pytest.mark.parametrize("language", list(Language))
def test_after_one_example_the_real_model_repeats_its_label(real_lm: LanguageModel, language: Language) -> None:
    items = few_shot.items_of("topic", language)
    labels = list(dict.fromkeys(item.label for item in items))
    default = Settings()
    (first, *_), asked = few_shot.drawn(items, default.seed, 0, default.draws, default.texts)
    ((_, before),) = few_shot._prefixes(real_lm, [first], [first.label], language, [1], PrefixCache())
    guesses = few_shot.label_scores(real_lm, before, asked, labels, language).argmax(1).tolist()
    assert len(asked) == default.texts
    assert sum(labels[guess] == first.label for guess in guesses) >= 0.9 * len(asked)


def test_examples_that_were_read_are_not_read_again(lm: LanguageModel) -> None:
    items = [item for item in sets.examples(Language.EN) if item.task == "topic"]
    shown, _ = few_shot.drawn(items, 0, 0)
    labels = [item.label for item in shown]
    counted: list[int] = []
    heard = lm.heard_by(counted.append)
    list(few_shot._prefixes(heard, shown, labels, Language.EN, [1, 2, 4], PrefixCache()))
    whole = few_shot.Prompt(tuple(shown[:4]), tuple(labels[:4])).ids(lm, Language.EN)
    assert sum(counted) == len(lm.encode("")) + len(whole)

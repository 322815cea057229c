"""The constrained labels against a search by hand, and the prompt's parts."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.topics.classification import few_shot
from playground.topics.classification.few_shot import Branches, FewShot, most_rounds

# "book" begins "book shop", and "bank" parts from them at the second token.
CLASSES = ("book", "book shop", "bank", "art")
FIRST, SECOND = [("a novel", 0), ("they sell novels", 1)], [("a loan", 2), ("a drawing", 3)]


def by_hand(lm: LanguageModel, asked: FewShot, text: str) -> list[float]:
    """Walks down each label, and at every token renormalizes over the tokens that continue a label."""
    prompt = lm.encode(asked.written([*FIRST, *SECOND], text))
    labels = [list(lm.tokenizer.encode(f" {name}\n\n", add_special_tokens=False)) for name in CLASSES]
    found = []
    for ids in labels:
        total = 0.0
        for place in range(len(ids)):
            allowed = sorted({other[place] for other in labels if other[:place] == ids[:place] and len(other) > place})
            logits = lm.logits([*prompt, *ids[:place]])[-1].double()
            total += float(torch.log_softmax(logits[allowed], -1)[allowed.index(ids[place])])
        found.append(total)
    return found


def test_probabilities_of_labels_are_those_of_constrained_decoding(tiny_lm: LanguageModel) -> None:
    asked = FewShot(tiny_lm, CLASSES, Language.EN)
    prefix = asked.read([*FIRST, *SECOND])
    texts = ["a story", "money in a vault", "x"]
    logs = asked.log_probabilities(prefix, texts)
    np.testing.assert_allclose(np.exp(logs).sum(1), 1, atol=1e-9)
    for text, row in zip(texts, logs, strict=True):
        np.testing.assert_allclose(row, by_hand(tiny_lm, asked, text), atol=1e-4)


def test_the_tree_parts_where_labels_do() -> None:
    found = Branches.of([(1, 2, 9), (1, 2, 3, 9), (1, 4, 9), (5, 9)])
    assert dict(zip(found.stems, found.ways, strict=True)) == {
        (): {1: (0, 1, 2), 5: (3,)},
        (1,): {2: (0, 1), 4: (2,)},
        (1, 2): {9: (0,), 3: (1,)},
    }


def test_a_longer_prompt_continues_the_shorter_one_which_stays_as_it_is(tiny_lm: LanguageModel) -> None:
    asked = FewShot(tiny_lm, CLASSES, Language.EN)
    short, whole = asked.read(FIRST), asked.read([*FIRST, *SECOND])
    before = asked.log_probabilities(short, ["x"])
    longer = asked.read(SECOND, short)
    assert short.length < longer.length == whole.length == 1 + len(asked.prompt([*FIRST, *SECOND]))
    np.testing.assert_allclose(asked.log_probabilities(longer, ["x"]), asked.log_probabilities(whole, ["x"]), atol=1e-4)
    np.testing.assert_array_equal(asked.log_probabilities(short, ["x"]), before)


def test_small_batches_give_the_same(tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = FewShot(tiny_lm, CLASSES, Language.EN)
    texts = [f"text {n}" for n in range(5)]
    before = asked.log_probabilities(asked.read([*FIRST, *SECOND]), texts)
    monkeypatch.setattr(few_shot, "MOST_COPIED", 1)
    np.testing.assert_allclose(asked.log_probabilities(asked.read([*FIRST, *SECOND]), texts), before, atol=1e-5)


def test_calibration_divides_by_what_texts_without_content_get(tiny_lm: LanguageModel) -> None:
    asked = FewShot(tiny_lm, CLASSES, Language.EN)
    prefix = asked.read([*FIRST, *SECOND])
    plain, calibrated = asked.classify(prefix, ["a story"])
    empty = asked.log_probabilities(prefix, few_shot.EMPTY).mean(0)
    expected = plain[0] / np.exp(empty)
    np.testing.assert_allclose(calibrated[0], expected / expected.sum(), atol=1e-6)


def test_long_texts_are_cut_and_rounds_that_do_not_fit_are_left_out(
    tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = FewShot(tiny_lm, CLASSES, Language.EN)
    (length,) = {len(asked.prompt([("x" * n, 3)])) for n in (48, 49, 400)}
    assert asked.tokens(["y" * 400]) == 128 + len("Text:") + len("\nClass:")
    # With the space in front.
    assert asked.cut(["y" * 127, "y" * 128, "y" * 400], 128) == 2
    shown = [[("x" * 400, 3)]] * 6
    for room, fitting in itertools.product((3, 4), (0, 1)):
        monkeypatch.setattr(few_shot, "MOST_PROMPT", room * length - fitting)
        assert most_rounds(asked, shown) == room - fitting
    monkeypatch.setattr(few_shot, "MOST_PROMPT", 1)
    assert most_rounds(asked, shown) == 1


@pytest.mark.model
@pytest.mark.parametrize("language", Language)
def test_the_parts_of_the_prompt_are_cut_as_the_whole_would_be(real_lm: LanguageModel, language: Language) -> None:
    names = {Language.ZH: ("物流", "退款"), Language.EN: ("delivery", "refund")}[language]
    asked = FewShot(real_lm, names, language)
    parts = asked.prompt([("包裹到了 (today).", 0), ("Money back 退钱", 1)])
    whole = real_lm.decode(parts)
    assert list(real_lm.tokenizer.encode(whole, add_special_tokens=False)) == parts

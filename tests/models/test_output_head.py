"""What is read of the output head in part is what its whole logits give."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from playground.models import kernels, output_head
from playground.models.language_model import LanguageModel
from playground.models.output_head import (
    head_logits,
    likeliest,
    log_normalizers,
    log_probabilities,
    log_probabilities_and_likeliest,
    token_logits,
)
from tests.conftest import tiny_gemma, tiny_llama, wrap


def models() -> list[LanguageModel]:
    """Models with a tied head, with one of its own, with a soft cap, and with a packed head."""
    capped = tiny_gemma()
    capped.config.final_logit_softcapping = 3.0
    found = [wrap(one) for one in (tiny_llama(), tiny_gemma(), tiny_llama(tie_word_embeddings=False), capped)]
    packed = wrap(tiny_llama(tie_word_embeddings=False))
    packed.module.lm_head = kernels.packed_linear("int8", packed.module.lm_head.weight, None)
    return [*found, packed]


def read(lm: LanguageModel) -> tuple[Tensor, Tensor]:
    """The states (rows, hidden) of a text, and the logits that the model gives for them."""
    ids = torch.tensor([lm.encode("a cat sat on a mat, and the mat on the floor")])
    states, _ = lm.extend(ids)
    return states[0], lm.forward(ids).logits[0].float()


def test_logits_of_some_tokens_are_those_of_the_whole_head() -> None:
    for lm in models()[:-1]:
        states, logits = read(lm)
        for precise in (False, True):
            some = token_logits(lm, states, [5, 200, 7], precise=precise)
            torch.testing.assert_close(some, logits[:, [5, 200, 7]], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(head_logits(lm, states), logits, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("rows", "words"), [(320, 8192), (7, 100)])
def test_scores_are_those_of_all_logits_at_once(monkeypatch: pytest.MonkeyPatch, rows: int, words: int) -> None:
    # The tiny vocabulary of 259 in one block, or in three, the last of them shorter.
    monkeypatch.setattr(output_head, "ROWS", rows)
    monkeypatch.setattr(output_head, "WORDS", words)
    for lm in models():
        states, logits = read(lm)
        reference = logits.log_softmax(-1)
        targets = [int(row.argmax()) if place % 2 else 3 * place for place, row in enumerate(reference)]
        looked: list[int] = []
        logs = log_probabilities(lm, states, targets, lambda looked=looked: looked.append(1))  # type: ignore[misc]
        torch.testing.assert_close(logs, reference[torch.arange(len(targets)), targets], atol=1e-4, rtol=1e-4)
        assert len(looked) == -(-len(targets) // rows)
        again, are_likeliest = log_probabilities_and_likeliest(lm, states, targets)
        assert torch.equal(again, logs)
        assert are_likeliest.tolist() == (reference.argmax(-1) == torch.tensor(targets)).tolist()
        best, highest, again = likeliest(lm, states, targets)
        assert torch.equal(best, reference.argmax(-1)) and torch.equal(again, logs)
        torch.testing.assert_close(highest, reference.amax(-1), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(log_normalizers(lm, states), logits.logsumexp(-1), atol=1e-4, rtol=1e-4)


def test_large_logits_overflow_nothing_and_no_rows_give_no_numbers() -> None:
    lm = models()[0]
    states, _ = read(lm)
    logits = head_logits(lm, 1e4 * states)
    assert float(logits.max()) > 100
    torch.testing.assert_close(log_normalizers(lm, 1e4 * states), logits.logsumexp(-1))
    assert log_probabilities(lm, states[:0], []).shape == (0,)
    assert [part.shape for part in log_probabilities_and_likeliest(lm, states[:0], [])] == [(0,), (0,)]
    assert log_normalizers(lm, states[:0]).shape == (0,)

"""Scores of some tokens against the whole output head."""

from __future__ import annotations

import torch

from playground.generation.scoring import token_logits
from tests.conftest import tiny_gemma, tiny_llama, wrap


def test_logits_of_some_tokens_are_those_of_the_whole_head() -> None:
    for module in (tiny_llama(), tiny_gemma(), tiny_llama(tie_word_embeddings=False)):
        lm = wrap(module)
        for cap in (None, 3.0):
            module.config.final_logit_softcapping = cap if "gemma" in type(module).__name__.lower() else None
            ids = torch.tensor([lm.encode("a cat"), lm.encode("a dog")])
            states, _ = lm.extend(ids)
            wanted = lm.forward(ids).logits[:, -1, [5, 200, 7]]
            torch.testing.assert_close(token_logits(lm, states[:, -1], [5, 200, 7]), wanted, rtol=1e-4, atol=1e-4)

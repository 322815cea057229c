import pytest
import torch

from playground.explanation.logit_lens import logit_lens
from playground.explanation.values import next_token_probability
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap


@pytest.fixture(params=["llama", "gpt2"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(tiny_llama(3) if request.param == "llama" else tiny_gpt2(3))


def test_the_last_row_is_the_model_s_own_prediction(lm: LanguageModel) -> None:
    ids = lm.encode("房间很干净")
    lens = logit_lens(lm, ids, range(len(ids)))
    probabilities = torch.softmax(lm.logits(ids), -1)
    assert lens.tokens.shape == (lm.layers + 1, len(ids))
    assert torch.equal(lens.tokens[-1], probabilities.argmax(-1))
    torch.testing.assert_close(lens.probabilities[-1], probabilities.max(-1).values)
    torch.testing.assert_close(lens.of[-1], lens.probabilities[-1])


def test_a_middle_row_is_that_of_a_model_with_the_upper_layers_taken_off(lm: LanguageModel) -> None:
    ids = lm.encode("ok then")
    lens = logit_lens(lm, ids, [2, 5])
    module = tiny_llama(3) if lm.layers == 3 else tiny_gpt2(3)
    base = module.model if lm.layers == 3 else module.transformer
    name = "layers" if lm.layers == 3 else "h"
    setattr(base, name, getattr(base, name)[:1])
    module.config.num_hidden_layers = 1
    with torch.no_grad():
        shares = torch.softmax(module(torch.tensor([ids])).logits[0, [2, 5]], -1)
    assert torch.equal(lens.tokens[1], shares.argmax(-1))
    torch.testing.assert_close(lens.probabilities[1], shares.max(-1).values)
    best = lens.tokens[-1]
    torch.testing.assert_close(lens.of[1], shares.gather(-1, best[:, None])[:, 0])


def test_next_token_probability_equals_a_plain_call_text_by_text(lm: LanguageModel) -> None:
    texts = ["房间很干净", "ok", "", "ok", "a much longer text than the others"]
    found = next_token_probability(lm, 65)(texts)
    alone = [torch.softmax(lm.module(torch.tensor([lm.encode(text)])).logits[0, -1], -1)[65].item() for text in texts]
    assert found == pytest.approx(alone, rel=1e-4)


def test_masses_of_groups_are_sums_over_the_vocabulary(lm: LanguageModel) -> None:
    ids = lm.encode("a b")
    groups = torch.arange(lm.vocabulary) % 3
    found = logit_lens(lm, ids, range(len(ids)), groups)
    assert found.mass is not None
    shares = torch.softmax(lm.logits(ids), -1)
    expected = torch.stack([shares[:, groups == group].sum(-1) for group in range(3)], -1)
    torch.testing.assert_close(found.mass[-1], expected, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(found.mass.sum(-1), torch.ones(found.mass.shape[:2]), rtol=1e-4, atol=1e-5)
    assert logit_lens(lm, ids, [0]).mass is None

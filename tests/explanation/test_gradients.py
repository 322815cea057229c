import numpy as np
import pytest
import torch

from playground.explanation.gradients import gradient_times_input, integrated_gradients, on_units
from playground.explanation.removal import cut
from playground.explanation.values import Target, next_token_target, read
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap

TEXT = "好房间, ok"


def state_target(lm: LanguageModel, layer: int) -> Target:
    """Returns a logistic probe with random weights on a layer's last state, in a template like the sentiment probe's."""
    weight = torch.randn(lm.hidden_size, generator=torch.Generator().manual_seed(1)) / lm.hidden_size**0.5

    def score(states: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(states.float() @ weight)

    def prompt(text: str) -> tuple[list[int], range]:
        before, own, after = lm.encode("q:"), lm.tokenizer.encode(text, add_special_tokens=False), [61]
        return [*before, *own, *after], range(len(before), len(before) + len(own))

    def value(texts: object) -> np.ndarray:
        return score(lm.last_hidden([prompt(text)[0] for text in texts], layer)).double().numpy()  # type: ignore[attr-defined]

    return Target("probe", value, prompt, layer, score)


@pytest.fixture(params=["llama", "gpt2"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(tiny_llama(1) if request.param == "llama" else tiny_gpt2(1))


def targets(lm: LanguageModel) -> list[Target]:
    likely = int(lm.next_logits([lm.encode(TEXT)])[0].argmax())
    return [next_token_target(lm, likely), state_target(lm, 2), state_target(lm, lm.layers)]


def test_the_value_of_the_gradients_is_the_value_function_s(lm: LanguageModel) -> None:
    for target in targets(lm):
        value = target.value([TEXT])[0]
        assert gradient_times_input(lm, target, TEXT).value == pytest.approx(value, rel=1e-4)
        assert integrated_gradients(lm, target, TEXT, steps=2).value == pytest.approx(value, rel=1e-4)


def test_integrated_gradients_are_complete(lm: LanguageModel) -> None:
    for target in targets(lm):
        found = integrated_gradients(lm, target, TEXT, steps=256)
        change = found.value - found.baseline
        assert abs(change) > 1e-4, "there is something to explain"
        assert found.weights.sum() == pytest.approx(change, abs=0.02 * abs(change) + 1e-5)


def test_gradient_times_input_equals_finite_differences(lm: LanguageModel) -> None:
    for target in targets(lm):
        ids, own = target.prompt(TEXT)
        inputs = lm.module.get_input_embeddings()(torch.tensor([ids]))
        found = gradient_times_input(lm, target, TEXT).weights
        for place, token in enumerate(own):
            ends = []
            for factor in (1 + 1e-2, 1 - 1e-2):
                changed = inputs.clone()
                changed[0, token] *= factor
                out = lm.module(inputs_embeds=changed, output_hidden_states=True)
                ends.append(float(target.score(out.hidden_states[target.layer][:, -1])))
            assert found[place] == pytest.approx((ends[0] - ends[1]) / 2e-2, abs=0.01 * np.abs(found).max() + 1e-6)


def test_passes_are_counted_and_parameters_stay_without_gradients() -> None:
    counted: list[int] = []
    lm = wrap(tiny_llama()).heard_by(counted.append)
    target = next_token_target(lm, 65)
    ids, _ = read(lm, TEXT)
    integrated_gradients(lm, target, TEXT, steps=8, most_tokens=4 * len(ids))
    assert counted == [4 * len(ids), 4 * len(ids), 2 * len(ids)]
    assert not any(parameter.requires_grad or parameter.grad is not None for parameter in lm.module.parameters())


def test_units_get_the_sum_of_their_tokens_and_the_gap_is_told() -> None:
    lm = wrap(tiny_llama(1))
    tokens = integrated_gradients(lm, next_token_target(lm, 65), "好 ok!", steps=16)
    found = on_units(lm, cut("好 ok!", "word"), tokens)
    np.testing.assert_allclose(found.weights, [tokens.weights[:3].sum(), tokens.weights[3:6].sum()])
    assert found.caveat is not None
    assert f"{tokens.weights.sum():+.3f}" in found.caveat.en

"""The truncated model's output equals the full model's states after those layers."""

from __future__ import annotations

import pytest
import torch

from playground.models.backbone import first_layers
from tests.conftest import tiny_gpt2, tiny_llama, wrap


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
def test_every_layer_equals_the_whole_models_hidden_state(make) -> None:
    module = make()
    ids = torch.randint(0, 256, (2, 9), generator=torch.Generator().manual_seed(1))
    whole = module(input_ids=ids, output_hidden_states=True).hidden_states
    assert len(whole) == module.config.num_hidden_layers + 1
    for layer, expected in enumerate(whole):
        state = first_layers(module, layer)(input_ids=ids, use_cache=False).last_hidden_state
        torch.testing.assert_close(state, expected)


def test_the_model_keeps_all_its_layers() -> None:
    module = tiny_llama()
    ids = torch.arange(5)[None]
    before = module(input_ids=ids).logits
    first_layers(module, 1)
    torch.testing.assert_close(module(input_ids=ids).logits, before, rtol=0, atol=0)


def test_a_layer_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="layers 0 to 3"):
        first_layers(tiny_llama(), 4)


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
def test_last_hidden_of_a_padded_batch_equals_each_sequence_alone(make) -> None:
    lm = wrap(make())
    sequences = [lm.encode("abc"), lm.encode("酒店 not bad"), lm.encode("a longer sentence than the others")]
    for layer in (0, 1, lm.layers):
        batch = lm.last_hidden(sequences, layer)
        for row, ids in enumerate(sequences):
            torch.testing.assert_close(batch[row], lm.hidden_states(ids)[layer, -1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
def test_token_states_of_a_padded_batch_equal_each_sequence_alone(make) -> None:
    lm = wrap(make())
    sequences = [lm.encode("abc"), lm.encode("酒店 not bad"), lm.encode("a longer sentence than the others")]
    for layer in (0, 1, lm.layers):
        for ids, states in zip(sequences, lm.token_states(sequences, layer), strict=True):
            torch.testing.assert_close(states, lm.hidden_states(ids)[layer], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("make", [tiny_llama, tiny_gpt2])
def test_a_start_that_is_read_once_changes_no_state(make) -> None:
    lm = wrap(make())
    start, ends = lm.encode("This sentence: "), [lm.encode(text, bos=False) for text in ("abc", "酒店 not bad", "x")]
    whole = [[*start, *end] for end in ends]
    for layer in (0, 1, lm.layers):
        states = lm.token_states(ends, layer, start=start)
        for ids, end, found in zip(whole, ends, states, strict=True):
            torch.testing.assert_close(found, lm.hidden_states(ids)[layer, -len(end) :], rtol=1e-4, atol=1e-4)
        torch.testing.assert_close(lm.last_hidden(ends, layer, start=start), torch.stack([one[-1] for one in states]))
    for batch, hidden in lm.hidden_batches(ends, start=start):
        for row, index in enumerate(batch):
            expected = lm.hidden_states(whole[index])[:, len(start) :]
            torch.testing.assert_close(hidden[:, row, : len(ends[index])], expected, rtol=1e-4, atol=1e-4)


def test_a_start_is_counted_once_and_is_not_read_precisely() -> None:
    counted: list[int] = []
    lm = wrap(tiny_llama()).heard_by(counted.append)
    lm.last_hidden([[4, 5], [6, 7]], 1, start=[1, 2, 3])
    assert counted == [3, 4]
    with pytest.raises(ValueError, match="precise"):
        lm.last_hidden([[4]], 1, start=[1], precise=True)

"""Kinds of heads on attention made by hand, and ablation against weights set by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.explanation import head_kinds
from playground.explanation.head_kinds import (
    NAMED_FROM,
    ablations,
    loss,
    mean_outputs,
    named,
    next_logits,
    patterns,
    random_heads,
    random_mlps,
    repeated,
    strongest,
)
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gemma, wrap

# start A B C A B C: the second copy begins at 4.
IDS = (0, 1, 2, 3, 1, 2, 3)


def made(rule: object) -> np.ndarray:
    """One layer with one head that reads one position at each: `rule(at)`."""
    attention = np.zeros((1, 1, len(IDS), len(IDS)))
    for at in range(len(IDS)):
        attention[0, 0, at, rule(at)] = 1  # type: ignore[operator]
    return attention


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("previous", lambda at: max(0, at - 1)),
        ("duplicate", lambda at: at - 3 if at > 3 else 0),
        ("induction", lambda at: at - 2 if at > 3 else 0),
        ("sink", lambda at: 0),
    ],
)
def test_a_head_that_does_one_thing_only_has_the_score_of_that_kind(kind: str, rule: object) -> None:
    found = patterns(made(rule), IDS)
    assert found[kind][0, 0] == 1  # type: ignore[index]
    for other in set(found) - {kind, "sink"}:
        assert found[other][0, 0] == 0, other  # type: ignore[index]


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        ("previous", lambda at: max(0, at - 1)),
        ("same", lambda at: at - 3 if at > 3 else at),
        ("induction", lambda at: at - 2 if at > 3 else 0),
        ("first", lambda at: 0),
    ],
)
def test_a_head_is_named_by_what_it_does_most(kind: str, rule: object) -> None:
    ids = (*IDS, 1, 2, 3)
    attention = np.zeros((1, 1, len(ids), len(ids)))
    for at in range(len(ids)):
        attention[0, 0, at, rule(at)] = 1  # type: ignore[operator]
    assert named(attention, ids) == [(0, 0, kind, 1.0)]
    # Less than the threshold, with what remains spread over nothing that has a name.
    assert named(attention * (NAMED_FROM - 0.01), ids) == []


def test_too_few_positions_name_no_kind() -> None:
    # Two tokens before which a copy was, and all read what followed it: a coincidence would look alike.
    attention = np.zeros((1, 1, 6, 6))
    for at, key in enumerate((0, 0, 0, 0, 2, 3)):
        attention[0, 0, at, key] = 1
    found = named(attention, (0, 1, 2, 3, 1, 2))
    assert [one[2] for one in found] == ["first"]
    assert named(np.ones((1, 1, 3, 3)), (0, 1, 2)) == []


def test_a_text_without_repeats_shows_neither_duplicates_nor_induction() -> None:
    found = patterns(np.ones((2, 3, 4, 4)) / 4, (0, 1, 2, 3))
    assert found["duplicate"] is None and found["induction"] is None
    assert found["previous"].shape == (2, 3)  # type: ignore[union-attr]


def test_a_token_that_repeats_at_once_has_no_token_after_its_copy_to_read() -> None:
    # What follows the copy is the position itself.
    assert patterns(np.eye(3)[None, None], (0, 5, 5))["induction"] is None


def test_repeated_sequences_are_random_copies(tiny_lm: LanguageModel) -> None:
    found = repeated(tiny_lm, 8, 3, seed=0)
    for ids in found:
        assert ids[0] == 256 and len(ids) == 17
        assert ids[1:9] == ids[9:] and len(set(ids[1:9])) == 8
        assert all(tiny_lm.decode([token]).isalpha() for token in ids[1:])
    assert found == repeated(tiny_lm, 8, 3, seed=0) != repeated(tiny_lm, 8, 3, seed=1)


def test_the_strongest_heads_and_others_at_random() -> None:
    scores = np.array([[0.1, 0.9], [0.5, 0.2]])
    assert strongest(scores, 3) == [(0, 1), (1, 0), (1, 1)]
    others = random_heads(2, 2, [(0, 1)], 3, seed=0)
    assert sorted(others) == [(0, 0), (1, 0), (1, 1)]
    assert sorted(random_mlps(4, [1], 9, seed=0)) == [0, 2, 3]
    assert len(random_mlps(4, [1], 2, seed=0)) == 2


@pytest.fixture
def lm() -> LanguageModel:
    return wrap(tiny_gemma())


def test_a_head_set_to_zero_is_a_projection_without_its_columns(lm: LanguageModel) -> None:
    sequences = [[256, 5, 9, 30, 41, 7], [256, 8, 8, 3, 90, 61]]
    model = EditableModel(lm)
    found = loss(model, sequences, 2, [(1, 0), (1, 1), (3, 1)])
    with torch.no_grad():
        lm.module.model.layers[1].self_attn.o_proj.weight.zero_()
        lm.module.model.layers[3].self_attn.o_proj.weight[:, model.head_size :] = 0
    logits = torch.stack([lm.logits(ids) for ids in sequences])
    expected = torch.nn.functional.cross_entropy(
        logits[:, 1:-1].flatten(0, 1), torch.tensor(sequences)[:, 2:].flatten()
    )
    assert found == pytest.approx(float(expected), abs=1e-5)


def test_means_are_taken_without_the_first_position_and_put_in_their_place(lm: LanguageModel) -> None:
    sequences = [[256, 5, 9, 30], [256, 8, 3]]
    model = EditableModel(lm)
    means = mean_outputs(model, sequences)
    kept: list[torch.Tensor] = []
    handle = lm.module.model.layers[2].self_attn.o_proj.register_forward_pre_hook(
        lambda _, given: kept.append(given[0][0, 1:])
    )
    for ids in sequences:
        lm.logits(ids)
    handle.remove()
    torch.testing.assert_close(means.heads[2], torch.cat(kept).mean(0))
    (edit,) = ablations(model, [(2, 1)], means).values()
    value = torch.randn(2, 5, means.heads.shape[1])
    changed, own = edit(value), slice(model.head_size, 2 * model.head_size)
    assert (changed[..., own] == means.heads[2, own]).all()
    torch.testing.assert_close(changed[..., : model.head_size], value[..., : model.head_size])


def test_an_mlp_set_to_zero_adds_nothing_to_the_stream(lm: LanguageModel) -> None:
    sequences = [[256, 5, 9, 30, 41, 7], [256, 8, 8, 3, 90, 61]]
    model = EditableModel(lm)
    found = loss(model, sequences, 2, [(1, 0)], None, [0, 3])
    alone = next_logits(model, sequences[0], [(1, 0)], None, [0, 3])
    with torch.no_grad():
        lm.module.model.layers[1].self_attn.o_proj.weight[:, : model.head_size] = 0
        for layer in (0, 3):
            lm.module.model.layers[layer].mlp.down_proj.weight.zero_()
    logits = torch.stack([lm.logits(ids) for ids in sequences])
    expected = torch.nn.functional.cross_entropy(
        logits[:, 1:-1].flatten(0, 1), torch.tensor(sequences)[:, 2:].flatten()
    )
    assert found == pytest.approx(float(expected), abs=1e-5)
    torch.testing.assert_close(alone, logits[0, -1], atol=1e-5, rtol=1e-5)


def test_an_mlp_s_mean_is_of_what_it_adds_and_takes_its_place(lm: LanguageModel) -> None:
    sequences = [[256, 5, 9, 30], [256, 8, 3]]
    model = EditableModel(lm)
    means = mean_outputs(model, sequences)
    kept: list[torch.Tensor] = []
    # Gemma norms what an MLP gives before adding it.
    handle = lm.module.model.layers[2].post_feedforward_layernorm.register_forward_hook(
        lambda _, __, output: kept.append(output[0, 1:])
    )
    for ids in sequences:
        lm.logits(ids)
    handle.remove()
    torch.testing.assert_close(means.mlps[2], torch.cat(kept).mean(0))
    edits = ablations(model, [], means, [2])
    assert list(edits) == [Place("mlp", 2)]
    assert (edits[Place("mlp", 2)](torch.randn(2, 5, lm.hidden_size)) == means.mlps[2]).all()


def test_no_heads_is_the_model_itself(lm: LanguageModel) -> None:
    ids = [256, 5, 9, 30, 41, 7]
    expected = torch.nn.functional.cross_entropy(lm.logits(ids)[:-1], torch.tensor(ids[1:]))
    assert loss(EditableModel(lm), [ids], 1) == pytest.approx(float(expected), abs=1e-5)


@pytest.mark.model
def test_the_real_model_has_heads_of_every_kind_and_copies_by_induction(real_lm: LanguageModel) -> None:
    copies = repeated(real_lm, 24, 3, seed=0)
    scores = head_kinds.mean_patterns(real_lm, copies)
    for kind, least in (("previous", 0.5), ("induction", 0.3), ("sink", 0.8)):
        assert scores[kind].max() > least, kind  # type: ignore[union-attr, index]
    model = EditableModel(real_lm)
    heads = strongest(scores["induction"], 3)  # type: ignore[arg-type]
    others = random_heads(real_lm.layers, real_lm.heads, heads, 3, seed=0)
    whole, without, control = (loss(model, copies, 26, some) for some in ([], heads, others))
    assert without - whole > max(0.2, 2 * (control - whole))

"""The calculator against figures of the papers, and against the tensors that autograd saves for a layer."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from playground.learning.memory import GB, PRECISIONS, Cluster, activation_bytes, memory, optimizer_bytes_each


@pytest.mark.parametrize(("stage", "gigabytes"), [(0, 120), (1, 31.4), (2, 16.6), (3, 1.9)])
def test_figure_1_of_the_zero_paper(stage: int, gigabytes: float) -> None:
    # 7.5 billion parameters, 64 GPUs, Adam in mixed precision.
    assert memory(Cluster(parameters=7.5e9, gpus=64), stage).states / GB == pytest.approx(gigabytes, abs=0.05)


def test_seven_billion_on_eight_gpus() -> None:
    states = [memory(Cluster(), stage).states / GB for stage in range(4)]
    assert states == pytest.approx([112, 38.5, 26.25, 14])


@pytest.mark.parametrize(("heads", "hidden", "score_factor"), [(96, 12288, 80), (128, 20480, 64)])
def test_attention_scores_of_the_activation_paper(heads: int, hidden: int, score_factor: float) -> None:
    # Section 4.1 and 5 print 5as/h for GPT-3 (80) and for MT-NLG (64), at a sequence of 2048.
    cluster = Cluster(hidden=hidden, heads=heads, layers=10, recompute="none")
    each = activation_bytes(cluster) / (2048 * hidden * 10)
    assert each == pytest.approx(34 + score_factor)
    assert activation_bytes(dataclasses.replace(cluster, recompute="attention")) / (2048 * hidden * 10) == 34


@pytest.mark.parametrize(
    ("changes", "each"),
    [
        ({"recompute": "attention", "tensor": 8}, 10 + 24 / 8),
        ({"recompute": "none", "tensor": 8}, 10 + 24 / 8 + 80 / 8),
        ({"recompute": "none", "tensor": 8, "sequence_parallel": True}, (34 + 80) / 8),
        ({"recompute": "attention", "tensor": 8, "sequence_parallel": True}, 34 / 8),
        ({"recompute": "layers", "tensor": 8}, 2),
        ({"recompute": "attention", "pipeline": 4}, 34),
        ({"recompute": "attention", "micro_batch": 3}, 3 * 34),
    ],
)
def test_table_2_of_the_activation_paper(changes: dict[str, object], each: float) -> None:
    cluster = dataclasses.replace(Cluster(hidden=12288, heads=96, layers=96, gpus=64), **changes)  # type: ignore[arg-type]
    assert activation_bytes(cluster) == pytest.approx(each * 2048 * 12288 * 96)


def dropout(x: torch.Tensor) -> torch.Tensor:
    """Applies dropout with a one-byte mask, as on a GPU; `functional.dropout` saves a float mask on the CPU."""
    return torch.native_dropout(x, 0.1, True)[0]


class Layer(nn.Module):
    """The layer that the paper counts: without biases, with explicit scores and dropout masks."""

    def __init__(self, hidden: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(hidden) for _ in range(2))
        self.qkv, self.out = nn.Linear(hidden, 3 * hidden, bias=False), nn.Linear(hidden, hidden, bias=False)
        self.up, self.down = nn.Linear(hidden, 4 * hidden, bias=False), nn.Linear(4 * hidden, hidden, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        batch, length, hidden = x.shape
        q, k, v = self.qkv(self.norms[0](x)).view(batch, length, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        scores = dropout((q @ k.mT / math.sqrt(hidden // self.heads)).softmax(-1))
        x = x + dropout(self.out((scores @ v).transpose(1, 2).reshape(x.shape)))
        return x + dropout(self.down(functional.gelu(self.up(self.norms[1](x)))))


def test_float32_activations_against_what_autograd_keeps() -> None:
    hidden, heads, length, batch, layers = 64, 4, 96, 2, 3
    modules = nn.Sequential(*(Layer(hidden, heads) for _ in range(layers)))
    own = {parameter.untyped_storage().data_ptr() for parameter in modules.parameters()}
    kept: dict[int, int] = {}
    alive = []

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
            alive.append(tensor)
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        modules(torch.randn(batch, length, hidden, requires_grad=True))
    cluster = Cluster(
        hidden=hidden,
        heads=heads,
        sequence=length,
        micro_batch=batch,
        layers=layers,
        precision="float32",
        recompute="none",
    )
    # Not in the formula: mean and deviation of the norms, and copies made by this plain attention.
    assert activation_bytes(cluster) == pytest.approx(sum(kept.values()), rel=0.05)


def test_optimizers() -> None:
    mixed = PRECISIONS["mixed"]
    assert optimizer_bytes_each(mixed, "adam", 4096) == 12
    assert optimizer_bytes_each(mixed, "momentum", 4096) == 8
    assert optimizer_bytes_each(mixed, "sgd", 4096) == 4
    assert optimizer_bytes_each(mixed, "adam-8bit", 4096) == pytest.approx(6, abs=0.01)
    assert 4 < optimizer_bytes_each(mixed, "adafactor", 4096) < 4.01
    assert optimizer_bytes_each(PRECISIONS["float32"], "adam", 4096) == 8
    assert optimizer_bytes_each(PRECISIONS["bfloat16"], "adam", 4096) == 4


def test_stages_split_over_the_replicas_only() -> None:
    cluster = Cluster(parameters=64e9, gpus=64, tensor=4, pipeline=2)
    assert cluster.replicas == 8
    plain, sharded = memory(cluster, 0), memory(cluster, 3)
    assert plain.weights == 64e9 * 2 / 8
    assert sharded.weights == plain.weights / 8 and sharded.optimizer == plain.optimizer / 8
    assert sharded.activations == plain.activations


def test_the_real_states_of_torch_match() -> None:
    model = nn.Linear(64, 32, bias=False)
    optimizer = torch.optim.AdamW(model.parameters())
    model(torch.ones(1, 64)).sum().backward()
    optimizer.step()
    held = sum(state.numel() * state.element_size() for state in optimizer.state[model.weight].values() if state.dim())
    expected = memory(Cluster(parameters=64 * 32, precision="float32", gpus=1), 0)
    assert held == expected.optimizer
    assert model.weight.grad is not None
    assert model.weight.grad.nbytes == expected.gradients

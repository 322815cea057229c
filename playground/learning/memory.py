"""Computes training memory per GPU by formula: weights, gradients, optimizer states, activations. Measures nothing.

States: Rajbhandari et al. 2020 (ZeRO, arXiv:1910.02054), section 3 and figure 1. Activations: Korthikanti et al. 2022
(arXiv:2205.05198), section 4, of a layer with attention, an MLP four times as wide, GELU and dropout.
Not included: communication buffers, a gathered layer of ZeRO-3, fragmentation, and the driver's memory.
"""

from __future__ import annotations

from dataclasses import dataclass

GB = 1e9
ZERO_STAGES = (0, 1, 2, 3)
# 8-bit Adam stores a 4-byte scale per block of this many values. Dettmers et al. 2022, arXiv:2110.02861.
EIGHT_BIT_BLOCK = 2048


@dataclass(frozen=True)
class Precision:
    """Bytes per number: weights in computation, gradients, the optimizer's 32-bit master weights, its states, activations."""

    weights: int
    gradients: int
    master: int
    states: int
    activations: int


PRECISIONS = {
    "mixed": Precision(2, 2, 4, 4, 2),
    "mixed-float-gradients": Precision(2, 4, 4, 4, 2),
    "bfloat16": Precision(2, 2, 0, 2, 2),
    "float32": Precision(4, 4, 0, 4, 4),
}
# Optimizer states per parameter. Adafactor stores row and column sums of a matrix instead.
STATES = {"adam": 2, "adam-8bit": 2, "momentum": 1, "adafactor": 0, "sgd": 0}
RECOMPUTE = ("none", "attention", "layers")


@dataclass(frozen=True)
class Cluster:
    """A model and its parallel training. `parameters`: total; `micro_batch`: sequences in one forward pass of a replica.

    `tensor` × `pipeline` GPUs form one replica; the others are further replicas. `sequence_parallel` also shards the
    activations that tensor parallelism replicates. `recompute`: activations recomputed in backward: none, those within
    attention (as in FlashAttention), or all but each layer's input.
    """

    parameters: float = 7e9
    layers: int = 32
    hidden: int = 4096
    heads: int = 32
    gpus: int = 8
    tensor: int = 1
    pipeline: int = 1
    precision: str = "mixed"
    optimizer: str = "adam"
    sequence: int = 2048
    micro_batch: int = 1
    recompute: str = "attention"
    sequence_parallel: bool = False

    @property
    def replicas(self) -> int:
        """Number of data-parallel replicas; `tensor` × `pipeline` must divide the GPUs."""
        return self.gpus // (self.tensor * self.pipeline)


@dataclass(frozen=True)
class Memory:
    """Bytes on one GPU."""

    weights: float
    gradients: float
    optimizer: float
    activations: float

    @property
    def states(self) -> float:
        """All bytes but those of activations."""
        return self.weights + self.gradients + self.optimizer

    @property
    def total(self) -> float:
        return self.states + self.activations


def optimizer_bytes_each(precision: Precision, optimizer: str, hidden: int) -> float:
    """Returns the optimizer's bytes per parameter: 32-bit master weights and states. Adam in mixed precision: K = 12."""
    if optimizer == "adam-8bit":
        return precision.master + STATES[optimizer] * (1 + 4 / EIGHT_BIT_BLOCK)
    if optimizer == "adafactor":
        # For a square matrix: one number per row and per column, 2h numbers for h² parameters.
        return precision.master + 2 / hidden * precision.states
    return precision.master + STATES[optimizer] * precision.states


def activation_bytes(cluster: Cluster) -> float:
    """Returns the first stage's peak activation bytes in a one-forward-one-backward schedule.

    It has as many micro-batches in flight as there are stages, each for its share of the layers: as much as all layers
    (section 4.2.3). In 16 bits a layer takes sbh(34 + 5as/h): 16 values of 2 bytes and 2 masks of 1 byte, and in
    attention 2 values and a mask for each of the a·s·s scores (table 2). With more bytes per value, only the values grow.
    """
    e, t = PRECISIONS[cluster.precision].activations, cluster.tensor
    states = cluster.sequence * cluster.micro_batch * cluster.hidden
    if cluster.recompute == "layers":
        return states * e * cluster.layers
    # 4 values and 2 masks are replicated on every GPU of a tensor-parallel group (10sbh in 16 bits); 12 are sharded (24sbh).
    whole = (4 * e + 2) / (t if cluster.sequence_parallel else 1)
    scores = (2 * e + 1) * cluster.heads * cluster.sequence / (cluster.hidden * t) if cluster.recompute == "none" else 0
    return states * (whole + 12 * e / t + scores) * cluster.layers


def memory(cluster: Cluster, zero_stage: int) -> Memory:
    """Returns one GPU's memory under a ZeRO stage: 1 shards optimizer states over the replicas, 2 also gradients, 3 also weights.

    Assumes parameters evenly distributed over tensor- and pipeline-parallel GPUs; in reality embedding and head make the
    first and the last stage larger.
    """
    precision = PRECISIONS[cluster.precision]
    here = cluster.parameters / (cluster.tensor * cluster.pipeline)

    def split(size: float, from_stage: int) -> float:
        return here * size / (cluster.replicas if zero_stage >= from_stage else 1)

    return Memory(
        weights=split(precision.weights, 3),
        gradients=split(precision.gradients, 2),
        optimizer=split(optimizer_bytes_each(precision, cluster.optimizer, cluster.hidden), 1),
        activations=activation_bytes(cluster),
    )

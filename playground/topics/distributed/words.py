"""What the topic says around its numbers: the prediction, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, Outcome, Prediction
from playground.topics.distributed import comparison, timeline
from playground.topics.distributed.calculator import GB_COLUMN, STATE_ROWS
from playground.topics.distributed.followups import follow_ups

__all__ = ["EXAMPLES", "FAILURES", "PREDICTION", "follow_ups"]

# A GPU of the largest common size when ZeRO was published, and the usual one of today's clusters.
GPU_GIGABYTES = 80


def states(result: Any) -> float | None:
    """Gigabytes of weights, gradients and optimizer states on each GPU, as the table says."""
    return None if result.formulas is None else sum(float(result.formulas.rows[row][GB_COLUMN]) for row in STATE_ROWS)


def _states_outcome(result: Any) -> Outcome | None:
    total = states(result)
    if total is None:
        return None
    parts = [float(result.formulas.rows[row][GB_COLUMN]) for row in STATE_ROWS]
    return Outcome(
        total,
        Text(
            zh="权重 {w:.3g} + 梯度 {g:.3g} + 优化器状态 {o:.3g} = {t:.4g} GB，激活另算",
            en="weights {w:.3g} + gradients {g:.3g} + optimizer states {o:.3g} = {t:.4g} GB, activations apart",
        ).format(w=parts[0], g=parts[1], o=parts[2], t=total),
    )


PREDICTION = Prediction(
    Text(
        zh="70 亿参数，混合精度 Adam，ZeRO-3，8 张 GPU：每张 GPU 上的权重、梯度与优化器状态一共多少 GB？（不算激活；改了计算器就按其设置。）",
        en="7 billion parameters, Adam in mixed precision, ZeRO-3, 8 GPUs: how many GB of weights, gradients and optimizer states are on each"
        " GPU? (Without activations; as the calculator is set, if you change it.)",
    ),
    _states_outcome,
    low=0.0,
    high=1_000.0,
    tolerance=0.1,
)


def figure(result: Any, place: int) -> float:
    """A figure of the strip as a number."""
    return float(result.figures.items[place].a)


def _shared_reads(result: Any) -> float:
    """Share of what the first process read that another read in the same step."""
    row = result.reading.rows[1]
    return float(row[2]) / float(row[1])


FAILURES = (
    Failure(
        label=Text(zh="忘了分布式采样器", en="The distributed sampler forgotten"),
        values={"strategy": "ddp", "sampler": False},
        expect=Text(
            zh="两个进程每步读的完全相同：等于批量减半的训练，参数与整批训练相差上千倍于舍入误差。程序不报错，损失也照样下降。",
            en="Both processes read the same in every step: a training with half the batch, whose parameters are thousands of times"
            " further off than rounding. No error is raised, and the loss falls all the same.",
        ),
        seen=lambda settings, result: _shared_reads(result) == 1 and figure(result, comparison.PARAMETERS) > 1e-3,
    ),
    Failure(
        label=Text(zh="各练各的，不交换梯度", en="Each trains alone: gradients not exchanged"),
        values={"strategy": "ddp", "exchange": False},
        expect=Text(
            zh="两个进程的参数越走越远，谁也不是整批训练的结果；发送的字节是 0。",
            en="The parameters of the two processes drift apart, and neither is what the whole batch gives; 0 bytes are sent.",
        ),
        seen=lambda settings, result: figure(result, comparison.SPREAD) > 1e-3
        and all(row[1] in (0, None) for row in result.traffic.rows),
    ),
    Failure(
        label=Text(zh="流水线只有 1 个微批", en="A pipeline with one micro-batch"),
        values={"strategy": "pipeline", "micro_batches": 1},
        expect=Text(
            zh="两段轮流等待：进程平均有一半左右的时间在空转，气泡为 (p−1)/(m+p−1) = 1/2。",
            en="The two stages take turns waiting: each computes about half the time at most; the bubble is (p−1)/(m+p−1) = 1/2.",
        ),
        seen=lambda settings, result: float(result.account.items[timeline.COMPUTING_SHARE].a) < 60,
    ),
    Failure(
        label=Text(zh="700 亿参数，64 张 GPU，只做数据并行", en="70 billion parameters, 64 GPUs, data parallel alone"),
        values={"steps": 5, "calculator.parameters": 70.0, "calculator.gpus": 64, "calculator.zero": "0",
                "calculator.layers": 80, "calculator.hidden": 8192, "calculator.heads": 64},
        expect=Text(
            zh="每张卡都要放下整套状态：1120 GB，一张 80 GB 的卡放不下，再多的卡也没用。",
            en="Every GPU holds all states: 1120 GB, where a GPU has 80, and more GPUs don't help.",
        ),
        seen=lambda settings, result: (states(result) or 0) > 10 * GPU_GIGABYTES,
    ),
)  # fmt: skip

EXAMPLES = (
    Example(Text(zh="全分片 FSDP", en="Fully sharded (FSDP)"), {"strategy": "fsdp"}),
    Example(
        Text(zh="张量并行，读自己的文本", en="Tensor parallel, another text"),
        {
            "strategy": "tensor",
            "text": Text(
                zh="床前明月光，疑是地上霜。举头望明月，低头思故乡。白日依山尽，黄河入海流。欲穷千里目，更上一层楼。",
                en="To be, or not to be, that is the question: whether it is nobler in the mind to suffer the slings and arrows of fortune.",
            ),
        },
    ),
    Example(
        Text(zh="流水线，8 个微批，1F1B", en="Pipeline, 8 micro-batches, 1F1B"),
        {"strategy": "pipeline", "micro_batches": 8, "schedule": "1f1b", "batch": 32},
    ),
    Example(
        Text(zh="一个大桶：通信无处可藏", en="One large bucket: nothing to overlap"),
        {"strategy": "ddp", "bucket_megabytes": 25.0, "hidden": "192"},
    ),
    Example(
        Text(zh="1750 亿参数：张量 8 × 流水线 8 × 数据 16", en="175 billion: tensor 8 × pipeline 8 × data 16"),
        {"calculator.parameters": 175.0, "calculator.gpus": 1024, "calculator.zero": "1", "calculator.layers": 96,
         "calculator.hidden": 12288, "calculator.heads": 96, "calculator.tensor": 8, "calculator.pipeline": 8,
         "calculator.sequence_parallel": True},
    ),
)  # fmt: skip

"""Settings of distributed training worth a run: failures and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.distributed.findings import Findings
from playground.topics.distributed.settings import Settings

# Memory of one GPU of today's clusters.
GPU_GIGABYTES = 80


def _all_read_the_same(settings: Settings, found: Findings) -> bool:
    first = found.reading.processes[0]
    return first.shared == first.windows and found.parameter_difference > 1e-3


def _drift_apart(settings: Settings, found: Findings) -> bool:
    return (found.spread or 0.0) > 1e-3 and not found.measured.most_sent_bytes


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="忘了分布式采样器", en="The distributed sampler forgotten"),
        values={"strategy": "ddp", "sampler": False},
        expect=Text(
            zh="两个进程每步读的完全相同：等于批量减半的训练，参数与整批训练相差上千倍于舍入误差。程序不报错，损失也照样下降。",
            en="Both processes read the same in every step: a training with half the batch, whose parameters are thousands of times"
            " further off than rounding. No error is raised, and the loss falls all the same.",
        ),
        seen=_all_read_the_same,
    ),
    Failure(
        label=Text(zh="各练各的，不交换梯度", en="Each trains alone: gradients not exchanged"),
        values={"strategy": "ddp", "exchange": False},
        expect=Text(
            zh="两个进程的参数越走越远，谁也不是整批训练的结果；发送的字节是 0。",
            en="The parameters of the two processes drift apart, and neither is what the whole batch gives; 0 bytes are sent.",
        ),
        seen=_drift_apart,
    ),
    Failure(
        label=Text(zh="流水线只有 1 个微批", en="A pipeline with one micro-batch"),
        values={"strategy": "pipeline", "micro_batches": 1},
        expect=Text(
            zh="两段轮流等待：进程平均有一半左右的时间在空转，气泡为 (p−1)/(m+p−1) = 1/2。",
            en="The two stages take turns waiting: each computes about half the time at most; the bubble is (p−1)/(m+p−1) = 1/2.",
        ),
        seen=lambda settings, found: found.measured.computing_share < 0.6,
    ),
    Failure(
        label=Text(zh="700 亿参数，64 张 GPU，只做数据并行", en="70 billion parameters, 64 GPUs, data parallel alone"),
        values={"steps": 5, "calculator.parameters": 70.0, "calculator.gpus": 64, "calculator.zero": "0",
                "calculator.layers": 80, "calculator.hidden": 8192, "calculator.heads": 64},
        expect=Text(
            zh="每张卡都要放下整套状态：1120 GB，一张 80 GB 的卡放不下，再多的卡也没用。",
            en="Every GPU holds all states: 1120 GB, where a GPU has 80, and more GPUs don't help.",
        ),
        seen=lambda settings, found: found.memory.states_gb > 10 * GPU_GIGABYTES,
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

"""Settings of distributed training worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.distributed.findings import Findings
from playground.topics.distributed.settings import Settings

# Memory of one GPU of today's clusters.
GPU_GIGABYTES = 80
# Above a sum's rounding in float32, far below any real difference.
ROUNDING = 1e-6


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
            zh="两个进程每步读的完全相同：等于批量减半的训练，参数与整批训练的差是舍入误差的上千倍。程序不报错，损失也照样下降。",
            en="Both processes read the same in every step: training with half the batch, whose parameters differ from those of the whole batch by"
            " thousands of times the rounding error. No error is raised, and the loss falls all the same.",
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
            zh="两段轮流等待：每段至多有一半左右的时间在计算，气泡为 (p−1)/(m+p−1) = 1/2。",
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
        Text(zh="张量并行，另一段文本", en="Tensor parallel, another text"),
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
        {"strategy": "pipeline", "micro_batches": 8, "schedule": "1f1b", "batch": 32, "steps": 15},
    ),
    Example(
        Text(zh="一个大桶：通信无处可藏", en="One large bucket: nothing to overlap"),
        {"strategy": "ddp", "bucket_megabytes": 25.0, "hidden": "192", "steps": 10},
    ),
    Example(
        Text(zh="1750 亿参数：张量 8 × 流水线 8 × 数据 16", en="175 billion: tensor 8 × pipeline 8 × data 16"),
        {"calculator.parameters": 175.0, "calculator.gpus": 1024, "calculator.zero": "1", "calculator.layers": 96,
         "calculator.hidden": 12288, "calculator.heads": 96, "calculator.tensor": 8, "calculator.pipeline": 8,
         "calculator.sequence_parallel": True},
    ),
)  # fmt: skip


def _share_held(found: Findings) -> list[float]:
    """Of what one process holds (weights, gradients, optimizer states), the share of each process of several."""
    alone = found.held_alone
    whole = alone.weights + alone.gradients + alone.optimizer
    return [(one.weights + one.gradients + one.optimizer) / whole for one in found.held]


def _read_half(found: Findings) -> bool:
    """Whether each of two processes reads half of the batch, and none of it twice."""
    return all(2 * one.windows == found.reading.alone.windows and not one.shared for one in found.reading.processes)


def _read_all(found: Findings) -> bool:
    return all(one.windows == found.reading.alone.windows for one in found.reading.processes)


def _sent_ratio(found: Findings, low: float, high: float) -> bool:
    """Whether every process sent so many times the formula's bytes; true where the system keeps no count."""
    return all(ratio is None or low < ratio < high for ratio in found.sent_ratios)


def _alike(found: Findings) -> bool:
    """Whether all processes sent the same but for headers; true where the system keeps no count."""
    sent = [one for one in found.measured.sent_bytes if one is not None]
    return not sent or max(sent) < 1.05 * min(sent)


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="70 亿参数 112 GB，ZeRO-3 分到 8 卡各 14 GB，不含激活",
            en="112 GB for 7 billion, 14 GB each under ZeRO-3 on 8 GPUs, excluding activations",
        ),
        {},
        lambda settings, found: round(found.memory.states_gb, 6) == 14 == 112 / settings.calculator.gpus,
    ),
    Claim(
        Text(
            zh="默认设置下，首批梯度的最大差是 10⁻⁸ 量级，用动量 SGD 训练后参数差在 10⁻⁶ 以内",
            en="With the defaults the largest difference of the first gradients is on the order of 10⁻⁸, and that of the parameters, trained by SGD with momentum, below 10⁻⁶",
        ),
        {},
        lambda settings, found: (
            0 < found.gradient_difference < 1e-7 < found.gradient_size and found.parameter_difference < ROUNDING
        ),
    ),
    Claim(
        Text(
            zh="默认的 DDP 下，“实测 ÷ 公式”只比 1 多出报文头",
            en="with the default DDP, “measured ÷ formula” exceeds 1 by message headers only",
        ),
        {},
        lambda settings, found: _sent_ratio(found, 1.0, 1.03),
    ),
    Claim(
        Text(
            zh="看“一步的时间线：计算与通信”：反向与通信有一段同时进行",
            en="See “Timeline of a step: computing and communication”: for a while backward and communication run at the same time",
        ),
        {},
        lambda settings, found: (found.measured.hidden_share or 0.0) > 0,
    ),
    Claim(
        Text(
            zh="看“每个进程真正保存的”与“谁读了哪些数据”：DDP 保存全部、读一半",
            en="See “What each process really holds” and “Who read which data”: DDP holds all and reads half",
        ),
        {},
        lambda settings, found: all(share == 1 for share in _share_held(found)) and _read_half(found),
    ),
    Claim(
        Text(
            zh="看“发送的字节：实测与公式”，两行几乎相等",
            en="See “Bytes sent: measured and by formula”, whose two rows are nearly equal",
        ),
        {},
        lambda settings, found: len(found.measured.sent_bytes) == 2 and _alike(found),
    ),
    Claim(
        Text(zh="本实验的模型不到 2 MB", en="The lab's model has under 2 MB"),
        {},
        lambda settings, found: 1e6 < found.held_alone.weights < 2e6,
    ),
    Claim(
        Text(
            zh="FSDP 下多出三分之一，因为 gloo 的 reduce-scatter 用 all-reduce 实现",
            en="under FSDP it is a third more, because gloo implements reduce-scatter by an all-reduce",
        ),
        EXAMPLES[0].values,
        lambda settings, found: (
            _sent_ratio(found, 1.28, 1.4) and all("all_reduce" in counts for counts in found.measured.collectives)
        ),
    ),
    Claim(
        Text(zh="FSDP 保存一半、读一半", en="FSDP holds half and reads half"),
        EXAMPLES[0].values,
        lambda settings, found: all(abs(share - 0.5) < 0.01 for share in _share_held(found)) and _read_half(found),
    ),
    Claim(
        Text(
            zh="换成张量并行或流水线，就是读全部、保存约一半",
            en="Tensor and pipeline parallelism read all and hold about half",
        ),
        EXAMPLES[1].values,
        lambda settings, found: all(0.5 <= share < 0.55 for share in _share_held(found)) and _read_all(found),
    ),
    Claim(
        Text(
            zh="张量并行的嵌入、输出层与归一化仍是整份",
            en="under tensor parallelism embedding, head and norms stay whole",
        ),
        EXAMPLES[1].values,
        lambda settings, found: all(share > 0.505 for share in _share_held(found)),
    ),
    Claim(
        Text(
            zh="看示例“一个大桶：通信无处可藏”：梯度只发一次，几乎没有重叠",
            en="See the example “One large bucket: nothing to overlap”: gradients are sent once, with hardly any overlap",
        ),
        EXAMPLES[3].values,
        lambda settings, found: (
            all(counts == {"all_reduce": 1} for counts in found.measured.collectives)
            and (found.measured.hidden_share or 0.0) < 0.1
        ),
    ),
    Claim(
        Text(
            zh="看失败示例“忘了分布式采样器”：“其中别人也读的”是全部，参数的最大差远大于舍入",
            en="See the failure “The distributed sampler forgotten”: “of them read by another too” is all of them, and the parameters differ by far more than rounding",
        ),
        FAILURES[0].values,
        _all_read_the_same,
    ),
    Claim(
        Text(zh="程序不报错，损失也下降", en="No error is raised, and the loss falls"),
        FAILURES[0].values,
        lambda settings, found: found.together.last < found.together.first,
    ),
    Claim(
        Text(
            zh="看失败示例“各练各的，不交换梯度”：两个进程的参数越走越远，发送的字节是 0",
            en="See the failure “Each trains alone: gradients not exchanged”: the parameters of the two processes drift apart, and 0 bytes are sent",
        ),
        FAILURES[1].values,
        _drift_apart,
    ),
    Claim(
        Text(zh="状态约 1120 GB，光放下就要 14 张", en="States take about 1120 GB: 14 GPUs merely to hold them"),
        FAILURES[3].values,
        lambda settings, found: round(found.memory.states_gb) == 1120 == 14 * GPU_GIGABYTES,
    ),
    Claim(
        Text(
            zh="这里的模型很小，两个进程常常快不了多少，甚至更慢",
            en="The model here is small, and two processes often gain little or lose",
        ),
        {},
        # Up to where nothing is asked of the missing half (interview.py).
        lambda settings, found: found.parameters < 1e6 and found.measured.speedup < 1.8,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里用的是 FSDP2（`fully_shard`），逐参数沿第 0 维切成 DTensor",
            en="The lab uses FSDP2 (`fully_shard`), which shards each parameter along dimension 0 as a DTensor",
        ),
        "tests/learning/distributed/test_training.py::test_each_parameter_is_sharded_along_dimension_0",
    ),
    Pinned(
        Text(
            zh="DDP 下加大批量，计算增加而通信不变，会好转",
            en="under DDP a larger batch helps, as computation grows and communication doesn't",
        ),
        "tests/learning/distributed/test_traffic.py::test_only_what_sends_activations_sends_more_with_the_batch",
    ),
)

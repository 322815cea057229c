"""What the lab of distributed training is asked (a training over processes, the calculator's cluster), and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, group, number, switch, text_box
from playground.lab.errors import PlaygroundError
from playground.lab.panels import Bars, Heatmap, Lines, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import seed
from playground.lab.text import Label, Text
from playground.learning import memory
from playground.learning.distributed.job import SPLITS_DATA, Job
from playground.topics.distributed.findings import Findings

STRATEGIES = {
    "ddp": Text(zh="数据并行 DDP", en="data parallel (DDP)"),
    "fsdp": Text(zh="全分片 FSDP", en="fully sharded (FSDP)"),
    "tensor": Text(zh="张量并行", en="tensor parallel"),
    "pipeline": Text(zh="流水线并行", en="pipeline parallel"),
}
PRECISIONS = {
    "mixed": Text(zh="混合精度（16 位梯度）", en="mixed (16-bit gradients)"),
    "mixed-float-gradients": Text(zh="混合精度（32 位梯度）", en="mixed (32-bit gradients)"),
    "bfloat16": Text(zh="全程 bfloat16", en="bfloat16 throughout"),
    "float32": Text(zh="全程 float32", en="float32 throughout"),
}
OPTIMIZERS: dict[str, Label] = {
    "adam": "Adam",
    "adam-8bit": Text(zh="8 位 Adam", en="8-bit Adam"),
    "momentum": Text(zh="动量 SGD", en="SGD with momentum"),
    "adafactor": "Adafactor",
    "sgd": "SGD",
}
RECOMPUTE = {
    "none": Text(zh="不重算", en="none"),
    "attention": Text(zh="注意力内部（如 FlashAttention）", en="inside attention (as FlashAttention)"),
    "layers": Text(zh="整层", en="whole layers"),
}
LONGEST_CONTEXT = 32


@dataclass(frozen=True)
class Calculator:
    """The cluster of the calculator. `parameters` in billions."""

    parameters: float = number(
        Text(zh="参数量（十亿）", en="Parameters (billions)"),
        default=7.0,
        low=0.01,
        high=2000.0,
        step=0.1,
        slider=False,
    )
    gpus: int = number(Text(zh="GPU 总数", en="GPUs in all"), default=8, low=1, high=16384, slider=False)
    zero: str = choice(
        Text(zh="ZeRO 阶段", en="ZeRO stage"), {str(stage): str(stage) for stage in memory.ZERO_STAGES}, default="3",
        help=Text(zh="1 切优化器状态，2 再切梯度，3 再切权重。", en="1 shards optimizer states, 2 also gradients, 3 also weights."),
    )  # fmt: skip
    layers: int = number(Text(zh="层数", en="Layers"), default=32, low=1, high=256, advanced=True)
    hidden: int = number(
        Text(zh="隐藏维度", en="Hidden size"), default=4096, low=64, high=65536, slider=False, advanced=True
    )
    heads: int = number(Text(zh="注意力头数", en="Attention heads"), default=32, low=1, high=256, advanced=True)
    precision: str = choice(
        Text(zh="精度", en="Precision"), PRECISIONS, default="mixed", compact=False, advanced=True,
        help=Text(zh="混合精度另存一份 32 位权重，算在优化器里。", en="Mixed precision keeps a 32-bit copy of the weights, counted with the optimizer."),
    )  # fmt: skip
    optimizer: str = choice(Text(zh="优化器", en="Optimizer"), OPTIMIZERS, default="adam", compact=False, advanced=True)
    tensor: int = number(Text(zh="张量并行度", en="Tensor parallel degree"), default=1, low=1, high=64, advanced=True)
    pipeline: int = number(
        Text(zh="流水线并行度", en="Pipeline parallel degree"), default=1, low=1, high=64, advanced=True
    )
    sequence_parallel: bool = switch(
        Text(zh="序列并行", en="Sequence parallel"), default=False, advanced=True,
        help=Text(zh="把张量并行没切的激活也沿序列切开。", en="Shards along the sequence the activations that tensor parallelism leaves whole."),
    )  # fmt: skip
    sequence: int = number(
        Text(zh="序列长度", en="Sequence length"), default=2048, low=16, high=1_048_576, slider=False, advanced=True
    )
    micro_batch: int = number(
        Text(zh="微批量（每副本每次几条）", en="Micro batch (sequences at once per replica)"),
        default=1, low=1, high=256, advanced=True,
    )  # fmt: skip
    recompute: str = choice(
        Text(zh="激活重算", en="Recompute activations"), RECOMPUTE, default="attention", compact=False, advanced=True
    )

    @property
    def cluster(self) -> memory.Cluster:
        """The cluster that the calculator computes. Raises PlaygroundError, naming the field, for degrees that don't fit."""
        replica = self.tensor * self.pipeline
        if self.gpus % replica:
            raise PlaygroundError(
                Text(
                    zh="“计算器 · GPU 总数”是 {gpus}，不是张量并行度 × 流水线并行度（{replica}）的整数倍。",
                    en="“Calculator · GPUs in all” is {gpus}, no multiple of tensor × pipeline parallel degree ({replica}).",
                ).format(gpus=self.gpus, replica=replica),
                "calculator.gpus",
            )
        if self.heads % self.tensor:
            raise PlaygroundError(
                Text(
                    zh="“计算器 · 张量并行度”是 {tensor}，分不匀 {heads} 个注意力头。",
                    en="“Calculator · Tensor parallel degree” is {tensor}, which doesn't divide {heads} attention heads.",
                ).format(tensor=self.tensor, heads=self.heads),
                "calculator.tensor",
            )
        if self.pipeline > self.layers:
            raise PlaygroundError(
                Text(
                    zh="“计算器 · 流水线并行度”是 {pipeline}，比层数 {layers} 还多。",
                    en="“Calculator · Pipeline parallel degree” is {pipeline}, more than the {layers} layers.",
                ).format(pipeline=self.pipeline, layers=self.layers),
                "calculator.pipeline",
            )
        return memory.Cluster(
            self.parameters * 1e9, self.layers, self.hidden, self.heads, self.gpus, self.tensor, self.pipeline,
            self.precision, self.optimizer, self.sequence, self.micro_batch, self.recompute, self.sequence_parallel,
        )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="训练文本", en="Text to train on"),
        default=Text(
            zh="分布式训练把一次训练交给许多处理器。数据并行让每个进程都有完整的模型，各读一份数据，再把梯度平均，"
            "于是大家走出同样的一步。模型放不下时，就把权重、梯度和优化器状态也切开，用到哪一层再临时全收集。"
            "层内可以按矩阵切，层间可以按流水线切，切法不同，要传的东西就不同，等待的时间也不同。",
            en="Distributed training spreads one training over many processors. In data parallel every process has the whole"
            " model, reads a part of the data, and the gradients are averaged, so that all take the same step. When the model"
            " doesn't fit, its weights, gradients and optimizer states are split as well, and a layer is gathered when its turn comes.",
        ),
        max_chars=2000,
        lines=5,
        help=Text(
            zh="一个小字符模型（默认约 46 万个参数）在本机的真实进程里训练它，文本不落盘。",
            en="A small character model (by default about 450,000 parameters) learns it in real processes on this machine; the text isn't stored.",
        ),
    )
    strategy: str = choice(Text(zh="策略", en="Strategy"), STRATEGIES, default="ddp")
    processes: str = choice(Text(zh="进程数", en="Processes"), {"1": "1", "2": "2"}, default="2")
    batch: int = number(
        Text(zh="全局批量", en="Global batch"), default=16, low=2, high=64, step=2,
        help=Text(zh="每步用多少个片段，所有进程合计。", en="Windows of text in a step, over all processes."),
    )  # fmt: skip
    sampler: bool = switch(
        Text(zh="分布式采样器", en="Distributed sampler"), default=True, shown_when=ShownWhen("strategy", SPLITS_DATA),
        help=Text(zh="关掉它，每个进程都读同样的数据。", en="Without it every process reads the same data."),
    )  # fmt: skip
    steps: int = number(Text(zh="步数", en="Steps"), default=30, low=1, high=100, advanced=True)
    exchange: bool = switch(
        Text(zh="交换梯度", en="Exchange gradients"), default=True, advanced=True, shown_when=ShownWhen("strategy", ("ddp",)),
        help=Text(zh="关掉它，各进程各练各的。", en="Without it each process trains on its own."),
    )  # fmt: skip
    bucket_megabytes: float = number(
        Text(zh="DDP 梯度桶（MB）", en="DDP bucket (MB)"), default=0.5, low=0.1, high=25.0, step=0.1, advanced=True,
        shown_when=ShownWhen("strategy", ("ddp",)),
        help=Text(zh="桶满就发。一个大桶装下全部梯度，就没有可重叠的通信了。",
                  en="Sent when full. One bucket for all gradients leaves nothing to overlap."),
    )  # fmt: skip
    reshard: bool = switch(
        Text(zh="前向后释放权重（ZeRO-3）", en="Free weights after forward (ZeRO-3)"), default=True, advanced=True,
        shown_when=ShownWhen("strategy", ("fsdp",)),
        help=Text(zh="关掉它，收集来的权重留到反向：按公式通信约少三分之一，显存峰值更高。",
                  en="Without it gathered weights stay until backward: about a third less to send by formula, a higher peak of memory."),
    )  # fmt: skip
    micro_batches: int = number(
        Text(zh="微批数", en="Micro batches"), default=4, low=1, high=16, advanced=True,
        shown_when=ShownWhen("strategy", ("pipeline",)),
    )  # fmt: skip
    schedule: str = choice(
        Text(zh="流水线调度", en="Pipeline schedule"), {"gpipe": "GPipe", "1f1b": "1F1B"}, default="gpipe", advanced=True,
        shown_when=ShownWhen("strategy", ("pipeline",)),
    )  # fmt: skip
    optimizer: str = choice(
        Text(zh="训练用的优化器", en="Optimizer of the training"),
        {"momentum": Text(zh="动量 SGD", en="SGD with momentum"), "adamw": "AdamW"}, default="momentum", advanced=True,
    )  # fmt: skip
    hidden: str = choice(
        Text(zh="字符模型的隐藏维度", en="Hidden size of the character model"),
        {str(size): str(size) for size in (64, 96, 128, 192)}, default="96", advanced=True,
    )  # fmt: skip
    seed: int = seed()
    calculator: Calculator = group(Text(zh="显存计算器", en="Memory calculator"), Calculator)

    @property
    def job(self) -> Job:
        """The job that the processes run. Raises PlaygroundError, naming the field, for what doesn't fit together."""
        count = int(self.processes)
        if self.strategy in SPLITS_DATA and self.batch % count:
            raise PlaygroundError(
                Text(
                    zh="“全局批量”是 {batch}，分不匀 {count} 个进程，请取偶数。",
                    en="“Global batch” is {batch}, which {count} processes can't share equally; take an even number.",
                ).format(batch=self.batch, count=count),
                "batch",
            )
        if self.strategy == "pipeline" and self.batch % self.micro_batches:
            raise PlaygroundError(
                Text(
                    zh="“微批数”是 {micro}，应能整除全局批量 {batch}。",
                    en="“Micro batches” is {micro}; it must divide the global batch, {batch}.",
                ).format(micro=self.micro_batches, batch=self.batch),
                "micro_batches",
            )
        if self.strategy == "pipeline" and self.schedule == "1f1b" and self.micro_batches < count:
            raise PlaygroundError(
                Text(
                    zh="“微批数”是 {micro}，1F1B 至少要与进程数（{count}）一样多。",
                    en="“Micro batches” is {micro}; 1F1B needs as many as there are processes ({count}).",
                ).format(micro=self.micro_batches, count=count),
                "micro_batches",
            )
        context = min(LONGEST_CONTEXT, len(self.text) // 2)
        windows = len(self.text) - context
        if windows < self.batch:
            raise PlaygroundError(
                Text(
                    zh="“训练文本”太短：只有 {length} 个字符，全局批量 {batch} 至少要 {least} 个。请多写几句，或减小批量。",
                    en="“Text to train on” is too short: {length} characters, and a global batch of {batch} needs {least}."
                    " Write a few more sentences, or take a smaller batch.",
                ).format(length=len(self.text), batch=self.batch, least=least_length(self.batch)),
                "text",
            )
        return Job(
            text=self.text, processes=count, strategy=self.strategy, batch=self.batch, steps=self.steps, sampler=self.sampler,
            exchange=self.exchange, reshard=self.reshard, bucket_megabytes=self.bucket_megabytes,
            micro_batches=self.micro_batches, schedule=self.schedule, optimizer=self.optimizer, hidden=int(self.hidden),
            context=context, seed=self.seed,
        )  # fmt: skip


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    memory: Bars | None = panel(
        Text(zh="计算器：每张 GPU 的显存，按 ZeRO 阶段", en="Calculator: memory on each GPU by ZeRO stage"),
        hint=Text(zh="▶ 是所选阶段；0 即普通数据并行", en="▶ is the chosen stage; 0 is plain data parallel"),
    )
    formulas: Table | None = panel(
        Text(zh="计算器：所选阶段的公式", en="Calculator: the chosen stage's formulas"),
        hint=Text(zh="每一项的公式、代入的数与来源", en="Every term: formula, numbers put in, source"),
    )
    figures: Metrics | None = panel(
        Text(zh="1 个进程（A）对多个进程（B）", en="One process (A) against several (B)"),
        hint=Text(
            zh="同一个字符模型、同一份文本、同样的步数，在本机的真实进程里训练",
            en="the same character model, text and steps, trained in real processes on this machine",
        ),
    )
    losses: Lines | None = panel(
        Text(zh="损失", en="Loss"),
        hint=Text(zh="等价的训练两条线重合", en="equivalent trainings coincide"),
        half=True,
    )
    times: Bars | None = panel(
        Text(zh="一步的时间", en="Time of a step"),
        hint=Text(zh="1 个进程与多个进程：中位数与四分位", en="One process and several: median and quartiles"),
        half=True,
    )
    traffic: Table | None = panel(
        Text(zh="发送的字节：实测与公式", en="Bytes sent: measured and by formula"),
        hint=Text(
            zh="每个进程、每步，不含训练外的比对",
            en="each process, each step; comparisons outside the training don't count",
        ),
    )
    growth: Lines | None = panel(
        Text(zh="平均一次梯度，最忙的一端发多少", en="Averaging gradients once: what the busiest end sends"),
        hint=Text(
            zh="环形 all-reduce 与参数服务器，随进程数",
            en="Ring all-reduce and a parameter server, by the number of processes",
        ),
        half=True,
    )
    held: Bars | None = panel(
        Text(zh="每个进程真正保存的", en="What each process really holds"),
        hint=Text(zh="两步之间各进程留着的字节", en="Bytes that each keeps between two steps"),
        half=True,
    )
    timeline: Heatmap | None = panel(
        Text(zh="一步的时间线：计算与通信", en="Timeline of a step: computing and communication"),
        hint=Text(
            zh="颜色深浅是那一小段时间里的占用；同一时刻反向与通信都深，就是重叠",
            en="how busy in each slice of time; backward and communication dark at once is overlap",
        ),
    )
    account: Metrics | None = panel(
        Text(zh="这一步的数字", en="The step in figures"),
        hint=Text(
            zh="一步多长，计算占多少，通信藏住多少",
            en="How long the step is, how much of it computes, how much communication is hidden",
        ),
    )
    reading: Table | None = panel(
        Text(zh="谁读了哪些数据", en="Who read which data"),
        hint=Text(
            zh="每步读哪些窗口，有多少被两个进程同时读",
            en="Which windows a step reads, and how many of them two processes read",
        ),
    )


def least_length(batch: int) -> int:
    """Returns the shortest text whose windows fill one batch."""
    return next(length for length in range(2, 10_000) if length - min(LONGEST_CONTEXT, length // 2) >= batch)

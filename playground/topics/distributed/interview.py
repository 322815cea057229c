"""What an interviewer asks about a run of distributed training: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.learning.distributed.job import SPLITS_DATA
from playground.topics.distributed.findings import Findings
from playground.topics.distributed.settings import STRATEGIES, Settings

# Above rounding, far below any real difference.
ROUNDING = 1e-4
MB = 1e6
# At least so many times as fast counts as twice.
TWICE = 1.8
# Above this share of communication's time behind computing, communication doesn't explain a step that isn't halved.
ALL_HIDDEN = 0.95


def _states(settings: Settings, found: Findings) -> Outcome | None:
    """Gigabytes of weights, gradients and optimizer states on each GPU."""
    memory = found.memory
    return Outcome(
        memory.states_gb,
        Text(
            zh="权重 {w:.3g} + 梯度 {g:.3g} + 优化器状态 {o:.3g} = {t:.4g} GB，不含激活",
            en="weights {w:.3g} + gradients {g:.3g} + optimizer states {o:.3g} = {t:.4g} GB, excluding activations",
        ).format(w=memory.weights_gb, g=memory.gradients_gb, o=memory.optimizer_gb, t=memory.states_gb),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="70 亿参数，混合精度 Adam，ZeRO-3，8 张 GPU：每张 GPU 上的权重、梯度与优化器状态一共多少 GB？（不含激活；改了计算器就按其设置。）",
        en="7 billion parameters, Adam in mixed precision, ZeRO-3, 8 GPUs: how many GB of weights, gradients and optimizer states are on each"
        " GPU? (Excluding activations; as set in the calculator, if you change it.)",
    ),
    _states,
    low=0.0,
    high=1_000.0,
    tolerance=0.1,
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how far several processes ended from one, what a step took and sent, and what the calculator gives."""
    measured, spread, sent = found.measured, found.spread, found.measured.most_sent_bytes
    apart = Text(zh="参数最多差 {p}", en="parameters by {p}")
    if spread is not None and spread > ROUNDING:
        apart = Text(
            zh="参数最多差 {p}、各进程之间差 {spread}", en="parameters by {p} and by {spread} between the processes"
        )
    bytes_sent = Text(zh="发送的字节没有计数", en="the bytes sent weren't counted")
    if sent is not None:
        bytes_sent = Text(zh="每个进程最多发 {mb} MB", en="a process sends {mb} MB at most").format(
            mb=f"{sent / MB:.3g}"
        )
    return Text(
        zh="{n} 个进程（{strategy}）与 1 个进程用整批训练相比，首批梯度最多差 {g}，{steps} 步后{apart}；每步 {b} ms，1 个进程 {a} ms，{sent}；"
        "计算器：每张 GPU 状态 {states} GB、激活 {activations} GB。",
        en="{n:|process|processes} ({strategy}) against 1 process with the whole batch: the first gradients differ by {g} at most, after {steps:|step|steps} {apart};"
        " a step takes {b} ms, with 1 process {a} ms, and {sent}; the calculator gives {states} GB of states and {activations} GB of activations on each GPU.",
    ).format(
        n=settings.processes, strategy=STRATEGIES[settings.strategy], g=significant(found.gradient_difference, 2), steps=settings.steps,
        apart=apart.format(p=significant(found.parameter_difference, 2), spread=significant(spread or 0.0, 2)),
        a=f"{measured.alone_ms:.1f}", b=f"{measured.together_ms:.1f}", sent=bytes_sent,
        states=_gigabytes(found.memory.states_gb), activations=_gigabytes(found.memory.activations_gb),
    )  # fmt: skip


def _gigabytes(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises, the training's first; a training by one process raises none."""
    asked: list[FollowUp] = []
    if settings.processes != "1":
        asked = [*_of_equality(settings, found), *_of_traffic(settings, found), *_of_time(settings, found)]
    return (*asked, *_of_memory(settings, found))


def _of_equality(settings: Settings, found: Findings) -> list[FollowUp]:
    if (found.spread or 0.0) > ROUNDING:
        return [_averaged_at_the_end(found.spread or 0.0)]
    if found.gradient_difference > ROUNDING:
        unnoticed = found.together.last < found.together.first
        reads_the_same = settings.strategy in SPLITS_DATA and not settings.sampler
        return [_missing_sampler(found)] if unnoticed and reads_the_same else []
    return [_rounding(settings, found)] if found.gradient_difference else []


def _averaged_at_the_end(spread: float) -> FollowUp:
    return FollowUp(
        Text(zh="两个进程的参数最多相差 {spread}。训练完把它们平均一下，行不行？",
             en="The processes' parameters are up to {spread} apart. Is it enough to average them at the end?").format(spread=significant(spread, 2)),
        Text(zh="不等价。每步平均梯度，等于用整批走一步；各走很多步再平均参数是另一种算法（局部 SGD、FedAvg、DiLoCo），用更少的通信换更慢的收敛："
                "步数少、学习率小、数据同分布时可用，隔得太久，平均出的点可能比哪一个都差。DiLoCo 隔几百步同步一次，把参数之差当作外层梯度，交给带动量的外层优化器。",
             en="It isn't equivalent. Averaging gradients in each step equals one step on the whole batch; averaging parameters after many steps is"
                " another algorithm (local SGD, FedAvg, DiLoCo), which trades convergence for less communication. It works for few local steps, a small learning rate and"
                " identically distributed data; after too long the mean may be worse than either. DiLoCo synchronizes every few hundred steps and hands the difference of"
                " parameters, as an outer gradient, to an outer optimizer with momentum."),
    )  # fmt: skip


def _missing_sampler(found: Findings) -> FollowUp:
    return FollowUp(
        Text(zh="多个进程的损失 {b:.4g}，一个进程 {a:.4g}，曲线看着正常。怎么发现采样器没开？",
             en="The loss is {b:.4g} with several processes and {a:.4g} with one, and the curve looks healthy. How would you find the missing sampler?").format(
            a=found.alone.last, b=found.together.last),
        Text(zh="看数据，不看损失：打印每个进程每步的样本编号，求交集；或在同样的种子下与单进程整批比首批梯度，这里差 {diff}，不是舍入误差。"
                "症状是：加了卡，一轮的步数不减，每个样本被读的次数乘了卡数，一轮的收敛却没变好。每轮还要 set_epoch，否则每轮顺序相同。",
             en="Look at the data, not the loss: print each process's sample numbers for a step and intersect them, or compare the first gradients with"
                " one process and the whole batch under the same seed; here they differ by {diff}, which isn't rounding. The symptom: with more GPUs"
                " an epoch takes as many steps as before, each sample is read that many more times, and an epoch converges no better. Call set_epoch too, or every epoch has the same order.").format(
            diff=significant(found.gradient_difference, 2)),
    )  # fmt: skip


def _rounding(settings: Settings, found: Findings) -> FollowUp:
    parameters = found.parameter_difference
    optimizer = Text(zh="要逐位相同", en="Bitwise equality")
    if settings.optimizer == "adamw" and parameters > 100 * found.gradient_difference:
        optimizer = Text(zh="Adam 把梯度除以自己的大小，接近 0 的梯度里的舍入误差因此被放大。要逐位相同",
                         en="Adam divides a gradient by its own size, which magnifies rounding where gradients are near 0. Bitwise equality")  # fmt: skip
    elif settings.optimizer == "momentum" and parameters <= ROUNDING:
        optimizer = Text(zh="SGD 只把舍入误差累加，所以训练后仍只差 {p}。要逐位相同", en="SGD merely adds the errors up, so after training the difference is still only {p}. Bitwise equality").format(
            p=significant(parameters, 2))  # fmt: skip
    return FollowUp(
        Text(zh="首批梯度差 {g}，训练后参数差 {p}。既然等价，为什么不是 0？",
             en="The first gradients differ by {g}, the parameters after training by {p}. If it is equivalent, why not 0?").format(
            g=significant(found.gradient_difference, 2), p=significant(parameters, 2)),
        Text(zh="浮点加法不满足结合律：{order}，与一个进程一次加完，舍入不同。{optimizer}，须固定规约的次序与进程数。",
             en="Floating-point addition isn't associative: {order} rounds differently from one process that adds everything at once."
                " {optimizer} needs a fixed order of reduction and a fixed number of processes.").format(order=_ORDER[settings.strategy], optimizer=optimizer),
    )  # fmt: skip


# In what order the strategies add up a gradient.
_HALVES = Text(zh="先在半批内求平均，再合起来", en="averaging within half batches first")
_ORDER = {
    "ddp": _HALVES,
    "fsdp": _HALVES,
    "tensor": Text(
        zh="两个进程各加矩阵乘的一半，再合起来", en="adding half of each matrix product in either process first"
    ),
    "pipeline": Text(zh="先在各微批内求平均，再合起来", en="averaging within micro-batches first"),
}


def _of_traffic(settings: Settings, found: Findings) -> list[FollowUp]:
    sent, expected, ratio = found.measured.sent_bytes[0], found.expected_bytes[0], found.sent_ratios[0]
    if sent is None or ratio is None:
        return []
    mb = f"{sent / MB:.3g}"
    if settings.strategy == "ddp":
        return [_of_all_reduce(mb, f"{expected / MB:.3g}")]
    if settings.strategy == "fsdp":
        return [_of_reduce_scatter(settings, ratio)] if ratio > 1.1 else []
    return [_of_tensor_parallel(mb) if settings.strategy == "tensor" else _of_bubble(settings, found, mb)]


def _of_all_reduce(sent: str, expected: str) -> FollowUp:
    return FollowUp(
        Text(zh="每个进程每步发 {m} MB，公式 {f} MB。换成 64 个进程，每个要发多少？",
             en="Each process sends {m} MB a step, {f} MB by formula. How much with 64 processes?").format(m=sent, f=expected),
        Text(zh="2(n−1)/n × 梯度：2 个进程是 1 倍，64 个是 1.97 倍，几乎不随 n 增长，这正是环形 all-reduce 的好处。增长的是时延：按 α–β 模型，环要 2(n−1) 步，"
                "每步一个 α，小消息因此改用树形。参数服务器则相反，服务器一端要发 (n−1) 份。",
             en="2(n−1)/n × gradients: once with 2 processes, 1.97 times with 64, hardly growing, which is the point of the ring. What grows is"
                " latency: in the α–β model 2(n−1) steps around the ring cost an α each, so small messages use a tree. A parameter server is the opposite: the server sends n−1 copies."),
    )  # fmt: skip


def _of_reduce_scatter(settings: Settings, ratio: float) -> FollowUp:
    if settings.reshard:
        formula = Text(zh="全收集权重两次、规约分散梯度一次，各 (n−1)/n，合计是 DDP 的 1.5 倍",
                       en="two all-gathers of the weights and one reduce-scatter of the gradients, (n−1)/n each, 1.5 times DDP in all")  # fmt: skip
        saving = Text(zh="不在前向后释放权重（ZeRO-2），可少一次全收集。", en=" Keeping the weights after forward (ZeRO-2) saves one all-gather.")  # fmt: skip
    else:
        formula = Text(zh="全收集权重一次、规约分散梯度一次，各 (n−1)/n，合计与 DDP 一样多",
                       en="one all-gather of the weights and one reduce-scatter of the gradients, (n−1)/n each, in all what DDP sends")  # fmt: skip
        saving = Text(zh="前向后就释放权重（ZeRO-3），还要多一次全收集。", en=" Freeing the weights after forward (ZeRO-3) takes one more all-gather.")  # fmt: skip
    return FollowUp(
        Text(zh="FSDP 实测是公式的 {r} 倍，是公式错了吗？", en="FSDP measures {r} times the formula. Is the formula wrong?").format(r=f"{ratio:.2f}"),
        Text(zh="公式对：{formula}。多出的来自 gloo：它没有真正的 reduce-scatter，先 all-reduce 再丢掉别人的部分，"
                "表里看到的 all_reduce 就是它。NCCL 的 reduce-scatter 只发一半。{saving}",
             en="The formula is right: {formula}. The surplus is gloo's: it has no reduce-scatter of its own, runs an all-reduce and drops the others'"
                " parts, which is the all_reduce in the table. NCCL's reduce-scatter sends half of that.{saving}").format(formula=formula, saving=saving),
    )  # fmt: skip


def _of_tensor_parallel(sent: str) -> FollowUp:
    return FollowUp(
        Text(zh="张量并行每步发 {m} MB，它取决于什么？为什么通常只在 NVLink 域内用？",
             en="Tensor parallelism sends {m} MB a step. What does that depend on, and why is it usually kept within NVLink?").format(m=sent),
        Text(zh="随激活走：批量 × 序列长度 × 隐藏维度 × 层数，不随前馈宽度或词表走；而且每层前向、反向各两次 all-reduce 都在关键路径上，等不到就算不下去，很难藏到计算后面：异步张量并行把矩阵乘切块与通信交叠，也只藏得住一部分。"
                "所以要 NVLink 这样的带宽，GB200 NVL72 里它有一个机柜大。数据并行的梯度每步规约一次，还能与反向重叠，可以跨机。",
             en="It follows activations: batch × sequence × hidden size × layers, not the width of the MLP or the vocabulary. And each of the two all-reduces per layer, forward and backward, is on the critical path:"
                " the next operation waits for it, so it is hard to hide; async tensor parallelism, which splits the matrix products to overlap them with communication, hides a part. That takes NVLink's bandwidth,"
                " whose domain is a whole rack in a GB200 NVL72. Data parallelism reduces gradients once per step, overlapped with backward, and may cross machines."),
    )  # fmt: skip


def _of_bubble(settings: Settings, found: Findings, sent: str) -> FollowUp:
    return FollowUp(
        Text(zh="流水线每步只发 {m} MB，为什么不全用流水线？", en="The pipeline sends only {m} MB a step. Why not use it for everything?").format(m=sent),
        Text(zh="代价是气泡：p 段、m 个微批，空闲占 (p−1)/(m+p−1)，这里 {m} 个微批、2 段，按公式是 {bubble}；时间线里进程平均 {busy}% 的时间在计算，其余还有通信与调度。增大 m 能减小气泡，但每个微批变小，算子效率变低。"
                "1F1B 不减小气泡，减的是同时在途的微批，也就是激活；交错调度把气泡减到约 1/v，代价是消息为 v 倍；零气泡调度用权重梯度的计算去填。",
             en="The price is the bubble: p stages and m micro-batches idle (p−1)/(m+p−1) of the time, here {bubble} by formula with {m} micro-batches and 2 stages; in the timeline a process computes {busy}% of the time, as there are messages and overhead too. More"
                " micro-batches shrink it, but each is smaller and its kernels less efficient. 1F1B doesn't shrink it; it has fewer micro-batches"
                " in flight, so fewer activations. Interleaving shrinks it to about 1/v for v times the messages; zero-bubble schedules fill it with the computation of weight gradients.").format(
            m=settings.micro_batches, bubble=f"1/{settings.micro_batches + 1}", busy=f"{100 * found.measured.computing_share:.0f}"),
    )  # fmt: skip


def _of_time(settings: Settings, found: Findings) -> list[FollowUp]:
    measured = found.measured
    if measured.speedup >= TWICE:
        return []
    hidden: Label
    hidden, batch = _WITHOUT_COMMUNICATION if measured.hidden_share is None else _BY_STRATEGY[settings.strategy]
    if hidden is _EXPOSED and (measured.hidden_share or 0.0) > ALL_HIDDEN:
        hidden = ""
    return [FollowUp(
        Text(zh="每步 {a:.1f} 毫秒变成 {b:.1f} 毫秒：进程加倍，为什么没有快一倍？", en="A step went from {a:.1f} to {b:.1f} ms. Twice the processes: why not twice as fast?").format(
            a=measured.alone_ms, b=measured.together_ms),
        Text(zh="{hidden}模型太小，每步固定的调度开销（钩子、分片、Python）占比大；两个进程分同样的内存带宽与处理器，若机器另有负载更是如此（见图下说明）。{batch}",
             en="{hidden}The model is so small that the fixed costs of a step (hooks, shards, Python) weigh heavily, and both processes share memory"
                " bandwidth and processors, the more so under other load (see the note). {batch}").format(hidden=hidden, batch=batch),
    )]  # fmt: skip


_EXPOSED = Text(zh="通信没有全部藏到计算后面；", en="Not all communication hides behind computation. ")
_LARGER_BATCH = Text(
    zh="加大批量，计算增加而通信不变，比值就会变好，可以试一次。",
    en="With a larger batch computation grows and communication doesn't, so the ratio improves: try it.",
)
# Why a step isn't halved besides, and what a larger batch would change.
_BY_STRATEGY = {
    "ddp": (_EXPOSED, _LARGER_BATCH),
    "fsdp": (_EXPOSED, _LARGER_BATCH),
    "tensor": (
        Text(zh="每个子层末尾的 all-reduce 都在关键路径上；", en="The all-reduce after each sublayer is on the critical path. "),
        Text(
            zh="加大批量，通信随激活一起增长，帮助有限；有用的是更快的链路。",
            en="With a larger batch communication grows along with activations, so it helps little; a faster link does.",
        ),
    ),
    "pipeline": (
        Text(zh="两段要等对方，有气泡；", en="The two stages wait for each other, which is the bubble. "),
        Text(
            zh="有用的是更多的微批，以及能装满它们的更大的批量。",
            en="More micro-batches help, with a batch large enough to fill them.",
        ),
    ),
}  # fmt: skip
_WITHOUT_COMMUNICATION = (
    Text(zh="这里没有通信，慢在别处：", en="There is no communication here, so the time goes elsewhere. "),
    Text(zh="加大批量，固定的开销摊薄，会好转。", en="A larger batch spreads the fixed costs, which helps."),
)


def _of_memory(settings: Settings, found: Findings) -> list[FollowUp]:
    memory, calculator = found.memory, settings.calculator
    others = memory.weights_gb + memory.gradients_gb
    if memory.activations_gb > memory.states_gb:
        return [_of_activations(found, last_stage=calculator.zero == "3")]
    # The answer counts Adam's 12 bytes beside 2 and 2.
    if memory.optimizer_gb > others and (calculator.optimizer, calculator.precision) == ("adam", "mixed"):
        return [_of_optimizer(memory.optimizer_gb, memory.optimizer_gb / others)]
    return []


def _of_activations(found: Findings, *, last_stage: bool) -> FollowUp:
    asked = Text(zh="ZeRO 再升一级有用吗？", en="Would a higher ZeRO stage help?")
    if last_stage:
        asked = Text(zh="已经是 ZeRO-3，还能靠 ZeRO 再省吗？", en="This is ZeRO-3 already: can ZeRO save any more?")
    return FollowUp(
        Text(zh="激活 {a:.3g} GB，比状态 {s:.3g} GB 还多。{asked}", en="Activations take {a:.3g} GB, states {s:.3g} GB. {asked}").format(
            a=found.memory.activations_gb, s=found.memory.states_gb, asked=asked),
        Text(zh="没用：ZeRO-DP 的三级都不切激活（ZeRO-R 能把激活检查点切到张量并行的各卡上）。有用的是减小微批量、重算（注意力内部几乎不增加计算，整层约多三分之一）、张量并行加序列并行，或沿序列切的上下文并行（环形注意力、Ulysses）。",
             en="No: none of the three stages of ZeRO-DP shards activations (ZeRO-R can partition activation checkpoints over tensor-parallel GPUs). What helps is a smaller micro-batch, recomputation (inside attention it costs"
                " almost nothing, of whole layers about a third more), tensor with sequence parallelism, or context parallelism along the sequence (ring attention, Ulysses)."),
    )  # fmt: skip


def _of_optimizer(optimizer_gb: float, ratio: float) -> FollowUp:
    return FollowUp(
        Text(zh="优化器状态 {o:.3g} GB，是权重与梯度之和的 {r:.2g} 倍。为什么？", en="Optimizer states take {o:.3g} GB, {r:.2g} times weights and gradients together. Why?").format(
            o=optimizer_gb, r=ratio),
        Text(zh="混合精度下 Adam 为每个参数存 12 字节：32 位权重副本、动量、方差各 4；16 位的权重与梯度各 2（梯度若用 32 位累加，总共 18）。32 位副本通常要留，否则小于 16 位间隔的更新会被舍掉；要省它，得用随机舍入或补偿求和，计算器里的“全程 bfloat16”就没有它。"
                "所以先切优化器状态（ZeRO-1），通信量不变；也可用 8 位 Adam、Adafactor，或只有动量的 Muon。",
             en="In mixed precision Adam keeps 12 bytes for each parameter: a 32-bit copy of the weight, momentum and variance, 4 each; weight and gradient take 2 each in 16 bits (with gradients accumulated in 32 bits, 18 in all). The copy is usually kept,"
                " or updates below 16 bits' spacing round away; doing without takes stochastic rounding or compensated summation, and the calculator's “bfloat16 throughout” has none. So optimizer states are sharded first (ZeRO-1), at no more"
                " communication; 8-bit Adam, Adafactor, or Muon, which has momentum only, are other ways."),
    )  # fmt: skip

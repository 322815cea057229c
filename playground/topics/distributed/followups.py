"""What an interviewer would ask on seeing this result. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import FollowUp
from playground.topics.distributed.calculator import GB_COLUMN, STATE_ROWS
from playground.topics.distributed.comparison import GRADIENTS, PARAMETERS, SPREAD, STEP
from playground.topics.distributed.timeline import COMPUTING_SHARE

ACTIVATION_ROW = 3
# Above rounding, far below any real difference.
ROUNDING = 1e-4


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """The questions that this result raises, the training's first."""
    asked: list[FollowUp] = []
    if result.figures is not None and result.traffic is not None and result.account is not None:
        asked += _of_equality(settings, result)
        asked += _of_traffic(settings, result)
        asked += _of_time(settings, result)
    if result.formulas is not None:
        asked += _of_memory(settings, result)
    return tuple(asked)


def _of_equality(settings: Any, result: Any) -> list[FollowUp]:
    items = result.figures.items
    gradients, parameters = (float(items[place].a) for place in (GRADIENTS, PARAMETERS))
    if settings.processes == "1":
        return []
    if float(items[SPREAD].a or 0) > ROUNDING:
        return [FollowUp(
            Text(zh="两个进程的参数最多相差 {spread}。训练完把它们平均一下，行不行？",
                 en="The processes' parameters are {spread} apart. Would averaging them at the end do?").format(spread=items[SPREAD].a),
            Text(zh="不等价。每步平均梯度，等于用整批走一步；各走很多步再平均参数是另一种算法（局部 SGD、FedAvg、DiLoCo）："
                    "步数少、学习率小、数据同分布时可用，隔得太久，平均出的点可能比哪一个都差。它用更少的通信换更慢的收敛。",
                 en="It isn't the same. Averaging gradients in each step is one step with the whole batch; averaging parameters after many steps is"
                    " another algorithm (local SGD, FedAvg, DiLoCo). It works for few local steps, a small rate and like data; after too"
                    " long the mean may be worse than either. It buys less communication with slower convergence."),
        )]  # fmt: skip
    if gradients > ROUNDING:
        losses = items[0]
        return [FollowUp(
            Text(zh="多个进程的损失 {b:.4g}，一个进程 {a:.4g}，曲线看着正常。怎么发现采样器没开？",
                 en="The loss is {b:.4g} with several processes and {a:.4g} with one, and the curve looks healthy. How would you find the missing sampler?").format(a=losses.a, b=losses.b),
            Text(zh="看数据，不看损失：打印每个进程每步的样本编号，求交集；或在同样的种子下与单进程整批比首批梯度，这里差 {diff}，不是舍入误差。"
                    "症状是：加了卡，每个样本被读的次数也乘了卡数，一轮的收敛却没变好。每轮还要 set_epoch，否则每轮顺序相同。",
                 en="Look at the data, not the loss: print each process's sample numbers for a step and intersect them, or compare the first gradients with"
                    " one process and the whole batch under the same seed; here they differ by {diff}, no rounding. The symptom: with more GPUs"
                    " each sample is read that many more times, and an epoch converges no better. Call set_epoch too, or every epoch has one order.").format(diff=items[GRADIENTS].a),
        )]  # fmt: skip
    if gradients:
        magnified = parameters > 100 * gradients and settings.optimizer == "adamw"
        return [FollowUp(
            Text(zh="首批梯度差 {g}，训练后参数差 {p}。既然等价，为什么不是 0？",
                 en="The first gradients differ by {g}, the parameters after training by {p}. If it is equivalent, why not 0?").format(g=items[GRADIENTS].a, p=items[PARAMETERS].a),
            Text(zh="浮点加法不满足结合律：先在半批内求平均再相加，与一次加完整批，舍入不同。{adam}要逐位相同，须固定规约的次序与进程数。",
                 en="Floating-point addition isn't associative: averaging within half batches first rounds differently from adding the whole at once."
                    " {adam}Bitwise equality needs a fixed order of reduction and a fixed number of processes.").format(
                adam=Text(zh="Adam 把梯度除以自己的大小，接近 0 的梯度里的舍入误差因此被放大。", en="Adam divides a gradient by its own size, which blows up rounding where gradients are near 0. ")
                if magnified else Text(zh="SGD 只把它们累加，所以差别仍在 1e-6 左右。", en="SGD merely adds them up, so they stay around 1e-6. ")),
        )]  # fmt: skip
    return []


def _of_traffic(settings: Any, result: Any) -> list[FollowUp]:
    _, measured, expected, ratio, _ = result.traffic.rows[0]
    if settings.processes == "1" or not expected or measured is None:
        return []
    values = {"m": f"{measured:.3g}", "f": f"{expected:.3g}", "r": f"{ratio:.2f}"}
    if settings.strategy == "ddp":
        question = Text(
            zh="每个进程每步发 {m} MB，公式 {f} MB。换成 64 个进程，每个要发多少？",
            en="Each process sends {m} MB a step, {f} MB by formula. How much with 64 processes?",
        )
        answer = Text(zh="2(n−1)/n × 梯度：2 个进程是 1 倍，64 个是 1.97 倍，几乎不随 n 增长，这正是环形 all-reduce 的好处。增长的是延迟：环要 2(n−1) 步，"
                         "小消息因此改用树形。参数服务器则相反，服务器一端要发 (n−1) 份。",
                      en="2(n−1)/n × gradients: once with 2 processes, 1.97 times with 64, hardly growing, which is the point of the ring. What grows is"
                         " latency, 2(n−1) steps around the ring, so small messages take a tree. A parameter server is the opposite: the server sends n−1 copies.")  # fmt: skip
    elif settings.strategy == "fsdp":
        question = Text(
            zh="FSDP 实测是公式的 {r} 倍，是公式错了吗？",
            en="FSDP measures {r} times the formula. Is the formula wrong?",
        )
        answer = Text(zh="公式对：收齐权重两次、规约分散梯度一次，各 (n−1)/n，合计是 DDP 的 1.5 倍。多出的来自 gloo：它没有真正的 reduce-scatter，先 all-reduce 再丢掉别人的部分，"
                         "时间线里看到的是 all_reduce。NCCL 的 reduce-scatter 只发一半。不在前向后释放权重（ZeRO-2），可少一次收齐。",
                      en="The formula is right: two gatherings of the weights and one reduce-scatter of the gradients, (n−1)/n each, 1.5 times DDP in all. The surplus is gloo's:"
                         " it has no reduce-scatter of its own, runs an all-reduce and drops the others' part, which is the all_reduce in the table. NCCL's sends half. Keeping the weights after forward (ZeRO-2) saves one gathering.")  # fmt: skip
    elif settings.strategy == "tensor":
        question = Text(
            zh="张量并行每步发 {m} MB，它取决于什么？为什么只在一台机器内用？",
            en="Tensor parallel sends {m} MB a step. What does that depend on, and why is it kept within one machine?",
        )
        answer = Text(zh="取决于批量 × 序列长度 × 隐藏维度 × 层数，与参数量无关；而且每层前向、反向各两次 all-reduce 都在关键路径上，等不到就算不下去，藏不到计算后面。"
                         "所以要 NVLink 这样的带宽。数据并行的 all-reduce 每步一次，还能与反向重叠，可以跨机。",
                      en="On batch × sequence × hidden × layers, not on the parameters; and each of the two all-reduces a layer, forward and backward, is on the critical path:"
                         " nothing can go on without it, so nothing hides it. That takes NVLink's bandwidth. Data parallel reduces once a step, behind backward, and may cross machines.")  # fmt: skip
    else:
        question = Text(
            zh="流水线每步只发 {m} MB，为什么不全用流水线？",
            en="The pipeline sends only {m} MB a step. Why not use it for everything?",
        )
        answer = Text(zh="代价是气泡：p 段、m 个微批，空闲占 (p−1)/(m+p−1)，这里 {m_count} 个微批、2 段，按公式是 {bubble}；时间线里进程平均 {busy}% 的时间在计算，其余还有通信与调度。增大 m 能减小气泡，但每个微批变小，算得不充分。"
                         "1F1B 不减小气泡，减的是同时在途的微批，也就是激活；交错调度才减小气泡，代价是多传几次。",
                      en="The price is the bubble: p stages and m micro-batches idle (p−1)/(m+p−1) of the time, here {bubble} by formula with {m_count} micro-batches and 2 stages; in the timeline a process computes {busy} % of the time, as there are messages and overhead too. More"
                         " micro-batches shrink it, but each is smaller and computes less well. 1F1B doesn't shrink it; it has fewer micro-batches"
                         " under way, so fewer activations. Interleaved stages do, for more messages.")  # fmt: skip
        m = settings.micro_batches
        answer = answer.format(
            m_count=m, bubble=f"1/{m + 1}", busy=f"{float(result.account.items[COMPUTING_SHARE].a):.0f}"
        )
    return [FollowUp(question.format(**values), answer)]


def _of_time(settings: Any, result: Any) -> list[FollowUp]:
    step = result.figures.items[STEP]
    ratio = float(step.a) / float(step.b)
    if settings.processes == "1" or ratio >= 1.8:
        return []
    return [FollowUp(
        Text(zh="每步 {a:.1f} 毫秒变成 {b:.1f} 毫秒：进程加倍，为什么没有快一倍？", en="A step went from {a:.1f} to {b:.1f} ms. Twice the processes: why not twice as fast?").format(a=float(step.a), b=float(step.b)),
        Text(zh="三笔账：通信没有全部藏到计算后面；模型太小，每步固定的调度开销（钩子、分片、Python）占比大；两个进程分同样的内存带宽与处理器，若机器另有负载更是如此（见图下说明）。"
                "加大批量，计算增加而 DDP 的通信不变，比值就会变好，可以试一次。",
             en="Three accounts: communication isn't all hidden; the model is so small that fixed costs of a step (hooks, shards, Python) weigh much; and both processes share memory"
                " bandwidth and processors, the more so under other load (see the note). With a larger batch computing grows and DDP's communication doesn't, so the ratio improves: try it."),
    )]  # fmt: skip


def _of_memory(settings: Any, result: Any) -> list[FollowUp]:
    rows = result.formulas.rows
    weights, gradients, optimizer = (float(rows[row][GB_COLUMN]) for row in STATE_ROWS)
    states, activations = weights + gradients + optimizer, float(rows[ACTIVATION_ROW][GB_COLUMN])
    asked = []
    if activations > states:
        asked.append(FollowUp(
            Text(zh="激活 {a:.3g} GB，比状态 {s:.3g} GB 还多。ZeRO 再升一级有用吗？", en="Activations take {a:.3g} GB, states {s:.3g} GB. Would a higher ZeRO stage help?").format(a=activations, s=states),
            Text(zh="没用：ZeRO 的三级都不切激活。有用的是减小微批量、重算（注意力内部几乎白得，整层约多三分之一计算）、张量并行加序列并行，或沿序列切的上下文并行。",
                 en="No: none of the three stages splits activations. What helps is a smaller micro batch, recomputing (inside attention it is almost free, of whole layers about a third more computing),"
                    " tensor with sequence parallel, or context parallel, which splits the sequence."),
        ))  # fmt: skip
    elif optimizer > weights + gradients:
        asked.append(FollowUp(
            Text(zh="优化器状态 {o:.3g} GB，是权重与梯度之和的 {r:.2g} 倍。为什么？", en="Optimizer states take {o:.3g} GB, {r:.2g} times weights and gradients together. Why?").format(o=optimizer, r=optimizer / (weights + gradients)),
            Text(zh="混合精度下 Adam 为每个参数存 12 字节：32 位权重副本、动量、方差各 4；16 位的权重与梯度各 2。32 位副本不能省，否则小于 16 位间隔的更新会被舍掉。"
                    "所以先切它（ZeRO-1），通信量不变；也可用 8 位状态或 Adafactor。",
                 en="In mixed precision Adam keeps 12 bytes for each parameter: a 32-bit copy of the weight, momentum and variance, 4 each; weight and gradient take 2 each in 16 bits. The copy is needed,"
                    " or updates below 16 bits' spacing round away. So it is split first (ZeRO-1), at no more communication; 8-bit states or Adafactor are other ways."),
        ))  # fmt: skip
    return asked

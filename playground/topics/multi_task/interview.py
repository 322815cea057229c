"""What an interviewer asks about a run of multi-task learning: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, with_interval
from playground.topics.multi_task.findings import Findings, bounded
from playground.topics.multi_task.settings import TASKS, Settings

# Training loss (nats) up to which a task counts as memorized.
MEMORIZED = 0.1
GAINS, LOSES, UNCLEAR = "gains", "loses", "unclear"
_OUTCOMES = {1: GAINS, -1: LOSES, 0: UNCLEAR}


def _score(found: Findings, value: Mean) -> str:
    """A score of the small task or a difference of two, with its interval."""
    form = "z.2f" if found.small_task.name == "length" else "z.0%"
    cut = bounded(value)
    return with_interval(cut.value, cut.low, cut.high, form)


def _points(value: Mean) -> str:
    return with_interval(value.value, value.low, value.high, "z.1%")


def _cosine(value: Mean) -> str:
    return written(value.value)


def _small_gain(settings: Settings, found: Findings) -> Outcome:
    evidence = Text(
        zh="{task}只有 {n} 条：单独 {alone}，一起 {together}，差 {gain}（{seeds} 个种子）",
        en="{task} has {n} reviews: {alone} alone, {together} together, difference {gain} ({seeds} seeds)",
    ).format(
        task=TASKS[found.small_task.name], n=found.small_task.examples, alone=_score(found, found.alone[found.small]),
        together=_score(found, found.fixed.scores[found.small]), gain=_score(found, found.small_gain), seeds=found.seeds,
    )  # fmt: skip
    return Outcome(_OUTCOMES[found.small_gain.side], evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="样本最少的那个任务，和另一个任务一起训练（固定权重），比单独训练更好吗？",
        en="Does the task with the fewest reviews gain from training together (fixed weights), against training alone?",
    ),
    _small_gain,
    (
        (GAINS, Text(zh="更好", en="it gains")),
        (LOSES, Text(zh="更差", en="it loses")),
        (UNCLEAR, Text(zh="分不出（区间含 0）", en="can't be told (the interval holds 0)")),
    ),
)

_SMALL = {
    1: Text(zh="得益", en="gains"),
    -1: Text(zh="受损", en="loses"),
    0: Text(zh="分不出得失", en="can't be shown to gain or lose"),
}
_SIDES = {
    1: Text(zh="胜过固定权重", en="better than fixed weights"),
    -1: Text(zh="不如固定权重", en="worse than fixed weights"),
    0: Text(zh="与固定权重分不出", en="not to be told apart from fixed weights"),
}


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the small task gains, how the two methods compare with fixed weights on average, and the gradients' cosine."""
    return Text(
        zh="{seeds} 个种子，固定权重（第二个任务占 {share}）：{task}（{n} 条）单独 {alone}，一起 {together}，差 {gain}，{side}；"
        "平均增益上，不确定性加权{one}（差 {a}），梯度手术{two}（差 {b}）；梯度余弦平均 {cosine}。",
        en="{seeds} seeds, fixed weights (second task's share {share}): {task} ({n} reviews) has {alone} alone and {together} together, difference {gain}, so it {side};"
        " in mean gain uncertainty weighting is {one} (difference {a}), gradient surgery is {two} (difference {b}); the mean gradient cosine is {cosine}.",
    ).format(
        seeds=found.seeds, share=f"{found.share:.0%}", task=TASKS[found.small_task.name], n=found.small_task.examples,
        alone=_score(found, found.alone[found.small]), together=_score(found, found.fixed.scores[found.small]),
        gain=_score(found, found.small_gain), side=_SMALL[found.small_gain.side],
        one=_SIDES[found.uncertainty_against.side], a=_points(found.uncertainty_against),
        two=_SIDES[found.surgery_against.side], b=_points(found.surgery_against), cosine=_cosine(found.pairs[0].cosine),
    )  # fmt: skip


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = [_loses, _gains, _undecided, _memorized, _orthogonal, _same, _scale, _tuning]
    return tuple(question for ask in asked if (question := ask(found)) is not None)


def _loses(found: Findings) -> FollowUp | None:
    if found.small_gain.side >= 0:
        return None
    return FollowUp(
        Text(zh="{task}单独训练有 {alone}，一起训练反而更低（差 {gain}），怎么救？",
             en="{task} has {alone} alone and loses by training together (difference {gain}): how do you rescue it?").format(
            task=TASKS[found.small_task.name], alone=_score(found, found.alone[found.small]), gain=_score(found, found.small_gain)),
        Text(
            zh="这是负迁移：共享层主要由大任务的梯度决定。依次试：加大小任务的权重或采样率；加宽共享层；给它留私有层、适配器或软共享；先学大任务、再单独微调小任务；都不行就分开训练。单独训练是必须报告的基线。",
            en="This is negative transfer: the large task's gradient decides the shared layer. In this order: raise the small task's weight or sampling rate, widen the shared layer, give it private layers, an adapter or soft sharing, or train the large task first and fine-tune; if nothing helps, keep them apart. Training alone is the baseline that has to be reported.",
        ),
    )  # fmt: skip


def _gains(found: Findings) -> FollowUp | None:
    if found.small_gain.side <= 0:
        return None
    return FollowUp(
        Text(zh="{task}得益 {gain}，怎样证明是迁移，而不只是正则化或步数更多？",
             en="{task} gains {gain}: how do you show that this is transfer, and not just regularization or more steps?").format(
            task=TASKS[found.small_task.name], gain=_score(found, found.small_gain)),
        Text(
            zh="做对照：把大任务的标签打乱再一起训练，增益还在就是正则化；步数与批次对齐；单独训练也调好权重衰减和宽度；再冻结大任务学到的共享层，只训练小任务的头，看能拿到多少。",
            en="With controls: shuffle the large task's labels and train together again (a gain that remains is regularization), equal steps and batches, tune decay and width of the single network too, and freeze the layer learnt on the large task and train only the small head on it, to see how much of the gain that brings.",
        ),
    )  # fmt: skip


def _undecided(found: Findings) -> FollowUp | None:
    if found.small_gain.side:
        return None
    return FollowUp(
        Text(zh="差是 {gain}，区间含 0，能说多任务没有用吗？",
             en="The difference is {gain} and its interval holds 0: may one say that multi-task learning is useless here?").format(gain=_score(found, found.small_gain)),
        Text(
            zh="不能，只能说这么多种子分不出。看区间有多宽：若业务上要紧的差别还落在区间里，就加种子、加留出样本；若整个区间都小得无所谓，才能说等效。区间半宽随种子数的平方根缩小。",
            en="No, only that so many seeds can't tell. Look at the width: if a difference that matters is still inside, add seeds and held-out examples; only if the whole interval is negligible may one call them equal. The half-width shrinks with the square root of the number of seeds.",
        ),
    )  # fmt: skip


def _memorized(found: Findings) -> FollowUp | None:
    """Where uncertainty weighting gives a small, memorized task nearly all the weight."""
    if found.learnt[found.small].value < 0.8 or found.losses[found.small] > MEMORIZED:
        return None
    return FollowUp(
        Text(zh="不确定性加权最后把权重的 {share} 给了只有 {n} 条的{task}，为什么？",
             en="Uncertainty weighting ends with {share} of the weight on {task}, which has {n} reviews: why?").format(
            share=f"{found.learnt[found.small].value:.0%}", n=found.small_task.examples, task=TASKS[found.small_task.name]),
        Text(
            zh="最优时系数与该任务的训练损失成反比。小任务被背下来，训练损失趋近 0，于是看上去“毫无噪声”，系数一路上涨；可它的梯度也趋近 0，涨了也没用。它量的是训练集上的拟合，不是泛化的不确定性。对策：给 s 设下界，用验证损失，或改用网格搜权重。",
            en="At the optimum a coefficient is inversely proportional to that task's training loss. A memorized small task has a loss near 0, looks free of noise and its coefficient keeps growing, while its gradient goes to 0 as well, so it brings little. It measures fit on training data, not uncertainty about new data. Remedies: a lower bound on s, validation losses, or a search over fixed weights.",
        ),
    )  # fmt: skip


def _orthogonal(found: Findings) -> FollowUp | None:
    pair = found.pairs[0]
    if abs(pair.cosine.value) >= 0.1:
        return None
    return FollowUp(
        Text(zh="余弦平均只有 {cosine}，却有 {conflict} 的步是冲突的，手术能帮多少？",
             en="The cosine averages {cosine}, yet {conflict} of the steps are in conflict: how much can surgery do?").format(
            cosine=_cosine(pair.cosine), conflict=f"{pair.conflict.value:.0%}"),
        Text(
            zh="很少。两个梯度几乎正交，投影只去掉余弦那么大的一份，高维里正负号近乎抛硬币。冲突的步数多不等于冲突强：还要看余弦的大小和范数之比。正交也不等于互不影响，它们抢的是同样的单元。",
            en="Little. The gradients are almost orthogonal, and the projection takes out only a part as large as the cosine; in many dimensions its sign is nearly a coin toss. Many steps in conflict don't make a strong conflict: look at the size of the cosine and the ratio of norms. Nor does orthogonal mean harmless, since both compete for the same units.",
        ),
    )  # fmt: skip


def _same(found: Findings) -> FollowUp | None:
    if found.pairs[0].cosine.value <= 0.5:
        return None
    return FollowUp(
        Text(zh="余弦高达 {cosine}，是不是说明这两个任务最该一起学？",
             en="The cosine is as high as {cosine}: does this make them the best tasks to train together?").format(cosine=_cosine(found.pairs[0].cosine)),
        Text(
            zh="不。第二个任务带来的是新信息才有用：同一标签、同样样本的两个头梯度同向，只等于把这个损失的权重加倍。相似到重复就没有可迁移的东西；要看的是新样本、新标签里有没有第一个任务缺的信息。",
            en="No. A second task helps by what it adds: two heads on one label and the same examples agree and merely double that loss's weight. Alike to the point of repetition leaves nothing to transfer; ask whether its examples and labels hold what the first task lacks.",
        ),
    )  # fmt: skip


def _scale(found: Findings) -> FollowUp | None:
    """Where the gradient of an unscaled length is over twenty times as long as another's; a short one may also be of a memorized task."""
    worst = min(found.pairs, key=lambda pair: min(pair.ratio.value, 1 / max(pair.ratio.value, 1e-12)))
    times = max(worst.ratio.value, 1 / max(worst.ratio.value, 1e-12))
    if times < 20:
        return None
    long, short = (worst.first, worst.second) if worst.ratio.value > 1 else (worst.second, worst.first)
    if found.tasks[long].name != "length":
        return None
    return FollowUp(
        Text(zh="{long}的梯度范数是{short}的 {times} 倍，损失直接相加会怎样？",
             en="The gradient of {long} is {times} times as long as that of {short}: what happens if the losses are simply added?").format(
            long=TASKS[found.tasks[long].name], short=TASKS[found.tasks[short].name], times=f"{times:.0f}"),
        Text(
            zh="共享层几乎只听{long}的。先统一尺度：标准化回归目标，或除以初始损失；再谈权重。Adam 救不了，它归一化的是合并后的梯度；手术也救不了，它只管方向。GradNorm 直接调权重让范数相近。",
            en="The shared layer obeys {long} alone. Fix the scales first: standardize regression targets or divide by the initial loss, then talk about weights. Adam doesn't help, as it normalizes the sum; nor does surgery, which looks at directions. GradNorm tunes weights until the norms are alike.",
        ).format(long=TASKS[found.tasks[long].name]),
    )  # fmt: skip


def _tuning(found: Findings) -> FollowUp | None:
    if found.tuned_against.side > 0:
        return None
    return FollowUp(
        Text(zh="用验证集在 {n} 个固定权重里挑，与手术之差是 {difference}，该怎么比才公平？",
             en="Choosing among {n} fixed weights on validation differs from surgery by {difference}: what is a fair comparison?").format(
            n=len(found.grid), difference=_points(found.tuned_against)),
        Text(
            zh="预算要相等：挑权重训练了这么多次，手术每步多几次反向传播但只训练一次。两边都调学习率和正则；权重在验证集上选、在留出集上报，多个种子配对。验证集小，选出来的权重本身就有噪声。Kurin、Xin 等这样比过，固定权重常常不输。",
            en="At equal budget: the choice took that many trainings, surgery one with more backward passes a step. Tune rate and regularization on both sides, choose on validation, report held out, pair by seed. A small validation set makes the choice itself noisy. Kurin et al. and Xin et al. compared in this way, and fixed weights mostly keep up.",
        ),
    )  # fmt: skip

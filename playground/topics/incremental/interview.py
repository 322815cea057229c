"""What an interviewer asks about one update of a trained network: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Language, Text, say, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, in_brackets
from playground.topics.incremental.findings import Findings
from playground.topics.incremental.settings import DATA, Settings
from playground.topics.incremental.words import RANDOM

# Upper ends of the answers to the question before the run: accuracy on old data lost.
BOUNDS = (0.05, 0.15, 0.4)


def _percent(value: float) -> str:
    return written(value, "z.0%")


def _interval(found: Mean, low: float = -1.0) -> str:
    """A mean in percent with its interval, cut off at `low` and at 100%: of a difference, or from 0 of an accuracy."""
    if found.low is None or found.high is None:
        return _percent(found.value)
    return f"{_percent(found.value)} {in_brackets(max(found.low, low), min(found.high, 1.0), 'z.0%')}"


def _accuracy(found: Mean) -> str:
    return _interval(found, 0.0)


def _points(found: Mean, interval: bool = True) -> Text:
    """A difference of accuracies in percentage points, with its interval, cut off where none can be."""
    value = written(100 * found.value, "z.0f")
    if found.low is None or found.high is None or not interval:
        return Text(zh="{value} 个百分点", en="{value} points").format(value=value)
    ends = in_brackets(max(100 * found.low, -100.0), min(100 * found.high, 100.0), "z.0f")
    return Text(zh="{value} 个百分点 {ends}", en="{value} points {ends}").format(value=value, ends=ends)


def _lost(settings: Settings, found: Findings) -> Outcome:
    value = found.naive.forgotten.value
    evidence = Text(
        zh="旧数据的准确率从 {before} 到 {after}（{n} 个种子平均）",
        en="accuracy on old data went from {before} to {after} (mean over {n} seeds)",
    ).format(before=_percent(found.before_old.value), after=_percent(found.naive.old.value), n=found.seeds)
    return Outcome(str(sum(value >= bound for bound in BOUNDS)), evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="载入训好的权重，只用新数据接着训：旧数据的准确率会掉多少个百分点？",
        en="Trained weights are loaded and trained on with new data only: how many points of accuracy on old data are lost?",
    ),
    _lost,
    (
        ("0", Text(zh="不到 5", en="under 5")),
        ("1", Text(zh="5 到 15", en="5 to 15")),
        ("2", Text(zh="15 到 40", en="15 to 40")),
        ("3", Text(zh="40 以上", en="40 or more")),
    ),
)

_KEEPS = {
    -1: Text(zh="旧数据更差", en="worse on old data"),
    0: Text(zh="旧数据分不出高下", en="not to be told apart from it on old data"),
    1: Text(zh="旧数据更好", en="better on old data"),
}


def _against(found: Findings, method: str) -> Mean:
    against = found.scores[method].against
    assert against is not None
    return against


def _gained(found: Findings, method: str) -> Mean:
    gained = found.scores[method].gained_against
    assert gained is not None
    return gained


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the update on new data alone loses and learns, and how replay, adapter and this run's merge compare."""
    name = DATA[found.data] if not found.own else Text(zh="你的新数据", en="your new data")
    merged = found.merged
    return Text(
        zh="{name}，{n} 个种子：只用新数据时，旧数据 {before} → {after}，新数据 {new_before} → {new_after}；与它相比，混入 {share} 旧数据时，{replay_side}（差 {replay}），"
        "用秩 {rank} 的适配器时，{adapter_side}（差 {adapter}）；合并取系数 {amount} 时，旧 {old}、新 {new}。",
        en="{name}, {n} seeds: with new data only, old data go from {before} to {after} and new data from {new_before} to {new_after}; against that, a share of {share} of"
        " old data is {replay_side} (difference {replay}), an adapter of rank {rank} is {adapter_side} (difference {adapter}); the merge of amount {amount} has"
        " {old} on old and {new} on new data.",
    ).format(
        name=_capital(name), n=found.seeds, before=_percent(found.before_old.value), after=_percent(found.naive.old.value),
        new_before=_percent(found.before_new.value), new_after=_percent(found.naive.new.value), share=_percent(found.share),
        replay_side=_KEEPS[_against(found, "replay").side], replay=_interval(_against(found, "replay")), rank=found.rank,
        adapter_side=_KEEPS[_against(found, "adapter").side], adapter=_interval(_against(found, "adapter")), amount=f"{merged.amount:g}",
        old=_accuracy(merged.old), new=_accuracy(merged.new),
    )  # fmt: skip


def _capital(name: Text | str) -> Text:
    said = say(name, Language.EN)
    return Text(zh=say(name, Language.ZH), en=said[0].upper() + said[1:])


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = [_collapsed, _replayed, _adapted, _drifted, _cold, _misread, _merged, _rows, _agree]
    return tuple(question for ask in asked if (question := ask(found)) is not None)


def _collapsed(found: Findings) -> FollowUp | None:
    """Where a class is new and almost all old answers are gone."""
    if not found.fresh or found.naive.old.value >= 0.2:
        return None
    return FollowUp(
        Text(zh="来了新类，只用新数据训完，旧数据只剩 {after}，新数据却有 {new}，网络学会了什么？",
             en="With a new class and new data only, old data end at {after} and new data at {new}: what has the network learnt?").format(
            after=_percent(found.naive.old.value), new=_percent(found.naive.new.value)),
        Text(
            zh="若新数据只有这一个类，损失最小的解就是永远答它：抬高新类的偏置即可，不必看输入。没有旧类样本，就没有任何一项损失拿新旧两类相比。批里要有旧类（哪怕很少），或冻结旧输出并用类原型，再校准输出层的偏置。",
            en="If the new data hold nothing but that class, always answering it minimizes the loss: raising its bias is enough, whatever the input. Without old examples no term of the loss compares the classes. Put old classes into the batch, even a few, or classify by prototypes, and recalibrate the output's biases.",
        ),
    )  # fmt: skip


def _replayed(found: Findings) -> FollowUp | None:
    """Where replay of less than a half keeps more and isn't seen to learn less."""
    if found.share >= 0.5 or _against(found, "replay").side <= 0 or _gained(found, "replay").side < 0:
        return None
    return FollowUp(
        Text(zh="混入 {share} 旧数据，旧数据多保住 {kept}，新数据之差是 {gained}，那为什么不干脆混一半？",
             en="A share of {share} of old data keeps {kept} more on old data, and the difference on new data is {gained}: why not mix in half?").format(
            share=_percent(found.share), kept=_points(_against(found, "replay")), gained=_points(_gained(found, "replay"))),
        Text(
            zh="总步数固定时，旧数据占多少，新数据就少看多少；要看够新数据，算力得按 1/(1−p) 增加。回放的收益递减：头几个百分点最值钱。先扫几个比例，在新旧两个留出集上画折中曲线；分布差得越远、训得越久，需要的比例越大。大模型继续预训练里常见的是百分之几到三成。",
            en="With steps fixed, what is old isn't new; to read all new data the compute grows by 1/(1−p). Returns diminish: the first few percent are worth most. Sweep a few shares and plot the trade-off on held-out old and new data; the farther the shift and the longer the run, the larger the share. In continual pre-training of large models it is commonly a few percent, up to a third.",
        ),
    )  # fmt: skip


def _adapted(found: Findings) -> FollowUp | None:
    """Where the adapter forgets less and learns less."""
    if _against(found, "adapter").side <= 0 or _gained(found, "adapter").side >= 0:
        return None
    return FollowUp(
        Text(zh="与全参数相比，秩 {rank} 的适配器在旧数据上差 {kept}（正为更好），在新数据上差 {gained}，这算不算改进？",
             en="Against all parameters, the adapter of rank {rank} differs by {kept} on old data (positive is better) and by {gained} on new data: is that an improvement?").format(
            rank=found.rank, kept=_points(_against(found, "adapter")), gained=_points(_gained(found, "adapter"))),
        Text(
            zh="单看一点说不清：学得少自然忘得少。要比同样的新数据准确率下谁忘得少，也就是画整条折中曲线：全参数也可以用更小的学习率、更少的步数或与底座合并得到同样的一点。适配器确定的好处在别处：训练参数和优化器状态少，底座不动，可以随时拔掉或换成另一个。",
            en="One point can't say: what learns less forgets less. Compare forgetting at equal accuracy on new data, that is whole trade-off curves; all parameters with a lower rate, fewer steps, or merged with the base may reach the same point. What the adapter surely gives is elsewhere: few trained parameters and little optimizer state, an untouched base, and a change that can be unplugged or swapped.",
        ),
    )  # fmt: skip


def _drifted(found: Findings) -> FollowUp | None:
    """Where replay moved about as far as new data alone, and forgot far less."""
    naive, replay = found.naive, found.scores["replay"]
    if replay.drift.value < 0.85 * naive.drift.value or replay.forgotten.value > naive.forgotten.value - 0.1:
        return None
    return FollowUp(
        Text(zh="回放的漂移 {a}，只用新数据 {b}，却分别遗忘 {c} 和 {d}，权重距离到底说明什么？",
             en="Replay drifts by {a} and new data only by {b}, yet they forget {c} and {d}: what does the distance of weights tell?").format(
            a=f"{replay.drift.value:.2f}", b=f"{naive.drift.value:.2f}", c=_points(replay.forgotten, False), d=_points(naive.forgotten, False)),
        Text(
            zh="距离不分方向。网络有许多方向走很远也不改变旧数据上的输出，回放让更新走在这些方向上；只用新数据时，没有约束管着方向。同一种方法里（换学习率、换秩）漂移和遗忘大致同步，跨方法就不能比。真要预测遗忘，量新旧两个模型输出的 KL 更直接。",
            en="Distance has no direction. Along many directions a network can go far without changing its outputs on old data; replay keeps the update near these, new data alone don't. Within one method (other rates, other ranks) drift and forgetting go roughly together, across methods they don't compare. The KL divergence between the outputs of both models predicts forgetting more directly.",
        ),
    )  # fmt: skip


def _cold(found: Findings) -> FollowUp | None:
    """Where the rate at which the base ended learns visibly less than the re-warmed one."""
    by_schedule = {one.schedule: one.score for one in found.paces if one.rate == found.paces[0].rate}
    cold, warm = by_schedule["cold"], by_schedule["rewarmed"]
    if cold.new.value > warm.new.value - 0.1:
        return None
    return FollowUp(
        Text(zh="沿用结束时的低学习率，新数据只有 {cold}，重新预热有 {warm}；那预热的代价在哪里？",
             en="At the low rate where the base ended, new data reach {cold}, re-warmed {warm}: what does re-warming cost?").format(
            cold=_percent(cold.new.value), warm=_percent(warm.new.value)),
        Text(
            zh="升高学习率会把权重推离原来的极小值，旧数据的损失先升一截；峰值越高，学得越快，忘得也越多。所以峰值常取原来的几分之一到一倍，配一点回放，再衰减回去。另一条路是预先不衰减到底（WSD、无限学习率），留一个稳定段的检查点来接新数据，每次发布前再退火。优化器的动量没有存时，预热还有一层作用：等 Adam 的二阶矩估计稳定。",
            en="A raised rate pushes the weights out of their minimum, so the old loss first goes up; a higher peak learns faster and forgets more. Peaks from a fraction of the first one to all of it are usual, with some replay and another decay. The alternative is not to decay to the end in the first place (WSD, infinite schedules): continue from a checkpoint of the stable phase and anneal for each release. If Adam's moments weren't saved, the warm-up also waits for its second moment to settle.",
        ),
    )  # fmt: skip


def _misread(found: Findings) -> FollowUp | None:
    """Where refitting the output brings back more than half of what was forgotten."""
    lost, regained = found.naive.forgotten, found.probe.regained
    if lost.value < 0.1 or regained.side <= 0 or regained.value < lost.value / 2:
        return None
    return FollowUp(
        Text(zh="遗忘 {lost}，冻结隐层、每类 {n} 条旧样本重训输出层就找回 {regained}，知识丢了吗？",
             en="{lost} were forgotten, and refitting the output on {n} old examples a class with the hidden layer frozen regains {regained}: was the knowledge lost?").format(
            lost=_points(lost, False), n=found.probe.examples, regained=_points(regained)),
        Text(
            zh="大半没丢：隐层还分得开旧数据，坏的是输出层的读法，这就是“虚假遗忘”。所以评估遗忘要先做这个实验：能用几十条样本救回来的，和表示真被覆盖的，补救的价钱完全不同。大模型上，往往几步对齐数据就能恢复，别急着重训。",
            en="Mostly not: the hidden units still separate the old data and the output misreads them. That is spurious forgetting. Run this experiment before you choose a cure: what a few dozen examples bring back and what was overwritten differ wildly in price. In large models a few steps on alignment data often restore it; don't retrain first.",
        ),
    )  # fmt: skip


def _merged(found: Findings) -> FollowUp | None:
    """Where this run's merge lies between base and tuned, keeps more old data than the one and has learnt more than the other."""
    merged = found.merged
    if not 0 < merged.amount < 1 or merged.kept.side <= 0 or merged.gained.side <= 0:
        return None
    return FollowUp(
        Text(zh="系数 {amount} 的合并，旧数据比更新后高 {kept}，新数据比底座高 {gained}，没有再训一步，为什么两个权重的平均还能用？",
             en="The merge of amount {amount} is {kept} above the tuned network on old data and {gained} above the base on new data, without a step of training: why does an average of weights work at all?").format(
            amount=f"{merged.amount:g}", kept=_points(merged.kept), gained=_points(merged.gained)),
        Text(
            zh="因为两者同源：从同一个底座微调不远，损失沿连线往往没有高坎（线性模式连通）。各自从头训的两个网络，隐藏单元的排列不同，直接平均就坏了。合并系数要在验证集上选，不能用报告的那份；多个任务的增量相加时会互相抵消，TIES 先剪掉小的、再统一符号。",
            en="Since both share their origin: not far from one base, the loss along the line between them rarely has a barrier (linear mode connectivity). Two networks trained from different starts have their hidden units in different orders, and their average is broken. Choose the amount on validation data, not on what you report; deltas of several tasks interfere when added, so TIES trims small ones and elects a sign.",
        ),
    )  # fmt: skip


def _rows(found: Findings) -> FollowUp | None:
    """Where new rows, once trained, beat unknown words."""
    rows = found.vocabulary.treatments[RANDOM]
    if rows.against is None or rows.against.side <= 0:
        return None
    return FollowUp(
        Text(zh="加了 {added} 行，更新前新数据 {before}，更新后 {after}，给大模型扩词表要注意什么？",
             en="{added} rows were added; new data are at {before} before the update and {after} after: what do you watch when you extend a large model's vocabulary?").format(
            added=found.vocabulary.added, before=_percent(rows.new_before.value), after=_percent(rows.new_after.value)),
        Text(
            zh="输入嵌入和输出层都要加行（两者共享权重时只加一处），分词器、配置、检查点里的行数一致；新行初值取旧嵌入的平均或旧子词的平均，输出层上别让随机行抢走概率；新行的梯度只来自出现它的文本，语料要够。还要比较收益：序列短了多少、旧的切法变了会不会忘、字节回退是否已经够用。",
            en="Add rows to the input embedding and to the output head (once, if they are tied), with equal counts in tokenizer, configuration and checkpoint; start them at the mean of old rows or of the old subwords, and don't let random rows of the head win probability; a row gets gradients only from texts that use it, so there must be enough. Then weigh the gain: how much shorter are sequences, does the changed segmentation make it forget, would byte fallback have done?",
        ),
    )  # fmt: skip


def _agree(found: Findings) -> FollowUp | None:
    """Where new data alone forget little."""
    if found.naive.forgotten.value > 0.1:
        return None
    return FollowUp(
        Text(zh="这次只用新数据，遗忘才 {lost}，那还需要回放吗？",
             en="With new data only just {lost} were forgotten here: is replay needed at all?").format(lost=_points(found.naive.forgotten)),
        Text(
            zh="先看区间：含 0 只说明没测出来，留出样本少时几个点的遗忘看不见。若新旧标签含义一致、分布相近，确实可以不混；但要分群看旧数据（少数类、长尾），平均值会盖住局部的退步。上线前固定一份旧数据回归集，每次更新都跑。",
            en="Look at the interval first: if it holds 0, nothing was detected, and with few held-out examples a few points can't be. Where labels agree and distributions are near, replay may indeed be spared; but look at old data by slice (rare classes, the tail), as a mean hides local regressions. Keep a fixed regression set of old data and run it with every update.",
        ),
    )  # fmt: skip

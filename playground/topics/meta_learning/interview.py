"""What an interviewer asks about a run of meta-learning: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, in_brackets
from playground.topics.meta_learning.findings import Findings
from playground.topics.meta_learning.settings import Settings

# Upper ends of the answers to the question before the run.
BOUNDS = (0.2, 0.5, 1.0)
# p-values below this count as a difference.
SIGNIFICANCE = 0.05


def _percent(value: float) -> str:
    return written(value, "z.0%")


def _interval(found: Mean) -> str:
    """A difference of losses with its interval."""
    assert found.low is not None and found.high is not None
    return f"{written(found.value)} {in_brackets(found.low, found.high, 'z.2f')}"


def _points(found: Mean) -> str:
    """A difference of accuracies with its interval, cut off where there can be none."""
    assert found.low is not None and found.high is not None
    return f"{_percent(found.value)} {in_brackets(max(found.low, -1.0), min(found.high, 1.0), 'z.0%')}"


def _remaining(settings: Settings, found: Findings) -> Outcome:
    own = found.scores["maml"]
    evidence = Text(
        zh="适应前 {before}，一步后 {one}，剩 {share}（{n} 个种子平均）",
        en="{before} before, {one} after one step, which leaves {share} (mean over {n} seeds)",
    ).format(before=written(own.before.value), one=written(own.one.value), share=_percent(own.remaining), n=found.seeds)
    return Outcome(str(sum(own.remaining >= bound for bound in BOUNDS)), evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="从 MAML 的起点出发，在未见的正弦任务上走一步梯度下降，查询损失还剩多少？",
        en="From MAML's start, one gradient step on an unseen sine: how much of the query loss remains?",
    ),
    _remaining,
    (
        ("0", Text(zh="不到 20%", en="under 20%")),
        ("1", Text(zh="20% 到 50%", en="20% to 50%")),
        ("2", Text(zh="50% 到 100%", en="50% to 100%")),
        ("3", Text(zh="反而更大", en="it grows")),
    ),
)

_ORDER = {
    -1: Text(zh="一阶 MAML 反而更低", en="first-order MAML is lower"),
    0: Text(zh="一阶 MAML 与它分不出", en="first-order MAML can't be told apart from it"),
    1: Text(zh="一阶 MAML 更高", en="first-order MAML is higher"),
}
_TEXTS = {
    -1: Text(zh="不如联合训练", en="worse than joint training"),
    0: Text(zh="与联合训练分不出", en="not to be told apart from joint training"),
    1: Text(zh="胜过联合训练", en="better than joint training"),
}


def _difference(of: Mean | None) -> Mean:
    assert of is not None
    return of


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what one step does from the starts of MAML and joint training, how the first order compares, and the same of texts."""
    sines, texts, model = found.scores, found.texts, found.in_context
    order = _difference(sines["fomaml"].to_maml)
    gain = _difference(texts["maml"].against)
    return Text(
        zh="{n} 个种子，未见正弦上走一步：MAML 的损失从 {before} 变为 {one}，{order}（差 {difference}），联合训练从 {joint_before} 变为 {joint}；"
        "未见文本任务上 MAML 一步后答对 {right}，{side}（差 {gain}）；语言模型在上下文里，标签是领域名时答对 {named}，是字母时 {letters}（各 {count} 题）。",
        en="{n} seeds, one step on unseen sines: MAML's loss goes from {before} to {one}, {order} (difference {difference}), and joint training goes from"
        " {joint_before} to {joint}; on unseen text tasks MAML after one step has {right} right, {side} (difference {gain}); in context the language"
        " model has {named} right where labels are domain names and {letters} where they are letters ({count} queries each).",
    ).format(
        n=found.seeds, before=written(sines["maml"].before.value), one=written(sines["maml"].one.value), order=_ORDER[order.side],
        difference=_interval(order), joint_before=written(sines["joint"].before.value), joint=written(sines["joint"].one.value),
        right=_percent(texts["maml"].one.value), side=_TEXTS[gain.side], gain=_points(gain),
        named=_percent(model.named.value), letters=_percent(model.letters.value), count=model.named.count,
    )  # fmt: skip


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = [_worse, _order, _anil, _letters, _memorized, _far, _nearest]
    return tuple(question for ask in asked if (question := ask(found)) is not None)


def _worse(found: Findings) -> FollowUp | None:
    """Where a step from the start of joint training raises the loss, or hardly lowers it, and MAML's lowers it."""
    joint, maml = found.scores["joint"], found.scores["maml"]
    if joint.remaining < 0.8 or maml.remaining > 0.6:
        return None
    return FollowUp(
        Text(zh="适应前联合训练的损失是 {a}，MAML 是 {b}，一步之后却是 {c} 和 {d}，为什么差这么多？",
             en="Before adaptation joint training has a loss of {a} and MAML {b}, after one step {c} and {d}: where does that come from?").format(
            a=written(joint.before.value), b=written(maml.before.value), c=written(joint.one.value), d=written(maml.one.value)),
        Text(
            zh="联合训练最小化的是不适应时的平均损失：相位随机，对每个 x，最好的单一答案就是任务间的均值，它到这里就停了，没有任何一项管“走一步之后”。MAML 的目标就是一步之后的损失，所以把网络放在梯度大、而且方向对新任务有用的地方。适应前的损失说明不了适应后的。",
            en="Joint training minimizes the mean loss without adaptation: with random phases the best single answer for an x is the mean over tasks, and there it stops; nothing in its loss asks what a step does. MAML's objective is the loss after the step, so it puts the network where gradients are large and point somewhere useful for a new task. The loss before adaptation says nothing about the loss after it.",
        ),
    )  # fmt: skip


def _order(found: Findings) -> FollowUp | None:
    """Where the first order costs loss, or where that can't be seen."""
    order = _difference(found.scores["fomaml"].to_maml)
    if order.side < 0:
        return None
    backward = found.passes["maml"], found.passes["fomaml"]
    return FollowUp(
        Text(zh="一阶与二阶之差是 {difference}，每个任务的反向次数是 {a} 比 {b}，你会用哪个？",
             en="First minus second order is {difference}, and backward passes per task are {a} against {b}: which would you use?").format(
            difference=_interval(order), a=backward[0].backward, b=backward[1].backward),
        Text(
            zh="看差距值不值这个钱。二阶项是 −α·H·g：α 小、内循环短时它小；α 大时它正是让起点“为这一步做好准备”的部分。大模型上几乎总用一阶，或只让最后几层进内循环（ANIL），因为二阶要留住内循环的整张计算图，显存随步数线性增长。区间含 0 时先选便宜的，再加种子确认。",
            en="It depends on whether the gap is worth the price. The second-order term is −α·H·g: small for a small α and a short inner loop; with a large α it is what prepares the start for this very step. For large models one nearly always takes the first order, or puts only the last layers into the inner loop (ANIL), since the second order keeps the graph of the whole inner loop and memory grows with its steps. Where the interval holds 0, take the cheap one and confirm with more seeds.",
        ),
    )  # fmt: skip


def _anil(found: Findings) -> FollowUp | None:
    """Where moving the last layer alone is no worse than moving all, and both learn."""
    anil = found.scores["anil"]
    if _difference(anil.to_maml).side > 0 or found.scores["maml"].remaining > 0.6:
        return None
    return FollowUp(
        Text(zh="ANIL 的内循环只动最后一层，一步后是 {a}，MAML 是 {b}，说明了什么？",
             en="ANIL's inner loop moves the last layer only and reaches {a} after one step, MAML {b}: what does that say?").format(
            a=written(anil.one.value), b=written(found.scores["maml"].one.value)),
        Text(
            zh="适应主要靠重用特征：元训练学到的隐层已经把新任务表示成最后一层的线性组合，内循环只需要换系数。这也解释了为什么预训练好的骨干加线性头是强基线。若新任务需要新特征，比如训练时没有的频率，只动最后一层就够不着。",
            en="Adaptation mostly reuses features: the meta-trained hidden layers already make a new task a linear combination for the last layer, and the inner loop only changes its coefficients. That is also why a pretrained backbone with a linear head is a strong baseline. Where a new task needs new features, such as a frequency absent from training, the last layer alone can't supply them.",
        ),
    )  # fmt: skip


def _letters(found: Findings) -> FollowUp | None:
    """Where the language model has more right with the labels' names, by McNemar's test on the same queries."""
    model = found.in_context
    if model.only_named <= model.only_letters or model.p_value >= SIGNIFICANCE:
        return None
    return FollowUp(
        Text(zh="同样的样本，标签写领域名时语言模型答对 {a}，写字母时 {b}（{n} 题里，只有前者对的 {x} 题，只有后者对的 {y} 题），它学到任务了吗？",
             en="With the same examples the language model has {a} right if labels are domain names and {b} if they are letters (of {n} queries {x} are right with names only, {y} with letters only): has it learnt the task?").format(
            a=_percent(model.named.value), b=_percent(model.letters.value), n=model.named.count, x=model.only_named, y=model.only_letters),
        Text(
            zh="大半是认出了任务，没有学会任务：领域名本身就说明要分什么，预训练里早有这个对应；字母的含义只能从样本里得来。小模型多半做不到后者，大模型能部分做到（Wei 等，2023）。MAML 的标签本来就只是编号，所以它只能从支持集学。评测上下文学习时要打乱或换掉标签词，才能分开两者。",
            en="It has mostly recognized a task rather than learnt one: the names say what is to be told apart, and pretraining holds that mapping; what a letter means comes from the examples alone. Small models mostly can't do the latter, large ones can in part (Wei et al. 2023). MAML's labels are numbers anyway, so it has nothing but the support set. To separate the two, evaluate in-context learning with shuffled or replaced label words.",
        ),
    )  # fmt: skip


def _memorized(found: Findings) -> FollowUp | None:
    """Where label numbers were fixed in meta-training, and training tasks are solved without support sets."""
    without = found.texts["maml"].without
    if found.labels != "fixed" or without is None or without.value < found.chance + 0.2:
        return None
    return FollowUp(
        Text(zh="元训练时标签编号固定，训练任务不看支持集就答对 {b}，未见任务一步后 {a}，怎么发现、怎么避免？",
             en="With label numbers fixed, training tasks have {b} right without their support sets, and unseen ones {a} after one step: how is that noticed and avoided?").format(
            a=_percent(found.texts["maml"].one.value), b=_percent(without.value)),
        Text(
            zh="这是记忆型的元过拟合：编号固定，一个不看支持集的函数就能答对所有训练任务，内循环成了摆设。看训练任务上适应前的准确率就能发现：它不该高于乱猜。避免：每个任务打乱编号，让任务互斥；或给权重加正则，限制它们能记住多少（Yin 等，2019）；并且总在未见任务上评估。",
            en="This is meta-overfitting by memorization: with fixed numbers one function that ignores the support set solves all training tasks, and the inner loop is idle. Accuracy on training tasks before adaptation shows it: it shouldn't exceed guessing. Shuffle the numbers in every task so that tasks exclude each other, or regularize how much the weights may memorize (Yin et al. 2019), and always evaluate on unseen tasks.",
        ),
    )  # fmt: skip


def _far(found: Findings) -> FollowUp | None:
    """Where unseen tasks are of another distribution and the step leaves most of the loss."""
    maml = found.scores["maml"]
    if found.unseen == "same" or maml.remaining < 0.6:
        return None
    return FollowUp(
        Text(zh="换了任务分布，MAML 一步后还剩 {a} 的损失，元学习的“泛化”到底指什么？",
             en="On another task distribution {a} of MAML's loss remains after a step: what does meta-learning generalize to?").format(
            a=_percent(maml.remaining)),
        Text(
            zh="指同一分布里的新任务，和监督学习对新样本的假设一样。起点把训练任务共有的东西（频率、x 的范围）写死了，只给变化的部分（振幅、相位）留了方向。分布变了要么让元训练的任务更多样，要么多走几步、用更多样本，退回普通微调。评估时要单独报分布外的任务。",
            en="To new tasks of the same distribution, just as supervised learning does to new examples. The start fixes what the training tasks share (frequency, range of x) and leaves directions for what varies (amplitude, phase). For another distribution, diversify the training tasks, or fall back to ordinary fine-tuning with more steps and data. Report tasks from outside the distribution separately.",
        ),
    )  # fmt: skip


def _nearest(found: Findings) -> FollowUp | None:
    """Where text tasks are learnt better than by class means of plain features."""
    nearest, maml = found.texts["nearest"], found.texts["maml"]
    against = _difference(nearest.to_maml)
    winner: Label = (
        Text(zh="前者更好", en="the former is better") if against.side > 0
        else Text(zh="后者更好", en="the latter is better") if against.side < 0
        else Text(zh="两者分不出", en="the two can't be told apart")
    )  # fmt: skip
    return FollowUp(
        Text(zh="不训练的最近类均值答对 {a}，MAML 一步后答对 {b}，{winner}，这个基线为什么必须有？",
             en="Nearest class means without any training have {a} right, MAML after one step {b}, and {winner}: why must this baseline be there?").format(
            a=_percent(nearest.one.value), b=_percent(maml.one.value), winner=winner),
        Text(
            zh="少样本的成绩大半来自特征。特征够好时，最近均值或线性头就能追平元学习（Chen 等，2019；Tian 等，2020）；没有这个基线，就分不清功劳是内循环的还是特征的。原型网络正是把这个规则放进元训练，学的是让类均值好用的特征。比较时用同样的支持集、同样的查询集，配对做差。",
            en="Few-shot results come mostly from features. With good ones nearest means or a linear head match meta-learning (Chen et al. 2019, Tian et al. 2020); without the baseline you can't tell whether the inner loop or the features deserve the credit. Prototypical networks put this very rule into meta-training and learn features for which class means work. Compare on the same support and query sets, and pair the differences.",
        ),
    )  # fmt: skip

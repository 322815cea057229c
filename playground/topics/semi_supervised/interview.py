"""What an interviewer asks about a run of semi-supervised learning: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, with_interval
from playground.topics.semi_supervised.findings import SPREADING, Findings
from playground.topics.semi_supervised.settings import NAMES, TASKS, Settings


def _signed(found: Mean) -> str:
    return with_interval(found.value, found.low, found.high, "+.3f")


def _precision(settings: Settings, found: Findings) -> Outcome | None:
    """Precision in percent of the first pseudo-labels at 0.9; None where there is none."""
    at = found.at_nine_tenths
    if at.first_precision is None:
        return None
    evidence = Text(
        zh="第一轮里置信度不低于 0.9 的伪标签，平均 {precision} 是对的，覆盖了 {coverage} 的无标签样本（{seeds} 个种子）",
        en="of the first round's pseudo-labels with a confidence of 0.9 or more {precision} are right on average; they cover {coverage} of the unlabelled ({seeds} seeds)",
    ).format(precision=f"{at.first_precision.value:.1%}", coverage=f"{at.first_coverage.value:.1%}", seeds=found.seeds)
    return Outcome(100 * at.first_precision.value, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="只用有标签的样本训练，再给无标签的打标：置信度不低于 0.9 的伪标签，百分之几是对的？",
        en="Trained on the labelled examples alone, the model labels the others: of the pseudo-labels with a confidence of 0.9 or more, what percentage is right?",
    ),
    _precision,
    low=0,
    high=100,
    tolerance=0.03,
)

_SIDES = {
    1: Text(zh="可靠地更高", en="reliably higher"),
    0: Text(zh="分不出高低", en="no reliable difference"),
    -1: Text(zh="可靠地更低", en="reliably lower"),
}
_BOUGHT = {
    1: Text(zh="买最没把握的可靠地胜过随机买", en="buying the least sure reliably beats buying at random"),
    0: Text(zh="买最没把握的与随机买分不出高低", en="buying the least sure and buying at random can't be told apart"),
    -1: Text(zh="买最没把握的可靠地不如随机买", en="buying the least sure is reliably worse than buying at random"),
}


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the chosen method changed, how right its pseudo-labels are, and whether choosing which labels to buy helped."""
    method = found.looked_into
    return Text(
        zh="{labelled} 条标签判断{task}，只用标签的准确率是 {base}，{name}之后是 {after}（{side}，增益 {gain}），全部标签是 {all}；{pseudo}；再买 {bought} 条标签时，{buying}。",
        en="With {labelled} labels for {task}, labels only reach {base} and {name} reaches {after} ({side}, gain {gain}), all labels {all}; {pseudo}; with {bought} more labels, {buying}.",
    ).format(
        labelled=found.labelled, task=TASKS[found.task], base=f"{found.labels_only.value:.3f}", name=NAMES[found.chosen],
        after=f"{method.last.value:.3f}", side=_SIDES[method.gain.side], gain=_signed(method.gain), all=f"{found.all_labels.value:.3f}",
        pseudo=_pseudo(found), bought=found.bought, buying=_BOUGHT[found.buying.difference.side],
    )  # fmt: skip


def _pseudo(found: Findings) -> Label:
    method = found.looked_into
    if method.last_precision is None:
        return Text(zh="没有一条无标签样本过阈值", en="no unlabelled example reaches the threshold")
    return Text(
        zh="伪标签覆盖 {coverage}，其中 {precision} 是对的",
        en="pseudo-labels cover {coverage}, of which {precision} are right",
    ).format(coverage=f"{method.last_coverage.value:.0%}", precision=f"{method.last_precision.value:.0%}")


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = [_of_gain(found)]
    at = found.at_nine_tenths
    if at.first_precision is not None and at.first_precision.high is not None and at.first_precision.high < 0.9:
        asked.append(
            FollowUp(
                Text(
                    zh="阈值 0.9，伪标签却只有 {precision} 是对的。阈值为什么不等于精度？",
                    en="At a threshold of 0.9 only {precision} of the pseudo-labels are right. Why isn't the threshold the precision?",
                ).format(precision=f"{at.first_precision.value:.1%}"),
                Text(
                    zh="概率来自很少的标签，没有校准；而且阈值是对单条的下限，精度是过线样本的平均，只有校准过的模型才保证平均不低于阈值。要么留一点标签做温度缩放再定阈值，要么直接按抽查的精度定阈值，别照抄论文里的 0.95。",
                    en="The probabilities come from few labels and aren't calibrated; and a threshold bounds each example, while precision is the mean of those above"
                    " it, which only a calibrated model keeps above the threshold. Hold out some labels for temperature scaling, or set the threshold"
                    " by the precision of a spot check; don't copy 0.95 from a paper.",
                ),
            )
        )
    if (
        found.noisiest.noise > found.cleanest.noise
        and found.noisiest.survived is not None
        and found.noisiest.survived.value > 0.5
    ):
        asked.append(
            FollowUp(
                Text(
                    zh="起始标签错 {noise} 时，第一轮打错的伪标签有 {survived} 到最后还是同一个错。它们为什么改不过来？",
                    en="With {noise} wrong labels at the start, {survived} of the first round's wrong pseudo-labels keep the same wrong label to the end. Why aren't they corrected?",
                ).format(noise=f"{found.noisiest.noise:.0%}", survived=f"{found.noisiest.survived.value:.0%}"),
                Text(
                    zh="错的伪标签进了训练集，下一轮的模型把它拟合了，对它更有把握：这就是确认偏差，每轮重打也救不了，因为打标的就是学了它的模型。要引入不一样的信息：另一个视角或另一个模型互相打标（协同训练）、增强与丢弃、软标签、随轮次限制比例，或者抽查几条请人改。",
                    en="A wrong pseudo-label enters the training set, the next model fits it and is surer of it: confirmation bias. Making labels anew"
                    " each round doesn't help, because the labeller is the model that learnt them. Bring in other information: a second view or model"
                    " (co-training), augmentation and dropout, soft labels, a cap per round, or a person who corrects a few.",
                ),
            )
        )
    spreading = found.methods[SPREADING]
    if spreading.gain.side < 0:
        asked.append(
            FollowUp(
                Text(
                    zh="近邻图上 {purity} 的边两端同类（随机是 {chance}），标签传播仍比只用标签低（{gain}）。为什么？",
                    en="In the neighbour graph {purity} of the edges join the same class ({chance} by chance), yet label spreading is below labels only ({gain}). Why?",
                ).format(purity=f"{found.purity:.0%}", chance=f"{found.chance:.0%}", gain=_signed(spreading.gain)),
                Text(
                    zh="它只看图：每走一步约有“不同类的边”那么大的机会走错，走几步就混了；大类边多，会淹没小类；高维里还有枢纽点连着各类。线性分类器反而能忽略与类别无关的方向。先改表示（微调、度量学习）和图（互为近邻、按距离加权），再按类的质量归一化。",
                    en="It sees only the graph: each step goes wrong about as often as an edge joins two classes, and a few steps mix them; a large class has more edges"
                    " and floods small ones; in many dimensions hubs touch every class. A linear classifier can ignore directions that say nothing of the class. Improve the"
                    " representation (fine-tuning, metric learning) and the graph (mutual neighbours, weights by distance), then normalize class mass.",
                ),
            )
        )
    asked.append(_of_buying(found))
    return tuple(asked)


def _of_gain(found: Findings) -> FollowUp:
    """What to make of the gain, in each of its three cases."""
    gain, name = found.looked_into.gain, NAMES[found.chosen]
    if gain.side > 0:
        worth = found.buying.worth
        question = Text(
            zh="{name}的增益是 {gain}。这些无标签数据值多少条标签？",
            en="The gain of {name} is {gain}. How many labels are the unlabelled data worth?",
        ).format(name=name, gain=_signed(gain))
        if worth is None:
            return FollowUp(
                question,
                Text(
                    zh="再随机买 {bought} 条标签也没追上，所以在这里值不止 {bought} 条。前提是部署时的分布与这批无标签数据一样；要说服人，还得在没用过的测试集上重复一次。",
                    en="Buying {bought} labels at random doesn't catch up, so here they are worth more than {bought}. That holds if production looks like this"
                    " unlabelled data; to convince anyone, repeat it on a test set that wasn't used.",
                ).format(bought=found.bought),
            )
        return FollowUp(
            question,
            Text(
                zh="看“买标签”：随机买，标签总数到 {worth} 条时平均准确率才达到它，现在只有 {labelled} 条。于是问题变成：标那几条要多少钱，与维护一条半监督管道比哪个贵？",
                en="See “Buying labels: least sure, or at random”: bought at random it takes {worth} labels in all for the same mean accuracy, and there are {labelled}. So the question becomes which costs more,"
                " labelling those few or maintaining a semi-supervised pipeline?",
            ).format(worth=worth, labelled=found.labelled),
        )
    question = Text(
        zh="{name}的增益是 {gain}，{said}。下一步查什么？",
        en="The gain of {name} is {gain}, {said}. What do you check next?",
    ).format(name=name, gain=_signed(gain), said=_SIDES[gain.side])
    return FollowUp(
        question,
        Text(
            zh="依次查四样：第一轮伪标签的精度（低于多数类就别开始）；类别是否成团（同类邻边 {purity}，随机是 {chance}）；池子与测试的类别比例是否一致；只用标签的基线是否调好。若表示里就没有这个区分，再多无标签数据也没有用，先换表示或多标几条。",
            en="Four things in turn: the precision of the first pseudo-labels (don't start below the majority class); whether classes form clusters ({purity} of edges within a"
            " class, {chance} by chance); whether pool and test have the same proportions of classes; whether the labels-only baseline is well tuned. If the"
            " representation lacks the distinction, no amount of unlabelled data helps: change it, or label more.",
        ).format(purity=f"{found.purity:.0%}", chance=f"{found.chance:.0%}"),
    )


def _of_buying(found: Findings) -> FollowUp:
    """Why choosing labels helped, or why it didn't."""
    difference = found.buying.difference
    question = Text(
        zh="同样再买 {bought} 条标签，按不确定性买比随机买的准确率之差是 {difference}。为什么？",
        en="On the same budget of {bought} labels, buying by uncertainty minus at random is {difference} in accuracy. Why?",
    ).format(bought=found.bought, difference=_signed(difference))
    if difference.side > 0:
        return FollowUp(
            question,
            Text(
                zh="没把握的样本靠近边界，小类和难例更多，一条标签改变的边界更多。代价是得到的样本有偏：不能拿来估准确率，也不能当测试集；换了模型，选出来的未必还合适。",
                en="Unsure examples are near the boundary and hold more of the small class and the hard cases, so one label moves the boundary further. The price is"
                " a biased sample: it can't estimate accuracy nor be a test set, and may not suit another model.",
            ),
        )
    if difference.side == 0:
        return FollowUp(
            Text(
                zh="同样再买 {bought} 条标签，按不确定性买比随机买的准确率之差是 {difference}，区间含 0。能说主动学习没用吗？",
                en="On the same budget of {bought} labels, buying by uncertainty minus at random is {difference} in accuracy, and the interval holds 0. Is active learning useless?",
            ).format(bought=found.bought, difference=_signed(difference)),
            Text(
                zh="不能，只能说用这么多种子、在这个终点上分不出。先看整条曲线：目的是用更少的标签达到同样的准确率，中途可能有差别，快到“全部标签”的水平时两条线自然会合。再看区间要多窄、该加多少种子。起点差、批内重复或标签有错时，不确定性也可能真的帮不上忙：混合不确定性与多样性，批量小一些，始终留一份随机样本做对照。",
                en="No, only that these seeds can't tell the two apart at this end point. Look at the whole curve first: the aim is the same accuracy from fewer labels, so a difference may show half-way, and near the level of “all labels” the two meet by themselves. Then ask how narrow the interval must be and how many seeds that takes. With a poor start, redundant batches or wrong labels uncertainty may really not help: mix it with diversity, buy in small batches, and keep a random sample as control.",
            ),
        )
    return FollowUp(
        question,
        Text(
            zh="冷启动：最初的模型还差，它的“没把握”多半是噪声，挑出来的是怪样本或互相重复的一批；标签本身有错时，边界附近错得更多。先随机标一批，再混合不确定性与多样性，批量不要太大；始终留一份随机样本做对照。",
            en="A cold start: the first model is poor, its uncertainty is mostly noise and picks outliers or a batch of near-duplicates; and where labels are noisy they"
            " are noisiest at the boundary. Label a random batch first, then mix uncertainty with diversity in small batches, and keep a random sample as control.",
        ),
    )

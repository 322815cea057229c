"""What an interviewer asks about a run of overfitting: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, with_interval
from playground.topics.overfitting.beside import BY_HEART
from playground.topics.overfitting.findings import Findings
from playground.topics.overfitting.settings import Settings


def _turning(settings: Settings, found: Findings) -> Outcome | None:
    """The mean epoch at which A's validation loss is lowest."""
    side = found.a
    evidence = Text(
        zh="A 的 {n} 个网络，验证损失最低的轮次依次是 {each}，平均 {mean}（共 {epochs} 轮）",
        en="of A's {n} networks, validation loss is lowest at epochs {each}, {mean} on average (of {epochs})",
    ).format(
        n=found.networks,
        each=Text("、".join(map(str, side.turns)), ", ".join(map(str, side.turns))),
        mean=f"{side.turn.value:.1f}",
        epochs=found.epochs,
    )
    return Outcome(side.turn.value, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="A 的验证损失在第几轮最低（几个网络的平均）？",
        en="At which epoch is A's validation loss lowest (mean over the networks)?",
    ),
    _turning,
    low=1,
    high=40,
    tolerance=0.25,
)


def _compared(change: Mean) -> Text:
    """Whether B's held-out accuracy differs from A's."""
    if change.value == 0 and change.low == 0 == change.high:
        return Text(zh="与 A 完全相同", en="exactly A's")
    return {
        1: Text(zh="高于 A", en="above A's"),
        -1: Text(zh="低于 A", en="below A's"),
        0: Text(zh="与 A 的差别在误差之内", en="within error of A's"),
    }[change.side]


def verdict(settings: Settings, found: Findings) -> Text:
    """Says where A turns, what both sides reach by the weights they keep, and what shuffled labels show."""
    a, b = found.a, found.b
    return Text(
        zh="A 的验证损失平均在第 {turn} 轮最低（共 {epochs} 轮），此后{rise}；按各自留下的权重，A 的训练准确率 {train}，留出准确率 {ours}，"
        "B 的留出准确率 {theirs}，{how}；标签打乱以后，训练准确率仍到 {shuffled}，留出准确率 {guess}。",
        en="A's validation loss is lowest at epoch {turn} of {epochs} on average, and after it {rise}; by the weights each side keeps, A has"
        " training accuracy {train} and held-out accuracy {ours}, B has held-out accuracy {theirs}, {how}; with shuffled labels"
        " training accuracy still reaches {shuffled}, held-out accuracy {guess}.",
    ).format(
        turn=f"{a.turn.value:.1f}",
        epochs=found.epochs,
        rise=Text(zh="留出损失回升", en="the held-out loss rises")
        if a.rises
        else Text(zh="留出损失没有可靠的回升", en="the held-out loss doesn't reliably rise"),
        train=f"{a.train_kept.value:.3f}",
        ours=f"{a.kept_at.accuracy.value:.3f}",
        theirs=f"{b.kept_at.accuracy.value:.3f}",
        how=_compared(found.difference),
        shuffled=f"{found.noise.memorized:.3f}",
        guess=f"{found.noise.learnt:.3f}",
    )


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    a = found.a
    if a.rises and a.stop_gain.side == 0:
        asked.append(
            FollowUp(
                Text(
                    zh="A 的留出损失从 {low} 升到 {high}，准确率的变化却在误差之内（{gain}）。这算过拟合吗？",
                    en="A's held-out loss rises from {low} to {high}, yet the change of its accuracy is within error ({gain}). Is that overfitting?",
                ).format(low=f"{a.turned.loss.value:.3f}", high=f"{a.last.loss.value:.3f}", gain=_signed(a.stop_gain)),
                Text(
                    zh="对概率来说是：网络把训练样本（连同错标签）拟合到底，对答错的也越来越有把握，损失按把握的大小扣分，准确率只看排在第一的类别。"
                    "要用概率就在损失最低处停，或事后用温度缩放校准；只要类别，就按准确率及其区间来决定。",
                    en="Of its probabilities, yes: the network fits its training examples, wrong labels included, to the end and grows sure of its wrong"
                    " answers; loss punishes certainty, accuracy only asks which class is first. If probabilities are used, stop at the lowest loss or"
                    " calibrate afterwards; for the class alone, decide by accuracy and its interval.",
                ),
            )
        )
    if found.noise.shuffled_epoch is not None:
        asked.append(
            FollowUp(
                Text(
                    zh="同样的网络，标签打乱以后到第 {epoch} 轮训练准确率已超过 {heart}，真标签却能泛化到 {real}。两者差在哪里？",
                    en="The same networks pass training accuracy {heart} on shuffled labels by epoch {epoch}, yet generalize to {real} on real ones. What is the difference?",
                ).format(epoch=found.noise.shuffled_epoch, heart=f"{BY_HEART:g}", real=f"{found.noise.real:.3f}"),
                Text(
                    zh="不在容量，网络是同一个，两份数据它都装得下；差在数据里有没有规律。所以只数参数的泛化界在这里说明不了什么，要看数据、优化器和训练多久。",
                    en="Not capacity: it is the same network, large enough for either. The data has a rule or it hasn't. So a bound that counts"
                    " parameters says nothing here; look at data, optimizer and length of training.",
                ),
            )
        )
    if a.peek.value > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="A 在测试集上最好的一轮是 {peeked}，验证集选的是 {turned}。能报告前一个吗？",
                    en="A's best epoch on the test set has {peeked}, the one chosen on validation {turned}. May you report the first?",
                ).format(peeked=f"{a.peeked.accuracy.value:.3f}", turned=f"{a.turned.accuracy.value:.3f}"),
                Text(
                    zh="不能。它是 {n} 个数里的最大值，就算每轮真实水平一样，最大值也偏高。要报告它，得在另一批没参与挑选的数据上重新量。",
                    en="No. It is the maximum of {n} numbers, which is too high even if all epochs are equally good. To report it, measure it again on data that took no part in the choice.",
                ).format(n=found.epochs),
            )
        )
    if found.difference.side > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="B 的留出准确率比 A 高 {gain}。你怎么知道是哪一个设置起的作用？",
                    en="B's held-out accuracy is {gain} above A's. How do you know which of its settings did it?",
                ).format(
                    gain=with_interval(found.difference.value, found.difference.low, found.difference.high, ".3f")
                ),
                Text(
                    zh="这一次运行不知道：B 可能同时改了几处。从 A 出发每次只加一项，再从 B 每次去掉一项，同样的种子配对比较；两者不一致，说明这些设置会相互代替。",
                    en="From this run you don't: B may change several things at once. Add one at a time to A, then take one at a time from B, paired by seed. If the two orders disagree, the settings replace one another.",
                ),
            )
        )
    elif found.loss_difference.side < 0:
        asked.append(
            FollowUp(
                Text(
                    zh="B 的留出损失比 A 低（{loss}），准确率却没有可靠地更高（{gain}）。B 还值得用吗？",
                    en="B's held-out loss is lower than A's ({loss}), but its accuracy isn't reliably higher ({gain}). Is B worth having?",
                ).format(loss=_signed(found.loss_difference), gain=_signed(found.difference)),
                Text(
                    zh="要用概率就值得：阈值、排序、拒答都更可信。只要类别，这点数据看不出差别，应当用更多种子和更多留出样本再比，而不是凭损失宣布更准。",
                    en="If its probabilities are used, yes: thresholds, ranking and abstention rest on them. For the class alone this data shows no difference; compare with more seeds and more held-out reviews instead of inferring accuracy from loss.",
                ),
            )
        )
    flip = found.flip
    if flip.change.side < 0:
        asked.append(
            FollowUp(
                Text(
                    zh="翻转否定的增强让准确率变化 {change}。为什么不是五五开地崩掉？",
                    en="Augmentation that flips the negation changes accuracy by {change}. Why doesn't it collapse to a coin toss?",
                ).format(change=_signed(flip.change)),
                Text(
                    zh="一部分样本仍是原句；变体里除了“不”“没”，其余的词还带着正确的标签。网络很可能学会了不看否定词，丢掉的主要是靠否定词判断的那些评论。",
                    en="Part of the examples are unchanged, and in a flipped review all words but the negation still go with the right label. The network"
                    " probably learns to ignore negation, and loses mainly the reviews that depend on it.",
                ),
            )
        )
    return tuple(asked)


def _signed(found: Mean) -> str:
    return with_interval(found.value, found.low, found.high, "+.3f")

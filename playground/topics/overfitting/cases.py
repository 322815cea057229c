"""Settings of overfitting worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.overfitting.findings import Findings
from playground.topics.overfitting.settings import Settings

# B as plain as A: a case then changes what it is about.
_PLAIN = {"b.dropout": 0.0, "b.decay": 0.0, "b.patience": 0}


def _label_changed(settings: Settings, found: Findings) -> bool:
    """Whether B, trained on flipped sentences with the old labels, is below A by the whole interval."""
    return found.difference.side < 0 and found.flip.change.side < 0


def _by_heart(settings: Settings, found: Findings) -> bool:
    """Whether A learns its reviews by heart and hardly beats a coin toss on others."""
    return found.a.train_kept.value > 0.98 and found.a.kept_at.accuracy.value < 0.6


def _to_death(settings: Settings, found: Findings) -> bool:
    """Whether B doesn't fit its training data, and is below A by the whole interval."""
    return found.b.train_kept.value < 0.9 < found.a.train_kept.value and found.difference.side < 0


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="改变标签的增强", en="Augmentation that changes the label"),
        {**_PLAIN, "noise": 0.0, "b.augmentation": "flip", "text": Text(zh="房间不干净，再也不会来了。", en="It was not clean, and I will never come back.")},
        Text(
            zh="B 用翻转了否定、标签却没变的句子训练，留出准确率低于 A；下面的图里，翻转否定是变化最大的一条。",
            en="B trains on sentences with flipped negation and the old labels; its held-out accuracy is below A's, and in the bars below the flip changes most.",
        ),
        _label_changed,
    ),
    Failure(
        Text(zh="英文：全背下来了", en="English: learnt by heart"),
        {"corpus": "en", "examples": 240, "noise": 0.0},
        Text(
            zh="240 条英文评论，训练准确率接近 1，留出准确率在 0.5 附近：背下来了，什么也没学到。",
            en="240 English reviews: training accuracy near 1, held-out accuracy near 0.5. They are memorized, and nothing is learnt.",
        ),
        _by_heart,
    ),
    Failure(
        Text(zh="正则化过头", en="Regularized to death"),
        {**_PLAIN, "noise": 0.0, "b.decay": 200.0},
        Text(
            zh="B 的权重每步缩小五分之一，训练数据也拟合不了，留出准确率低于 A：这是欠拟合。",
            en="B's weights shrink by a fifth at every step; it can't fit its training data and ends below A on held-out reviews: underfitting.",
        ),
        _to_death,
    ),
)  # fmt: skip

EXAMPLES = (
    Example(
        Text(zh="宽对窄", en="Wide beside narrow"),
        {**_PLAIN, "a.width": 4, "b.width": 128, "text": Text(zh="性价比不高，不推荐。", en="Not worth the money, and I do not recommend it.")},
    ),
    Example(
        Text(zh="噪声更多，只比早停", en="More noise, early stopping alone"),
        {**_PLAIN, "noise": 0.4, "b.patience": 3, "text": Text(zh="键盘手感很好，屏幕也不错。", en="The keyboard feels good and the screen is great.")},
    ),
    Example(
        Text(zh="数据更多", en="More data"),
        {**_PLAIN, "examples": 1000, "b.decay": 5.0, "epochs": 12, "text": Text(zh="书的内容很一般，没有想象中好。", en="The story was nothing special, not as good as I hoped.")},
    ),
)  # fmt: skip

_FLIPPED, _ENGLISH, _DECAYED = (failure.values for failure in FAILURES)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“损失曲线”：A 的训练损失一直下降，验证损失在前一半轮次里就掉头上升",
            en="See “Loss curves”: A's training loss keeps falling, while its validation loss turns in the first half of the run and rises",
        ),
        {},
        lambda settings, found: (
            found.a.turn.value < found.epochs / 2
            and found.a.rises
            and all(
                later.value < before.value
                for before, later in zip(found.a.curves.train_loss, found.a.curves.train_loss[1:], strict=False)
            )
        ),
    ),
    Claim(
        Text(
            zh="看“真标签与打乱的标签”：标签打乱以后，训练准确率仍超过 0.95，留出准确率在 0.5 附近",
            en="See “Real labels beside shuffled ones”: training accuracy passes 0.95 on shuffled labels, with held-out accuracy near 0.5",
        ),
        {},
        lambda settings, found: found.noise.memorized > 0.95 and abs(found.noise.learnt - 0.5) < 0.05,
    ),
    Claim(
        Text(
            zh="看“用哪一轮的权重”表：A 在验证损失最低处的留出损失，低于最后一轮",
            en="See the table “Which epoch's weights”: A's held-out loss at the lowest validation loss is below that of the last epoch",
        ),
        {},
        lambda settings, found: found.a.stop_loss.side < 0,
    ),
    Claim(
        Text(zh="在测试集上挑的那一行只会更好看", en="The row chosen on the test set can only look better"),
        {},
        lambda settings, found: found.a.peek.value >= 0 and found.b.peek.value >= 0,
    ),
    Claim(
        Text(zh="看“权重范数”：B 的权重最后比 A 小", en="See “Weight norms”: B's weights end smaller than A's"),
        {},
        lambda settings, found: (found.b.curves.norm[-1].high or 0) < (found.a.curves.norm[-1].low or 0),
    ),
    Claim(
        Text(
            zh="看“常见错误的代价”：忘了关 dropout，同一组权重评估两次，超过 5% 的评论判断不一致",
            en="See “What common mistakes cost”: with dropout left on, two evaluations of the same weights disagree on more than 5% of the reviews",
        ),
        {},
        lambda settings, found: found.forgotten is not None and (found.forgotten.flipped.low or 0) > 0.05,
    ),
    Claim(
        Text(
            zh="看“数据增强带来的变化”：翻转否定会降低留出准确率，另外三种都没有可靠的提升",
            en="See “What augmentation changes”: flipping the negation lowers held-out accuracy, and none of the other three reliably raises it",
        ),
        {},
        lambda settings, found: found.flip.change.side < 0 and all(item.change.side <= 0 for item in found.kept_label),
    ),
    Claim(
        Text(
            zh="运行失败示例“改变标签的增强”：B 用翻转了否定的句子和原来的标签训练，最后低于 A",
            en="Run the failure “Augmentation that changes the label”: B trains on flipped sentences with the old labels and ends below A",
        ),
        _FLIPPED,
        _label_changed,
    ),
    Claim(
        Text(
            zh="运行失败示例“英文：全背下来了”：训练准确率接近 1，留出准确率在 0.5 附近",
            en="Run the failure “English: learnt by heart”: training accuracy is near 1, held-out accuracy near 0.5",
        ),
        _ENGLISH,
        _by_heart,
    ),
    Claim(
        Text(
            zh="再运行失败示例“正则化过头”：B 连训练数据都拟合不了",
            en="And run the failure “Regularized to death”: B can't even fit its training data",
        ),
        _DECAYED,
        _to_death,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="**实验训练的是什么。** 一个单隐层网络读入评论的平均输入嵌入，判断好评还是差评",
            en="**What the lab trains.** A network with one hidden layer reads the mean input embedding of a review and predicts praise or complaint",
        ),
        "playground/topics/overfitting/test_lab.py::test_an_epoch_against_plain_modules_and_adamw_by_the_library",
    ),
)

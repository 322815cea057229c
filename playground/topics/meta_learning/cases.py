"""Settings under which a method visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.meta_learning.findings import Findings
from playground.topics.meta_learning.settings import Settings


def _off_distribution(settings: Settings, found: Findings) -> bool:
    """Whether a step leaves more than 80% of MAML's loss."""
    return found.unseen == "faster" and found.scores["maml"].remaining > 0.8


def _memorized(settings: Settings, found: Findings) -> bool:
    """Whether MAML solves training tasks without their support sets, and has less than 60% of unseen ones right after a step."""
    maml = found.texts["maml"]
    return maml.without is not None and maml.without.value > 0.8 and maml.one.value < 0.6


# What a case isn't about is kept small: where sines are the point, also the review, the same in both languages.
_SINES_ONLY = {"text_steps": 10, "prompts": 1, "text": "The keyboard feels great, but the fan is loud."}
_FASTER = {"unseen": "faster", **_SINES_ONLY}
_FIXED = {"labels": "fixed", "steps": 10, "prompts": 1}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="频率加倍", en="Twice the frequency"),
        _FASTER,
        expect=Text(
            zh="元训练只见过一种频率，换成两倍，走一步后 MAML 还剩八成以上的损失。",
            en="Meta-training saw one frequency only; at twice that a step leaves more than 80% of MAML's loss.",
        ),
        seen=_off_distribution,
    ),
    Failure(
        Text(zh="标签编号固定", en="Label numbers fixed"),
        _FIXED,
        expect=Text(
            zh="训练任务不看支持集就答对八成以上，内循环成了摆设：未见任务一打乱编号，MAML 一步后答对不到六成。",
            en="Training tasks are more than 80% right without their support sets, so the inner loop is idle: with numbers shuffled, MAML has less than 60% right after a step.",
        ),
        seen=_memorized,
    ),
)

_ONE_STEP = {"reptile_steps": 1, "steps": 40, "a": "reptile", **_SINES_ONLY}
_BOTH = {
    "unseen_texts": "reviews", "steps": 10, "prompts": 1,
    "text": "这本书的文笔很好，一口气读完了。",
}  # fmt: skip
_LARGER = {"unseen": "larger", "points": "-4 7\n-2 -6\n0.5 4\n2 6\n4 -8", **_SINES_ONLY}

EXAMPLES = (
    Example(Text(zh="Reptile 只走一步", en="Reptile with one inner step"), _ONE_STEP),
    Example(Text(zh="两种语言都见过，评论是中文", en="Both languages seen, Chinese reviews"), _BOTH),
    Example(Text(zh="振幅更大", en="Larger amplitudes"), _LARGER),
)


def _one_step(settings: Settings, found: Findings) -> bool:
    maml, joint = found.scores["maml"], found.scores["joint"]
    return (
        maml.remaining < 0.5
        and joint.remaining > 1
        and abs(maml.before.value - joint.before.value) < 0.3 * joint.before.value
    )


def _worth(settings: Settings, found: Findings) -> bool:
    to_maml = found.scores["fomaml"].to_maml
    return to_maml is not None and to_maml.side > 0


def _reused(settings: Settings, found: Findings) -> bool:
    to_maml = found.scores["anil"].to_maml
    return to_maml is not None and to_maml.side == 0


def _texts_won(settings: Settings, found: Findings) -> bool:
    against, nearest = found.texts["maml"].against, found.texts["nearest"].to_maml
    return against is not None and nearest is not None and against.side > 0 > nearest.side


def _plain_reptile(settings: Settings, found: Findings) -> bool:
    against = found.scores["reptile"].against
    return against is not None and abs(against.value) < 0.05 * found.scores["joint"].one.value


def _doubled(settings: Settings, found: Findings) -> bool:
    at = {
        round(rate / found.rate, 6): one.value
        for rate, one in zip(found.rates, found.scores["maml"].by_rate, strict=True)
    }
    return at[2.0] > 1.5 * at[1.0]


def _passes(settings: Settings, found: Findings) -> bool:
    return [found.passes[name].backward for name in ("maml", "fomaml", "joint")] == [3, 2, 1]


def _guessing(settings: Settings, found: Findings) -> bool:
    return all(abs(one.by_step[0].value - found.chance) < 0.1 for name, one in found.texts.items() if name != "nearest")


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“各方法在未见的正弦任务上”：适应前 MAML 与联合训练相差不大，一步之后 MAML 的损失不到一半，联合训练的反而变大",
            en="See “The methods on unseen sine tasks”: before adaptation MAML and joint training are close, after one step MAML's loss is less than half and that of joint training has grown",
        ),
        {},
        _one_step,
    ),
    Claim(
        Text(
            zh="看“未见任务：损失随适应步数”：联合训练走十步，仍高于 MAML 走一步",
            en="see “Unseen tasks: loss by adaptation step”: after ten steps joint training is still above what MAML reaches in one",
        ),
        {},
        lambda settings, found: found.scores["joint"].end.value > found.scores["maml"].one.value,
    ),
    Claim(
        Text(
            zh="看“你的点上的误差”：在留出的点上，MAML 的误差低于联合训练",
            en="see “Errors on your points”: on points left out MAML's error is below that of joint training",
        ),
        {},
        lambda settings, found: found.fits["maml"].left_out.value < found.fits["joint"].left_out.value,
    ),
    Claim(
        Text(
            zh="看“二阶比一阶贵多少”：内循环一步时，每个任务 MAML 要反向三次，一阶两次，联合训练一次",
            en="See “What the second order costs”: at one inner step MAML takes three backward passes per task, first-order MAML two and joint training one",
        ),
        {},
        _passes,
    ),
    Claim(
        Text(
            zh="看“各方法在未见的正弦任务上”的最后一列：一阶 MAML 的损失高于 MAML，区间不含 0",
            en="See the last column of “The methods on unseen sine tasks”: first-order MAML's loss is higher than MAML's and the interval excludes 0",
        ),
        {},
        _worth,
    ),
    Claim(
        Text(
            zh="看“各方法在未见的正弦任务上”的最后一列：ANIL 与 MAML 分不出",
            en="See the last column of “The methods on unseen sine tasks” again: ANIL can't be told apart from MAML",
        ),
        {},
        _reused,
    ),
    Claim(
        Text(
            zh="看“各方法在未见的文本任务上”：一步之后，MAML 胜过联合训练和最近类均值",
            en="See “The methods on unseen text tasks”: after one step MAML beats joint training and nearest class means",
        ),
        {},
        _texts_won,
    ),
    Claim(
        Text(
            zh="看“未见的文本任务：准确率随步数”：0 步时各方法都接近乱猜",
            en="see “Unseen text tasks: accuracy by step”: at step 0 every method is near chance",
        ),
        {},
        _guessing,
    ),
    Claim(
        Text(
            zh="看“换一个内循环学习率”：学习率加倍走一步，MAML 的损失高出一半以上",
            en="See “Another inner learning rate”: a step at twice the rate raises MAML's loss by more than half",
        ),
        {},
        _doubled,
    ),
    Claim(
        Text(
            zh="看“同样的任务，语言模型在上下文里学”：标签是字母时，准确率的区间含乱猜",
            en="See “The same tasks, learnt in context by the language model”: where labels are letters, the interval of its accuracy includes guessing",
        ),
        {},
        lambda settings, found: found.in_context.letters.low <= found.chance <= found.in_context.letters.high,
    ),
    Claim(
        Text(
            zh="在这里，联合训练适应前与 MAML 一样好",
            en="Before adaptation joint training is as good as MAML here",
        ),
        {},
        lambda settings, found: abs(found.scores["maml"].before.value - found.scores["joint"].before.value) < 0.1 * found.scores["maml"].before.value,
    ),
    Claim(
        Text(
            zh="运行示例“Reptile 只走一步”：它与联合训练分不出",
            en="Run the example “Reptile with one inner step”: it can't be told apart from joint training",
        ),
        _ONE_STEP,
        _plain_reptile,
    ),
    Claim(
        Text(
            zh="运行失败示例“频率加倍”：走一步后 MAML 还剩八成以上的损失",
            en="Run the failure “Twice the frequency”: a step leaves more than 80% of MAML's loss",
        ),
        _FASTER,
        _off_distribution,
    ),
    Claim(
        Text(
            zh="运行示例“两种语言都见过，评论是中文”：MAML 走一步就答对八成以上",
            en="Run the example “Both languages seen, Chinese reviews”: one step then gives MAML more than 80% right",
        ),
        _BOTH,
        lambda settings, found: found.texts["maml"].one.value > 0.8,
    ),
    Claim(
        Text(
            zh="运行失败示例“标签编号固定”：MAML 不看支持集就答对八成以上的训练任务，到了编号打乱的未见任务上，一步后答对不到六成",
            en="Run the failure “Label numbers fixed”: MAML has more than 80% of training tasks right without their support sets, and less than 60% of unseen ones with shuffled numbers after a step",
        ),
        _FIXED,
        _memorized,
    ),
    Claim(
        Text(
            zh="运行示例“振幅更大”：一步之后，MAML 的损失是训练分布上的两倍以上",
            en="Run the example “Larger amplitudes”: after one step MAML's loss is more than twice that on the training distribution",
        ),
        _LARGER,
        lambda settings, found: found.unseen == "larger" and found.scores["maml"].one.value > 2 * 1.6,
    ),
    Claim(
        Text(
            zh="默认时元训练没见过未见任务的语言",
            en="by default meta-training never saw the language of the unseen ones",
        ),
        {},
        lambda settings, found: settings.unseen_texts == "language",
    ),
)  # fmt: skip

PINNED = (
    Pinned(
        Text(
            zh="这里用同样的规则作基线，特征不训练",
            en="Their rule on untrained features is the baseline here",
        ),
        "playground/topics/meta_learning/test_lab.py::test_nearest_means_by_hand_and_cross_entropy_of_a_library",
    ),
)

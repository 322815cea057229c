"""Streams on which a method visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.continual.findings import Findings
from playground.topics.continual.settings import Settings


def _ewc_forgets(settings: Settings, found: Findings) -> bool:
    """Whether EWC ends below 20% on the first task, and forgets over half at every λ."""
    return found.scores["ewc"].first.value < 0.2 and all(one.score.forgetting.value > 0.5 for one in found.lambdas)


def _unprotected(settings: Settings, found: Findings) -> bool:
    """Whether EWC forgets at least three quarters of what naive fine-tuning does, which is visible."""
    naive, ewc = found.naive.forgetting.value, found.scores["ewc"].forgetting.value
    return settings.fisher == "batch" and naive > 0.05 and ewc > 0.75 * naive


def _one_is_few(settings: Settings, found: Findings) -> bool:
    """Whether replay still forgets more than half of the accuracy."""
    return found.memory == 1 and found.scores["replay"].forgetting.value > 0.5


def _stiff(settings: Settings, found: Findings) -> bool:
    """Whether EWC learns the tasks visibly worse than naive fine-tuning, and ends no better."""
    naive, ewc = found.naive, found.scores["ewc"]
    return ewc.newest.value < naive.newest.value - 0.08 and ewc.average.value < naive.average.value


def _everything_held(settings: Settings, found: Findings) -> bool:
    """Whether information taken too early is spread out, and EWC by it learns the tasks reliably worse than by the right one."""
    right = found.corrected
    return (
        settings.fisher == "before"
        and right is not None
        and found.top_share.value < 0.1
        and right.top_share.value > 0.5
        and right.learned.side < 0
        and right.learned.value < -0.1
    )


_ANY = {"strength": "100000", "seeds": 3}
_BATCH = {"tasks": "sentiment", "scenario": "task", "fisher": "batch", "strength": "100"}
_EARLY = {"scenario": "domain", "fisher": "before", "strength": "10000"}
_ONE = {"memory": 1, "seeds": 3}
_STIFF = {"tasks": "sentiment", "scenario": "domain", "strength": "100000", "seeds": 4}

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="类增量里的 EWC", en="EWC in the class scenario"),
        _ANY,
        expect=Text(
            zh="从小到大每个 λ 都忘掉一半以上，结束时第一个任务的准确率不到 20%。",
            en="Every λ, small or large, forgets more than half, and accuracy on the first task ends below 20%.",
        ),
        seen=_ewc_forgets,
    ),
    Failure(
        Text(zh="用整批梯度算 Fisher", en="Fisher information from batch gradients"),
        _BATCH,
        expect=Text(
            zh="最优点上整批的平均梯度接近 0，它的平方也接近 0：EWC 几乎和朴素微调忘得一样多。",
            en="At an optimum the mean gradient is near 0 and so is its square: EWC forgets nearly as much as naive fine-tuning.",
        ),
        seen=_unprotected,
    ),
    Failure(
        Text(zh="学之前就算 Fisher", en="Fisher information from before learning"),
        _EARLY,
        expect=Text(
            zh="信息处处都大：最大的 1% 参数只占不到一成，正确算法占一半以上。λ 大了什么都护住，刚学完时的准确率比正确算法低十个百分点以上。",
            en="Information is large everywhere: the top 1% of the parameters hold under a tenth, with the right one over half. A large λ then holds everything, and accuracy just after learning is more than ten points below that with the right one.",
        ),
        seen=_everything_held,
    ),
    Failure(
        Text(zh="每类只留一条", en="One example per class"),
        _ONE,
        expect=Text(
            zh="每类只回放一条样本，还是忘掉一半以上。", en="Replay of a single example per class still forgets more than half."
        ),
        seen=_one_is_few,
    ),
    Failure(
        Text(zh="λ 太大", en="Too large a λ"),
        _STIFF,
        expect=Text(
            zh="任务本来相容，λ 太大时 EWC 学不动新领域，平均准确率反而低于朴素微调。",
            en="The tasks agree, but with too large a λ EWC can't learn the new domains and ends below naive fine-tuning.",
        ),
        seen=_stiff,
    ),
)  # fmt: skip

_AGREE = {"tasks": "sentiment", "scenario": "domain", "strength": "100", "a": "naive", "b": "joint",
          "text": Text(zh="散热很差，键盘也松，后悔买了。", en="这本书很好看，一口气读完了。")}  # fmt: skip
_TOLD = {"tasks": "sentiment", "scenario": "task", "b": "ewc"}
_CONFLICT = {
    "scenario": "domain",
    "b": "lwf",
    "text": Text(zh="这本书的作者文笔很好。", en="The laptop runs hot and the keyboard is loose."),
}

EXAMPLES = (
    Example(Text(zh="相容的任务：情感逐个领域", en="Tasks that agree: sentiment by domain"), _AGREE),
    Example(Text(zh="冲突的任务：两个输出轮流用", en="Tasks in conflict: two outputs reused"), _CONFLICT),
    Example(Text(zh="告诉任务：EWC 有用武之地", en="Task given: where EWC helps"), _TOLD),
    Example(
        Text(zh="固定顺序：先中文后英文", en="Fixed order: Chinese, then English"),
        {"order": "fixed", "text": Text(zh="The hotel was quiet and the staff kind.", en="酒店很安静，服务员也热情。")},
    ),
)


def _scenarios_ordered(settings: Settings, found: Findings) -> bool:
    by_class, by_domain, by_task = (
        found.scenarios[name]["naive"].forgetting.value for name in ("class", "domain", "task")
    )
    return by_class > by_domain > by_task


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“同样的数据，三种场景”：朴素微调在类增量里忘得最多，任务增量里最少",
            en="See “The same data, three scenarios”: naive fine-tuning forgets most when the scenario is class-incremental and least when it is task-incremental",
        ),
        {},
        _scenarios_ordered,
    ),
    Claim(
        Text(
            zh="看“准确率矩阵：任务 × 时间”：朴素微调学完三个任务后，第一个任务的准确率不到 5%",
            en="See “Accuracy matrix: task × time”: after three tasks naive fine-tuning is below 5% on the first",
        ),
        {},
        lambda settings, found: found.naive.first.value < 0.05 and found.naive.matrix[0][0] > 0.8,
    ),
    Claim(
        Text(
            zh="看“各方法的指标”的最后一列：告诉任务之后（二选一，乱猜就有五成），朴素微调的平均准确率升到六成以上，蒸馏的超过八成五",
            en="see the last column of “The methods' metrics”: told the task (two answers, so chance is 50%), naive fine-tuning averages more than 60% and distillation more than 85%",
        ),
        {},
        lambda settings, found: (
            found.naive.told is not None
            and found.naive.told.value > 0.6 > found.naive.average.value
            and found.scores["lwf"].told is not None
            and found.scores["lwf"].told.value > 0.85
        ),
    ),
    Claim(
        Text(
            zh="看“λ：稳定与可塑”：默认场景里曲线几乎是平的，哪个 λ 都救不回旧类",
            en="See “λ: stability against plasticity”: in the default scenario the curves are almost flat and no λ saves the old classes",
        ),
        {},
        lambda settings, found: all(one.score.forgetting.value > 0.6 for one in found.lambdas),
    ),
    Claim(
        Text(
            zh="运行失败示例“用整批梯度算 Fisher”：EWC 忘得几乎和朴素微调一样多",
            en="run the failure “Fisher information from batch gradients”: EWC forgets nearly as much as naive fine-tuning",
        ),
        _BATCH,
        _unprotected,
    ),
    Claim(
        Text(
            zh="运行失败示例“学之前就算 Fisher”：最大的 1% 参数只占不到一成的信息，刚学完时的准确率比正确算法低十个百分点以上",
            en="run the failure “Fisher information from before learning”: the top 1% of the parameters hold under a tenth of it, and accuracy just after learning is more than ten points below that with the right one",
        ),
        _EARLY,
        _everything_held,
    ),
    Claim(
        Text(
            zh="看“逐个参数的 Fisher 信息”：最大的 1% 里最小的一个，也比非零参数的中位数高出一个多数量级（种子平均）",
            en="See “Fisher information by parameter”: even the least of the top 1% is more than ten times the median of the parameters that have any (mean over seeds)",
        ),
        {},
        lambda settings, found: found.decades.value > 1.2 and found.decades.side > 0,
    ),
    Claim(
        Text(
            zh="看“Fisher 信息在哪里”：输出权重只占参数的百分之一左右，却占了一半以上的 Fisher 信息",
            en="see “Where the Fisher information is”: output weights are about 1% of the parameters and hold more than half of it",
        ),
        {},
        lambda settings, found: next(
            one.share.value > 0.5 and one.part < 0.015 and (one.share.low or 0) > 10 * one.part
            for one in found.groups
            if one.name == "out"
        ),
    ),
    Claim(
        Text(
            zh="看“参数移动了多远”：与朴素微调相比，EWC 让 Fisher 最大的那些参数少动，其余的照样动",
            en="see “How far the parameters moved”: EWC keeps the parameters with most Fisher information closer than naive fine-tuning does, and lets the rest move",
        ),
        {},
        lambda settings, found: (
            found.moved["ewc"].against is not None
            and found.moved["ewc"].against.side < 0
            and found.moved["ewc"].important.value < 0.8 * found.moved["naive"].important.value
            and found.moved["ewc"].rest.value > 0.8 * found.moved["naive"].rest.value
        ),
    ),
    Claim(
        Text(
            zh="看“多占的字节与遗忘”：十条一类的回放存成文本，比 EWC 少一个数量级的字节，遗忘却少得多",
            en="See “Extra bytes against forgetting”: ten examples per class kept as text take a tenth of EWC's bytes or less, and forget far less",
        ),
        {},
        lambda settings, found: (
            found.memory == 10
            and 10 * (found.scores["replay"].text_bytes or 1e9) < found.scores["ewc"].bytes
            and found.scores["replay"].forgetting.value < found.scores["ewc"].forgetting.value - 0.2
        ),
    ),
    Claim(
        Text(
            zh="看“第一个任务的准确率”：换任务时，回放和联合训练也会先掉下去，再爬回来",
            en="see “Accuracy on the first task”: at a change of task replay and joint training fall too, then recover",
        ),
        {},
        lambda settings, found: all(found.scores[name].dip.value < -0.1 for name in ("replay", "joint")),
    ),
    Claim(
        Text(
            zh="看“训练日志与真实评估”：日志比真实高出 30 个百分点以上",
            en="See “The training log against evaluation”: the log is more than 30 points too high",
        ),
        {},
        lambda settings, found: found.log.gap.value > 0.3 and found.log.gap.side > 0,
    ),
    Claim(
        Text(
            zh="运行示例“相容的任务：情感逐个领域”：朴素微调的遗忘不到十个百分点，前向迁移的区间在 0 以上",
            en="Run the example “Tasks that agree: sentiment by domain”: naive fine-tuning forgets less than ten points, and the interval of forward transfer is above 0",
        ),
        _AGREE,
        lambda settings, found: (
            found.naive.forgetting.value < 0.1 and found.naive.forward is not None and found.naive.forward.side > 0
        ),
    ),
    Claim(
        Text(
            zh="运行示例“冲突的任务：两个输出轮流用”：蒸馏忘得比朴素微调少，新任务却学得差得多",
            en="Run the example “Tasks in conflict: two outputs reused”: distillation forgets less than naive fine-tuning and learns the new tasks much worse",
        ),
        _CONFLICT,
        lambda settings, found: (
            found.scores["lwf"].forgetting.value < found.naive.forgetting.value - 0.2
            and found.scores["lwf"].learned.value < found.naive.learned.value - 0.1
        ),
    ),
    Claim(
        Text(
            zh="运行示例“告诉任务：EWC 有用武之地”：EWC 的遗忘比朴素微调少",
            en="Run the example “Task given: where EWC helps”: EWC forgets less than naive fine-tuning",
        ),
        _TOLD,
        lambda settings, found: found.scores["ewc"].forgetting.value < found.naive.forgetting.value - 0.05,
    ),
    Claim(
        Text(
            zh="运行失败示例“λ 太大”：EWC 忘得少，平均准确率却低于朴素微调",
            en="Run the failure “Too large a λ”: EWC forgets little, and its average accuracy is below that of naive fine-tuning",
        ),
        _STIFF,
        lambda settings, found: _stiff(settings, found) and found.scores["ewc"].forgetting.value < 0.1,
    ),
    Claim(
        Text(
            zh="看“换一个顺序”：同一方法，换个顺序，平均准确率能差十个百分点以上",
            en="See “Another order”: for one and the same method the average accuracy differs by more than ten points between orders",
        ),
        {},
        lambda settings, found: max(found.naive.by_seed) - min(found.naive.by_seed) > 0.1,
    ),
)  # fmt: skip

PINNED = (
    Pinned(
        Text(
            zh="本实验没有适配器一行：它只在固定的特征上训练小网络，每任务一份适配器等于每任务一个网络，剩下的只是认出任务",
            en="The lab has no adapter row: it trains only a small network on fixed features, where an adapter per task is a network per task, and only telling the task is difficult",
        ),
        "playground/topics/continual/test_lab.py::test_only_a_small_network_is_trained_and_the_model_stays_as_it_is",
    ),
)

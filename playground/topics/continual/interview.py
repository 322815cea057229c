"""What an interviewer asks about a run of continual learning: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Language, Text, say, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, in_brackets
from playground.topics.continual.findings import Findings
from playground.topics.continual.settings import SCENARIOS, Settings

# Upper ends of the answers to the question before the run.
BOUNDS = (0.25, 0.5, 0.75)


def _percent(value: float) -> str:
    return written(value, "z.0%")


def _interval(found: Mean) -> str:
    """A mean in percent with its interval, cut off where accuracies and their differences can't be."""
    if found.low is None or found.high is None:
        return _percent(found.value)
    return f"{_percent(found.value)} {in_brackets(max(found.low, -1.0), min(found.high, 1.0), 'z.0%')}"


def _first_at_the_end(settings: Settings, found: Findings) -> Outcome:
    value = found.naive.first.value
    evidence = Text(
        zh="刚学完第一个任务时 {before}，结束时 {after}（{n} 个种子平均）",
        en="{before} just after the first task, {after} at the end (mean over {n} seeds)",
    ).format(before=_percent(found.naive.matrix[0][0]), after=_percent(value), n=found.seeds)
    return Outcome(str(sum(value >= bound for bound in BOUNDS)), evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="朴素微调依次学完三个任务后，第一个任务的准确率还剩多少？",
        en="After naive fine-tuning on three tasks in a row, what is the accuracy on the first one?",
    ),
    _first_at_the_end,
    (
        ("0", Text(zh="不到 25%", en="under 25%")),
        ("1", Text(zh="25% 到 50%", en="25% to 50%")),
        ("2", Text(zh="50% 到 75%", en="50% to 75%")),
        ("3", Text(zh="75% 以上", en="75% or more")),
    ),
)

_SIDES = {
    -1: Text(zh="比朴素差", en="worse than naive"),
    0: Text(zh="与朴素分不出", en="not to be told apart from naive"),
    1: Text(zh="胜过朴素", en="better than naive"),
}


def _against(found: Findings, method: str) -> Mean:
    against = found.scores[method].against
    assert against is not None
    return against


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what naive fine-tuning forgets, how EWC and replay compare with it, and where joint training is."""
    naive = found.naive
    return Text(
        zh="{scenario}，{n} 个种子：朴素微调结束时平均准确率 {average}，遗忘 {forgetting}；EWC {ewc_side}（差 {ewc}），回放（每类留 {memory} 条）{replay_side}（差 {replay}）；联合训练为 {joint}。",
        en="{scenario}, {n} seeds: naive fine-tuning ends at an average accuracy of {average} and forgets {forgetting}; EWC is {ewc_side}"
        " (difference {ewc}), replay (kept per class: {memory}) is {replay_side} (difference {replay}); joint training reaches {joint}.",
    ).format(
        scenario=_scenario(found), n=found.seeds, average=_percent(naive.average.value),
        forgetting=_interval(naive.forgetting), ewc_side=_SIDES[_against(found, "ewc").side], ewc=_interval(_against(found, "ewc")),
        memory=found.memory, replay_side=_SIDES[_against(found, "replay").side], replay=_interval(_against(found, "replay")),
        joint=_percent(found.scores["joint"].average.value),
    )  # fmt: skip


def _scenario(found: Findings) -> Text:
    name = SCENARIOS[found.scenario]
    return Text(zh=say(name, Language.ZH), en=say(name, Language.EN).capitalize())


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = [_regularized, _told, _log, _shared, _bytes, _distilled, _stiff, _mistaken]
    return tuple(question for ask in asked if (question := ask(found)) is not None)


def _regularized(found: Findings) -> FollowUp | None:
    """Where the answer is among all classes and EWC brings nothing."""
    against = _against(found, "ewc")
    if found.scenario != "class" or against.side > 0:
        return None
    return FollowUp(
        Text(zh="类增量里 EWC 与朴素之差是 {difference}，为什么把 λ 再调大也没用？",
             en="In the class scenario EWC minus naive is {difference}: why doesn't a larger λ help?").format(difference=_interval(against)),
        Text(
            zh="EWC 护住的是旧任务内部的判断，可新任务从没见过旧类的样本，没有任何损失项教网络比较旧类与新类；新类的输出只管往上涨，总是赢。先要有跨任务的比较信号：回放、生成的样本、类原型，或按任务识别再分类。",
            en="EWC protects decisions within an old task, but while the new one is learnt no example of an old class is seen, so no term of the loss compares old classes with new ones: the new outputs simply grow until they win. What is missing is a signal across tasks: replay, generated samples, class prototypes, or inferring the task first.",
        ),
    )  # fmt: skip


def _told(found: Findings) -> FollowUp | None:
    """Where giving the task brings back much of the accuracy."""
    told = found.naive.told
    if told is None or told.value - found.naive.average.value < 0.15:
        return None
    return FollowUp(
        Text(zh="朴素微调的平均准确率只有 {average}，告诉它任务就有 {told}，知识到底丢了没有？",
             en="Naive fine-tuning averages {average}, but {told} if told the task: was the knowledge lost?").format(
            average=_percent(found.naive.average.value), told=_percent(told.value)),
        Text(
            zh="先看乱猜的水平：答案从六个减到两个，乱猜从约 17% 升到 50%，所以不能只看涨了多少，要与刚学完时的 {learned} 比。仍差的那部分是真丢了；补回来的那部分，坏的只是类之间的比较：最新的类偏高，压过了旧类，用少量样本重新校准输出层（BiC）、权重对齐，或用最近类均值分类，能救回一些。大模型的“虚假遗忘”与此相似：先分清是表示坏了还是输出对不上，再选方法。",
            en="Mind chance first: with two answers instead of six it rises from about 17% to 50%, so don't read the gain alone; compare with {learned} just after learning. What is still missing was lost; what came back had only lost the comparison between classes, as the newest ones are biased upwards and win. Recalibrating the output layer on a few examples (BiC), weight aligning, or classifying by nearest class mean brings some of it back. Spurious forgetting in large models is similar: find out whether representations or only their read-out broke before you choose a method.",
        ).format(learned=_percent(found.naive.learned.value)),
    )  # fmt: skip


def _log(found: Findings) -> FollowUp | None:
    if found.log.gap.side <= 0:
        return None
    return FollowUp(
        Text(zh="训练日志平均 {seen}，真实评估 {real}，差在哪里？",
             en="The training log averages {seen}, evaluation says {real}: where does the difference come from?").format(
            seen=_percent(found.log.seen.value), real=_percent(found.log.real.value)),
        Text(
            zh="日志只在当时的批次上算，批次永远来自正在学的任务，而且是训练样本。旧任务掉了多少，它根本看不见。要在每个任务的留出样本上、在每个任务学完之后都测一遍，填满准确率矩阵；线上则为每个旧领域留一个固定的回归集。",
            en="The log is computed on the batch of the moment, which always comes from the task being learnt and is training data besides; it can't see what old tasks lost. Measure on held-out examples of every task after every task, so that the accuracy matrix is filled; in production keep a fixed regression set for each old domain.",
        ),
    )  # fmt: skip


def _shared(found: Findings) -> FollowUp | None:
    """Where little is forgotten of what was learnt: because tasks agree, or because each is given."""
    naive = found.naive
    if (
        found.scenario == "class"
        or naive.learned.value < 0.7
        or naive.forgetting.side > 0
        or naive.forgetting.value > 0.1
    ):
        return None
    return FollowUp(
        Text(zh="这里朴素微调的遗忘只有 {forgetting}，能说持续学习已经解决了吗？",
             en="Naive fine-tuning forgets only {forgetting} here: is continual learning solved?").format(forgetting=_interval(naive.forgetting)),
        _GIVEN if found.scenario == "task" else _AGREEING,
    )  # fmt: skip


_GIVEN = Text(
    zh="不能。遗忘小是因为告诉了任务：别的任务的类不参与竞争，输出层偏向新类也无妨，只剩隐层里的干扰。同样的网络，不告诉任务、要在所有类里选，就会忘得很厉害；部署时往往没有人告诉它是哪个任务。",
    en="No. Little is forgotten because the task is given: classes of other tasks don't compete, so an output layer that favours the newest does no harm, and only interference in the hidden layer remains. Ask the same network to choose among all classes and it forgets badly; in production often nobody names the task.",
)
_AGREEING = Text(
    zh="不能。遗忘小是因为任务彼此相容：标签含义相同，学新任务的梯度不与旧任务相抵，甚至互相帮忙。换成要在所有类里选、或同一输出含义相冲突的任务，同样的网络会忘得很厉害。看前向迁移与后向迁移，先判断任务相不相容。",
    en="No. Little is forgotten because the tasks agree: labels mean the same, so gradients don't oppose each other and may help. Ask the same network to choose among all classes, or give one output conflicting meanings, and it forgets badly. Look at forward and backward transfer first, to see whether the tasks agree.",
)


def _bytes(found: Findings) -> FollowUp | None:
    """Where replay, kept as text, takes fewer bytes than EWC and forgets visibly less."""
    replay, ewc = found.scores["replay"], found.scores["ewc"]
    less = ewc.forgetting.value - replay.forgetting.value
    if replay.text_bytes is None or replay.text_bytes >= ewc.bytes or less < 0.05:
        return None
    return FollowUp(
        Text(zh="回放存文本只要 {text} 字节，遗忘 {a}；EWC 要 {ewc} 字节，遗忘 {b}。那什么时候还用 EWC？",
             en="Replay kept as text takes {text} bytes and forgets {a}; EWC takes {ewc} bytes and forgets {b}. When would you still use EWC?").format(
            text=replay.text_bytes, ewc=ewc.bytes, a=_percent(replay.forgetting.value), b=_percent(ewc.forgetting.value)),
        Text(
            zh="旧数据不许留时：隐私、版权、合同到期，或只拿到别人的权重。还有旧样本难以代表全貌的时候。EWC 的字节数随参数量走，与任务数无关；回放随样本走。大模型上两者相差悬殊：百亿参数的 Fisher 要几十 GB，几千条指令只要几 MB。能留数据就先用回放。",
            en="When old data may not be kept (privacy, licences, expired contracts), when you only have somebody's weights, or when a few examples can't represent the old task. EWC's bytes grow with parameters and not with tasks, replay's with examples. For large models the gap is vast: the Fisher information of ten billion parameters takes tens of gigabytes, a few thousand instructions a few megabytes. If data may be kept, replay first.",
        ),
    )  # fmt: skip


def _distilled(found: Findings) -> FollowUp | None:
    """Where distillation keeps the old tasks by not learning the new ones."""
    lwf = found.scores["lwf"]
    if lwf.learned.value > found.naive.learned.value - 0.1 or lwf.forgetting.value > found.naive.forgetting.value:
        return None
    return FollowUp(
        Text(zh="蒸馏的遗忘是 {a}，朴素是 {b}，可它刚学完各任务时只有 {c}（朴素 {d}），算不算好？",
             en="Distillation forgets {a} and naive {b}, but just after each task it has only {c} (naive {d}): is that good?").format(
            a=_percent(lwf.forgetting.value), b=_percent(found.naive.forgetting.value), c=_percent(lwf.learned.value), d=_percent(found.naive.learned.value)),
        Text(
            zh="不算：它拿可塑性换稳定。共用的输出在新任务上含义相冲突时，蒸馏要求新输入也照旧输出，等于不许学。遗忘低可以靠什么都不学得到，所以总要同时报平均准确率和刚学完时的准确率，再调蒸馏权重，看整条折中曲线。",
            en="No: it buys stability with plasticity. Where shared outputs change their meaning, distillation demands the old answers on new inputs, which forbids learning. Learning nothing also forgets nothing, so report average accuracy and accuracy just after learning as well, and vary the weight to see the whole trade-off.",
        ),
    )  # fmt: skip


def _stiff(found: Findings) -> FollowUp | None:
    """Where EWC can hardly learn the newest task."""
    ewc = found.scores["ewc"]
    if ewc.newest.value > found.naive.newest.value - 0.08:
        return None
    return FollowUp(
        Text(zh="λ = {strength} 时 EWC 在最后一个任务上只有 {a}，朴素有 {b}，怎么选 λ？",
             en="At λ = {strength} EWC has only {a} on the last task, naive {b}: how do you choose λ?").format(
            strength=f"{found.strength:g}", a=_percent(ewc.newest.value), b=_percent(found.naive.newest.value)),
        Text(
            zh="λ 没有通用值，它随 Fisher 的算法、数据量与学习率差几个数量级。在前一两个任务的验证集上扫一遍，看平均准确率而不是只看遗忘；不能用后面任务的数据选，那等于偷看未来。",
            en="There is no universal λ: it moves by orders of magnitude with how the Fisher information is computed, with data and learning rate. Sweep it on validation data of the first task or two and judge by average accuracy, not by forgetting alone; choosing it on later tasks means looking into the future.",
        ),
    )  # fmt: skip


def _mistaken(found: Findings) -> FollowUp | None:
    """Where EWC takes the Fisher information by a mistake, forgets less for it and learns the tasks worse."""
    if found.corrected is None or found.corrected.learned.side >= 0 or found.corrected.forgetting.side >= 0:
        return None
    return FollowUp(
        Text(zh="这里的 Fisher 算错了：λ = {strength} 时，EWC 的遗忘与正确算法之差是 {forgetting}，刚学完时的准确率之差是 {learned}。能说它护得更好吗？",
             en="Here the Fisher information is computed wrongly: at λ = {strength} EWC's forgetting minus that with the right one is {forgetting}, its accuracy just after learning minus that is {learned}. Does it protect better?").format(
            strength=f"{found.strength:g}", forgetting=_interval(found.corrected.forgetting), learned=_interval(found.corrected.learned)),
        Text(
            zh="不能。信息的总量不同，同一个 λ 就不是同样的强度：什么都护住，自然忘得少，也学不动。要比整条 λ 曲线，或在同样的可塑性下比遗忘；还要看信息落在哪里：最大的 1% 参数占 {wrong}，正确算法占 {right}。",
            en="No. The information has another total, so one λ isn't one strength: what holds everything forgets little and can't learn. Compare whole curves over λ, or forgetting at equal plasticity, and look where the information is: the top 1% of the parameters hold {wrong}, with the right one {right}.",
        ).format(wrong=_percent(found.top_share.value), right=_percent(found.corrected.top_share.value)),
    )  # fmt: skip

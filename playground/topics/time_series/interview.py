"""What an interviewer asks about a run of time series: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.statistics.intervals import Mean, in_brackets
from playground.topics.time_series.findings import Findings
from playground.topics.time_series.settings import LEAKS, METHODS, Settings


def _interval(found: Mean) -> Text:
    """A difference with its interval."""
    assert found.low is not None and found.high is not None
    return Text(*[f"{written(found.value)} {in_brackets(found.low, found.high, 'z.2f')}"] * 2)


def _beats(settings: Settings, found: Findings) -> Outcome:
    against = found.against
    evidence = Text(
        zh="{n} 个起点上，网络与{base}的 MASE 之差是 {difference}",
        en="over {n} origins the network's MASE minus that of {base} is {difference}",
    ).format(n=len(found.origins), base=METHODS[found.baseline], difference=_interval(against))
    return Outcome({-1: "yes", 0: "unclear", 1: "no"}[against.side], evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="滞后网络能胜过“照抄上一季”（没有季节就照抄上一个值）吗？按各起点的配对差判定。",
        en="Does the lag network beat repeating the last season (or, without a season, the last value)? Judged by paired differences over the origins.",
    ),
    _beats,
    (
        ("yes", Text(zh="胜过", en="it does")),
        ("unclear", Text(zh="分不出", en="can't be told")),
        ("no", Text(zh="更差", en="it is worse")),
    ),
)

_SIDES = {
    -1: Text(zh="网络胜过{base}", en="the network beats {base}"),
    0: Text(zh="网络与{base}分不出高下", en="the network and {base} can't be told apart"),
    1: Text(zh="网络不如{base}", en="the network is worse than {base}"),
}


_OF_DIGITS = {
    -1: Text(zh="语言模型胜过指数平滑", en="the language model beats exponential smoothing"),
    0: Text(zh="语言模型与指数平滑分不出高下", en="the language model and exponential smoothing can't be told apart"),
    1: Text(zh="语言模型不如指数平滑", en="the language model is worse than exponential smoothing"),
}


def verdict(settings: Settings, found: Findings) -> Text:
    """Says which method is best and whether it can be told from the second, what beats what, and what two intervals cover."""
    said = Text(
        zh="{cheat}{n} 个起点平均，MASE 最低的是{best}（{mase}）{lead}；{side}（差 {difference}）；{of_digits}（差 {digits_difference}）；名义 {level} 的区间，指数平滑覆盖 {smoothing}，语言模型覆盖 {digits}。",
        en="{cheat}Over {n} origins {best} has the lowest MASE ({mase}){lead}; {side} (difference {difference}); {of_digits} (difference"
        " {digits_difference}); of nominally {level} intervals those of exponential smoothing cover {smoothing}, the language model's {digits}.",
    ).format(
        cheat=_cheat(found), n=len(found.origins), best=METHODS[found.best], mase=written(found.scores[found.best].mase.value),
        side=_SIDES[found.against.side].format(base=METHODS[found.baseline]), difference=_interval(found.against),
        lead=_lead(found), of_digits=_OF_DIGITS[found.digits_to_smoothing.side], digits_difference=_interval(found.digits_to_smoothing),
        level=f"{found.level:.0%}", smoothing=f"{found.scores['smoothing'].coverage.value:.0%}",
        digits=f"{found.scores['digits'].coverage.value:.0%}",
    )  # fmt: skip
    return said if found.leak == "none" else Text(said.zh, said.en.replace(": Over", ": over", 1))


def _lead(found: Findings) -> Label:
    """Whether the best differs from the second best, unless the verdict compares these two anyway."""
    if {found.best, found.second} in ({"network", found.baseline}, {"digits", "smoothing"}):
        return ""
    said = (
        Text(
            zh="，可靠地低于第二的{second}（差 {lead}）", en=", reliably below the second, {second} (difference {lead})"
        )
        if found.lead.side < 0
        else Text(
            zh="，但与第二的{second}分不出高下（差 {lead}）",
            en=", but can't be told from the second, {second} (difference {lead})",
        )
    )
    return said.format(second=METHODS[found.second], lead=_interval(found.lead))


def _cheat(found: Findings) -> Label:
    if found.leak == "none":
        return ""
    return Text(zh="网络在作弊（{leak}）：", en="The network cheats ({leak}): ").format(leak=LEAKS[found.leak])


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked: list[FollowUp] = []
    if found.leak != "none" and found.leaks[found.leak].difference.side < 0:
        leak = found.leaks[found.leak]
        asked.append(
            FollowUp(
                Text(zh="打开“{leak}”后网络的 MASE 变成 {claimed}，上线后会怎样？",
                     en="With “{leak}” the network's MASE is {claimed}: what happens in production?").format(
                    leak=LEAKS[found.leak], claimed=written(leak.claimed.value)),
                Text(
                    zh="变好的部分来自起点之后的数据，上线时拿不到，误差会回到无泄漏的水平；泄漏若在输入里（去噪、缩放），还可能更差，因为模型依赖的特征没有了。查法：只给数据管道起点之前的数据，重算一遍特征并逐项比对；再查有没有训练窗口伸进了起点之后。",
                    en="What was gained came from data after the origin, which production doesn't have: the error returns to that without a leak, and where the leak is in the inputs (denoising, scaling) it may get worse, as the model relies on a feature that is gone. To find it, give the pipeline only data before the origin, recompute the features and compare them one by one; and check that no training window reaches past the origin.",
                ),
            )
        )  # fmt: skip
    if found.leak == "none" and found.against.side >= 0:
        asked.append(
            FollowUp(
                Text(zh="网络没有胜过{base}（差 {difference}），该怎么办？",
                     en="The network doesn't beat {base} (difference {difference}): what now?").format(
                    base=METHODS[found.baseline], difference=_interval(found.against)),
                Text(
                    zh="先保留基线上线。序列有 {values} 个值，窗口彼此重叠，独立的信息更少，而网络有 {parameters} 个参数：要么换参数更少的模型（指数平滑、线性），要么把许多条相似序列放在一起训练一个全局模型，要么加入真正有信息且未来可知的变量（节假日、价格、计划）。只调网络结构通常没用。",
                    en="Ship the baseline meanwhile. The series has {values} values, in overlapping windows that hold less information than that, and the network {parameters} parameters: use fewer (exponential smoothing, a linear model), train one global model on many similar series, or add variables that carry information and are known ahead (holidays, prices, plans). Tuning the architecture alone seldom helps.",
                ).format(
                    values=found.values, parameters=(found.lags + 1) * settings.width + (settings.width + 1) * found.horizon
                ),
            )
        )  # fmt: skip
    if found.different_winners > 1:
        asked.append(
            FollowUp(
                Text(zh="{n} 个起点上有 {winners} 种方法得过第一，凭一个划分能选模型吗？",
                     en="Over {n} origins {winners} methods come first somewhere: can one split choose a model?").format(
                    n=len(found.origins), winners=found.different_winners),
                Text(
                    zh="不能。一个划分只是一个样本，选出的往往是那一段恰好合适的方法。用滚动起点，报配对差与区间；起点重叠或误差相关时，用 Diebold–Mariano 检验的小样本修正或按块自助，再看多条序列。",
                    en="No. One split is one sample, and picks whatever suited that stretch. Use rolling origins and report paired differences with intervals; where origins overlap or errors are correlated, use the Diebold–Mariano test with its small-sample correction or a block bootstrap, and look at many series.",
                ),
            )
        )  # fmt: skip
    short = {name: one for name, one in found.scores.items() if one.coverage.high < found.level}
    if short:
        name, one = min(short.items(), key=lambda item: item[1].coverage.value)
        asked.append(
            FollowUp(
                Text(zh="{name}的 {level} 区间只覆盖 {covered}，为什么，怎么补救？",
                     en="The {level} intervals of {name} cover only {covered}: why, and what can be done?").format(
                    name=METHODS[name], level=f"{found.level:.0%}", covered=f"{one.coverage.value:.0%}"),
                _why_narrow(name, found),
            )
        )  # fmt: skip
    difference = found.scores["digits"].against
    if difference is not None and difference.side > 0:
        asked.append(
            FollowUp(
                Text(zh="语言模型读数字，MASE 比{base}还高 {difference}，LLMTime 的说法错了吗？",
                     en="Reading digits, the language model's MASE exceeds that of {base} by {difference}: was LLMTime wrong?").format(
                    base=METHODS[found.baseline], difference=_interval(difference)),
                Text(
                    zh="不能由此下结论：这里是 2.7 亿参数的基座，原文用的是 GPT-3 和 LLaMA-2 70B。不过后来的消融（Tan 等，2024）发现，把时序方法里的语言模型去掉或换成一层注意力，结果不变甚至更好。要用预训练，就用在时间序列上预训练的模型，如 Chronos、TimesFM、Moirai。",
                    en="Not shown by this: here it is a base model of 270 million parameters, there GPT-3 and LLaMA-2 70B. But later ablations (Tan et al. 2024) found that removing the language model from such forecasters, or putting one attention layer in its place, does no harm or even helps. For pretraining use a model pretrained on time series, such as Chronos, TimesFM or Moirai.",
                ),
            )
        )  # fmt: skip
    return tuple(asked)


def _why_narrow(method: str, found: Findings) -> Text:
    """Why a method's intervals cover too little, by how they are made, and what to do."""
    why = {
        "linear": Text(
            zh="宽度取自起点之前留出的窗口上的误差（分裂共形）：这些窗口彼此重叠，独立的误差没有几个；未来的误差也未必与它们同分布",
            en="Their width comes from errors on windows held out before the origin (split conformal): those windows overlap, so there are few independent errors, and future errors need not be distributed like them",
        ),
        "network": Text(
            zh="宽度取自起点之前留出的窗口上的误差（分裂共形）：这些窗口彼此重叠，又用来早停，所以误差偏小；未来的误差也未必与它们同分布",
            en="Their width comes from errors on windows held out before the origin (split conformal): those windows overlap and also decide when training stops, so their errors are too small, and future errors need not be distributed like them",
        ),
        "digits": Text(
            zh="它是 {samples} 条采样的分位数：条数少，最宽也只到最大最小值，采样分布即使正确，平均也至多盖住 {most}；模型又没在这条序列上训练，采样的散布与真实误差未必相当",
            en="They are quantiles of {samples} samples: so few reach no further than the largest and smallest, which on average cover {most} at most even if the distribution is right; nor was the model trained on this series, so the samples' spread need not match the real errors",
        ).format(samples=found.digits.samples, most=f"{(found.digits.samples - 1) / (found.digits.samples + 1):.0%}"),
    }.get(
        method,
        Text(
            zh="区间只算了残差的波动，没算参数与模型选择的不确定，也假定误差正态、未来与过去同分布",
            en="Such intervals count the residuals' spread but not the uncertainty of parameters and of the choice of model, and they assume normal errors and a future distributed as the past",
        ),
    )  # fmt: skip
    return Text(
        zh="{why}。补救：用滚动起点上的真实误差做共形校准，在线时用自适应共形（ACI）随覆盖率调整宽度；水平突变时任何只看过去的方法都会短暂失守。",
        en="{why}. Calibrate conformally on real errors at rolling origins, and online with adaptive conformal inference, which moves the width with the coverage; at a level shift every method that sees only the past fails for a while.",
    ).format(why=why)

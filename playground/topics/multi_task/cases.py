"""Settings under which training together visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure
from playground.topics.multi_task.findings import Findings
from playground.topics.multi_task.settings import Settings

_UNSCALED = {"tasks": "three", "length": "characters", "seeds": 4}
_STARVED = {"share": 0.05, "seeds": 4}
_RELATED = {"tasks": "related", "second": 12, "decay": 10.0}
_TWICE = {"tasks": "twice", "seeds": 4}
_WIDE = {
    "width": 24,
    "seeds": 4,
    "text": Text(zh="这本书的情节拖沓，读到一半就放下了。", en="笔记本散热不错，键盘手感也好。"),
}


def _one_wins(settings: Settings, found: Findings) -> bool:
    """Whether sentiment loses over ten points to a length in characters, whose gradient is over twenty times as long."""
    return found.fixed.gains[0].value < -0.1 and found.pairs[1].ratio.value < 0.05


def _starved(settings: Settings, found: Findings) -> bool:
    """Whether the small task loses over eight points and the large one less than three."""
    return found.fixed.gains[1].value < -0.08 and abs(found.fixed.gains[0].value) < 0.03


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="长度用字数、不缩放，损失直接相加", en="Length in characters, losses simply added"),
        _UNSCALED,
        expect=Text(
            zh="长度的梯度长得多，共享层只听它的：情感比单独训练低十个百分点以上。",
            en="The gradient of length is far longer and decides the shared layer: sentiment falls over ten points below training alone.",
        ),
        seen=_one_wins,
    ),
    Failure(
        Text(zh="小任务只占 5% 的权重", en="Five percent of the weight for the small task"),
        _STARVED,
        expect=Text(
            zh="领域比单独训练低八个百分点以上，情感几乎不变。",
            en="Domain falls over eight points below training alone, while sentiment hardly changes.",
        ),
        seen=_starved,
    ),
)  # fmt: skip

EXAMPLES = (
    Example(Text(zh="相关的任务：酒店情感帮电脑情感", en="Related tasks: hotel sentiment helps computers"), _RELATED),
    Example(Text(zh="同一个标签，两个头", en="One label, two heads"), _TWICE),
    Example(Text(zh="共享层宽一些", en="A wider shared layer"), _WIDE),
)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“单独训练与一起训练”：默认设置里，小任务（领域）一起训练反而更差，区间整个在 0 以下",
            en="See “Alone against together”: by default the small task, domain, gets worse by training together, with its whole interval below 0",
        ),
        {},
        lambda settings, found: found.small_task.name == "domain" and found.small_gain.side < 0,
    ),
    Claim(
        Text(
            zh="看“梯度余弦”：情感与领域的梯度几乎正交，平均余弦的绝对值不到 0.1",
            en="See “Gradient cosine”: the gradients of sentiment and domain are almost orthogonal, with a mean cosine under 0.1 in size",
        ),
        {},
        lambda settings, found: abs(found.pairs[0].cosine.value) < 0.1,
    ),
    Claim(
        Text(
            zh="看“共享层上的梯度”：情感的梯度范数平均是领域的三倍以上",
            en="See “Gradients on the shared layer”: the gradient of sentiment is on average over three times as long as that of domain",
        ),
        {},
        lambda settings, found: found.pairs[0].ratio.value > 3,
    ),
    Claim(
        Text(
            zh="看“学到的权重”：不确定性加权最后把八成以上的权重给了只有 24 条、已经背下来的领域",
            en="See “Learned weights”: uncertainty weighting ends with over 80% of the weight on domain, whose 24 reviews it has memorized",
        ),
        {},
        lambda settings, found: found.learnt[1].value > 0.8 and found.losses[1] < 0.05,
    ),
    Claim(
        Text(
            zh="看“同样预算下的平面”：权重从 0.05 调到 0.8，领域的准确率升高五个百分点以上",
            en="See “The plane at equal budget”: from weight 0.05 to 0.8 accuracy on domain rises by more than five points",
        ),
        {},
        lambda settings, found: _at(found, 0.8) - _at(found, 0.05) > 0.05,
    ),
    Claim(
        Text(
            zh="看“只调权重，还是用更聪明的方法”：默认设置里，手术与不确定性加权的平均增益都没有超过 0",
            en="See “Just scalarize, or something cleverer”: by default neither surgery nor uncertainty weighting has a mean gain above 0",
        ),
        {},
        lambda settings, found: found.surgery.gain.value <= 0 and found.uncertainty.gain.value <= 0,
    ),
    Claim(
        Text(
            zh="运行示例“相关的任务：酒店情感帮电脑情感”：余弦同样接近 0，小任务却得益",
            en="Run the example “Related tasks: hotel sentiment helps computers”: the cosine is just as close to 0, and yet the small task gains",
        ),
        _RELATED,
        lambda settings, found: abs(found.pairs[0].cosine.value) < 0.1 and found.small_gain.value > 0.01,
    ),
    Claim(
        Text(
            zh="运行示例“同一个标签，两个头”：两个头的梯度越来越同向，平均余弦超过 0.4，准确率的变化不到三个百分点",
            en="Run the example “One label, two heads”: the two heads' gradients come to agree, with a mean cosine above 0.4, and accuracy changes by less than three points",
        ),
        _TWICE,
        lambda settings, found: found.pairs[0].cosine.value > 0.4 and abs(found.fixed.gain.value) < 0.03,
    ),
    Claim(
        Text(
            zh="运行示例“共享层宽一些”：冲突的步并没有少到哪里去，小任务的损失却缩到三个百分点以内",
            en="Run the example “A wider shared layer”: about as many steps are in conflict, but the small task's loss shrinks to under three points",
        ),
        _WIDE,
        lambda settings, found: found.pairs[0].conflict.value > 0.35 and found.small_gain.value > -0.03,
    ),
    Claim(
        Text(
            zh="运行失败示例“长度用字数、不缩放，损失直接相加”：情感比单独训练低十个百分点以上",
            en="Run the failure “Length in characters, losses simply added”: sentiment falls more than ten points below training alone",
        ),
        _UNSCALED,
        _one_wins,
    ),
    Claim(
        Text(
            zh="运行失败示例“小任务只占 5% 的权重”：领域低八个百分点以上，情感几乎不变",
            en="run the failure “Five percent of the weight for the small task”: domain falls by more than eight points and sentiment hardly changes",
        ),
        _STARVED,
        _starved,
    ),
    Claim(
        Text(
            zh="默认设置里小任务就受损",
            en="By default the small task loses",
        ),
        {},
        lambda settings, found: found.small_task.name == "domain" and found.small_gain.side < 0,
    ),
)  # fmt: skip


def _at(found: Findings, share: float) -> float:
    """Accuracy on the second task at a fixed weight."""
    return next(one.scores[1].value for one in found.grid if one.share == share)

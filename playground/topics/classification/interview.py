"""What an interviewer asks about a run of classification: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.classification.findings import FEW, METHODS, Findings, Gap
from playground.topics.classification.settings import NAMES, Settings

SIGNIFICANT = 0.05
TIE = "tie"


def _best_of_few(settings: Settings, found: Findings) -> Outcome | None:
    """Which method is right most often after three lines of every class; None where a method has no such point."""
    after = found.after(FEW)
    if set(after) != set(METHODS):
        return None
    top = max(one.right for one in after.values())
    first = [name for name in METHODS if after[name].right == top]
    evidence = Text(
        zh="每类 {few} 行时，{count} 行里答对：{shares}",
        en="with {few} lines a class, right of {count} lines: {shares}",
    ).format(few=FEW, count=after[first[0]].count, shares=_listed({name: after[name].right for name in METHODS}))
    return Outcome(first[0] if len(first) == 1 else TIE, evidence)


def _listed(rights: dict[str, int]) -> Text:
    return Text(
        "，".join(f"{_in(name, 'zh')} {right}" for name, right in rights.items()),
        ", ".join(f"{_in(name, 'en')} {right}" for name, right in rights.items()),
    )


def _in(name: str, language: str) -> str:
    label = NAMES[name]
    return label.in_(language) if isinstance(label, Text) else label


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="每类只有 3 行训练数据时，哪种方法答对得最多？",
        en="With only 3 training lines a class, which method is right most often?",
    ),
    _best_of_few,
    (*((name, NAMES[name]) for name in METHODS), (TIE, Text(zh="并列", en="a tie"))),
)


def _p(gap: Gap) -> str:
    return "< 0.001" if gap.adjusted < 0.001 else f"= {gap.adjusted:.3f}"


def leading(found: Findings) -> Gap | None:
    """Returns the closest comparison of the method that is ahead of every other, on the lines that both judged; None
    where none is.
    """
    wins = {name: sum(gap.better == name and gap.difference > 0 for gap in found.gaps) for name in METHODS}
    best = max(METHODS, key=lambda name: wins[name])
    if wins[best] < len(METHODS) - 1:
        return None
    return min((gap for gap in found.gaps if gap.better == best), key=lambda gap: gap.difference)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says which method leads on the lines that all were tested on and whether that is sure, and how many labels are suspect."""
    gap = leading(found)
    values: dict[str, object] = {
        "lines": found.lines, "classes": len(found.classes), "suspects": len(found.suspects),
        "method": NAMES[settings.method],
    }  # fmt: skip
    if gap is None:
        head = Text(
            zh="{lines} 行、{classes} 类，四种方法两两相比，没有一种胜过其他所有方法",
            en="On {lines} lines in {classes} classes no method is ahead of every other",
        )
    else:
        values |= {
            "best": NAMES[gap.better], "second": NAMES[gap.worse], "p": _p(gap), "count": gap.count,
            "ahead": gap.ahead,
        }  # fmt: skip
        if gap.adjusted < SIGNIFICANT:
            head = Text(
                zh="{lines} 行、{classes} 类，在同样的 {count} 行上，{best}最准，比最接近的{second}多对 {ahead} 行，差距显著（p {p}）",
                en="On {lines} lines in {classes} classes, tested on the same {count}, the most accurate method is {best}, with {ahead} more right than {second},"
                " a significant difference (p {p})",
            )
        else:
            head = Text(
                zh="{lines} 行、{classes} 类，在同样的 {count} 行上，{best}最准，但只比最接近的{second}多对 {ahead} 行，还分不出高下（p {p}）",
                en="On {lines} lines in {classes} classes, tested on the same {count}, the most accurate method is {best}, but with only {ahead} more right than"
                " {second}, which doesn't show that it is better (p {p})",
            )
    tail = Text(zh="；按{method}，可疑的标签有 {suspects} 个。", en="; labels that look wrong by {method}: {suspects}.")
    return Text(head.zh + tail.zh, head.en + tail.en).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = (
        _enough(found), _suspects(settings, found), _macro(settings, found), _overconfident(settings, found), _unrelated(settings, found),
        _calibrated(found), _leak(found),
    )  # fmt: skip
    return tuple(item for item in asked if item is not None)


def _enough(found: Findings) -> FollowUp | None:
    gap = leading(found)
    if gap is None or gap.adjusted < SIGNIFICANT or gap.needed is None or gap.needed <= gap.count:
        return None
    return FollowUp(
        Text(
            zh="{best}比{second}多对 {ahead} 行（共 {count} 行），p {p}。能说它更好吗？要多少行才看得清？",
            en="Does “{best}” beat “{second}”, with {ahead} more right of {count}, p {p}? How many lines would show it?",
        ).format(
            best=NAMES[gap.better], second=NAMES[gap.worse], ahead=gap.ahead, count=gap.count, p=_p(gap)
        ),
        Text(
            zh="还不能。若真实的差距就是看到的这么大，单独检验这一对要约 {needed} 行才有八成的把握看出来；一次比好几对，还要更多。差距小到不值这些标注时，就按费用和时延来选。",
            en="Not yet. If the true difference is the one seen, a test of this pair alone needs about {needed} lines to find it four times in"
            " five, and more when several pairs are tested at once. Where the difference isn't worth that much labelling, choose by cost and latency.",
        ).format(needed=gap.needed),
    )  # fmt: skip


def _suspects(settings: Settings, found: Findings) -> FollowUp | None:
    if not found.suspects:
        return None
    first = found.suspects[0]
    return FollowUp(
        Text(
            zh="{n} 行标签可疑，第一条标着“{given}”，模型给它 {p}。直接按模型的意见改掉，行吗？",
            en="Suspect labels: {n}; the first is “{given}”, which the model gives {p}. Why not take the model's word and change them?",
        ).format(n=len(found.suspects), given=first.given, p=f"{first.given_probability:.2f}"),
        Text(
            zh="不行。名单里混着标错的、两可的和模型自己不会的；自动改等于让模型给自己出考题，测出来的准确率会虚高。让人盲审这份名单（不显示模型的建议），两可的改标注规范，错的改标签，训练部分可以只去掉确认标错的行；测试部分只由人来改。",
            en="The list mixes wrong labels, ambiguous texts and what the model can't do. Changing them automatically lets the model write its own"
            " exam, and its measured accuracy rises for nothing. Have people review the list without seeing the suggestion; ambiguous cases go"
            " into the guidelines, and labels of the test part are changed by people only.",
        ),
    )


def _macro(settings: Settings, found: Findings) -> FollowUp | None:
    method = found.methods[settings.method]
    if method.accuracy.value - method.macro < 0.1:
        return None
    return FollowUp(
        Text(
            zh="{name}的准确率是 {accuracy}，宏 F1 只有 {macro}，差在哪里？",
            en="Accuracy {accuracy}, macro-F1 only {macro} ({name}): where does the gap come from?",
        ).format(name=NAMES[settings.method], accuracy=f"{method.accuracy.value:.2f}", macro=f"{method.macro:.2f}"),
        Text(
            zh="小类。准确率按行平均，大类说了算；宏 F1 按类平均，一个从不被预测的小类就拉低一份。先看各类召回率，再决定：给小类加权、按代价移动阈值、补标小类，并改报宏 F1 或小类的精确率–召回率曲线。",
            en="From the small classes. Accuracy averages over lines, so large classes decide; macro-F1 averages over classes, so a class that is"
            " never predicted costs a full share. Look at recall by class, then weigh classes, move thresholds by cost or label more of the"
            " small ones, and report macro-F1 or the small class's precision-recall curve.",
        ),
    )


def _overconfident(settings: Settings, found: Findings) -> FollowUp | None:
    name, method = max(found.methods.items(), key=lambda pair: abs(pair[1].confidence - pair[1].accuracy.value))
    gap = method.confidence - method.accuracy.value
    if abs(gap) < 0.1:
        return None
    values = {
        "name": NAMES[name], "confidence": f"{method.confidence:.0%}", "accuracy": f"{method.accuracy.value:.0%}",
        "threshold": f"{settings.threshold:g}",
    }  # fmt: skip
    if gap > 0:
        return FollowUp(
            Text(
                zh="{name}平均把握 {confidence}，只对 {accuracy}。这个概率还能用来设阈值吗？",
                en="{confidence} confident on average, right on {accuracy} ({name}): can a threshold be set on that probability?",
            ).format(**values),
            Text(
                zh="排序还能用，数值不能直接当把握。在训练部分再分出一份，做温度缩放（一个参数，不改变排序和准确率），或者直接在那一份上按目标精度取阈值；不能用测试部分来定。",
                en="Its order may still be useful, its value is no chance of being right. Hold out a part of the training lines for temperature"
                " scaling (one parameter, which changes neither order nor accuracy) or for reading the threshold off; the test part may not set it.",
            ),
        )
    if settings.threshold <= method.confidence:
        return None
    why = _FLAT_PROMPT if name == "prompt" else _TIMID
    return FollowUp(
        Text(
            zh="{name}平均把握只有 {confidence}，却对了 {accuracy}。阈值照 {threshold} 设会怎样？",
            en="Only {confidence} confident on average, yet right on {accuracy} ({name}): what does a threshold of {threshold} do to it?",
        ).format(**values),
        Text(
            zh="它会白白弃权：{why}。各方法的概率不在同一把尺子上，先在留出的训练数据上校准，或比较同样回答比例下的准确率，不要用同一个阈值比。",
            en="It abstains for nothing: {why}. Probabilities of different methods aren't on one scale, so calibrate each on held-out training data,"
            " or compare accuracies at equal coverage, not at one threshold.",
        ).format(why=why),
    )


_TIMID = Text(
    zh="概率偏低多半是正则化强、训练行少，不是真的没把握",
    en="low probabilities come of a strong penalty and few training lines",
)
_FLAT_PROMPT = Text(
    zh="这里没有拟合过任何权重，概率是标签词元的比例，没有哪一步要求它等于答对的比例；减去先验只改正各类之间的偏差，不改正高低",
    en="nothing was fitted here, its probabilities are shares among label tokens, and no step asks that they equal how often it is right;"
    " subtracting the prior corrects the bias between classes, not the level",
)


def _unrelated(settings: Settings, found: Findings) -> FollowUp | None:
    name = max(METHODS, key=lambda method: found.answered[method].unrelated.right)
    one = found.answered[name].unrelated
    if 4 * one.right < one.count:
        return None
    return FollowUp(
        Text(
            zh="{count} 句与任务无关的话里，{name}对 {right} 句的把握不低于 {threshold}。怎样拒绝这样的输入？",
            en="Of {count} sentences that have nothing to do with the task, {right} are answered with a probability of {threshold} or more ({name}). How are such inputs turned away?",
        ).format(count=one.count, name=NAMES[name], right=one.right, threshold=f"{settings.threshold:g}"),
        Text(
            zh="softmax 只在已知的类之间分配概率，离所有类都远的输入也会分到一个高值。收集真实的无关输入，设一个“其他”类；或用到最近训练样本的距离、能量分数做分布外检测；阈值在留出的无关样本上定。上线后监控弃权率，它变了，多半是分布变了。",
            en="A softmax only divides probability among the known classes, so an input far from all of them may still get a high value. Collect real"
            " unrelated inputs for a class “other”, or detect them by distance to the nearest training examples or by energy, with a threshold"
            " set on held-out ones. Monitor the share of abstentions in production: when it moves, the distribution probably has.",
        ),
    )


def _calibrated(found: Findings) -> FollowUp | None:
    plain, calibrated = found.plain.accuracy, found.methods["prompt"].accuracy
    if abs(plain.right - calibrated.right) < 0.03 * plain.count:
        return None
    return FollowUp(
        Text(
            zh="同一个提示，未校准对 {plain} 行，校准后对 {calibrated} 行（共 {count} 行）。校准做了什么？",
            en="The same prompt is right on {plain} lines as it is and on {calibrated} calibrated, of {count}. What does calibration do?",
        ).format(plain=plain.right, calibrated=calibrated.right, count=plain.count),
        Text(
            zh="从每个标签的对数概率里减去它在无内容文本（如 N/A）后面的对数概率，去掉提示本身对某个标签的偏爱：标签词的词频、示例里最后出现的类都会造成偏爱。它不用标签，只移动分界线；无内容的文本并不真正中性，所以也可能变差。示例更均衡、指令微调过的大模型，需要得少。",
            en="It subtracts from each label's log-probability what the label gets after texts without content, such as N/A, and so removes what the"
            " prompt prefers by itself: frequent label words, the class of the last example. It needs no labels and only moves the borders. Such"
            " texts aren't truly neutral, so it can also hurt; large instruction-tuned models need it less.",
        ),
    )


def _leak(found: Findings) -> FollowUp | None:
    leak = found.leaks["shuffled"]
    if leak.outside.right <= leak.inside.right:
        return None
    return FollowUp(
        Text(
            zh="标签打乱后，先在全部数据上挑特征再交叉验证，对了 {outside} 行（共 {count} 行）；在训练部分里挑，只对 {inside} 行。哪里漏了？",
            en="With shuffled labels, features chosen on all lines before cross-validation give {outside} right of {count}; chosen in the training part, {inside}. Where is the leak?",
        ).format(outside=leak.outside.right, inside=leak.inside.right, count=leak.outside.count),
        Text(
            zh="挑特征时用了测试行的标签：几千个特征里总有一些碰巧与这些标签相关，留下来的正是它们。凡是看数据定下的步骤，包括词表筛选、标准化、过采样、提示词和阈值，都要放进折内，只用训练部分。打乱标签再跑一遍，是查泄漏的便宜办法。",
            en="In the selection, which saw the test lines' labels: among thousands of features some agree with any labels by chance, and those were"
            " kept. Every step that looks at data, such as selection, scaling, oversampling, prompts and thresholds, belongs inside the fold, on the"
            " training part alone. Running once with shuffled labels is a cheap test for leaks.",
        ),
    )

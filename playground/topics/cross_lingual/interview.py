"""What an interviewer asks about a run: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Language, Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.cross_lingual.findings import Findings
from playground.topics.cross_lingual.settings import Settings

NAMES = {Language.ZH: Text(zh="中文", en="Chinese"), Language.EN: Text(zh="英文", en="English")}
LITTLE, MUCH = 0.02, 0.10


def _lost(settings: Settings, found: Findings) -> Outcome:
    """Scores the accuracy lost by crossing: at most 2 points, up to 10, or more."""
    # Rounded: 0.80 − 0.78 is a little more than 0.02 in floats.
    loss = round(found.loss, 9)
    answer = "little" if loss <= LITTLE else "some" if loss <= MUCH else "much"
    return Outcome(
        answer,
        Text(
            zh="零样本 {zero}，目标语言基线 {base}，各测 {n} 条",
            en="zero-shot {zero}, baseline of the target {base}, {n} reviews each",
        ).format(
            zero=f"{found.zero_shot.accuracy.value:.2f}",
            base=f"{found.baseline.accuracy.value:.2f}",
            n=found.baseline.accuracy.count,
        ),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="分类器只见过源语言的标注，换到目标语言，正确率比目标语言自己训练的低多少个百分点？",
        en="A classifier has seen labels of the source language only. How many points does it lose on the target, against one trained there?",
    ),
    _lost,
    (
        ("little", Text(zh="至多 2 点，或不降反升", en="2 or fewer, or it gains")),
        ("some", Text(zh="2 到 10 点", en="2 to 10")),
        ("much", Text(zh="10 点以上", en="more than 10")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says how well translations find each other, and what crossing costs."""
    source, target = settings.languages
    row = found.zero_shot
    assert row.low is not None and row.high is not None and row.against is not None
    if row.high < 0:
        compared = Text(zh="低于{target}自己训练的 {base}（差的区间不含 0）", en="below the {base} of one trained on {target} (the interval of the difference excludes 0)")  # fmt: skip
    elif row.low > 0:
        compared = Text(zh="高于{target}自己训练的 {base}（差的区间不含 0）", en="above the {base} of one trained on {target} (the interval of the difference excludes 0)")  # fmt: skip
    else:
        compared = Text(zh="与{target}自己训练的 {base} 分不出高下（差的区间含 0）", en="not distinguishable from the {base} of one trained on {target} (the interval of the difference includes 0)")  # fmt: skip
    first = found.chosen.english_first
    return Text(
        zh="第 {layer} 层上 {count} 句英文有 {right} 句最先找到中文译句；{source}标注训练的分类器在{target}上零样本正确率 {zero}，{compared}。",
        en="At layer {layer}, {right} of {count} English sentences find their Chinese translation first; zero-shot from {source}"
        " to {target} the classifier reaches {zero}, {compared}.",
    ).format(
        layer=found.layer, count=first.count, right=first.right, source=NAMES[source], target=NAMES[target],
        zero=f"{row.accuracy.value:.2f}",
        compared=compared.format(target=NAMES[target], base=f"{found.baseline.accuracy.value:.2f}"),
    )  # fmt: skip


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this result raises; each only where its premise holds."""
    asked = []
    if _known(found.zero_shot.low) > 0:
        asked.append(_above(settings, found))
    raw, removed = found.steps["raw"], found.steps["removed"]
    if removed.mixed.low > raw.mixed.high:
        asked.append(
            FollowUp(
                Text(
                    zh="减去均值没有用一个平行句对，为什么混合池里找对的句子从 {a} 句变成 {b} 句？",
                    en="Removing the means uses no parallel pair. Why do right answers in the mixed pool go from {a} to {b}?",
                ).format(a=raw.mixed.right, b=removed.mixed.right),
                Text(
                    zh="每种语言的向量都带着一个共同分量，它几乎不区分句子，却占去余弦的大部分；减掉它，剩下的差异才来自内容。均值由单语文本估计，所以不算用了平行数据。",
                    en="All vectors of a language share a component that hardly distinguishes sentences and yet makes up most of the cosine;"
                    " without it the differences come from content. The mean is estimated on texts of one language, so no parallel data is used.",
                ),
            )
        )
    free = found.rotations.free[-1]
    start = (found.removed_by_layer if settings.removed else found.raw_by_layer)[found.layer]
    if free.high < start.low:
        asked.append(
            FollowUp(
                Text(
                    zh="自由的旋转用了 {n} 对译句，检索却从 {a} 掉到 {b}，为什么？",
                    en="A free rotation from {n} pairs takes retrieval from {a} down to {b}. Why?",
                ).format(n=found.rotations.pairs[-1], a=f"{start.value:.2f}", b=f"{free.value:.2f}"),
                Text(
                    zh="向量有 {d} 维，{n} 对只约束它们张成的子空间；其余方向上任何旋转都同样“最优”，求解器给的是随意的一个。要么用多于维数的句对，要么像“靠近恒等”那样加正则。",
                    en="Vectors have {d} dimensions and {n} pairs constrain only the subspace they span; elsewhere every rotation is equally"
                    " optimal and the solver returns an arbitrary one. Use more pairs than dimensions, or regularize, as “near the identity” does.",
                ).format(d=found.hidden, n=found.rotations.pairs[-1]),
            )
        )
    if found.chosen_layer == found.classifier_layer:
        best = max(range(len(found.by_layer)), key=lambda layer: found.by_layer[layer].zero_shot.right)
        if found.by_layer[best].zero_shot.right > found.by_layer[found.chosen_layer].zero_shot.right:
            asked.append(
                FollowUp(
                    Text(
                        zh="源语言标注选了第 {n} 层，而零样本在第 {m} 层最高。可以改用第 {m} 层再报这个数吗？",
                        en="The source labels chose layer {n}, zero-shot is highest at layer {m}. May you report layer {m} instead?",
                    ).format(n=found.chosen_layer, m=best),
                    Text(
                        zh="不可以：那是用目标语言的测试集选模型，报出来的不再是零样本，而且在多层里取最大值本身就偏高。可以另留一小份目标语言验证集来选层，并写明用了多少条目标标注。",
                        en="No: that selects on the target's test set, so it is no longer zero-shot, and a maximum over layers is biased upwards."
                        " Select on a small validation set in the target language instead, and report how many target labels it took.",
                    ),
                )
            )
    asked.append(
        FollowUp(
            Text(
                zh="零样本与基线之差的区间是 [{low}, {high}]，要分出 3 个百分点，测试集大约要多大？",
                en="The interval of zero-shot minus baseline is [{low}, {high}]. How large a test set would detect 3 points?",
            ).format(low=f"{_known(found.zero_shot.low):.2f}", high=f"{_known(found.zero_shot.high):.2f}"),
            Text(
                zh="区间半宽与条数的平方根成反比。两个分类器各有约 15% 的评论独自判对时，差的标准误约为 √(0.3/n)；要让 1.96 倍标准误小于 0.03，n 要到 1,300 左右；但真实的差恰为 0.03 时，这样也只有一半机会显著；要有 80% 的功效（1.96 + 0.84 倍标准误），n 约为 2,600。",
                en="The half-width falls with the square root of the number. If each classifier alone is right on about 15% of the reviews, the standard"
                " error of the difference is about √(0.3/n); for 1.96 of them to be below 0.03, n must be about 1,300. A true difference of exactly 0.03"
                " is then significant only half of the time: for a power of 80% (1.96 + 0.84 standard errors) n is about 2,600.",
            ),
        )
    )
    return tuple(asked)


def _above(settings: Settings, found: Findings) -> FollowUp:
    return FollowUp(
        Text(
            zh="零样本 {zero}，高于{target}自己训练的 {base}。标注在另一种语言里反而更好吗？",
            en="Zero-shot has {zero}, one trained on {target} {base}. Are labels in another language better than one's own?",
        ).format(
            zero=f"{found.zero_shot.accuracy.value:.2f}", base=f"{found.baseline.accuracy.value:.2f}",
            target=NAMES[settings.languages[1]],
        ),
        Text(
            zh="不能这样说：两个分类器考的是同一批评论，差别出在训练集和层上。先查标注：哪边更干净、更切题（这里中文是网上评论的片段，标注有噪声；英文是专门写的句子）。"
            "再查层：层若由源语言的标注选出，基线可能吃亏。最后多给目标语言几条标注，看差距是否收窄。基线弱的时候，“没有损失”说明不了迁移好。",
            en="Not as such: both are tested on the same reviews, so the difference lies in the training sets and the layer. Look at the labels first: which are"
            " cleaner (here Chinese ones are fragments of web reviews with noisy labels, English ones were written for this project). Then at the layer: chosen by source"
            " labels, it may suit the baseline less. Then add target labels and see whether the gap closes. Against a weak baseline “no loss” says little about transfer.",
        ),
    )  # fmt: skip


def _known(value: float | None) -> float:
    assert value is not None
    return value

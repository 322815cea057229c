"""What an interviewer asks about a run of compression: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Label, Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.compression.findings import Compressed, Distilled, Findings
from playground.topics.compression.settings import METHODS, SHRINKING, Distillation, Settings, describe

# Perplexities nearer than this share are called alike.
ALIKE = 0.05
# A step below this share of the baseline's time is called faster.
FASTER = 0.9
# Prunings that zero weights and leave every tensor its shape.
MASKS = ("unstructured", "global", "wanda", "two-four")


def _which_survives(settings: Settings, found: Findings) -> Outcome | None:
    """Whether magnitude or Wanda has the lower perplexity at 50 %."""
    magnitude, wanda = (found.compressed.perplexity_at(method, 0.5) for method in ("unstructured", "wanda"))
    if magnitude is None or wanda is None:
        return None
    answer = (
        "alike"
        if abs(magnitude - wanda) <= ALIKE * min(magnitude, wanda)
        else "wanda"
        if wanda < magnitude
        else "magnitude"
    )
    return Outcome(
        answer,
        Text(
            zh="50% 时困惑度：幅度（逐矩阵）{m:.4g}，Wanda {w:.4g}",
            en="perplexity at 50 %: magnitude (per matrix) {m:.4g}, Wanda {w:.4g}",
        ).format(m=magnitude, w=wanda),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="把各层矩阵的一半权重置零，不重新训练。按幅度挑和按 Wanda 挑，哪个活得更好？",
        en="Half the weights of the layers' matrices are set to zero and nothing is trained again. Which survives better, magnitude or Wanda?",
    ),
    _which_survives,
    (
        ("magnitude", Text(zh="幅度（逐矩阵）", en="magnitude (per matrix)")),
        ("wanda", "Wanda"),
        ("alike", Text(zh="差不多（5% 以内）", en="alike (within 5 %)")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the mix costs and saves, whether another mix beats it, and how the student compares with its teacher."""
    return Text(zh="{mix}；{student}。", en="{mix}; {student}.").format(
        mix=_of_this_mix(settings, found.compressed), student=_of_this_student(settings, found.distilled)
    )


def _of_this_mix(settings: Settings, found: Compressed) -> Text:
    before, after = (f"{point.held_bytes / 1e6:.1f}" for point in (found.baseline, found.mix))
    # Bytes saved that don't show in the first decimal are no difference to a reader.
    held = (
        Text(zh="占用 {after} MB，与基线相同", en="holds {after} MB as the baseline does")
        if before == after
        else Text(zh="占用 {after} MB（基线 {before} MB）", en="holds {after} MB (baseline {before} MB)")
    )
    front = (
        Text(zh="在所测 {n} 个组合的帕累托前沿上", en="is on the Pareto front of the {n} mixes measured")
        if found.mix_on_front
        else Text(zh="不在所测 {n} 个组合的帕累托前沿上", en="is not on the Pareto front of the {n} mixes measured")
    )
    mix = settings.mix
    return Text(
        zh="{mix}：困惑度 {perplexity}（基线 {baseline}），{held}，{front}",
        en="{mix}: perplexity {perplexity} (baseline {baseline}); it {held} and {front}",
    ).format(
        mix=describe(mix.pruning, mix.sparsity, mix.quantization, mix.bits),
        perplexity=f"{found.mix.cost.perplexity:.4g}",
        baseline=f"{found.baseline.cost.perplexity:.4g}",
        held=held.format(before=before, after=after),
        front=front.format(n=found.measured_mixes),
    )


def _of_this_student(settings: Settings, found: Distilled) -> Text:
    values = {
        "distilled": f"{found.distilled.accuracy:.1%}",
        "alone": f"{found.alone.accuracy:.1%}",
        "teacher": f"{found.teacher.accuracy:.1%}",
    }
    if settings.distillation.soft_weight == 0:
        return Text(
            zh="学生没有用教师，准确率 {distilled}（教师 {teacher}）",
            en="the student learned without the teacher and is {distilled} accurate (teacher {teacher})",
        ).format(**values)
    return Text(
        zh="蒸馏的学生准确率 {distilled}，只看标签的 {alone}，教师 {teacher}",
        en="the distilled student is {distilled} accurate, the one of labels alone {alone}, the teacher {teacher}",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    return (*_of_mix(found), *_of_student(settings.distillation, found.distilled))


def _of_mix(found: Findings) -> list[FollowUp]:
    asked: list[FollowUp] = []
    compressed, times = found.compressed, found.measured
    mix = compressed.mix.variant
    dense = mix.quantization in ("none", "simulated")
    if mix.pruning in MASKS and dense and times.ms_per_step_mix > FASTER * times.ms_per_step_baseline:
        counted = compressed.counts.mix
        asked.append(
            FollowUp(
                Text(
                    zh="存储 {s:.1f} 百万，非零 {n:.1f} 百万，为什么一步并没有快？",
                    en="{s:.1f} million stored, {n:.1f} million non-zero: why is a step no faster?",
                ).format(s=counted.stored / 1e6, n=counted.nonzero / 1e6),
                Text(
                    zh="稠密算子不看值，零也照样读、照样乘。要变快，零得在存储里消失：压缩存储加稀疏算子（GPU 上 2:4 有硬件支持，"
                    "非结构化一般要到九成稀疏度才赢过稠密），或者改成结构化，让矩阵真的变小。",
                    en="A dense kernel doesn't look at values: it reads zeros and multiplies by them. Zeros must leave the storage: a compressed"
                    " format with a sparse kernel (2:4 has hardware on GPUs; unstructured usually needs some 90 % to beat dense), or a"
                    " structured cut that makes the matrix smaller.",
                ),
            )
        )
    magnitude, wanda = (compressed.perplexity_at(method, 0.5) for method in ("unstructured", "wanda"))
    if magnitude is not None and wanda is not None and abs(magnitude - wanda) > ALIKE * min(magnitude, wanda):
        better: Label = "Wanda" if wanda < magnitude else METHODS["unstructured"]
        asked.append(
            FollowUp(
                Text(
                    zh="50% 时幅度 {m:.4g}、Wanda {w:.4g}，{better}更好。Wanda 多用了什么信息？",
                    en="At 50 %, magnitude {m:.4g} and Wanda {w:.4g}: {better} is better. What does Wanda know that magnitude doesn't?",
                ).format(m=magnitude, w=wanda, better=better),
                Text(
                    zh="输入的大小。权重的作用是它乘以输入，输入通道的幅度相差很大：乘在大通道上的小权重可能比小通道上的大权重更要紧。"
                    "Wanda 用一次前向得到每个通道的 L2 范数，在每一行内按 |w|·‖x‖ 排序；不需要梯度，也不更新权重。",
                    en="How large the inputs are. What a weight does is its product with its input, and input channels differ widely in"
                    " size: a small weight on a large channel may matter more than a large one on a small channel. Wanda takes each"
                    " channel's L2 norm from one forward pass and ranks |w|·‖x‖ within a row; no gradient, no update.",
                ),
            )
        )
    if mix.pruning in SHRINKING:
        asked.append(
            FollowUp(
                Text(
                    zh="困惑度成了基线的 {r:.3g} 倍。实际工程里，结构化剪枝之后一般做什么？",
                    en="Perplexity is {r:.3g} times the baseline's. What does one do after a structured cut in practice?",
                ).format(r=compressed.ratio),
                Text(
                    zh="接着训练，通常以原模型为教师做蒸馏。Minitron、Sheared LLaMA 都是这样：用几百亿到近千亿词元恢复，比从零训练同样大小的模型便宜得多。"
                    "这里看到的是不恢复的代价。",
                    en="Train on, usually with the original as the teacher. Minitron and Sheared LLaMA do so: recovery takes some fifty to a"
                    " hundred billion tokens, far less than training a model of that size from nothing. What you see here is the price without it.",
                ),
            )
        )
    if mix.quantization in ("int8", "int4") and mix.pruning != "none":
        asked.append(
            FollowUp(
                Text(
                    zh="先剪枝再量化，能不能反过来？", en="Pruned first and then quantized: could the order be turned?"
                ),
                Text(
                    zh="一般不反过来：先量化会把分数打成同分，幅度排序变粗；剪完再量化，还能让保留下来的权重独占网格的区间。带零点的整数网格能精确表示 0，"
                    "所以剪掉的权重量化后仍是 0。两者的误差并不独立，要一起量：看网格里的组合行，而不是把两个损失相加。",
                    en="Usually not. Quantizing first makes ties of the scores, and magnitudes rank coarsely; quantizing after leaves the grid's"
                    " range to the weights that stay. An integer zero point keeps 0 exact, so what was pruned stays 0. The two errors aren't"
                    " independent: measure the mix, as the grid does, rather than adding two losses.",
                ),
            )
        )
    if compressed.same_text and mix.pruning in ("wanda", "layers"):
        asked.append(
            FollowUp(
                Text(
                    zh="校准文本就是评判文本，会有什么问题？",
                    en="Calibration and judgement on one text: what is wrong with that?",
                ),
                Text(
                    zh="信息泄漏：剪枝保住的恰是这段文字用到的通道，困惑度偏低，换一段就没有这么好。校准集应来自训练分布，评判用没见过的文本。",
                    en="It leaks: the pruning keeps the very channels that this text uses, so perplexity looks low, and on another text it isn't."
                    " Calibrate on data like that of training, and judge on text it hasn't seen.",
                ),
            )
        )
    return asked


def _of_student(recipe: Distillation, found: Distilled) -> list[FollowUp]:
    asked: list[FollowUp] = []
    teacher, alone, distilled = found.teacher, found.alone, found.distilled
    if recipe.soft_weight > 0 and distilled.accuracy > alone.accuracy:
        asked.append(
            FollowUp(
                Text(
                    zh="学生 {d:.3f}，只看标签 {a:.3f}，教师 {t:.3f}。软标签多给了什么？",
                    en="The student has {d:.3f}, labels alone {a:.3f}, the teacher {t:.3f}. What do soft labels add?",
                ).format(d=distilled.accuracy, a=alone.accuracy, t=teacher.accuracy),
                _what_soft_labels_add(recipe.labelled),
            )
        )
    if recipe.temperature >= 4 and recipe.soft_weight > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="温度 {t:g} 已经很高，损失前为什么要乘 T²？",
                    en="At temperature {t:g}, why is the loss multiplied by T²?",
                ).format(t=recipe.temperature),
                Text(
                    zh="两边的对数几率都除以 T，软损失对学生的梯度按 1/T² 缩小；不乘回来，升温就等于悄悄降低软标签的权重。温度很高时，"
                    "它退化成让对数几率相等的均方误差。",
                    en="Both log-odds are divided by T, which shrinks the gradient of the soft loss by 1/T²; without the factor, a higher"
                    " temperature would quietly lower the weight of the soft labels. At a very high one it becomes a squared error between log-odds.",
                ),
            )
        )
    if teacher.english - distilled.english > 0.1:
        asked.append(
            FollowUp(
                Text(
                    zh="英文上教师 {t:.2f}，学生 {s:.2f}。为什么没有学到？",
                    en="In English the teacher has {t:.2f} and the student {s:.2f}. Why didn't it come along?",
                ).format(t=teacher.english, s=distilled.english),
                Text(
                    zh="蒸馏复制的是教师在转移集上的输出，不是它的内部表示。训练评论是中文的，学生的词表里几乎没有英文词元；"
                    "把没有标签的英文句子交给教师打分，加进转移集，才会学到。",
                    en="Distillation copies the teacher's outputs on the transfer set, not what it knows inside. The reviews are Chinese and the"
                    " student's vocabulary has hardly an English token. Let the teacher score unlabelled English sentences and add them.",
                ),
            )
        )
    return asked


def _what_soft_labels_add(labelled: float) -> Text:
    """The answer, by the share (0 to 1) of the reviews whose label the student sees."""
    if labelled < 1:
        first = Text(
            zh="首先是数据：没有标签的 {n:.0%} 评论也能用。其次是把握的程度",
            en="First, data: the {n:.0%} of the reviews without a label count too. Then confidence",
        ).format(n=1 - labelled)
    else:
        first = Text(
            zh="这里标签是全的，多出来的是把握的程度",
            en="Every review has its label here, so what they add is confidence",
        )
    return Text(
        zh="{first}：同为正面，0.95 与 0.55 不一样，噪声标签被教师抹平。"
        "但二分类没有“其余类别之间的相似度”，暗知识只剩一个数，所以别指望多分类里的那种增益。",
        en="{first}: 0.95 and 0.55 are both positive and"
        " not the same, and noisy labels are smoothed by the teacher. With two classes there is no likeness among the wrong"
        " ones: dark knowledge is one number, and the gain is less than with many classes.",
    ).format(first=first)

"""What an interviewer asks about a run of compression: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text, significant
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.compression.findings import Compressed, Distilled, Findings
from playground.topics.compression.mixes import BY_TEXT, SHRINKING
from playground.topics.compression.settings import Distillation, Settings, describe

# Perplexities nearer than this share are called alike.
ALIKE = 0.05
# A step below this share of the baseline's time is called faster.
FASTER = 0.9
# A structured pruning above this multiple of the baseline's perplexity needs recovery.
RECOVERED = 1.05
# The KL of a mix is called that of its parts added within this share of it.
NEARLY_ADDED = 0.2
# Accuracy that is worth asking where it comes from.
GAIN = 0.02
# Prunings that zero weights and leave every tensor its shape.
MASKS = ("unstructured", "global", "wanda", "two-four")


def _which_survives(settings: Settings, found: Findings) -> Outcome | None:
    """Whether magnitude or Wanda has the lower perplexity at 50%."""
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
            zh="50% 时困惑度：幅度（逐矩阵）{m}，Wanda {w}",
            en="perplexity at 50%: magnitude (per matrix) {m}, Wanda {w}",
        ).format(m=significant(magnitude), w=significant(wanda)),
    )


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="把各层矩阵的一半权重置零，不重新训练。按幅度挑和按 Wanda 挑，哪个的困惑度更低？",
        en="Half of the weights of the layers' matrices are set to zero, without training afterwards. Which gives the lower perplexity:"
        " choosing by magnitude, or by Wanda?",
    ),
    _which_survives,
    (
        ("magnitude", Text(zh="幅度（逐矩阵）", en="magnitude (per matrix)")),
        ("wanda", "Wanda"),
        ("alike", Text(zh="差不多（5% 以内）", en="about the same (within 5%)")),
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
        Text(zh="占用 {after} MB，与基线相同", en="it takes {after} MB, as the baseline does,")
        if before == after
        else Text(zh="占用 {after} MB（基线 {before} MB）", en="it takes {after} MB (baseline {before} MB)")
    )
    front = (
        Text(zh="在所测 {n} 个组合的帕累托前沿上", en="and is on the Pareto front of the {n} mixes measured")
        if found.mix_on_front
        else Text(zh="不在所测 {n} 个组合的帕累托前沿上", en="and is not on the Pareto front of the {n} mixes measured")
    )
    mix = settings.mix
    return Text(
        zh="{mix}：困惑度 {perplexity}（基线 {baseline}），{held}，{front}",
        en="{mix}: perplexity {perplexity} (baseline {baseline}); {held} {front}",
    ).format(
        mix=describe(mix.pruning, mix.sparsity, mix.quantization, mix.bits),
        perplexity=significant(found.mix.cost.perplexity),
        baseline=significant(found.baseline.cost.perplexity),
        held=held.format(before=before, after=after),
        front=front.format(n=found.measured_mixes),
    )


def _of_this_student(settings: Settings, found: Distilled) -> Text:
    values = {
        name: f"{one.accuracy:.1%}"
        for name, one in (
            ("soft", found.distilled),
            ("pseudo", found.pseudo),
            ("alone", found.alone),
            ("teacher", found.teacher),
        )
    }
    if settings.distillation.soft_weight == 0:
        return Text(
            zh="学生没有用教师，准确率 {alone}（教师 {teacher}）",
            en="the student learned without the teacher and has an accuracy of {alone} (teacher {teacher})",
        ).format(**values)
    return Text(
        zh="学生的准确率：只有标签 {alone}，伪标签 {pseudo}，软标签 {soft}（教师 {teacher}）",
        en="accuracy of the students: labels only {alone}, pseudo-labels {pseudo}, soft labels {soft} (teacher {teacher})",
    ).format(**values)


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns what an interviewer would ask on seeing this result."""
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
                    zh="存储 {s:.1f} M，非零 {n:.1f} M，为什么一步没有更快？",
                    en="{s:.1f} M stored, {n:.1f} M non-zero: why is a step no faster?",
                ).format(s=counted.stored / 1e6, n=counted.nonzero / 1e6),
                Text(
                    zh="稠密算子不看值，零也照样读、照样乘。要变快，零就不能占存储和带宽：用压缩格式加稀疏算子（2:4 有硬件支持；"
                    "非结构化用专门的算子，如 Flash-LLM，在 70%–90% 已能快于稠密），或改成结构化，让矩阵真的变小。",
                    en="A dense kernel doesn't look at values: it reads zeros and multiplies by them. Zeros must cost neither storage nor"
                    " bandwidth: a compressed format with a sparse kernel (2:4 has hardware support; unstructured sparsity has kernels such as"
                    " Flash-LLM, which beat dense ones at 70–90%), or structured pruning, which makes the matrices smaller.",
                ),
            )
        )
    magnitude, wanda = (compressed.perplexity_at(method, 0.5) for method in ("unstructured", "wanda"))
    if magnitude is not None and wanda is not None and abs(magnitude - wanda) > ALIKE * min(magnitude, wanda):
        asked.append(
            FollowUp(
                Text(
                    zh="同样 50%，困惑度：幅度 {m}，Wanda {w}。差别从哪里来？",
                    en="At 50%, magnitude has a perplexity of {m}, Wanda of {w}. Where does the difference come from?",
                ).format(m=significant(magnitude), w=significant(wanda)),
                _why_wanda(wanda < magnitude),
            )
        )
    norms, activations = (compressed.perplexity_at(method, 0.1) for method in ("structured", "activations"))
    if norms is not None and activations is not None and norms > 2 * activations:
        asked.append(
            FollowUp(
                Text(
                    zh="同样删 10% 的神经元，困惑度：按范数 {n}，按激活 {a}。为什么差这么多？",
                    en="Removing 10% of the neurons gives a perplexity of {n} by norms, {a} by activations. Why such a difference?",
                ).format(n=significant(norms), a=significant(activations)),
                Text(
                    zh="范数不知道神经元激活多大：按范数挑的 10% 占各层 MLP 输出贡献的 {x:.1%}，按激活挑的只占 {y:.1%}。激活范数 × 下投影列范数，就是删掉它之后 MLP 的输出在校准集上损失的那部分的范数。"
                    "它仍是逐个打分，不管神经元之间能否互相替代；换了领域，校准集也要换。",
                    en="Norms don't know how strongly a neuron fires: the 10% that they choose make up {x:.1%} of the contributions to an MLP's output, those by"
                    " activations {y:.1%}. Activation norm × norm of the down-projection column is the norm of what the MLP's output loses without the"
                    " neuron, on the calibration set. It still scores each alone, whether or not others can replace it; another domain needs another set.",
                ).format(
                    x=compressed.contributions_removed["structured"], y=compressed.contributions_removed["activations"]
                ),
            )
        )
    if mix.pruning in SHRINKING and compressed.ratio > RECOVERED:
        asked.append(
            FollowUp(
                Text(
                    zh="困惑度成了基线的 {r:.3g} 倍。实际工程里，结构化剪枝之后一般做什么？",
                    en="Perplexity is {r:.3g} times the baseline's. What usually follows structured pruning in practice?",
                ).format(r=compressed.ratio),
                Text(
                    zh="接着训练来恢复。Minitron 以原模型为教师蒸馏；Sheared LLaMA 不用教师：剪枝用 4 亿词元，再继续预训练 500 亿词元。"
                    "两者都比从零训练同样大小的模型便宜得多。这里看到的是不恢复的代价。",
                    en="Training to recover. Minitron distils from the original model; Sheared LLaMA has no teacher: 0.4 billion tokens of pruning,"
                    " then 50 billion of continued pre-training. Both cost far less than training such a model from scratch. What you see here is"
                    " the loss without recovery.",
                ),
            )
        )
    if mix.quantization in ("int8", "int4") and mix.pruning != "none":
        asked.append(
            FollowUp(
                Text(
                    zh="先剪枝再量化，能不能反过来？", en="Pruned first, then quantized: could the order be reversed?"
                ),
                Text(
                    zh="一般不反过来：量化会让许多幅度相同，排序变粗；先剪再量化，网格的区间全留给保留下来的权重。整数零点能精确表示 0，"
                    "所以剪掉的权重量化后仍是 0。",
                    en="Usually not. Quantizing first makes many magnitudes equal, so they rank coarsely; quantizing afterwards leaves the range of"
                    " the grid to the weights that remain. With an integer zero point 0 is exact, so pruned weights stay 0.",
                ),
            )
        )
        asked += _of_sum(compressed)
    if compressed.same_text and mix.pruning in BY_TEXT:
        asked.append(
            FollowUp(
                Text(
                    zh="校准文本就是评测文本，会有什么问题？",
                    en="Calibration and evaluation on one text: what is wrong with that?",
                ),
                Text(
                    zh="信息泄漏：剪枝保住的恰是这段文字用到的通道，困惑度偏低，换一段就没有这么好。校准集应取自训练分布，评测用没见过的文本。",
                    en="It leaks: pruning keeps the very channels that this text uses, so perplexity is too low and another text does worse."
                    " Calibrate on data like the training data, and evaluate on text that wasn't used.",
                ),
            )
        )
    return asked


def _why_wanda(better: bool) -> Text:
    """Why Wanda and magnitude differ. `better`: Wanda has the lower perplexity."""
    if better:
        return Text(
            zh="幅度只看权重；Wanda 再乘输入通道的 L2 范数，并在每一行内比较。少数输入通道的激活大出几十倍，连着它们的小权重影响也大，幅度会先剪掉它们。"
            "反过来，校准文本太短或与评测差得远时，范数不准，Wanda 的优势会变小。",
            en="Magnitude looks at weights alone; Wanda multiplies by the L2 norm of the input channel and compares within a row. A few input"
            " channels are tens of times larger, so small weights on them matter and magnitude prunes them first. With a calibration text"
            " that is short or unlike the evaluation, norms are poor estimates and the advantage shrinks.",
        )
    return Text(
        zh="这里 Wanda 反而更差，而论文里它通常更好。它乘上的输入范数只来自一段校准文本，文本太短或与评测差得远时，范数不准，剪掉的就是评测要用的权重；"
        "再说只有一段评测文本，方差很大。先换一段更长、更像评测的校准文本，再换几段文本评测，才谈方法好坏。",
        en="Wanda does worse here, while in the paper it usually does better. The input norms that it multiplies by come from one calibration text: where that is short or"
        " unlike the evaluation, they are poor estimates, and weights that the evaluation needs are pruned. And one evaluated text has a large variance. Take a longer"
        " calibration text that is more like it, and evaluate on several, before you judge the methods.",
    )


def _of_sum(found: Compressed) -> list[FollowUp]:
    """Whether the two losses of this mix add up, where both parts were measured."""
    added, together = found.added(found.mix.variant), found.mix.cost.divergence
    if added is None:
        return []
    near = abs(together - added) <= NEARLY_ADDED * added
    answer = (
        Text(
            zh="这里大致可加。误差小时，KL 近似是误差的二次型；两个误差的方向没有系统的关系，交叉项就接近零，于是两项相加。这不是保证：误差大了二次近似不成立，"
            "一个误差也会改变另一个所作用的输入，所以要量组合本身。",
            en="Here they nearly do. While errors are small, KL is roughly quadratic in them; where their directions are unrelated, the cross term is near"
            " zero and the two terms add up. That is no guarantee: with large errors the approximation fails and one error changes the inputs on which the"
            " other acts, so measure the mix itself.",
        )
        if near
        else Text(
            zh="不可加：一个误差改变了另一个所作用的输入或权重，可能互相放大，也可能互相掩盖（已经坏掉的模型再坏不了多少）。所以要量组合本身。",
            en="They don't: one error changes the inputs or the weights that the other acts on. They may amplify one another, or mask one another"
            " (a broken model can't get much worse). So measure the mix itself.",
        )
    )
    return [
        FollowUp(
            Text(
                zh="组合的 KL 是 {k:.3f}，两项单独的 KL 加起来是 {s:.3f}。损失可加吗？",
                en="KL of the mix is {k:.3f}; KL of its two parts adds up to {s:.3f}. Do losses add?",
            ).format(k=together, s=added),
            answer,
        )
    ]


def _of_student(recipe: Distillation, found: Distilled) -> list[FollowUp]:
    asked: list[FollowUp] = []
    teacher = found.teacher
    if recipe.soft_weight > 0:
        asked += _of_softness(recipe, found)
    if recipe.temperature >= 4 and recipe.soft_weight > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="温度 {t:g} 已经很高，损失前为什么要乘 T²？",
                    en="At temperature {t:g}, why is the loss multiplied by T²?",
                ).format(t=recipe.temperature),
                Text(
                    zh="两边的 logit 都除以 T；T 远大于 logit 时，软损失对学生的梯度约按 1/T² 缩小。不乘回来，升温就等于悄悄降低教师的权重。T 很大时，损失趋近 logit 之差的平方（差一个常数倍）。",
                    en="Both logits are divided by T; where T is large against them, the gradient of the soft loss shrinks by about 1/T². Without the"
                    " factor, raising T would quietly lower the weight of the teacher. At a very high T the loss tends to the squared difference"
                    " of the logits, up to a constant factor.",
                ),
            )
        )
    if recipe.soft_weight > 0 and teacher.english - found.distilled.english > 0.1:
        asked.append(
            FollowUp(
                Text(
                    zh="英文上教师 {t:.2f}，学生 {s:.2f}。为什么没有学到？",
                    en="In English the teacher has {t:.2f} and the student {s:.2f}. Why wasn't it transferred?",
                ).format(t=teacher.english, s=found.distilled.english),
                Text(
                    zh="蒸馏复制的是教师在迁移集上的输出，不是它的内部表示。迁移集是中文的，学生的词表里几乎没有英文词元；"
                    "把没有标签的英文句子交给教师打软标签，加进迁移集，才会学到。",
                    en="Distillation copies the teacher's outputs on the transfer set, not its representations. The transfer set is Chinese, and the"
                    " student's vocabulary has hardly any English token. Let the teacher label English sentences softly and add them.",
                ),
            )
        )
    return asked


def _of_softness(recipe: Distillation, found: Distilled) -> list[FollowUp]:
    """What the unlabelled texts and what the softness of the teacher's answers are worth here."""
    soft, pseudo, alone, paired = found.distilled, found.pseudo, found.alone, found.soft_against_pseudo
    asked = []
    if recipe.labelled < 1 and found.unlabelled_gain > GAIN:
        asked.append(
            FollowUp(
                Text(
                    zh="只有标签 {a:.3f}，伪标签 {p:.3f}，软标签 {s:.3f}。收益主要来自哪里？",
                    en="Labels only {a:.3f}, pseudo-labels {p:.3f}, soft labels {s:.3f}. Where does most of the gain come from?",
                ).format(a=alone.accuracy, p=pseudo.accuracy, s=soft.accuracy),
                Text(
                    zh="先看伪标签比只有标签多多少：那是教师给没有标签的 {n:.0%} 评论标了类别，与软硬无关。软标签再多出来的才归功于概率。这种分解需要三个学生，两个不够。",
                    en="First compare pseudo-labels with labels only: there the teacher gave a class to the {n:.0%} of the reviews without a label,"
                    " soft or not. Only what soft labels add to that is due to probabilities. It takes three students to tell; two aren't enough.",
                ).format(n=1 - recipe.labelled),
            )
        )
    if paired.clear and found.softness_gain > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="软标签 {s:.3f}，伪标签 {p:.3f}（p = {v:.2g}）。概率比类别多给了什么？",
                    en="Soft labels {s:.3f}, pseudo-labels {p:.3f} (p = {v:.2g}). What do probabilities give beyond classes?",
                ).format(s=soft.accuracy, p=pseudo.accuracy, v=paired.p_value),
                Text(
                    zh="把握的程度：0.95 与 0.55 都是正面，伪标签一视同仁，教师的错误因此按满分传下去；软标签让没把握的文本少起作用。两类时没有“其余类别之间的相似度”，暗知识只有这一个数。",
                    en="Confidence: 0.95 and 0.55 are both positive, and pseudo-labels treat them alike, so the teacher's mistakes count in full; with"
                    " soft labels, texts it is unsure of count less. With two classes there is no similarity among wrong classes: dark knowledge is"
                    " this one number.",
                ),
            )
        )
    elif not paired.clear:
        asked.append(
            FollowUp(
                Text(
                    zh="软标签 {s:.3f}，伪标签 {p:.3f}，p = {v:.2g}。能说软标签更好吗？",
                    en="Soft labels {s:.3f}, pseudo-labels {p:.3f}, p = {v:.2g}. Can one say that soft labels are better?",
                ).format(s=soft.accuracy, p=pseudo.accuracy, v=paired.p_value),
                Text(
                    zh="就准确率不能：同一批评论上的配对检验不显著。两类时，软标签只多一个数；还要看对数损失（软标签 {ls:.3f}，伪标签 {lp:.3f} 奈特）：它反映概率准不准，类别数多时软标签的差别也更大。",
                    en="Not by accuracy: the paired test on the same reviews isn't significant. With two classes, soft labels add one number only. Look at"
                    " log loss too (soft {ls:.3f}, pseudo {lp:.3f} nats): it tells how good the probabilities are. With more classes soft labels"
                    " carry more.",
                ).format(ls=soft.log_loss, lp=pseudo.log_loss),
            )
        )
    return asked

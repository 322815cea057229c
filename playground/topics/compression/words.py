"""What the compression topic says around its numbers: the prediction, follow-ups, failures, examples. Computes nothing."""

from __future__ import annotations

from typing import Any

from playground.lab.text import Label, Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction
from playground.topics.compression.settings import METHODS

# Columns of the panels' tables.
STORED, NONZERO, EFFECTIVE, HELD, LEFT = 1, 2, 3, 4, 5
ACCURACY, ENGLISH, AGREEMENT, SIZE = 1, 3, 4, 6
# Perplexities nearer than this share are called alike.
ALIKE = 0.05


def perplexity_at(result: Any, method: str, sparsity: float) -> float | None:
    """Perplexity of a pruning at a sparsity, in floats, from the curves."""
    if result.survival is None:
        return None
    for line in result.survival.lines:
        if line.name == METHODS[method]:
            for x, y in zip(line.x, line.y, strict=True):
                if abs(x - sparsity) < 1e-9:
                    return float(y)
    return None


def _which_survives(result: Any) -> Outcome | None:
    magnitude, wanda = perplexity_at(result, "unstructured", 0.5), perplexity_at(result, "wanda", 0.5)
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


PREDICTION = Prediction(
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


def ratio(result: Any) -> float:
    """Perplexity of this mix, in baselines."""
    figure = result.figures.items[0]
    return float(figure.b) / float(figure.a)


def held(result: Any) -> tuple[float, float]:
    """Megabytes of the baseline and of this mix."""
    figure = result.figures.items[2]
    return float(figure.a), float(figure.b)


FAILURES = (
    Failure(
        label=Text(zh="2:4 掩码，一个字节也没省", en="2:4 mask: not a byte saved"),
        values={"mix.pruning": "two-four", "mix.quantization": "none"},
        expect=Text(
            zh="一半权重是零，占用的字节却与基线相等，困惑度反而变差：没有稀疏算子，掩码什么也换不来。",
            en="Half the weights are zero, yet as many bytes are held as before and perplexity is worse: without a sparse kernel a mask buys nothing.",
        ),
        seen=lambda settings, result: held(result)[0] == held(result)[1] and ratio(result) > 1.2,
    ),
    Failure(
        label=Text(zh="剪掉 70%", en="70 % gone"),
        values={"mix.pruning": "unstructured", "mix.sparsity": 0.7, "mix.quantization": "none"},
        expect=Text(
            zh="不重新训练就剪掉七成：困惑度是基线的 20 倍以上，模型已不会说话。",
            en="Seven tenths gone with no training after: perplexity twenty times the baseline's or more; the model can no longer speak.",
        ),
        seen=lambda settings, result: ratio(result) > 20,
    ),
    Failure(
        label=Text(zh="删去一半神经元", en="half the neurons cut"),
        values={"mix.pruning": "structured", "mix.sparsity": 0.5, "mix.quantization": "none"},
        expect=Text(
            zh="张量真的小了，但同样的比例下结构化比逐个置零伤得重：困惑度是 Wanda 50% 的 2 倍以上。",
            en="The tensors are really smaller, but at the same share cutting neurons hurts more than zeroing single weights: twice Wanda's perplexity at 50 % or more.",
        ),
        seen=lambda settings, result: (
            ratio(result) * result.figures.items[0].a > 2 * (perplexity_at(result, "wanda", 0.5) or 1e9)
        ),
    ),
    Failure(
        label=Text(zh="只有 1% 的标签，不要教师", en="1 % of the labels and no teacher"),
        values={"distillation.labelled": 0.01, "distillation.soft_weight": 0.0},
        expect=Text(
            zh="只凭百分之一带标签的评论，学生的准确率比教师低 10 个百分点以上：没有软标签，小模型学不到什么。",
            en="From one labelled review in a hundred the student stays ten points or more below the teacher: without soft labels a small model learns little.",
        ),
        seen=lambda settings, result: result.students.rows[0][ACCURACY] - result.students.rows[2][ACCURACY] > 0.1,
    ),
    Failure(
        label=Text(zh="教师会的英文，学生没学到", en="the teacher's English doesn't come along"),
        values={"distillation.soft_weight": 1.0, "distillation.labelled": 1.0},
        expect=Text(
            zh="蒸馏只传递转移集上的行为：评论全是中文，学生的中文接近教师，英文却比教师低 15 个百分点以上。",
            en="Distillation hands on what the transfer set shows, and all its reviews are Chinese: the student nears the teacher in Chinese"
            " and stays 15 points or more below it in English.",
        ),
        seen=lambda settings, result: result.students.rows[0][ENGLISH] - result.students.rows[2][ENGLISH] > 0.15,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="去掉两层，再 int8", en="two layers out, then int8"),
        {"mix.pruning": "layers", "mix.sparsity": 0.1, "mix.quantization": "int8"},
    ),
    Example(
        Text(zh="校准与评判用同一段文字", en="calibrated on what it is judged by"),
        {"mix.pruning": "wanda", "mix.sparsity": 0.6, "mix.quantization": "none", "calibration": ""},
    ),
    Example(
        Text(zh="全局幅度 50%", en="global magnitude, 50 %"),
        {
            "mix.pruning": "global",
            "mix.sparsity": 0.5,
            "text": Text(
                zh="水在一个标准大气压下的沸点是一百摄氏度，结冰的温度是零摄氏度。登上高山以后气压变低，水不到一百度就会沸腾。",
                en="Water boils at one hundred degrees Celsius at sea level and freezes at zero. On a high mountain the pressure is lower, and water boils before it reaches one hundred degrees.",
            ),
        },
    ),
    Example(
        Text(zh="温度 8，全部标签", en="temperature 8, all labels"),
        {"distillation.temperature": 8.0, "distillation.labelled": 1.0, "distillation.soft_weight": 0.5},
    ),
)


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """What an interviewer would ask on seeing this result."""
    return tuple(one for one in (*_of_mix(settings, result), *_of_student(settings, result)) if one is not None)


def _of_mix(settings: Any, result: Any) -> list[FollowUp | None]:
    asked: list[FollowUp | None] = []
    mix = settings.mix
    if result.counts is not None and mix.pruning in ("unstructured", "global", "wanda", "two-four"):
        row: tuple[Any, ...] = result.counts.rows[1]
        asked.append(
            FollowUp(
                Text(
                    zh="存储 {s:.1f} 百万，非零 {n:.1f} 百万，为什么一步并没有快？",
                    en="{s:.1f} million stored, {n:.1f} million non-zero: why is a step no faster?",
                ).format(s=row[STORED], n=row[NONZERO]),
                Text(
                    zh="稠密算子不看值，零也照样读、照样乘。要变快，零得在存储里消失：压缩存储加稀疏算子（GPU 上 2:4 有硬件支持，"
                    "非结构化一般要到九成稀疏度才赢过稠密），或者改成结构化，让矩阵真的变小。",
                    en="A dense kernel doesn't look at values: it reads zeros and multiplies by them. Zeros must leave the storage: a compressed"
                    " format with a sparse kernel (2:4 has hardware on GPUs; unstructured usually needs some 90 % to beat dense), or a"
                    " structured cut that makes the matrix smaller.",
                ),
            )
        )
    magnitude, wanda = perplexity_at(result, "unstructured", 0.5), perplexity_at(result, "wanda", 0.5)
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
    if mix.pruning in ("structured", "layers") and result.figures is not None and result.figures.items[0].b is not None:
        asked.append(
            FollowUp(
                Text(
                    zh="困惑度成了基线的 {r:.3g} 倍。实际工程里，结构化剪枝之后一般做什么？",
                    en="Perplexity is {r:.3g} times the baseline's. What does one do after a structured cut in practice?",
                ).format(r=ratio(result)),
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
    if settings.calibration.strip() == "" and mix.pruning in ("wanda", "layers"):
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


def _of_student(settings: Any, result: Any) -> list[FollowUp | None]:
    if result.students is None:
        return []
    teacher, alone, distilled = result.students.rows
    asked: list[FollowUp | None] = []
    recipe = settings.distillation
    if recipe.soft_weight > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="学生 {d:.3f}，只看标签 {a:.3f}，教师 {t:.3f}。软标签多给了什么？",
                    en="The student has {d:.3f}, labels alone {a:.3f}, the teacher {t:.3f}. What do soft labels add?",
                ).format(d=distilled[ACCURACY], a=alone[ACCURACY], t=teacher[ACCURACY]),
                Text(
                    zh="首先是数据：没有标签的 {n:.0%} 评论也能用。其次是把握的程度：同为正面，0.95 与 0.55 不一样，噪声标签被教师抹平。"
                    "但二分类没有“其余类别之间的相似度”，暗知识只剩一个数，所以别指望多分类里的那种增益。",
                    en="First, data: the {n:.0%} of the reviews without a label count too. Then confidence: 0.95 and 0.55 are both positive and"
                    " not the same, and noisy labels are smoothed by the teacher. With two classes there is no likeness among the wrong"
                    " ones: dark knowledge is one number, and the gain is less than with many classes.",
                ).format(n=1 - recipe.labelled),
            )
        )
    if recipe.temperature >= 4:
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
    if teacher[ENGLISH] - distilled[ENGLISH] > 0.1:
        asked.append(
            FollowUp(
                Text(
                    zh="英文上教师 {t:.2f}，学生 {s:.2f}。为什么没有学到？",
                    en="In English the teacher has {t:.2f} and the student {s:.2f}. Why didn't it come along?",
                ).format(t=teacher[ENGLISH], s=distilled[ENGLISH]),
                Text(
                    zh="蒸馏复制的是教师在转移集上的输出，不是它的内部表示。训练评论是中文的，学生的词表里几乎没有英文词元；"
                    "把没有标签的英文句子交给教师打分，加进转移集，才会学到。",
                    en="Distillation copies the teacher's outputs on the transfer set, not what it knows inside. The reviews are Chinese and the"
                    " student's vocabulary has hardly an English token. Let the teacher score unlabelled English sentences and add them.",
                ),
            )
        )
    return asked

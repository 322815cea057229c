"""Settings of compression worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.compression.findings import Compressed, Findings
from playground.topics.compression.settings import Settings


def _times_baseline(found: Compressed, pruning: str, sparsity: float) -> float:
    """Perplexity of a pruning in floats over the baseline's; NaN, which no comparison holds for, where it wasn't measured."""
    return (found.perplexity_at(pruning, sparsity) or float("nan")) / found.baseline.cost.perplexity


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="2:4 掩码，一个字节也没省", en="2:4 mask: not a byte saved"),
        values={"mix.pruning": "two-four", "mix.quantization": "none"},
        expect=Text(
            zh="一半权重是零，占用的字节却与基线相等，困惑度反而变差：没有稀疏算子，掩码什么也换不来。",
            en="Half of the weights are zero, yet the bytes are the baseline's and perplexity is worse: without a sparse kernel a mask gains nothing.",
        ),
        seen=lambda settings, found: (
            found.compressed.mix.held_bytes == found.compressed.baseline.held_bytes and found.compressed.ratio > 1.2
        ),
    ),
    Failure(
        label=Text(zh="剪掉 70%", en="70% pruned"),
        values={"mix.pruning": "unstructured", "mix.sparsity": 0.7, "mix.quantization": "none"},
        expect=Text(
            zh="不重新训练就剪掉七成：困惑度是基线的 20 倍以上，模型已不能生成通顺文本。",
            en="70% pruned without training afterwards: perplexity is 20 times the baseline's or more, and the model no longer generates fluent text.",
        ),
        seen=lambda settings, found: found.compressed.ratio > 20,
    ),
    Failure(
        label=Text(zh="按权重范数删 10% 的神经元", en="10% of the neurons by weight norms"),
        values={"mix.pruning": "structured", "mix.sparsity": 0.1, "mix.quantization": "none"},
        expect=Text(
            zh="只删了 10% 的 MLP 神经元，困惑度就是基线的 10 倍以上；网格里按激活删同样多，不到基线的 2 倍。坏的是重要性指标，不是结构化剪枝本身。",
            en="Only 10% of the MLP neurons are removed, and perplexity is 10 times the baseline's or more; the same share by activations, in"
            " the grid, gives less than 2 times. The criterion fails, not structured pruning as such.",
        ),
        seen=lambda settings, found: (
            found.compressed.ratio > 10 and _times_baseline(found.compressed, "activations", 0.1) < 2
        ),
    ),
    Failure(
        label=Text(zh="只有 1% 的标签，不要教师", en="1% of the labels and no teacher"),
        values={"distillation.labelled": 0.01, "distillation.soft_weight": 0.0},
        expect=Text(
            zh="只凭百分之一的标签、不用教师，学生的准确率比教师低 10 个百分点以上：没有标签的评论都没用上。",
            en="From one label in a hundred, without the teacher, the student stays 10 points or more below it: the unlabelled reviews go unused.",
        ),
        seen=lambda settings, found: found.distilled.teacher.accuracy - found.distilled.distilled.accuracy > 0.1,
    ),
    Failure(
        label=Text(zh="教师会的英文，学生没学到", en="the teacher's English isn't transferred"),
        values={"distillation.soft_weight": 1.0, "distillation.labelled": 1.0},
        expect=Text(
            zh="蒸馏只传递迁移集上的行为：评论全是中文，学生的中文接近教师，英文却比教师低 15 个百分点以上。",
            en="Distillation transfers behaviour on the transfer set only, and its reviews are all Chinese: the student comes near the teacher in"
            " Chinese and stays 15 points or more below it in English.",
        ),
        seen=lambda settings, found: found.distilled.teacher.english - found.distilled.distilled.english > 0.15,
    ),
)

EXAMPLES: tuple[Example, ...] = (
    Example(
        Text(zh="按激活删 10% 的神经元", en="10% of the neurons by activations"),
        {"mix.pruning": "activations", "mix.sparsity": 0.1, "mix.quantization": "none"},
    ),
    Example(
        Text(zh="按激活删 30%，再 int8", en="30% by activations, then int8"),
        {"mix.pruning": "activations", "mix.sparsity": 0.3, "mix.quantization": "int8"},
    ),
    Example(
        Text(zh="去掉两层，再 int8", en="two layers removed, then int8"),
        {"mix.pruning": "layers", "mix.sparsity": 0.1, "mix.quantization": "int8"},
    ),
    Example(
        Text(zh="校准与评测用同一段文字", en="calibrated on the evaluation text"),
        {"mix.pruning": "wanda", "mix.sparsity": 0.6, "mix.quantization": "none", "calibration": ""},
    ),
    Example(
        Text(zh="全局幅度 50%", en="global magnitude, 50%"),
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


def _sums_nearly(found: Compressed) -> bool:
    """Whether KL of every mix of one removed layer is that of its parts within a quarter."""
    sums = [both for name, both in found.sums.items() if name.startswith("layers")]
    return len(sums) == 2 and all(abs(together / added - 1) < 0.25 for together, added in sums)


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="置零同样的神经元，算的是同一个函数，只是张量没变小：看“参数的三种数法”那张表",
            en="Zeroing the same neurons computes the same function with tensors of the old size: see the table “Parameters counted three ways”",
        ),
        {},
        lambda settings, found: (
            abs(found.compressed.neurons.masked.perplexity / found.compressed.neurons.cut.perplexity - 1) < 0.02
            and found.compressed.neurons.cut_bytes < found.compressed.neurons.masked_bytes
            and found.compressed.counts.masked.stored == found.compressed.counts.baseline.stored
            and found.compressed.counts.cut.stored < found.compressed.counts.baseline.stored
        ),
    ),
    Claim(
        Text(
            zh="看“困惑度随稀疏度”：同样 10%，按范数模型就坏了，按激活困惑度只涨一半左右；30% 时是基线的三到五倍",
            en="See “Perplexity against sparsity”: at 10%, norms break this model, while by activations perplexity rises by about half; at 30% it is three to five times the baseline's",
        ),
        {},
        lambda settings, found: (
            _times_baseline(found.compressed, "structured", 0.1) > 10
            and 1.3 < _times_baseline(found.compressed, "activations", 0.1) < 1.7
            and 3 < _times_baseline(found.compressed, "activations", 0.3) < 5
        ),
    ),
    Claim(
        Text(
            zh="权重范数不知道神经元的激活有多大；激活范数 × 下投影列的范数才知道",
            en="Weight norms don't know how strongly a neuron fires. Activation norm × norm of the down-projection column does",
        ),
        {},
        lambda settings, found: (
            found.compressed.contributions_removed["structured"]
            > 5 * found.compressed.contributions_removed["activations"]
        ),
    ),
    Claim(
        Text(
            zh="同样 50%，2:4 一般不如不受限制的掩码",
            en="at 50%, 2:4 usually does worse than a free mask",
        ),
        {},
        lambda settings, found: (
            _times_baseline(found.compressed, "two-four", 0.5) > _times_baseline(found.compressed, "unstructured", 0.5)
        ),
    ),
    Claim(
        Text(
            zh="所以这里随温度的曲线大致是平的",
            en="the curves by temperature are nearly flat here",
        ),
        {},
        lambda settings, found: (
            max(one.accuracy for one in found.distilled.temperatures)
            - min(one.accuracy for one in found.distilled.temperatures)
            < 0.03
        ),
    ),
    Claim(
        Text(
            zh="看“师生对照”那张表：收益在伪标签那一步就有了，只有两类时，软标签没有再带来显著的增益",
            en="See the table “Student against teacher”: the gain comes with the pseudo-labels, and with two classes soft labels add nothing significant to it",
        ),
        {},
        lambda settings, found: (
            found.distilled.unlabelled_gain > 0.05 and not found.distilled.soft_against_pseudo.clear
        ),
    ),
    Claim(
        Text(
            zh="看“逐句：师生各怎么判”那张表：同样的词换个顺序，它给的概率不变",
            en="See the table “Text by text”: the same words in another order get the same probability",
        ),
        {},
        lambda settings, found: (
            abs(found.distilled.reordered.student[0] - found.distilled.reordered.student[1]) < 1e-5
            and found.distilled.reordered.teacher[0] - found.distilled.reordered.teacher[1] > 0.2
        ),
    ),
    Claim(
        Text(
            zh="它比教师快一百倍左右或更多，只占约半 MB",
            en="It is about a hundred times as fast as the teacher or more, and takes about half a megabyte",
        ),
        {},
        lambda settings, found: found.measured.speedup > 70 and 4e5 < found.distilled.distilled.held_bytes < 6e5,
    ),
    Claim(
        Text(
            zh="教师的英文能力传不过来，因为迁移集里没有英文",
            en="The teacher's English isn't transferred, because the transfer set has none",
        ),
        {},
        lambda settings, found: found.distilled.teacher.english - found.distilled.distilled.english > 0.1,
    ),
    Claim(
        Text(
            zh="各层权重里本来就有 4% 到 5% 的零",
            en="4–5% of the layers' weights are 0 from the start",
        ),
        {},
        lambda settings, found: 0.04 <= found.compressed.counts.baseline.zeros <= 0.05,
    ),
    Claim(
        Text(
            zh="这里的教师是读模型前 8 层（共 18 层）的探针，学生的参数不到它的千分之一",
            en="Here the teacher is a probe on the first 8 of the model's 18 layers, and the student has less than a thousandth of its parameters",
        ),
        {},
        lambda settings, found: (
            found.distilled.teacher_layers == 8
            and 1000 * found.distilled.distilled.parameters < found.distilled.teacher.parameters
        ),
    ),
    Claim(
        Text(
            zh="“参数的三种数法”里，掩码那一行存储的参数与 MB 都和基线相同，只有非零的变少",
            en="In a masked row of “Parameters counted three ways” stored parameters and MB equal the baseline's; only the non-zero ones fall",
        ),
        {},
        lambda settings, found: (
            found.compressed.counts.mix.stored == found.compressed.counts.baseline.stored
            and found.compressed.mix.held_bytes == found.compressed.baseline.held_bytes
            and found.compressed.counts.mix.nonzero < 0.6 * found.compressed.counts.baseline.nonzero
        ),
    ),
    Claim(
        Text(
            zh="看“每步多少毫秒”：Wanda 50% 与基线相差不大",
            en="See “Milliseconds per step”: Wanda at 50% stays near the baseline",
        ),
        {},
        lambda settings, found: 0.7 < found.measured.ms_per_step_mix / found.measured.ms_per_step_baseline < 1.5,
    ),
    Claim(
        Text(
            zh="这里损失小的组合大致可加：看“两项 KL 之和”那一列",
            en="Small ones nearly do here: see the column “KL of its parts, added” of the table of mixes",
        ),
        {},
        lambda settings, found: _sums_nearly(found.compressed),
    ),
    Claim(
        Text(
            zh="这里 2.7 亿参数的模型损失大得多",
            en="the 270 million parameters here lose far more",
        ),
        {},
        lambda settings, found: _times_baseline(found.compressed, "wanda", 0.5) > 1.5,
    ),
    Claim(
        Text(
            zh="不训练时，删一层，或按激活删 10% 的神经元，在这里困惑度至多翻倍",
            en="Without training, removing one layer or 10% of the neurons by activations at most doubles perplexity here",
        ),
        {},
        lambda settings, found: (
            _times_baseline(found.compressed, "layers", 1 / 18) < 2
            and _times_baseline(found.compressed, "activations", 0.1) < 2
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="平均每权重约 7.4 位",
            en="about 7.4 bits per weight on average",
        ),
        "tests/models/test_embedded.py::test_the_bits_of_the_packages_file",
    ),
    Pinned(
        Text(
            zh="这里的教师是在另外同样多的评论上训练的",
            en="this one was trained on as many other reviews",
        ),
        "tests/learning/test_teacher_labels.py::test_the_teacher_saw_no_label_of_its_students",
    ),
    Pinned(
        Text(
            zh="这个模型 63% 的参数在嵌入里",
            en="63% of this model's parameters are its embedding",
        ),
        "tests/models/test_embedded.py::test_the_numbers_and_the_template_that_the_cards_speak_of",
    ),
    Pinned(
        Text(
            zh="这里 Wanda 只用一段短文",
            en="Here Wanda has one short passage",
        ),
        "playground/topics/compression/test_mixes.py::test_calibration_goes_to_those_that_need_it",
    ),
    Pinned(
        Text(
            zh="按激活删神经元用两种语言的 24 段",
            en="neurons by activations 24 in two languages",
        ),
        "tests/models/test_activations.py::test_the_set_has_both_languages_alike",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="这里的 270M 发布在后",
            en="the 270M here came later",
        ),
        "when Gemma 3's report and its smallest model came out",
    ),
)

"""Settings of compression worth a run: failures and examples."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.compression.findings import Findings
from playground.topics.compression.settings import Settings

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="2:4 掩码，一个字节也没省", en="2:4 mask: not a byte saved"),
        values={"mix.pruning": "two-four", "mix.quantization": "none"},
        expect=Text(
            zh="一半权重是零，占用的字节却与基线相等，困惑度反而变差：没有稀疏算子，掩码什么也换不来。",
            en="Half the weights are zero, yet as many bytes are held as before and perplexity is worse: without a sparse kernel a mask buys nothing.",
        ),
        seen=lambda settings, found: (
            found.compressed.mix.held_bytes == found.compressed.baseline.held_bytes and found.compressed.ratio > 1.2
        ),
    ),
    Failure(
        label=Text(zh="剪掉 70%", en="70 % gone"),
        values={"mix.pruning": "unstructured", "mix.sparsity": 0.7, "mix.quantization": "none"},
        expect=Text(
            zh="不重新训练就剪掉七成：困惑度是基线的 20 倍以上，模型已不会说话。",
            en="Seven tenths gone with no training after: perplexity twenty times the baseline's or more; the model can no longer speak.",
        ),
        seen=lambda settings, found: found.compressed.ratio > 20,
    ),
    Failure(
        label=Text(zh="删去一半神经元", en="half the neurons cut"),
        values={"mix.pruning": "structured", "mix.sparsity": 0.5, "mix.quantization": "none"},
        expect=Text(
            zh="张量真的小了，但同样的比例下结构化比逐个置零伤得重：困惑度是 Wanda 50% 的 2 倍以上。",
            en="The tensors are really smaller, but at the same share cutting neurons hurts more than zeroing single weights: twice Wanda's perplexity at 50 % or more.",
        ),
        seen=lambda settings, found: (
            found.compressed.mix.cost.perplexity > 2 * (found.compressed.perplexity_at("wanda", 0.5) or float("inf"))
        ),
    ),
    Failure(
        label=Text(zh="只有 1% 的标签，不要教师", en="1 % of the labels and no teacher"),
        values={"distillation.labelled": 0.01, "distillation.soft_weight": 0.0},
        expect=Text(
            zh="只凭百分之一带标签的评论，学生的准确率比教师低 10 个百分点以上：没有软标签，小模型学不到什么。",
            en="From one labelled review in a hundred the student stays ten points or more below the teacher: without soft labels a small model learns little.",
        ),
        seen=lambda settings, found: found.distilled.teacher.accuracy - found.distilled.distilled.accuracy > 0.1,
    ),
    Failure(
        label=Text(zh="教师会的英文，学生没学到", en="the teacher's English doesn't come along"),
        values={"distillation.soft_weight": 1.0, "distillation.labelled": 1.0},
        expect=Text(
            zh="蒸馏只传递转移集上的行为：评论全是中文，学生的中文接近教师，英文却比教师低 15 个百分点以上。",
            en="Distillation hands on what the transfer set shows, and all its reviews are Chinese: the student nears the teacher in Chinese"
            " and stays 15 points or more below it in English.",
        ),
        seen=lambda settings, found: found.distilled.teacher.english - found.distilled.distilled.english > 0.15,
    ),
)

EXAMPLES: tuple[Example, ...] = (
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

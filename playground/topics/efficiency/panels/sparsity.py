"""The table of the pruned models beside the dense one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from playground.evaluation.perplexity import readable
from playground.lab.panels import Table
from playground.lab.text import Text
from playground.lab.timing import load_notice
from playground.lab.variant import PRUNINGS
from playground.models.language_model import LanguageModel
from playground.topics.efficiency.measuring import Run
from playground.topics.efficiency.sparsity import HALF, PrunedModel, mlp_shape


def sparsity_table(models: Sequence[PrunedModel], runs: Mapping[int, Run]) -> Table:
    """Tabulates what each holds, does and takes for a token. `runs`: decoding by the id of a module; the dense model
    comes first.
    """
    dense = runs[id(models[0].lm.module)]
    rows = []
    for one in models:
        run = runs[id(one.lm.module)]
        name = PRUNINGS[one.kind]
        if one.kind != "none":
            name = Text(zh="{name} {share}", en="{name} {share}").format(name=name, share=f"{HALF:.0%}")
        rows.append((
            name if one.kind != "none" else Text(zh="不剪", en="dense"),
            run.milliseconds, run.timing.milliseconds_between(), dense.timing.median / run.timing.median,
            round(one.lm.weight_bytes / 1e6), round(one.parameters.stored / 1e6), round(one.parameters.nonzero / 1e6), _shape(one.lm),
            round(run.work.operations / 1e6), readable(one.perplexity),
        ))  # fmt: skip
    how = Text(
        zh="与 A、B 的选择无关：同一个模型，非结构化把各层矩阵一半的权重置零，结构化删去一半前馈神经元，嵌入与输出层不动。解码轮流测量，每词元毫秒取 {n} 次的中位数；前馈矩阵是第一层的输出投影，一列一个神经元。",
        en="Whatever A and B are: the same model; unstructured zeroes half of the weights in its layers' matrices, structured removes half of the"
        " MLP neurons, embedding and head stay as they were. Decode steps took turns: ms per token, the median of {n}. The MLP matrix is the first layer's output projection, a column"
        " for each neuron; ops are operations per token.",
    ).format(n=dense.timing.repeats)
    return Table(
        columns=(
            Text(zh="剪枝", en="pruning"),
            Text(zh="解码毫秒", en="ms"),
            Text(zh="最少–最多", en="least–most"),
            Text(zh="快几倍", en="× as fast"),
            "MB",
            Text(zh="参数 M", en="weights M"),
            Text(zh="非零 M", en="not 0, M"),
            Text(zh="前馈矩阵", en="MLP matrix"),
            Text(zh="运算 M", en="ops M"),
            Text(zh="困惑度", en="perplexity"),
        ),
        rows=tuple(rows),
        digits=2,
        caveat=how,
        loaded=load_notice([runs[id(one.lm.module)].timing for one in models]),
        measured=True,
    )


def _shape(lm: LanguageModel) -> str:
    shape = mlp_shape(lm)
    return "–" if shape is None else f"{shape[0]} × {shape[1]}"

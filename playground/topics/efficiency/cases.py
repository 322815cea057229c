"""Settings of efficiency worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

import dataclasses

from playground.lab.text import Text
from playground.lab.timing import LOADED
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.efficiency.counting import Counts
from playground.topics.efficiency.findings import Findings, Side
from playground.topics.efficiency.settings import Settings


def _zeros_buy_nothing(settings: Settings, found: Findings) -> bool:
    """Whether B has zeros and yet A's bytes and about A's pace."""
    return (
        abs(found.bytes_ratio - 1) < 0.01
        and found.b.counts.nonzero < 0.9 * found.b.counts.parameters
        and found.measured.decode_ratio < 1.3
    )


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="一半是零，字节和毫秒照旧", en="Half zeros, the same bytes and milliseconds"),
        values={"b.pruning": "unstructured", "b.sparsity": 0.5},
        expect=Text(
            zh="B 各层矩阵的权重有一半是零，占的字节与 A 一样多，每词元也没有快到 1.3 倍：稠密算子对零照读照乘。",
            en="Half of B's layer weights are zeros, yet it holds as many bytes as A and isn't even 1.3 times as fast per token: dense"
            " kernels read and multiply zeros too.",
        ),
        seen=_zeros_buy_nothing,
    ),
    Failure(
        label=Text(zh="真变小了，也真变傻了", en="Really smaller, and really worse"),
        values={"b.pruning": "structured", "b.sparsity": 0.5},
        expect=Text(
            zh="删去一半神经元，运算真的减少，但不再训练，输出就不成句子：困惑度是 A 的 10 倍以上。",
            en="With half of the neurons removed there is really less to compute, but without retraining the output isn't a sentence:"
            " B's perplexity is ten times A's or more.",
        ),
        seen=lambda settings, found: found.b.perplexity > 10 * found.a.perplexity,
    ),
    Failure(
        label=Text(zh="稀疏度 80%", en="80% sparsity"),
        values={"b.pruning": "unstructured", "b.sparsity": 0.8},
        expect=Text(
            zh="按幅度置零 80%，每词元 KL 超过 2 奈特；字节一个没少。",
            en="With 80% zeroed by magnitude KL is above 2 nats per token, and not a byte is saved.",
        ),
        seen=lambda settings, found: found.divergence > 2 and abs(found.bytes_ratio - 1) < 0.01,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="int8：每权重一字节", en="int8: one byte per weight"), {"b.quantization": "int8", "b.pruning": "none"}
    ),
    Example(
        Text(zh="int4 对 int8", en="int4 against int8"),
        {
            "a.quantization": "int8",
            "b.quantization": "int4",
            "b.pruning": "none",
            "text": Text(
                zh="水在一个标准大气压下的沸点是一百摄氏度，冰点是零摄氏度。在高山上，气压较低，水的沸点",
                en="At sea level water boils at one hundred degrees Celsius. On a high mountain, where the pressure is lower, it",
            ),
        },
    ),
    Example(
        Text(zh="按激活删神经元：10% 对 30%", en="Neurons by activations: 10% against 30%"),
        {"a.pruning": "activations", "a.sparsity": 0.1, "b.pruning": "activations", "b.sparsity": 0.3},
    ),
    Example(
        Text(zh="置零对删神经元，各 25%", en="25%: zeroed against removed"),
        {"a.pruning": "unstructured", "a.sparsity": 0.25, "b.pruning": "structured", "b.sparsity": 0.25},
    ),
)


_INT8, _INT4, _BY_ACTIVATIONS = (example.values for example in EXAMPLES[:3])
# Two measurements of the same thing differ by less where no other program interferes.
NOISE = 1.4


def _same_but_zeros(dense: Counts, zeroed: Counts) -> bool:
    """Whether two models differ in the count of their non-zero parameters alone."""
    return dataclasses.replace(zeroed, nonzero=dense.nonzero) == dense and zeroed.nonzero < dense.nonzero


def _under_load(found: Findings) -> bool:
    """Whether other programs disturbed the times, which then say nothing."""
    passes = found.measured.pruned.values()
    return found.measured.loaded or any(one.waited is not None and one.waited > LOADED for one in passes)


def _noise(found: Findings, ratio: float) -> bool:
    """Whether two times differ by no more than two measurements of the same thing may."""
    return _under_load(found) or 1 / NOISE < ratio < NOISE


def _like_dense(found: Findings) -> bool:
    """Whether half of the weights zeroed change nothing that is counted, and times by no more than two measurements may differ."""
    dense, zeroed = (found.pruned[kind].counts for kind in ("none", "unstructured"))
    return _same_but_zeros(dense, zeroed) and _noise(found, found.measured.zeroed_ratio)


def _neurons_removed(found: Findings) -> bool:
    """Whether removing neurons lowers everything that is counted, and doesn't lengthen a step."""
    dense, removed = (found.pruned[kind].counts for kind in ("none", "structured"))
    times = found.measured.pruned
    return (
        removed.parameters < dense.parameters
        and removed.weight_bytes < dense.weight_bytes
        and removed.operations < dense.operations
        and (_under_load(found) or times["structured"].ms < NOISE * times["none"].ms)
    )


def _shapes(found: Findings) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
    """The shapes of the first MLP's matrix: dense, unstructured, structured."""
    dense, zeroed, removed = (found.pruned[kind].mlp_shape for kind in ("none", "unstructured", "structured"))
    assert dense and zeroed and removed
    return dense, zeroed, removed


def _share_of_dense(found: Findings, side: Side) -> tuple[float, float]:
    """A side's bytes and its perplexity over the dense model's."""
    dense = found.pruned["none"]
    return side.counts.weight_bytes / dense.counts.weight_bytes, side.perplexity / dense.perplexity


def _cheap_by_activations(found: Findings) -> bool:
    tenth, third = (_share_of_dense(found, side) for side in (found.a, found.b))
    return round(tenth[0], 2) == 0.97 and round(third[0], 2) == 0.92 and 1 < tenth[1] < 2 and 1 < third[1] < 3


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="按激活挑，删 10% 困惑度涨不到一倍，删 30% 不到三倍，字节少 3% 与 8%（示例“按激活删神经元”）",
            en="by activations, 10% of them cost less than twice the perplexity and 30% less than three times, for 3% and 8% of the bytes (example “Neurons by activations”)",
        ),
        _BY_ACTIVATIONS,
        lambda settings, found: _cheap_by_activations(found),
    ),
    Claim(
        Text(
            zh="置零一本也不减，变少的只是非零参数",
            en="Zeroing lowers none of the four, only the count of non-zero parameters",
        ),
        {},
        lambda settings, found: (
            _same_but_zeros(found.a.counts, found.b.counts) and _noise(found, found.measured.decode_ratio)
        ),
    ),
    Claim(
        Text(zh="int8 减少字节，参数与运算不变", en="int8 lowers bytes and leaves parameters and operations the same"),
        _INT8,
        lambda settings, found: (
            found.bytes_ratio > 1.9
            and found.a.counts.parameters == found.b.counts.parameters
            and found.a.counts.operations == found.b.counts.operations
        ),
    ),
    Claim(
        Text(zh="删神经元四本都减", en="removing neurons lowers all four"),
        {},
        lambda settings, found: _neurons_removed(found),
    ),
    Claim(
        Text(zh="但不再训练损失很大", en="without retraining the loss is large"),
        {},
        lambda settings, found: found.pruned["structured"].perplexity > 10 * found.pruned["none"].perplexity,
    ),
    Claim(
        Text(
            zh="看“毫秒：预填充与解码”里的“占屋顶”：这里的解码离屋顶还有距离",
            en="See “% of the roof” in “Milliseconds: prefill and decode”: decode stays below the roof here",
        ),
        {},
        lambda settings, found: found.measured.bandwidth_share < 0.9,
    ),
    Claim(
        Text(
            zh="bfloat16、单条解码的强度约为 1",
            en="Decoding one sequence in bfloat16 has an intensity of about 1",
        ),
        {},
        # 0.5 where the baseline is kept in float32.
        lambda settings, found: round(found.a.decode_intensity, 1) in (0.5, 1.0),
    ),
    Claim(
        Text(
            zh="权重 int8 把 bfloat16 的字节减半，几乎无损",
            en="int8 weights halve the bytes of bfloat16 at almost no loss",
        ),
        _INT8,
        lambda settings, found: found.divergence < 0.05,
    ),
    Claim(
        Text(zh="约 536 → 270 → 168 MB，损失可见", en="about 536 → 270 → 168 MB, with a loss that shows"),
        _INT4,
        lambda settings, found: (
            abs(found.a.counts.weight_bytes / 270e6 - 1) < 0.01
            and abs(found.b.counts.weight_bytes / 168e6 - 1) < 0.01
            and found.divergence > 0.1
        ),
    ),
    Claim(
        Text(zh="把前馈层删去一半，字节只少 13%", en="removing half of every MLP saves 13%"),
        {},
        lambda settings, found: (
            round(
                1 - found.pruned["structured"].counts.weight_bytes / found.pruned["none"].counts.weight_bytes,
                2,
            )
            == 0.13
        ),
    ),
    Claim(
        Text(
            zh="看“剪掉一半，快多少”：非结构化那一行，参数、字节、每词元运算与稠密完全相同，毫秒只差测量噪声",
            en="See “Half pruned: how much faster”: the unstructured row has the dense row's parameters, bytes and operations, and its"
            " milliseconds differ by noise",
        ),
        {},
        lambda settings, found: _like_dense(found),
    ),
    Claim(
        Text(
            zh="非结构化剪枝后前馈层的矩阵形状没有变，一个神经元也没少",
            en="In the same table the MLP's matrix keeps its shape after unstructured pruning: not one neuron is gone",
        ),
        {},
        lambda settings, found: _shapes(found)[0] == _shapes(found)[1],
    ),
    Claim(
        Text(zh="结构化那一行少了一半的列", en="The structured row has half of the columns"),
        {},
        lambda settings, found: 2 * _shapes(found)[2][1] == _shapes(found)[0][1],
    ),
    Claim(
        Text(
            zh="看“同时生成几个回答”：一批 8 个时合计词元每秒成倍上升，每一步却没有变短",
            en="See “Several answers at once”: with 8 in a batch the tokens per second together multiply, and no step gets shorter",
        ),
        {},
        lambda settings, found: (
            _under_load(found)
            or 0.9 * found.measured.answers_ms["1"]
            < found.measured.answers_ms["8"]
            < found.measured.answers_ms["1"] * 8 / 2
        ),
    ),
    Claim(
        Text(
            zh="看面板“屋顶线”里解码的点：它在转折点左边",
            en="See the point “decode” in the panel “Roofline”: it is left of the ridge",
        ),
        {},
        lambda settings, found: max(found.a.decode_intensity, found.b.decode_intensity) < found.measured.ridge,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="挑选时也读了这段文本，所以不是独立的检验",
            en="the choice was made on this text too, so it is no independent test",
        ),
        "tests/models/test_pruning.py::test_what_is_calibrated_goes_by_its_text",
    ),
    Pinned(
        Text(
            zh="解码一步所读的字节有 63% 是输出层，把前馈层删去一半，字节只少 13%",
            en="the head is 63% of the bytes that a decode step reads, and removing half of every MLP saves 13%",
        ),
        "playground/topics/efficiency/test_lab.py::test_where_the_real_models_weights_are",
    ),
    Pinned(
        Text(
            zh="超过 10% 就在数字旁边写明",
            en="above 10% the number says so",
        ),
        "playground/topics/efficiency/test_interview.py::test_a_run_is_under_load_above_a_tenth",
    ),
    Pinned(
        Text(
            zh="字节取自张量的存储",
            en="bytes from the tensors' storage",
        ),
        "playground/topics/efficiency/test_lab.py::test_bytes_parameters_and_kl_by_hand",
    ),
    Pinned(
        Text(
            zh="运算按形状数出",
            en="operations counted from the shapes",
        ),
        "tests/models/test_operations.py::test_operations_against_torchs_counter",
    ),
    Pinned(
        Text(
            zh="其中滑动窗口层最多按窗口长度算",
            en="where a layer with a sliding window counts no more than its window",
        ),
        "tests/models/test_operations.py::test_a_window_bounds_attention",
    ),
    Pinned(
        Text(
            zh="（这里 18 层中有 15 层，窗口 512）",
            en="(512 in 15 of the 18 layers here)",
        ),
        "playground/topics/context/test_lab.py::test_the_layers_are_those_that_the_cards_count",
    ),
    Pinned(
        Text(
            zh="这里只有一台机器，测的是类似的情形，即批处理",
            en="This lab has one machine and measures the analogous case, a batch",
        ),
        "playground/topics/efficiency/test_lab.py::test_several_answers_are_one_batch",
    ),
)

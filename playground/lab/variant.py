"""Defines the weight variants that a visitor can choose; `models.variants` builds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playground.lab.controls import ShownWhen, choice, number
from playground.lab.text import Label, Text

QUANTIZATIONS: dict[str, Label] = {
    "none": Text(zh="无", en="none"),
    "int8": "int8",
    "int4": "int4",
    "simulated": Text(zh="模拟…", en="simulated…"),
}
PRUNINGS: dict[str, Label] = {
    "none": Text(zh="无", en="none"),
    "unstructured": Text(zh="非结构化", en="unstructured"),
    "structured": Text(zh="结构化（范数）", en="structured (norms)"),
    "activations": Text(zh="结构化（激活）", en="structured (activations)"),
    "wanda": "Wanda",
}
MORE_PRUNINGS: dict[str, Label] = {
    "global": Text(zh="全局幅度", en="global magnitude"),
    "two-four": "2:4",
    "layers": Text(zh="整层", en="whole layers"),
}


def simulated_bits() -> Any:
    """Declares to how many bits simulated quantization rounds, beside a choice named `quantization`."""
    shown = ShownWhen("quantization", ("simulated",))
    return number(Text(zh="模拟位数", en="Simulated bits"), default=4, low=2, high=8, shown_when=shown)


@dataclass(frozen=True)
class Variant:
    """A `quantization` and a `pruning` of the base weights, the latter by `sparsity` (0 to 1).

    int8, int4: packed weights with real kernels. simulated: weights rounded to `bits` but stored as floats.
    unstructured: smallest weights set to zero; structured: the MLP neurons of smallest weight norms removed;
    activations: those of smallest activation norm × weight norm removed; wanda: smallest |weight| × activation norm set
    to zero.

    Some prunings are used by labs but not offered in every lab (`MORE_PRUNINGS`). global: the smallest weights of all
    matrices ranked together; two-four: two of every four neighbours, ignoring sparsity; layers: whole layers removed.
    """

    quantization: str = choice(
        Text(zh="量化", en="Quantization"), QUANTIZATIONS, default="none",
        help=Text(zh="int8、int4 用真实算子；“模拟”只做舍入，仍以浮点存储。",
                  en="int8 and int4 run real kernels; “simulated” only rounds and stays in floats."),
    )  # fmt: skip
    bits: int = simulated_bits()
    pruning: str = choice(
        Text(zh="剪枝", en="Pruning"), PRUNINGS, default="none",
        help=Text(zh="非结构化与 Wanda 把权重置零；结构化真正删去 MLP 神经元，按权重范数挑，或按激活挑。不再训练时，按激活删 10% 到 30% 才值得一试。",
                  en="Unstructured and Wanda zero weights; structured really removes MLP neurons, by weight norms or by activations."
                  " Without training afterwards only 10% to 30% by activations are worth a try."),
    )  # fmt: skip
    sparsity: float = number(
        Text(zh="稀疏度", en="Sparsity"), default=0.5, low=0.0, high=0.95, step=0.05,
        shown_when=ShownWhen("pruning", ("unstructured", "structured", "activations", "wanda")),
    )  # fmt: skip


def weights_in_words(variant: Variant) -> Text:
    """Describes a variant briefly ("int4 · unstructured pruning 50%"), or as "baseline weights"."""
    parts = []
    if variant.quantization == "simulated":
        parts.append(Text(zh="模拟 {bits} 位", en="simulated {bits}-bit").format(bits=variant.bits))
    elif variant.quantization != "none":
        parts.append(Text(variant.quantization, variant.quantization))
    if variant.pruning != "none" and variant.sparsity:
        name = (PRUNINGS | MORE_PRUNINGS)[variant.pruning]
        parts.append(
            Text(zh="{name}剪枝 {sparsity}", en="{name} pruning {sparsity}").format(
                name=name, sparsity=f"{variant.sparsity:.0%}"
            )
        )
    parts = parts or [Text(zh="基线权重", en="baseline weights")]
    return Text(zh=" · ".join(part.zh for part in parts), en=" · ".join(part.en for part in parts))

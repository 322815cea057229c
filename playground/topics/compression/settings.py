"""What the lab of compression is asked (a mix of pruning and quantization, a recipe for a student), and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, group, number, text_box
from playground.lab.panels import Bars, Lines, Metrics, Scatter, Table, panel, undrawn
from playground.lab.shared_controls import epochs, seed, text
from playground.lab.text import Label, Text
from playground.lab.variant import MORE_PRUNINGS, PRUNINGS, QUANTIZATIONS, Variant, simulated_bits
from playground.learning.distillation import Recipe
from playground.topics.compression.findings import Findings

METHODS: dict[str, Label] = {
    "none": PRUNINGS["none"],
    "unstructured": Text(zh="幅度·逐矩阵", en="magnitude, per matrix"),
    "global": Text(zh="幅度·全局", en="magnitude, global"),
    "wanda": "Wanda",
    "two-four": Text(zh="2:4 掩码", en="2:4 mask"),
    "structured": Text(zh="MLP 神经元·范数", en="MLP neurons, by norms"),
    "activations": Text(zh="MLP 神经元·激活", en="MLP neurons, by activations"),
    "layers": Text(zh="整层", en="whole layers"),
}
assert METHODS.keys() == PRUNINGS.keys() | MORE_PRUNINGS.keys()
GRIDS: dict[str, Label] = {
    "small": Text(zh="小", en="small"),
    "medium": Text(zh="中（约十秒）", en="medium (about ten seconds)"),
    "large": Text(zh="大（约一分钟）", en="large (about a minute)"),
}
FREE = tuple(method for method in METHODS if method not in ("none", "two-four"))


@dataclass(frozen=True)
class Mix:
    pruning: str = choice(
        Text(zh="剪枝", en="Pruning"), METHODS, default="wanda", compact=False,
        help=Text(zh="四种掩码（幅度、Wanda、2:4）只把权重置零；MLP 神经元与整层真正删去张量的一部分。不再训练时，按激活删 10% 到 30% 的神经元才值得一试。",
                  en="The four masks only zero weights; neurons and whole layers are really removed. Without training afterwards, 10% to 30%"
                  " of the neurons, by activations, are worth a try."),
    )  # fmt: skip
    sparsity: float = number(
        Text(zh="稀疏度", en="Sparsity"), default=0.5, low=0.0, high=0.9, step=0.05,
        shown_when=ShownWhen("pruning", FREE),
        help=Text(zh="各层矩阵的权重（或神经元、层）剪去的比例。", en="Share of the layers' weights (or of the neurons, or of the layers) that is pruned."),
    )  # fmt: skip
    quantization: str = choice(Text(zh="量化", en="Quantization"), QUANTIZATIONS, default="none")
    bits: int = simulated_bits()

    @property
    def variant(self) -> Variant:
        """What the bench is asked for."""
        return Variant(self.quantization, self.bits, self.pruning, self.sparsity)


@dataclass(frozen=True)
class Distillation:
    temperature: float = number(
        Text(zh="温度", en="Temperature"), default=2.0, low=1.0, high=16.0, step=0.5,
        help=Text(zh="教师与学生的 logit 都先除以它，再比较。", en="Divides the logits of teacher and student before they are compared."),
    )  # fmt: skip
    soft_weight: float = number(
        Text(zh="教师的权重", en="Weight of the teacher"), default=0.7, low=0.0, high=1.0, step=0.05,
        help=Text(zh="1：只学教师；0：只学标签。软标签与伪标签的学生都用它。",
                  en="1: the teacher alone; 0: the labels alone. The same for soft labels and for pseudo-labels."),
    )  # fmt: skip
    labelled: float = number(
        Text(zh="有标签的比例", en="Labelled share"), default=0.05, low=0.01, high=1.0, step=0.01,
        help=Text(zh="迁移集里学生能看到标签的比例；教师的输出全部可见。",
                  en="Share of the transfer set whose labels the student sees; it sees the teacher's output for all of it."),
    )  # fmt: skip
    width: int = number(
        Text(zh="学生向量维数", en="Student's width"), default=32, low=4, high=128, step=4, advanced=True
    )
    epochs: int = epochs(default=6, low=1, high=30)
    seed: int = seed()

    @property
    def recipe(self) -> Recipe:
        """What the student of soft labels learns by."""
        return Recipe(
            self.temperature, self.soft_weight, labelled=self.labelled, width=self.width, epochs=self.epochs, seed=self.seed
        )  # fmt: skip


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=Text(
            zh="人工智能是计算机科学的一个分支，它研究怎样让机器像人一样学习、推理和解决问题。早期的系统依靠专家手写的规则，"
            "后来的系统从大量数据中归纳规律。",
            en="Artificial intelligence is a branch of computer science that studies how machines can learn, reason and solve"
            " problems. Early systems followed rules written by experts; later ones found patterns in large amounts of data."
            " Today's language models have read millions of pages and books and can answer questions, translate articles and"
            " write programs, but they also state falsehoods with confidence, so their users still have to judge for themselves.",
        ),
        max_chars=1000,
        help=Text(zh="前 128 个词元用来算困惑度。", en="Perplexity is measured on its first 128 tokens."),
    )  # fmt: skip
    mix: Mix = group(Text(zh="压缩", en="Compression"), Mix, role="b")
    distillation: Distillation = group(Text(zh="蒸馏", en="Distillation"), Distillation)
    calibration: str = text_box(
        Text(zh="校准文本", en="Calibration text"),
        default=Text(
            zh="城市的清晨从菜市场开始。摊主把刚到的蔬菜摆成整齐的小山，老人提着布袋挑选西红柿，孩子背着书包从旁边跑过。"
            "不远处的车站里，第一班公共汽车已经坐满了上班的人，司机一边看表一边等最后一位乘客。",
            en="The city's morning begins at the market. Traders pile fresh vegetables into small hills, old people choose"
            " tomatoes with cloth bags on their arms, and children run past with their satchels. At the station nearby the first"
            " bus is already full of people on their way to work, and the driver looks at his watch and waits for the last one.",
        ),
        max_chars=2000, optional=True, advanced=True,
        help=Text(zh="Wanda 与整层剪枝按它的激活挑选。留空则用“文本”本身：在同一段文字上挑选又评测，会偏乐观。按激活删神经元另有内置的双语校准集，这段文字只是加进去。",
                  en="Wanda and the choice of layers go by its activations. Blank: by those of the text itself, which flatters them, as the same"
                  " text then chooses and judges. Neurons by activations have a bilingual calibration set of their own, to which this is added."),
    )  # fmt: skip
    grid: str = choice(
        Text(zh="网格", en="Grid"), GRIDS, default="small", advanced=True,
        help=Text(zh="中网格多了全局幅度与 30% 的掩码；大网格有更多稀疏度，并给每种剪枝也配上 int8、int4。",
                  en="The medium one adds global magnitude and masks of 30%; the large one has more sparsities, and combines every pruning with int8 and int4."),
    )  # fmt: skip
    review: str = text_box(
        Text(zh="给师生判断的句子", en="A sentence for teacher and student"),
        default=Text(zh="房间很干净，服务也热情，下次还会来。", en="The room was clean and the staff were kind; I will come again."),
        max_chars=200, lines=2,
    )  # fmt: skip


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(Text(zh="本组合", en="This mix"))
    counts: Table | None = panel(
        Text(zh="参数的三种数法", en="Parameters counted three ways"),
        hint=Text(
            zh="置零不改变参数个数，删去才会", en="Masking doesn't change the number of parameters; removing does"
        ),
    )
    speed: Bars | None = panel(
        Text(zh="每步多少毫秒", en="Milliseconds per step"),
        hint=Text(zh="解码一步的毫秒数，附最小与最大", en="Milliseconds of a decode step, with least and most"),
        half=True,
    )
    survival: Lines | None = panel(
        Text(zh="困惑度随稀疏度", en="Perplexity against sparsity"),
        hint=Text(zh="都不重新训练，权重为浮点", en="No training afterwards; weights in floats"), half=True,
    )  # fmt: skip
    front: Scatter | None = panel(
        Text(zh="字节与困惑度", en="Bytes against perplexity"),
        hint=Text(
            zh="左下更好；虚线是帕累托前沿：线上的组合不被任何组合支配（字节与困惑度都不更差，且至少一项更好）",
            en="Lower left is better; dotted: the Pareto front, whose mixes no other dominates (no worse in both, better in one)",
        ),
    )  # fmt: skip
    mixes: Table | None = panel(
        Text(zh="网格里的每个组合", en="Every mix of the grid"),
        hint=Text(zh="从小到大，本组合高亮", en="The smallest first; this mix is highlighted"),
    )
    learning: Lines | None = panel(
        Text(zh="蒸馏：边学边画", en="Distillation, epoch by epoch"),
        hint=Text(zh="三个学生结构、初值、步数都相同，只有目标不同", en="Three students, alike but for their targets"), half=True,
    )  # fmt: skip
    temperatures: Lines | None = panel(
        Text(zh="随温度", en="By temperature"),
        hint=Text(zh="每个温度各训练一个软标签学生", en="One student of soft labels per temperature"),
        half=True,
    )
    students: Table | None = panel(
        Text(zh="师生对照", en="Student against teacher"),
        hint=Text(zh="在谁都没有训练过的文本上", en="On texts that none of them was trained on"),
    )
    pace: Table | None = panel(
        Text(zh="判断一条要多久", en="Time per text"),
        hint=Text(zh="分类一条文本的时间，含分词", en="Time to classify one text, tokenization included"),
        half=True,
    )
    verdicts: Table | None = panel(
        Text(zh="逐句：师生各怎么判", en="Text by text: teacher and student"),
        hint=Text(zh="正面的概率：你的句子；同样的词换个顺序；分歧最大的评论",
                  en="p(positive): your sentence; the same words in another order; the reviews on which they differ most"), half=True,
    )  # fmt: skip


def describe(pruning: str, sparsity: float, quantization: str, bits: int = 4) -> Text:
    """Describes a mix in a few words."""
    parts: list[Label] = []
    if pruning == "two-four":
        parts.append(METHODS[pruning])
    elif pruning != "none" and sparsity:
        parts.append(Text(zh="{one} {share:.0%}", en="{one} {share:.0%}").format(one=METHODS[pruning], share=sparsity))
    if quantization == "simulated":
        parts.append(Text(zh="模拟 {bits} 位", en="simulated {bits} bits").format(bits=bits))
    elif quantization != "none":
        parts.append(quantization)
    if not parts:
        return Text(zh="不压缩", en="uncompressed")
    return Text(
        *(" + ".join(one if isinstance(one, str) else one.in_(language) for one in parts) for language in ("zh", "en"))
    )

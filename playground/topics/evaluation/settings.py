"""What the lab of evaluation is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from playground.lab.controls import number, text_box
from playground.lab.panels import Code, Heatmap, Lines, Prose, SideBySide, Table, panel, undrawn
from playground.lab.shared_controls import seed, unit
from playground.lab.text import Text
from playground.lab.token_panels import Passages
from playground.topics.evaluation.findings import Findings

MOST_REFERENCES = 8
MOST_CHARACTERS = 1000


def example_table(language: str) -> str:
    """Returns the invented table of labels that the lab starts with."""
    return Path(__file__).with_name(f"table.{language}.tsv").read_text(encoding="utf-8").strip()


DEFAULT_REFERENCES = Text(
    zh="三位老师昨天在会上非常详细地讲解了新规定。\n昨天的会上，三位老师把新规定讲得非常细。",
    en="Three trains to Boston were cancelled yesterday because of the big storm.\n"
    "Because of the big storm, three Boston trains were cancelled yesterday.",
)


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="译文 A", en="Hypothesis A"), max_chars=MOST_CHARACTERS, lines=2,
        default=Text(zh="新规定的细节，三名教师昨日开会时都说清楚了。",
                     en="Severe weather led the railway to call off three services to Boston yesterday."),
    )  # fmt: skip
    other: str = text_box(
        Text(zh="译文 B", en="Hypothesis B"), max_chars=MOST_CHARACTERS, lines=2,
        default=Text(zh="三位老师昨天在会上非常详细地讲解了旧规定。",
                     en="Three trains to Boston were cancelled yesterday because of the big strike."),
    )  # fmt: skip
    references: str = text_box(
        Text(zh="参考译文（一行一条）", en="References (one a line)"), default=DEFAULT_REFERENCES, max_chars=4000, lines=3,
        help=Text(zh="最多 8 条；最小改动从第一条改起。", en="8 at most; the minimal edits are made of the first."),
    )  # fmt: skip
    unit: str = unit(Text(zh="计分单元", en="Count by"), default="word")
    table: str = text_box(
        Text(zh="标注表", en="Table of labels"), default=Text(zh=example_table("zh"), en=example_table("en")),
        max_chars=20_000, lines=5, optional=True,
        help=Text(
            zh="从表格里复制粘贴：标准答案、预测 A，可再加预测 B 和 A 的置信度。自带的 60 行是编的；留空则不算。",
            en="Paste from a spreadsheet: gold, prediction A, then optionally prediction B and A's confidence. The 60 rows here are"
            " invented; blank skips this part.",
        ),
    )  # fmt: skip
    bins: int = number(Text(zh="校准分箱数", en="Calibration bins"), default=10, low=2, high=30, advanced=True)
    pairs: int = number(
        Text(zh="裁判题数", en="Pairs to judge"), default=12, low=4, high=24, step=4, advanced=True,
        help=Text(zh="本项目写的句对；每对正反两个次序各判一次，再单独各判一次。",
                  en="Pairs written for this project, each judged in both orders, and each candidate by itself."),
    )  # fmt: skip
    resamples: int = number(
        Text(zh="自助重抽样次数", en="Bootstrap resamples"), default=1000, low=200, high=5000, step=100, advanced=True
    )
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    scores: Table | None = panel(
        Text(zh="重合指标（0–100）", en="Overlap scores (0–100)"),
        hint=Text(zh="同一句，切法不同，分数就不同；chrF 总按字符算", en="The same text scores differently in different units; chrF always counts characters"),
    )  # fmt: skip
    edits: Table | None = panel(
        Text(zh="只改一处，各指标怎么说", en="One edit, and what each metric says"),
        hint=Text(zh="把第一条参考改一处，再与原句比；意思变了的应当得分更低",
                  en="The first reference with one edit, scored against itself: a changed meaning should score lower"),
    )  # fmt: skip
    comparison: Table | None = panel(
        Text(zh="B 比 A 好吗：配对检验", en="Is B better than A? Paired tests"),
        hint=Text(zh="B − A，方括号为 95% 区间；Holm：这几项一起检验时校正过的 p 值",
                  en="B − A, 95% interval in brackets; Holm: the p-value corrected for testing all of these"),
    )  # fmt: skip
    judge: Table | None = panel(
        Text(zh="让这个模型当裁判", en="This model as the judge"),
        hint=Text(zh="候选对调位置后结论还一样吗", en="Does the choice survive swapping the candidates?"),
    )  # fmt: skip
    power: Lines | None = panel(
        Text(zh="要多少条样本", en="How many examples it takes"), half=True,
        hint=Text(zh="若真实差距就是看到的差距，McNemar 检验能发现它的概率",
                  en="The chance that McNemar's test detects the difference, if the one observed is the true one"),
    )  # fmt: skip
    calibration: Lines | None = panel(
        Text(zh="可靠性图（A）", en="Reliability diagram (A)"), half=True,
        hint=Text(zh="点在对角线下方：过分自信", en="Below the diagonal: overconfident"),
    )  # fmt: skip
    matches: Passages | None = panel(
        Text(zh="匹配的 n 元组", en="Matching n-grams"),
        hint=Text(zh="颜色越深，所在的匹配 n 元组越长（最长 4）；划掉的：参考里没有", en="Darker: inside a longer matching n-gram, 4 at most; struck through: in no reference"),
    )  # fmt: skip
    bleu: Table | None = panel(
        Text(zh="BLEU 拆开看", en="BLEU, component by component"),
        hint=Text(zh="精确率的几何平均 × 长度惩罚", en="Geometric mean of the precisions × brevity penalty"),
    )  # fmt: skip
    signatures: Table | None = panel(
        Text(zh="同一句，不同签名", en="One sentence, several signatures"), half=True,
        hint=Text(zh="不写明分词与平滑，BLEU 不可比", en="Without tokenizer and smoothing a BLEU can't be compared"),
    )  # fmt: skip
    reading: Table | None = panel(
        Text(zh="困惑度与每字节比特数", en="Perplexity and bits per byte"), half=True,
        hint=Text(zh="同一个概率，按什么单位平摊，困惑度就是多少；每字节比特数不随分词变",
                  en="One probability: perplexity depends on the unit it is averaged over, bits per byte don't depend on the tokenizer"),
    )  # fmt: skip
    classes: Table | None = panel(
        Text(zh="逐类得分与平均", en="Scores by class, and averages"),
        hint=Text(zh="宏平均各类等权，加权平均按样本数", en="The macro average weighs classes equally, the weighted one by their examples"),
    )  # fmt: skip
    confusion: SideBySide[Heatmap] | None = panel(
        Text(zh="混淆矩阵", en="Confusion matrix"),
        hint=Text(zh="行：真值；列：预测", en="Rows: gold; columns: predicted"),
    )
    bins: Table | None = panel(
        Text(zh="ECE 随分箱而变", en="ECE depends on the bins"), half=True,
        hint=Text(zh="同一组预测，只换分箱", en="The same predictions, other bins"),
    )  # fmt: skip
    systems: Table | None = panel(
        Text(zh="显著，却是错的", en="Significant, and wrong"), half=True,
        hint=Text(zh="24 对句子：一边句句同义，一边句句意思错", en="24 pairs: one side always means the same, the other never"),
    )  # fmt: skip
    pairs: Table | None = panel(
        Text(zh="逐题看裁判", en="The judge, pair by pair"),
        hint=Text(
            zh="裁判对每一对的对数几率，两种先后顺序都问", en="The judge's log-odds on each pair, asked in both orders"
        ),
    )
    read: Prose | None = panel(
        Text(zh="读到的标注表", en="The table as read"),
        hint=Text(zh="从粘贴的表格里读到了什么", en="What was read of the pasted table"),
    )
    prompt: Code | None = panel(
        Text(zh="裁判读到的提示", en="What the judge reads"),
        hint=Text(zh="两份提示全文，你的问题在最后", en="Both prompts in full, your question last"),
    )

"""What the lab of similarity is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, switch, text_box
from playground.lab.panels import Bars, Heatmap, Histogram, Lines, Table, panel, undrawn
from playground.lab.shared_controls import seed, text
from playground.lab.text import Label, Text
from playground.topics.similarity.findings import Findings

MOST_LINES = 10
NAMES: dict[str, Label] = {
    "characters": Text(zh="字符 n-gram", en="character n-grams"),
    "edit": Text(zh="编辑距离", en="edit distance"),
    "tfidf": "TF-IDF",
    "bm25": "BM25",
    "embeddings": Text(zh="平均词嵌入", en="averaged embeddings"),
    "state": Text(zh="提示状态", en="prompted state"),
    "alignment": Text(zh="逐词对齐", en="word alignment"),
}
DEFAULT_TEXT = Text(zh="医院允许家属夜间陪护。", en="The medicine is safe for children.")
DEFAULT_LINES = Text(
    zh="夜里，家属可以在医院陪护。\n医院不允许家属夜间陪护。\n医院新建了一座停车楼。\n火山灰覆盖了整个村庄。",
    en="Children can take this medicine without risk.\nThe medicine is not safe for children.\n"
    "The medicine is sold in small bottles.\nThe satellite reached its orbit.",
)


@dataclass(frozen=True)
class Settings:
    text: str = text(default=DEFAULT_TEXT, max_chars=300, lines=2)
    others: str = text_box(
        Text(zh="与哪些比较", en="Compare with"), default=DEFAULT_LINES, max_chars=2000, lines=5,
        help=Text(zh="一行一条，最多 10 条；只写一行就是两句相比。", en="One a line, at most 10; a single line compares two texts."),
    )  # fmt: skip
    method: str = choice(
        Text(zh="细看哪种方法", en="Method to look into"), NAMES, default="state", compact=False,
        help=Text(zh="“随机句对”面板画它的分布。", en="The panel of random pairs draws its distribution."),
    )  # fmt: skip
    centre: bool = switch(
        Text(zh="减去均值", en="Remove the mean"), default=True,
        help=Text(zh="只影响用向量的三种方法。", en="Affects only the three methods that compare vectors."),
    )  # fmt: skip
    layer: int = number(
        Text(zh="层（0：自动）", en="Layer (0: automatic)"), default=0, low=0, high=128, slider=False, advanced=True,
        help=Text(zh="提示状态和逐词对齐取哪一层；自动取 18 层里的第 16 层（深度的 8/9）。",
                  en="Whose states the prompted state and the alignment use; automatic: 8/9 of the depth, 16 of 18."),
    )  # fmt: skip
    n: int = number(
        Text(zh="字符 n-gram 的 n", en="n of the n-grams"), default=2, low=1, high=5, advanced=True,
        help=Text(zh="中文常用 2，英文常用 3。", en="Usual: 2 in Chinese, 3 in English."),
    )  # fmt: skip
    vectors: int = number(
        Text(zh="近邻实验的向量数", en="Vectors searched"), default=300, low=100, high=1000, step=20, advanced=True,
        help=Text(zh="量化与枢纽的实验在多少句之间找近邻。", en="Among how many sentences neighbours are searched."),
    )  # fmt: skip
    seed: int = seed(
        Text(
            zh="随机句对、自助法、MinHash 与乘积量化的起点",
            en="Random pairs, bootstrap, MinHash and product quantization's start",
        )
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    ranks: Heatmap | None = panel(
        Text(zh="各方法并排", en="The methods side by side"),
        hint=Text(
            zh="格中：分数与名次；颜色：在随机句对里的百分位，绿高于一半，棕低于一半。分数不能跨方法比，颜色可以",
            en="In the cell: score and rank; colour: percentile among random pairs, green above half, brown below. Scores can't be compared across methods, colours can",
        ),
    )
    spread: Histogram | None = panel(
        Text(zh="随机句对的分数", en="Scores of random pairs"),
        hint=Text(
            zh="竖线是各行的分数；随机句对本来就得多少分，决定了 0.9 是高是低",
            en="Vertical lines: the lines' scores. What unrelated sentences score decides whether 0.9 is high",
        ),
    )
    changes: Table | None = panel(
        Text(
            zh="挑战集：改了意思，分数低于改写吗", en="Challenge set: does a changed meaning score below a paraphrase?"
        ),
        hint=Text(
            zh="改动句得分低于改写句的组数，每类 8 组，方括号是 95% Wilson 区间；改写换了许多词，改动只动一处，字面重叠在这里是误导",
            en="Items where the changed sentence scores below the paraphrase, 8 of each kind, with 95% Wilson interval; paraphrases change many words and changes one place, so overlap misleads",
        ),
    )
    controlled: Table | None = panel(
        Text(zh="对照：同样大小的近义改动", en="Control: an edit of the same size that keeps the meaning"),
        hint=Text(
            zh="同样的 40 句，改动句与近义改动句改的字数平均相近；改动句得分更低的组数，看不出意思的方法约为一半或更少",
            en="The same 40 sentences; the changed and the reworded one differ by about as many characters on average. Items where the changed one scores lower: about half or fewer for a method that is blind to meaning",
        ),
    )
    levels: Table | None = panel(
        Text(zh="挑战集的平均分", en="Challenge set: mean scores"),
        hint=Text(zh="只在一行之内比：各方法的刻度不同；最后一列是同一句的两种改法之差", en="Compare within a row: scales differ between methods; last column: the difference of the two edits of the same sentence"),
    )  # fmt: skip
    alignment: Heatmap | None = panel(
        Text(zh="逐词对齐", en="Word alignment"),
        hint=Text(
            zh="行：文本的词；列：第一行的词；格：余弦。每行取最大，再平均，就是得分",
            en="Rows: words of the text; columns: of the first line; cells: cosine. The mean of each row's maximum is the score",
        ),
    )
    grades: Bars | None = panel(
        Text(zh="与人工分级的相关", en="Agreement with graded pairs"),
        hint=Text(zh="Spearman ρ 与 95% 自助区间，60 对", en="Spearman's ρ with 95% bootstrap interval, 60 pairs"),
    )
    recall: Lines | None = panel(
        Text(zh="量化向量的召回", en="Recall of quantized vectors"), half=True,
        hint=Text(zh="十个真近邻找回几成，横轴是每个向量的字节数", en="Share of the ten true neighbours found, against bytes per vector"),
    )  # fmt: skip
    codes: Table | None = panel(
        Text(zh="每个向量多少字节", en="Bytes per vector"), half=True,
        hint=Text(zh="区间：95% 自助，按查询重抽；“重排”另需浮点向量（可放磁盘）", en="Interval: 95% bootstrap over queries; rescoring also needs the float vectors (on disk, say)"),
    )  # fmt: skip
    hubs: Table | None = panel(
        Text(zh="枢纽", en="Hubness"), half=True,
        hint=Text(zh="一句话出现在多少句的前十近邻里；平均必为 10。方括号为 95% 区间", en="In how many top-10 lists a sentence occurs; the mean is always 10. Brackets: 95% intervals"),
    )  # fmt: skip
    overlap: Table | None = panel(
        Text(zh="MinHash 去重", en="MinHash for deduplication"), half=True,
        hint=Text(zh="n-gram Jaccard 的精确值与 128 个哈希的估计；标准误 √(J(1−J)/128)", en="n-gram Jaccard, exact and estimated by 128 hashes; standard error √(J(1−J)/128)"),
    )  # fmt: skip
    scores: Table | None = panel(
        Text(zh="全部分数", en="All scores"),
        hint=Text(
            zh="随机句对的均值与第 5、95 百分位列在旁边", en="Beside them mean, 5th and 95th percentile of random pairs"
        ),
    )

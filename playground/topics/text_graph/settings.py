"""What the lab of text graphs is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number
from playground.lab.panels import Bars, GraphOverTime, Lines, Metrics, Scatter, Table, panel, undrawn
from playground.lab.shared_controls import epochs, seed, text
from playground.lab.text import Text
from playground.topics.text_graph.findings import Findings
from playground.topics.text_graph.stories import FLOOD


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=FLOOD, max_chars=6000, lines=8,
        help=Text(zh="中文、英文或混排都可以；每读一句，图就更新一次。", en="Chinese, English or both; the graph is updated with every sentence read."),
    )  # fmt: skip
    nodes: str = choice(
        Text(zh="节点", en="Nodes"),
        {"keywords": Text(zh="关键词", en="keywords"), "entities": Text(zh="实体（专名）", en="entities (names)")},
        default="keywords",
        help=Text(
            zh="关键词：中文取名词，英文取停用词以外的词。实体：中文取人名、地名、机构名，英文取总是大写开头的词。",
            en="Keywords: nouns in Chinese, words that aren't stop words in English. Entities: persons, places and organisations in Chinese, words that always have a capital in English.",
        ),
    )
    past: float = number(
        Text(zh="算作过去的句子比例", en="Share of sentences that is the past"), default=0.6, low=0.2, high=0.9, step=0.05,
        help=Text(zh="只用过去训练；之后的句子只用来评分。", en="Only the past is trained on; the sentences after it only score."),
    )  # fmt: skip
    decay: float = number(
        Text(zh="每句之后边权保留的比例", en="Share of an edge's weight kept per sentence"), default=0.85, low=0.5, high=1.0, step=0.05,
        help=Text(zh="1 表示从不衰减，那就是一张静态图。", en="1 keeps everything: that is a static graph."),
    )  # fmt: skip
    window: int = number(
        Text(zh="共现窗口（句）", en="Co-occurrence window, sentences"), default=1, low=1, high=4,
        help=Text(zh="1：同一句里的词相连；2：再连上前一句的词，权重减半。", en="1 links the words of one sentence; 2 also links them to those of the sentence before, at half the weight."),
    )  # fmt: skip
    step: int = number(Text(zh="每步读几句", en="Sentences per step"), default=1, low=1, high=10)
    features: str = choice(
        Text(zh="节点特征", en="Node features"),
        {
            "embeddings": Text(zh="模型的输入嵌入", en="model's input embeddings"),
            "one-hot": Text(zh="独热", en="one-hot"),
        },
        default="embeddings",
        advanced=True,
        help=Text(
            zh="输入嵌入：词的各词元向量取平均，去均值，再用 PCA 降到至多 64 维。独热：除了图，什么都不知道。",
            en="Input embeddings: a word's token vectors averaged, centred and reduced to 64 dimensions at most by PCA. One-hot: nothing is known but the graph.",
        ),
    )
    epochs: int = epochs(default=80, low=10, high=300, step=10)
    seeds: int = number(
        Text(zh="图卷积训练几次（不同种子）", en="Seeds of the graph convolution"),
        default=5,
        low=2,
        high=10,
        advanced=True,
    )
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    graph: GraphOverTime | None = panel(
        Text(zh="图随文本变化", en="The graph as the text is read"),
        hint=Text(
            zh="拖动滑块或用方向键逐步读；位置（按全文排布）与颜色（过去的 Louvain 社区）不变，变的是粗细与深浅",
            en="drag the slider or use the arrow keys; places (a layout of the whole text) and colours (Louvain communities of the past) stay, width and opacity change",
        ),
    )
    comparison: Bars | None = panel(
        Text(zh="预测新边：AUC", en="Predicting new edges: AUC"),
        hint=Text(
            zh="0.5 等于乱猜；误差线是对未来边做自助法的 95% 区间",
            en="0.5 is guessing; error bars: 95% bootstrap intervals over the new edges",
        ),
    )
    ranks: Lines | None = panel(
        Text(zh="PageRank 随时间", en="PageRank over time"),
        hint=Text(zh="最终与划分点上最靠前的几个节点", en="the nodes that lead at the end or at the cut"),
    )
    scores: Table | None = panel(
        Text(zh="各方法的得分", en="Scores of the methods"),
        hint=Text(
            zh="时间切分；“度数匹配”只与度数最接近的负例比；AP 的基准是正例占比",
            en="split in time; “degree-matched” meets only negatives of like degree; guessing has an AP equal to the share of positives",
        ),
    )
    rolling: Lines | None = panel(
        Text(zh="滚动划分：AUC", en="Rolling cuts: AUC"),
        hint=Text(
            zh="几个划分点，每个只考到下一个划分点为止的新边；色带是 95% 区间",
            en="several cuts, each asked only about new edges up to the next cut; bands: 95% intervals",
        ),
    )
    central: Table | None = panel(
        Text(zh="动态与静态：谁最中心", en="Dynamic against static: who is central"),
        hint=Text(
            zh="PageRank；“静态”把全文的边等权相加，不衰减",
            en="PageRank; “static” adds all edges of the text up, without decay",
        ),
    )
    counts: Metrics | None = panel(
        Text(zh="这张图有多大", en="The size of the graph"),
        hint=Text(zh="可供学习的数据有多少", en="How much there is to learn from"),
    )
    loss: Lines | None = panel(
        Text(zh="图卷积的训练损失", en="Training loss of the graph convolution"),
        hint=Text(zh="各种子的平均；0.693 等于乱猜", en="mean over the seeds; 0.693 is guessing"),
        half=True,
    )
    depth: Lines | None = panel(
        Text(zh="过平滑：层数与相似度", en="Over-smoothing: likeness by depth"),
        hint=Text(zh="最大连通块里所有节点对的平均余弦", en="mean cosine of all pairs in the largest component"),
        half=True,
    )
    vectors: Scatter | None = panel(
        Text(zh="节点向量（PCA）", en="Node vectors (PCA)"),
        hint=Text(
            zh="第一个种子的图卷积输出；颜色是过去的图上的 Louvain 社区",
            en="output of the graph convolution, first seed; colours are Louvain communities of the past's graph",
        ),
    )

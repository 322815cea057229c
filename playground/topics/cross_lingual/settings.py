"""What the lab of cross-lingual transfer is asked, and what it shows; knows nothing of how it is measured."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, switch, text_box
from playground.lab.panels import Heatmap, Histogram, Lines, Metrics, Scatter, Table, panel, undrawn
from playground.lab.shared_controls import seed
from playground.lab.text import Label, Language, Text
from playground.topics.cross_lingual.findings import Findings
from playground.topics.cross_lingual.space import Space

SOURCES = {"en": Text(zh="英文 → 中文", en="English → Chinese"), "zh": Text(zh="中文 → 英文", en="Chinese → English")}
POOLINGS = {
    "prompt": Text(zh="提示末词元", en="prompted state"),
    "mean": Text(zh="句内平均", en="mean of the sentence"),
}
ROTATIONS = {
    "none": Text(zh="不旋转", en="none"),
    "near": Text(zh="靠近恒等", en="near the identity"),
    "free": Text(zh="自由", en="free"),
}
SCORINGS: dict[str, Label] = {"cosine": Text(zh="余弦", en="cosine"), "csls": "CSLS"}


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="你的句子", en="Your sentences"),
        default=Text(
            zh="她不喜欢喝咖啡。 | She doesn't like coffee.\n她很喜欢喝咖啡。 | She likes coffee a lot.\n"
            "他等了三个小时。 | He waited for three hours.\n他等了五个小时。 | He waited for five hours.\n"
            "塞翁失马，焉知非福。 | It may be a blessing in disguise.\n这个 bug 明天必须修好。 | This bug must be fixed tomorrow.",
            en="She doesn't like coffee. | 她不喜欢喝咖啡。\nShe likes coffee a lot. | 她很喜欢喝咖啡。\n"
            "He waited for three hours. | 他等了三个小时。\nHe waited for five hours. | 他等了五个小时。\n"
            "It may be a blessing in disguise. | 塞翁失马，焉知非福。\nThis bug must be fixed tomorrow. | 这个 bug 明天必须修好。",
        ),
        max_chars=2000, lines=6,
        help=Text(
            zh="一行一句，中英文都行；或一行一对：“中文 | English”。最多 24 句。",
            en="A line is one sentence in either language, or a pair: “sentence | 译文”. At most 24 sentences.",
        ),
    )  # fmt: skip
    source: str = choice(
        Text(zh="迁移方向", en="Transfer"), SOURCES, default="en",
        help=Text(zh="用前者的标注训练，在后者上测试。", en="Trained on labels of the first, tested on the second."),
    )  # fmt: skip
    layer: int = number(
        Text(zh="检索用的层", en="Layer for retrieval"), default=16, low=0, high=64, slider=False,
        help=Text(zh="0 是词嵌入；超过模型层数时取最后一层。", en="0 is the embedding; beyond the last layer, the last is taken."),
    )  # fmt: skip
    pooling: str = choice(Text(zh="句向量取法", en="Pooling"), POOLINGS, default="prompt")
    removed: bool = switch(
        Text(zh="减去本语言均值", en="Remove each language's mean"), default=True,
        help=Text(zh="均值只需单语文本，不需要平行句对。", en="A mean needs texts of one language, no translations."),
    )  # fmt: skip
    rotation: str = choice(
        Text(zh="旋转（Procrustes）", en="Rotation (Procrustes)"), ROTATIONS, default="none",
        help=Text(zh="由下面 n 对译句求出，把英文向量转到中文一侧。", en="Fitted on n pairs of translations; turns English vectors towards Chinese."),
    )  # fmt: skip
    scoring: str = choice(Text(zh="检索打分", en="Score"), SCORINGS, default="cosine", advanced=True)
    pairs: int = number(
        Text(zh="求旋转用的句对数 n", en="Pairs n for the rotation"), default=20, low=5, high=100, advanced=True,
        help=Text(zh="另备的 100 对，不在检索的句对之内。", en="Of 100 further pairs, none of those that retrieval is measured on."),
    )  # fmt: skip
    sentences: int = number(
        Text(zh="检索用的译句对数", en="Pairs for retrieval"), default=80, low=20, high=150, step=10, advanced=True,
        help=Text(zh="越多，干扰项越多，区间越窄。", en="More pairs mean more rivals and narrower intervals."),
    )  # fmt: skip
    labels: int = number(
        Text(zh="每种语言的训练评论数", en="Training reviews per language"), default=40, low=20, high=240, step=20, advanced=True,
    )  # fmt: skip
    tested: int = number(
        Text(zh="每种语言的测试评论数", en="Test reviews per language"), default=60, low=20, high=100, step=20, advanced=True,
    )  # fmt: skip
    classifier_layer: int = number(
        Text(zh="分类器用的层", en="Layer for the classifier"), default=0, low=0, high=64, slider=False, advanced=True,
        help=Text(zh="0：由源语言标注的留一误差来选。", en="0: chosen by the leave-one-out error on the source labels."),
    )  # fmt: skip
    seed: int = seed(Text(zh="只影响自助法区间。", en="Only bootstrap intervals depend on it."))

    @property
    def space(self) -> Space:
        """The space that sentences are compared in."""
        return Space(self.removed, self.rotation, self.scoring)

    @property
    def languages(self) -> tuple[Language, Language]:
        """Source and target."""
        source = Language(self.source)
        return source, Language.EN if source is Language.ZH else Language.ZH


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(Text(zh="这次运行", en="This run"))
    transfer: Table | None = panel(
        Text(zh="迁移：谁的标注，测谁", en="Transfer: whose labels, tested on whom"),
        hint=Text(
            zh="差值是与目标语言自己训练的基线在同一批评论上比；区间含 0 就分不出高下",
            en="Difference to the baseline trained on the target, on the same reviews; an interval that includes 0 settles nothing",
        ),
    )
    layers: Lines | None = panel(
        Text(zh="译句在哪一层相遇", en="The layer where translations meet"),
        hint=Text(
            zh="每句英文各找中文译句，第一名就是的比例；带为 95% 区间",
            en="Share of English sentences whose Chinese translation comes first; bands: 95% intervals",
        ),
        half=True,
    )
    transfer_layers: Lines | None = panel(
        Text(zh="迁移随层", en="Transfer by layer"),
        hint=Text(zh="情感正确率；带为 95% 区间", en="Sentiment accuracy; bands: 95% intervals"),
        half=True,
    )
    own: Table | None = panel(
        Text(zh="你的句子落在哪里", en="Where your sentences land"),
        hint=Text(
            zh="在另一种语言的检索句子加上你的句子里找最近的",
            en="Nearest among the project's sentences of the other language and your own",
        ),
    )
    steps: Table | None = panel(
        Text(zh="一步步对齐", en="Aligning step by step"),
        hint=Text(
            zh="每行一种空间；检索第一名的百分比，方括号为 95% 区间；p 为 McNemar 精确检验",
            en="A space in each row; per cent whose translation comes first, with 95% intervals; p: McNemar's exact test",
        ),
    )
    hub_figures: Table | None = panel(
        Text(zh="枢纽有多严重", en="How bad the hubs are"),
        hint=Text(
            zh="k-出现：一句中文进入多少句英文的前 10 名；偏度越大，越集中在少数句子上",
            en="k-occurrence: how many English sentences have a Chinese one among their nearest 10; the larger the skew, the more they crowd on a few",
        ),
    )
    before: Scatter | None = panel(
        Text(zh="对齐前（主成分平面）", en="Before aligning (principal plane)"),
        hint=Text(zh="每点一句；虚线连着你的每一对译句", en="A point is a sentence; a dotted line joins each of your pairs"), half=True,
    )  # fmt: skip
    after: Scatter | None = panel(
        Text(zh="对齐后（主成分平面）", en="After aligning (principal plane)"),
        hint=Text(zh="本次设置的空间；虚线连着你的每一对译句，平面上的长短不等于空间里的远近", en="The space of these settings; a dotted line joins each of your pairs, and its length in the plane isn't their distance in the space"), half=True,
    )  # fmt: skip
    cosines: Heatmap | None = panel(
        Text(zh="你的句子两两余弦", en="Cosines among your sentences"),
        hint=Text(zh="先是原始向量，算完换成本次设置的空间", en="Raw at first, then in the space of these settings"),
        half=True,
    )
    hubs: Histogram | None = panel(
        Text(zh="枢纽：哪些句子总被找到", en="Hubs: which sentences are always found"),
        hint=Text(
            zh="横轴：一句中文进入多少句英文的前 10 名；没有枢纽时都在 10 附近",
            en="How many English sentences have a Chinese one among their nearest 10; without hubs all are near 10",
        ),
        half=True,
    )
    rotations: Lines | None = panel(
        Text(zh="旋转要多少句对", en="How many pairs a rotation takes"),
        hint=Text(zh="检索正确率随 n；0 是不旋转", en="Retrieval against n; 0 is no rotation"),
        half=True,
    )
    confused: Table | None = panel(
        Text(zh="找错的句子", en="Sentences that found another"), half=True,
        hint=Text(zh="英文找中文时的错误", en="Errors of English to Chinese"),
    )  # fmt: skip
    misjudged: Table | None = panel(
        Text(zh="零样本判错的评论", en="Reviews that zero-shot gets wrong"),
        hint=Text(zh="右列：目标语言的基线判对没有", en="Last column: whether the target's baseline is right"),
    )  # fmt: skip

"""What the lab of long texts is asked, and what it shows; knows no computation."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import number, text_box
from playground.lab.panels import Heatmap, Lines, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import seed, text
from playground.lab.text import Text
from playground.topics.long_text.findings import Findings
from playground.topics.long_text.story import STORY

NEEDLE = Text(zh="陈默的新家就在埃菲尔铁塔旁边。", en="Marta lives right next to the Eiffel Tower.")
LITERAL = Text(zh="谁的新家在埃菲尔铁塔旁边？", en="Who lives right next to the Eiffel Tower?")
REWORDED = Text(zh="住在巴黎的人是谁？", en="Which person can be visited in Paris?")
ANSWER = Text(zh="陈默", en="Marta")
OTHERS = Text(zh="赵宁、刘洋、孙悦", en="Oscar, Helen, Peter")
DISTRACTORS = Text(
    zh="赵宁的新家就在故宫旁边。\n刘洋的新家就在大本钟旁边。\n孙悦的新家就在金字塔旁边。",
    en="Oscar lives right next to the Colosseum.\nHelen lives right next to Big Ben.\nPeter lives right next to the Kremlin.",
)


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=STORY, max_chars=20_000, lines=8,
        help=Text(zh="中文、英文或混排都行。它既用来算困惑度，也当藏针的干草堆；不够长时用项目自带的文章补足。",
                  en="Chinese, English or both. It is scored and also serves as the haystack, filled up with the project's own documents."),
    )  # fmt: skip
    window: int = number(
        Text(zh="窗口（词元）", en="Window (tokens)"), default=128, low=16, high=2048, step=16,
        help=Text(zh="截断、不相交窗口和重叠窗口一次读多少词元。", en="How many tokens truncation, disjoint and overlapping windows read at a time."),
    )  # fmt: skip
    stride: int = number(
        Text(zh="步长（词元）", en="Stride (tokens)"), default=64, low=1, high=1024, step=1,
        help=Text(zh="重叠窗口每次前移多少，也是每窗计分的词元数；不能超过窗口。",
                  en="How far the overlapping window moves, and how many of its tokens are scored; at most the window."),
    )  # fmt: skip
    needle: str = text_box(
        Text(zh="针：藏进去的一句话", en="Needle: the sentence to hide"), default=NEEDLE, max_chars=200, lines=2
    )
    literal: str = text_box(
        Text(zh="问题（用针的原词）", en="Question in the needle's words"), default=LITERAL, max_chars=200, lines=1
    )
    reworded: str = text_box(
        Text(zh="问题（与针没有共同的词）", en="Question without the needle's words"), default=REWORDED, max_chars=200, lines=1,
        help=Text(zh="还有共同的实词时，结果里会指出来。", en="The result says so where content words are still shared."),
    )  # fmt: skip
    answer: str = text_box(
        Text(zh="答案（针里的词）", en="Answer (a word of the needle)"),
        default=ANSWER,
        max_chars=40,
        lines=1,
        advanced=True,
    )
    others: str = text_box(
        Text(zh="其他候选答案", en="Other candidates"), default=OTHERS, max_chars=200, lines=1, advanced=True,
        help=Text(zh="1 到 8 个，用顿号、逗号或分号隔开；答案的概率与它们比。",
                  en="One to eight, separated by commas or semicolons; the answer's probability is compared with theirs."),
    )  # fmt: skip
    distractors: str = text_box(
        Text(zh="干扰句", en="Distractors"), default=DISTRACTORS, max_chars=600, lines=3, optional=True, advanced=True,
        help=Text(zh="一行一句，按随机种子散放在干草堆里；留空则不做这一组。",
                  en="One per line, scattered in the haystack by the seed; leave blank to skip this condition."),
    )  # fmt: skip
    longest: int = number(
        Text(zh="最长干草堆（词元）", en="Longest haystack (tokens)"), default=96, low=32, high=4096, step=16, advanced=True,
    )  # fmt: skip
    lengths: int = number(
        Text(zh="长度的个数", en="Number of lengths"), default=2, low=1, high=4, advanced=True,
        help=Text(zh="从最长的起，每个是前一个的一半。", en="From the longest on, each is half of the one before."),
    )  # fmt: skip
    depths: int = number(Text(zh="深度的个数", en="Number of depths"), default=3, low=2, high=5, advanced=True)
    chunk: int = number(
        Text(zh="切块大小（字符）", en="Chunk size (characters)"), default=200, low=20, high=2000, step=10, slider=False, advanced=True,
        help=Text(zh="“按字符切与按句切”一块最多多少字符。", en="The most characters of a chunk in the panel on cutting by characters and by sentences."),
    )  # fmt: skip
    seed: int = seed(
        Text(
            zh="决定干扰句放在哪里，也用于自助法重抽样。", en="Places the distractors, and resamples for the bootstrap."
        )
    )


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    size: Metrics | None = panel(
        Text(zh="这段文本", en="This text"),
        hint=Text(zh="这次要读多少、要算多少", en="How much this run reads and computes"),
    )
    strategies: Table | None = panel(
        Text(zh="四种读法的困惑度", en="Perplexity by strategy"),
        hint=Text(
            zh="同一批词元，差别只在各自看得到多少前文；方括号内为 95% 区间",
            en="the same tokens; only their context differs; 95% intervals in brackets",
        ),
    )
    needle: Heatmap | None = panel(
        Text(zh="大海捞针：深度 × 长度", en="Needle: depth × length"),
        hint=Text(
            zh="数字：答案比最强的错误候选高多少奈特，> 0 记为找到；✓：贪心解码（可选任何词元）也以它开头",
            en="nats by which the answer leads the best wrong candidate, found if > 0; ✓: greedy decoding, which may choose any token, begins with it too",
        ),
    )
    found: Table | None = panel(
        Text(zh="捞到几次", en="How often it is found"),
        hint=Text(
            zh="一列只在候选之间比概率，一列看可选任何词元的贪心解码，两者可能不同；方括号内为 95% 区间（次数用 Wilson，奈特用 t 分布）；没有针的一行是先验",
            en="by probability among the candidates, and by greedy decoding over all tokens: the two may differ; 95% intervals in brackets (Wilson for counts, Student's t for nats); the row without a needle is the prior",
        ),
    )
    distance: Lines | None = panel(
        Text(zh="远处的前文有多大用", en="How much far context helps"),
        hint=Text(
            zh="同一批词元，只给最近的若干词元与给全文；带子为 95% 区间",
            en="the same tokens after their nearest few and after everything; band: 95% interval",
        ),
        half=True,
    )
    position: Lines | None = panel(
        Text(zh="损失随位置", en="Loss by position"),
        hint=Text(
            zh="每 16 个词元取平均；色带为整篇的 95% 区间", en="means of 16 tokens; band: 95% interval of the whole"
        ),
        half=True,
    )
    cost: Lines | None = panel(
        Text(zh="读全文：秒数随长度", en="Reading the whole: seconds over length"),
        hint=Text(zh="本机实测；虚线按运算量推算", en="measured here; dashed: by count of operations"),
        half=True,
    )
    held: Lines | None = panel(
        Text(zh="KV 字节随长度", en="KV bytes over length"),
        hint=Text(zh="点为实测，线为公式", en="points measured, lines by formula"),
        half=True,
    )
    costs: Table | None = panel(
        Text(zh="整篇各要算多少词元", en="Tokens to compute for the whole text"),
        hint=Text(
            zh="按公式数；步长 1 就是每次只移一个词元",
            en="counted by formula; stride 1 moves by one token",
        ),
    )
    local: Heatmap | None = panel(
        Text(zh="局部层的掩码", en="Mask of a local layer"),
        hint=Text(
            zh="按模型配置生成；行是查询，列是键",
            en="generated from the model's config; rows are queries, columns keys",
        ),
        half=True,
    )
    full: Heatmap | None = panel(
        Text(zh="全局层的掩码", en="Mask of a global layer"),
        hint=Text(zh="哪个位置能读哪个位置，粗格", en="Which position may read which, in a coarse grid"),
        half=True,
    )
    reach: Heatmap | None = panel(
        Text(zh="末位词元真正看多远", en="How far the last token looks"),
        hint=Text(
            zh="每层注意力按距离分摊（各头平均）；空白：这一层的缓存里已没有那么远的键",
            en="each layer's attention by distance, mean over heads; blank: the layer no longer holds keys that far away",
        ),
    )
    splits: Table | None = panel(
        Text(zh="按字符切与按句切", en="Cut by characters and by sentences"),
        hint=Text(zh="每块单独读；损失取块首 16 个词元", en="each chunk read by itself; loss of its first 16 tokens"),
    )


def names_in(text: str) -> tuple[str, ...]:
    """Returns the names in a list that commas or semicolons of either width separate."""
    for mark in "、，；;\n":
        text = text.replace(mark, ",")
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))

"""Example panels of every kind, for the gallery and the tests. Invented figures in the shapes that labs send."""

from __future__ import annotations

import math

import numpy as np

from playground.lab import chat_panels as c
from playground.lab import explorer_panels as x
from playground.lab import grid_panels as g
from playground.lab import panels as p
from playground.lab import token_panels as t
from playground.lab.text import Text

PIECES = ("<bos>", "昨", "晚", "的", "演出", "其实", "不算", "完美", "，", "但", "主", "唱", "一", "开口", "，", "全", "场", "都", "安静", "了", "。")  # fmt: skip


def _units(pieces: tuple[str, ...], groups: list[tuple[int, ...]]) -> tuple[t.Unit, ...]:
    return tuple(t.Unit("".join(pieces[i] for i in group), tuple((i, 1.0) for i in group)) for group in groups)


def _characters(pieces: tuple[str, ...]) -> tuple[t.Unit, ...]:
    """Splits pieces of several characters into equal shares."""
    found = [t.Unit(pieces[0], ((0, 1.0),))]
    for index, piece in enumerate(pieces[1:], 1):
        found += [t.Unit(character, ((index, 1 / len(piece)),)) for character in piece]
    return tuple(found)


def weights(layers: int, heads: int, length: int, seed: int = 0) -> np.ndarray:
    """Returns causal rows that sum to 1, peaked like a model's, with much weight on the first token."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(layers, heads, length, length)) * random.uniform(0.8, 3, size=(layers, heads, 1, 1))
    distance = np.arange(length)[:, None] - np.arange(length)[None, :]
    scores -= random.uniform(0, 0.6, size=(layers, heads, 1, 1)) * np.abs(distance)
    scores[..., 0] += 2.0
    scores[..., distance < 0] = -np.inf
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def attention(seed: int = 0, pieces: tuple[str, ...] = PIECES, layers: int = 18, heads: int = 4) -> t.Attention:
    words = _units(pieces, [(0,), (1, 2), (3,), (4,), (5,), (6,), (7,), (8,), (9,), (10, 11), (12,), (13,), (14,), (15, 16), (17,), (18,), (19,), (20,)]) if pieces is PIECES else ()  # fmt: skip
    return t.Attention(
        pieces, layers, heads, t.Attention.pack(weights(layers, heads, len(pieces), seed)),
        characters=_characters(pieces), words=words, full_layers=(5, 11, 17), layer=8, head=0, selected=10,
        known=(t.KnownHead(8, 0, "previous", 0.71), t.KnownHead(0, 1, "first", 0.92), t.KnownHead(3, 3, "first", 0.55)), known_from=0.4,
    )  # fmt: skip


def tokens(
    side: int = 0, *, ending: Text | None = Text(zh="到了 24 个词元的上限", en="the limit of 24 tokens")
) -> t.Tokens:
    texts = ["在", "主", "唱", "之前", "，", "我", "一直", "以为", "，", "演唱", "会", "是", "演唱会", "，", "\n\n", "演唱", "会", "是"] if side == 0 else \
            ["今天", "的", "主题", "曲", "是", "“", "我的", "世界", "”，", "而", "这个", " ", "主题", "曲", "是", "我", "的", "世界"]  # fmt: skip
    random = np.random.default_rng(side + 3)
    made = []
    for text in texts:
        probability = float(random.beta(1.4, 1.6))
        rest = sorted(random.dirichlet([1, 1, 1, 1])[:3] * (1 - probability), reverse=True)
        others = [t.Alternative(name, float(share)) for name, share in zip(("今晚", "我们", "，"), rest, strict=True)]
        made.append(t.Token(
            text, probability, 1 + int(random.integers(0, 4)), min(1.0, probability * 1.3) if side else None,
            tuple(sorted([t.Alternative(text, probability), *others], key=lambda one: -one.probability)),
        ))  # fmt: skip
    return t.Tokens("昨晚的演出其实不算完美，", tuple(made), divergence=0, ending=ending)


def ribbon(scale: float = 1.0) -> t.Ribbon:
    random = np.random.default_rng(1)
    values = random.gamma(1.2, 0.8, len(PIECES) - 1) * scale
    flips = random.integers(0, 12, len(PIECES) - 1)
    return t.Ribbon(
        PIECES[1:],
        (t.RibbonRow(Text(zh="KL(A‖B)", en="KL(A‖B)"), tuple(float(v) for v in values), "nat"),
         t.RibbonRow(Text(zh="排名变化", en="rank change"), tuple(float(v) for v in flips), Text(zh="位", en="places"))),
        marks=(6,),
    )  # fmt: skip


def attribution(side: int = 0) -> t.Attribution:
    words = (("演出", 0.03), ("其实", -0.06), ("不算", -0.31), ("完美", 0.28), ("但", 0.12), ("主唱", -0.02), ("一", 0.005), ("开口", 0.04), ("全场", 0.07), ("都", 0.02), ("安静", 0.17), ("了", -0.01))  # fmt: skip
    random = np.random.default_rng(side)
    spread = 0.02 if side == 0 else 0.09
    made = []
    for text, weight in words:
        value = weight if side == 0 else weight * 0.6 + float(random.normal()) * 0.05
        made.append(t.Contribution(text, value, value - spread, value + spread))
    return t.Attribution(
        "LIME", Text(zh="“正面”", en="“positive”"), 0.62 - 0.2 * side, tuple(made), baseline=0.5, fit=0.93 if side == 0 else 0.41,
        samples=256, distinct=149 + side * 2, seeds=5, agreement=0.88 if side == 0 else 0.31, agreement_with=Text(zh="留一法", en="leave-one-out"),
        reliable=side == 0,
        reason=None if side == 0 else Text(zh="R² 低于 0.5：线性近似解释不了这些样本", en="R² is below 0.5: a linear fit does not explain these samples"),
        perturbed=(t.Perturbed("昨晚的其实完美，但主唱一开口，全场都安静了。", 0.81), t.Perturbed("昨晚的演出其实不算，但一开口，都安静了。", 0.22),
                   t.Perturbed("演出不算完美，主唱，全场安静。", 0.41)),
    )  # fmt: skip


def waterfall(penalty: float = 1.2) -> t.Waterfall:
    steps = []
    context = ("昨", "晚", "的", "演出", "其实", "不算", "完美", "，", "演唱", "会", "是")
    for number in range(5):
        random = np.random.default_rng(number)
        logits = np.sort(random.normal(12, 2.5, 8))[::-1]
        names = ("演唱", "一个", "会", "我", "什么", "“", "\n", "最")
        repeated = np.array([name in context for name in names])
        penalised = np.where(repeated, logits / penalty, logits)
        cooled = penalised / 0.8
        kept = np.argsort(-cooled)[:5]
        chances = np.exp(cooled - cooled.max())
        chances /= chances.sum()
        after = [float(cooled[i]) if i in kept else None for i in range(8)]
        total = sum(chances[i] for i in kept)
        final = [float(chances[i] / total) if i in kept else None for i in range(8)]
        raw = np.exp(logits - logits.max())
        raw /= raw.sum()
        stages = (
            t.Stage(Text(zh="原始 logit", en="raw logit"), "x = W·h", tuple(map(float, logits))),
            t.Stage(
                Text(zh="重复惩罚", en="repetition penalty"),
                f"x > 0 ? x / {penalty:g} : x × {penalty:g}",
                tuple(map(float, penalised)),
            ),
            t.Stage(Text(zh="出现惩罚", en="presence penalty"), "x − 0", tuple(map(float, penalised))),
            t.Stage(Text(zh="温度", en="temperature"), "x / 0.8", tuple(map(float, cooled))),
            t.Stage(Text(zh="top-k", en="top-k"), "k = 5", tuple(after)),
            t.Stage(Text(zh="概率", en="probability"), "softmax(x)", tuple(final), "probability"),
        )
        chosen = int(np.argmax([value or 0 for value in final]))
        steps.append(t.WaterfallStep(
            context[: 8 + number] if number < 4 else context,
            tuple(t.Candidate(name, index == chosen, tuple(i for i, piece in enumerate(context) if piece == name and i < 8 + number)) for index, name in enumerate(names)),
            stages, 5,
        ))  # fmt: skip
    return t.Waterfall(tuple(steps), 1)


def tree(seed: int = 0) -> t.Tree:
    random = np.random.default_rng(seed)
    words = ["今天", "我们", "音乐", "会", "的", "舞台", "，", "主唱", "真", "好", "听", "。"]
    nodes = [t.TreeNode(0, None, "昨晚的演出", 0, log_probability=0.0)]
    living = [0]
    for step in range(1, 6):
        options = [
            (nodes[parent].log_probability + math.log(max(float(share), 1e-3)), parent, float(share))
            for parent in living
            for share in random.dirichlet([2, 1, 1])
        ]
        options.sort(reverse=True)
        living_next = []
        for place, (log_probability, parent, share) in enumerate(options):
            kept = place < 3
            done = step == 5 and kept
            nodes.append(t.TreeNode(
                len(nodes), parent, str(random.choice(words)), step, share, log_probability, kept, done,
                log_probability / 5**0.8 if done else None, place + 1 if done else None,
            ))  # fmt: skip
            if kept:
                living_next.append(len(nodes) - 1)
        living = living_next
    return t.Tree(tuple(nodes), Text(zh="总对数概率 / 长度^0.8", en="sum of log-probabilities / length^0.8"))


METRICS = p.Metrics((
    p.Metric(Text(zh="困惑度", en="Perplexity"), 5.16, 7.74, better="lower", hint=Text(zh="在输入文本上，exp(平均负对数似然)", en="On the text: exp of the mean negative log-likelihood")),
    p.Metric(Text(zh="KL(A‖B) 每词元", en="KL(A‖B) per token"), 0.41, unit="nat"),
    p.Metric(Text(zh="权重字节", en="Weight bytes"), 536.2, 171.4, "MB", digits=0, better="lower", hint=Text(zh="真正占用的字节", en="Bytes really held")),
    p.Metric(Text(zh="解码", en="Decoding"), 35.7, 13.6, Text(zh="毫秒/词元", en="ms/token"), digits=1, better="lower", measured=True, hint=Text(zh="五次的中位数", en="Median of five")),
    p.Metric(Text(zh="首次分歧", en="First divergence"), Text(zh="第 2 个", en="token 2")),
))  # fmt: skip

CAVEAT = Text(zh="示例数据，不是测量结果", en="Example data, nothing was measured")

BARS = p.Bars(
    (Text(zh="困惑度", en="perplexity"), "BLEU", "chrF", Text(zh="一个名字很长的类别", en="a category with a long name")),
    (p.Series(Text(zh="字", en="character"), (3.2, 4.1, 2.2, 5.0), (3.0, 3.9, 1.8, 4.4), (3.5, 4.2, 2.4, 5.3)), p.Series(Text(zh="词", en="word"), (2.2, 3.1, None, 4.0))),
    Text(zh="分数", en="score"),
)  # fmt: skip
LINES = p.Lines(
    tuple(p.Line(Text(zh=f"{name}", en=f"{en}"), tuple(float(b) for b in range(2, 9)), tuple(5.1 + c / b**1.5 for b in range(2, 9)),
                 tuple(5.0 + c / b**1.6 for b in range(2, 9)) if c == 30 else (), tuple(5.2 + c / b**1.4 for b in range(2, 9)) if c == 30 else ())
          for name, en, c in (("每张量", "per tensor", 90), ("每行", "per row", 50), ("每组 32", "per group of 32", 30))),
    Text(zh="位数", en="bits"), Text(zh="困惑度", en="perplexity"), log_y=True, marks=(p.Mark(4.0, 8.85, Text(zh="当前设置", en="this setting"), "b"),),
)  # fmt: skip
SCATTER = p.Scatter(
    tuple(p.Point(float(x), float(y), f"{'好坏冷热'[i % 4]}{i}", Text(zh=("中文", "英文")[i % 2], en=("Chinese", "English")[i % 2]))
          for i, (x, y) in enumerate(np.random.default_rng(2).normal(size=(18, 2)))),
    Text(zh="第一主成分", en="first component"), Text(zh="第二主成分", en="second component"),
)  # fmt: skip
HEATMAP = p.Heatmap(
    tuple(PIECES[1:11]), tuple(Text(zh=f"第 {layer} 层", en=f"layer {layer}") for layer in range(1, 7)),
    tuple(tuple(float(v) for v in row) for row in np.random.default_rng(3).normal(size=(6, 10))),
    Text(zh="差", en="difference"), diverging=True, texts=tuple(tuple("好的是很在了不我有人"[j] for j in range(10)) for _ in range(6)),
)  # fmt: skip
HISTOGRAM = p.Histogram(
    tuple(float(edge) for edge in np.linspace(-3, 3, 61)),
    (p.Series(Text(zh="权重", en="weights"), tuple(float(c) for c in np.histogram(np.random.default_rng(4).normal(size=20000), np.linspace(-3, 3, 61))[0])),),
    Text(zh="权重值", en="weight"), grid=tuple(float(g) for g in np.linspace(-2.8, 2.8, 8)),
)  # fmt: skip
TABLE = p.Table(
    (Text(zh="方法", en="method"), Text(zh="位数", en="bits"), Text(zh="困惑度", en="perplexity"), Text(zh="字节", en="bytes"), Text(zh="说明", en="note")),
    ((Text(zh="每张量", en="per tensor"), 4, 23.8123, 67_000_000, Text(zh="一个刻度", en="one scale")), (Text(zh="每行", en="per row"), 4, 9.1, 67_100_000, None), (Text(zh="每组 32", en="per group of 32"), 4, 7.74, 75_000_000, Text(zh="这里的设置", en="this setting"))),
    highlight=(2,),
)  # fmt: skip
GRAPH = p.Graph(
    tuple(p.GraphNode(str(i), name, size, group) for i, (name, size, group) in enumerate((("演出", 3.0, "活动"), ("主唱", 2.5, "人"), ("全场", 1.5, "人"), ("昨晚", 1.0, "时间"), ("舞台", 1.2, "活动"), ("安静", 1.0, "状态")))),
    tuple(p.GraphEdge(str(a), str(b), w) for a, b, w in ((0, 1, 2.0), (1, 2, 1.0), (0, 3, 1.0), (0, 4, 1.5), (2, 5, 1.0), (1, 4, 0.6))),
    directed=True,
)  # fmt: skip
LATTICE = p.Lattice(
    tuple("南京市长"),
    (p.LatticeArc(0, 2, "南京", -9.1), p.LatticeArc(0, 3, "南京市", -8.3, True), p.LatticeArc(2, 4, "市长", -8.9), p.LatticeArc(3, 4, "长", -7.2, True), p.LatticeArc(0, 1, "南")),
    Text(zh="对数概率", en="log-probability"),
)  # fmt: skip
GRAPH_OVER_TIME = p.GraphOverTime(
    (
        p.MovingNode("0", "渔夫", 0.1, 0.2, (1.0, 1.0, 0.6), (1.0, 0.8, 0.6), Text(zh="群 1", en="group 1")),
        p.MovingNode("1", "大桥", 0.9, 0.4, (2.0, 1.5, 1.0), (1.0, 0.8, 0.2), Text(zh="群 1", en="group 1")),
        p.MovingNode("2", "无人机", 0.5, 0.9, (None, 1.2, 2.0), (0.0, 1.0, 1.0), Text(zh="群 2", en="group 2")),
    ),
    (p.MovingEdge("0", "1", (1.0, 0.8, None)), p.MovingEdge("1", "2", (None, 1.0, 1.8))),
    tuple(Text(zh=f"第 {n} 句", en=f"sentence {n}") for n in (1, 2, 3)),
    ("渔夫走过大桥。", "无人机飞过大桥。", "大桥上有无人机。"),
    start=1, future=2,
)  # fmt: skip
PASSAGES = t.Passages(
    (
        t.Passage(Text(zh="首句", en="lead"), (t.Span("昨晚的演出其实不算完美。", 1.0, "1"), t.Span("但主唱一开口，全场都安静了。", 0.2)), Text(zh="一句", en="one sentence")),
        t.Passage(Text(zh="模型", en="model"), (t.Span("昨晚，"), t.Span("王力", mark="?", tone="warn", note=Text(zh="原文没有", en="not in the source")), t.Span("的演出"), t.Span("不算完美", 0.6, tone="b"), t.Span("。（已删）", tone="faint"))),
    ),
    Text(zh="得分", en="score"),
)  # fmt: skip
MOVE = p.Move({"message": "我叫什么名字？", "turns": "> 你好\\n< 你好！"})
CHAT = c.Chat(
    (
        c.Exchange("你好，我叫小明，今年十岁。", "你好，小明！很高兴认识你。", c.DROPPED, c.SUMMARISED, MOVE),
        c.Exchange("我最喜欢打篮球。", "打篮球对身体很好。", c.DROPPED, c.SUMMARISED, MOVE),
        c.Exchange("水在多少度结冰？", "水在零摄氏度结冰。", c.KEPT, c.KEPT, MOVE),
    ),
    "用户", "助手", "我叫什么名字？",
    (
        c.Reply("我不知道你的名字。", Text(zh="删最旧的轮", en="drop oldest"), "a", Text(zh="出现了停止串", en="a stop string appeared"), 8, MOVE),
        c.Reply("你叫小明。", Text(zh="概括旧的轮", en="summarise old"), "b", Text(zh="出现了停止串", en="a stop string appeared"), 5, MOVE),
    ),
    resend=MOVE, retry=MOVE,
)  # fmt: skip
PROMPT_STRING = c.PromptString(
    (
        c.PromptPart("下面是几段聊天记录。\n\n用户：你好\n助手：你好！\n\n", "frame", 0, 18, reused=True),
        c.PromptPart("你好，我叫小明，今年十岁。", "user", 1, 0, dropped=True), c.PromptPart("你好，小明！", "assistant", 1, 0, dropped=True),
        c.PromptPart("（前面聊过：用户叫小明，十岁。）\n", "summary", 0, 12),
        c.PromptPart("用户：", "label", 2, 2), c.PromptPart("水在多少度结冰？", "user", 2, 7), c.PromptPart("\n助手：", "label", 2, 3),
        c.PromptPart("水在零摄氏度结冰。", "assistant", 2, 8), c.PromptPart("\n用户：", "label", 3, 3), c.PromptPart("我叫什么名字？", "user", 3, 5), c.PromptPart("\n助手：", "label", 3, 3),
    ),
    tokens=61, reply_tokens=32, budget=128,
)  # fmt: skip
EXPLORER = x.Explorer(
    prompt="今天早上，我在公园里看见一只",
    nodes=(
        x.ExplorerNode(0, None, ""),
        x.ExplorerNode(1, 0, "小", probability=0.21, rank=1, log_probability=-1.56, perplexity=4.76),
        x.ExplorerNode(2, 1, "狗", probability=0.4, rank=1, log_probability=-2.48, perplexity=3.45),
        x.ExplorerNode(3, 2, "，", probability=0.5, rank=1, log_probability=-3.17, perplexity=2.88),
        x.ExplorerNode(4, 1, "猫", probability=0.2, rank=2, log_probability=-3.17, perplexity=4.88),
        x.ExplorerNode(5, 0, "", "E9 BE", probability=0.01, rank=9, log_probability=-4.6, perplexity=99.5),
    ),
    current=2,
    written=("小", "狗"),
    choices=(
        x.Choice("，", 0.5, 1, value="1:1.2.3~1.4~0.5!3", node=3),
        x.Choice("在", 0.2, 2, value="1:1.2.3~1.4~0.5~2.6!6"),
        x.Choice("", 0.1, 3, "98", "龘", value="1:1.2.3~1.4~0.5~2.7!6"),
    ),
    entropy=1.4, rest=0.2, others=262141, setting="tree", stem="1:1.2.3~1.4~0.5", without="1:1~1.4~0.5!1", resets={"forced": "", "steps": 0},
)  # fmt: skip
PROSE = p.Prose(
    Text(
        zh="A 与 B 在第 2 个词元分开：A 写“在”，B 写“今天”。",
        en="A and B part at token 2: A writes “在”, B writes “今天”.",
    ),
    caveat=CAVEAT,
)
CODE = p.Code('def softmax(x):\n    """Rows that sum to 1."""\n    raised = (x - x.max(-1, keepdims=True)).exp()\n    return raised / raised.sum(-1, keepdims=True)\n')  # fmt: skip
GRID = g.Grid(
    PIECES[1:7], tuple(Text(zh=f"第 {layer} 层", en=f"layer {layer}") for layer in range(1, 5)),
    tuple(tuple(None if (row + column) % 7 == 6 else math.sin(row + column / 2) for column in range(6)) for row in range(4)),
    Text(zh="logit 之差", en="difference of logits"), groups=(g.ColumnGroup(Text(zh="前半", en="first half"), 3), g.ColumnGroup("x", 3)),
    diverging=True, setting="cell", choices=tuple(tuple(f"{row}.{column}" if column else None for column in range(6)) for row in range(4)),
    selected=((1, 2),), click=Text(zh="点一格，修补这一处", en="Click a cell to patch it"),
    beside=p.Table(("", Text(zh="原来", en="before"), Text(zh="修补后", en="patched")), (("北京", 0.08, 0.71), ("东京", 0.62, 0.11)), highlight=(0, 1)),
    beside_label=Text(zh="修补第 2 层之后", en="After patching layer 2"),
)  # fmt: skip


def every_kind() -> dict[str, p.Panel]:
    """Returns one panel of each kind by the kind's name; side by side as `<kind>+`."""

    def pair(a: p.Panel, b: p.Panel) -> p.SideBySide:
        return p.SideBySide(a, b, Text(zh="基线，贪心", en="baseline, greedy"), Text(zh="int4 · 重复惩罚 1.2", en="int4 · repetition penalty 1.2"))  # fmt: skip

    a = np.histogram(np.random.default_rng(5).normal(0, 0.8, 20000), np.linspace(-3, 3, 61))[0]
    other = p.Histogram(
        HISTOGRAM.edges, (p.Series(Text(zh="权重", en="weights"), tuple(map(float, a))),), HISTOGRAM.x_label
    )
    shifted = p.Heatmap(
        HEATMAP.columns,
        HEATMAP.rows,
        tuple(tuple(v * 0.5 for v in row) for row in HEATMAP.values),
        HEATMAP.value_label,
        True,
    )
    lines_b = p.Lines((p.Line(Text(zh="每行", en="per row"), tuple(range(2, 9)), tuple(6 + 30 / b**1.5 for b in range(2, 9))),), LINES.x_label, LINES.y_label)  # fmt: skip
    lines_a = p.Lines((p.Line(Text(zh="每行", en="per row"), tuple(range(2, 9)), tuple(5 + 30 / b**1.5 for b in range(2, 9))),), LINES.x_label, LINES.y_label)  # fmt: skip
    return {
        "metrics": METRICS,
        "tokens+": pair(tokens(0), tokens(1)),
        "tokens": tokens(0, ending=None),
        "attention+": pair(attention(0), attention(1)),
        "attribution+": pair(attribution(0), attribution(1)),
        "attribution": attribution(0),
        "waterfall": waterfall(),
        "waterfall+": pair(waterfall(1.0), waterfall(1.6)),
        "tree": tree(),
        "explorer": EXPLORER,
        "ribbon": ribbon(),
        "ribbon+": pair(ribbon(1.0), ribbon(0.4)),
        "table": TABLE,
        "graph": GRAPH,
        "lattice": LATTICE,
        "grid": GRID,
        "graph_over_time": GRAPH_OVER_TIME,
        "passages": PASSAGES,
        "chat": CHAT,
        "prompt_string": PROMPT_STRING,
        "prompt_string+": pair(PROMPT_STRING, PROMPT_STRING),
        "prose": PROSE,
        "code": CODE,
        "bars": BARS,
        "bars+": pair(
            p.Bars(BARS.categories, BARS.series[:1], BARS.y_label),
            p.Bars(BARS.categories, BARS.series[1:], BARS.y_label),
        ),
        "lines": LINES,
        "lines+": pair(lines_a, lines_b),
        "scatter": SCATTER,
        "scatter+": pair(
            SCATTER,
            p.Scatter(
                tuple(p.Point(q.x * 0.4, q.y * 0.4, q.name, q.group) for q in SCATTER.points),
                SCATTER.x_label,
                SCATTER.y_label,
            ),
        ),
        "heatmap": HEATMAP,
        "heatmap+": pair(HEATMAP, shifted),
        "histogram": HISTOGRAM,
        "histogram+": pair(HISTOGRAM, other),
    }

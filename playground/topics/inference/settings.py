"""What the lab of inference is asked (a prefix, a request, how it is served), and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, switch, text_box
from playground.lab.panels import Heatmap, Lines, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import tokens_to_generate
from playground.lab.text import Text
from playground.lab.token_panels import Passages
from playground.lab.variant import QUANTIZATIONS, Variant
from playground.topics.inference.findings import Findings


@dataclass(frozen=True)
class Settings:
    prefix: str = text_box(
        Text(zh="共同前缀", en="Shared prefix"),
        default=Text(
            zh="云溪图书馆通知：本馆周一至周五早上八点到晚上九点开放，周六和周日早上十点到下午五点开放，节假日不开放。\n"
            "问：周一至周五什么时候开放？\n答：周一至周五早上八点到晚上九点开放。",
            en="Notice of the Oakham library: from Monday to Friday the library is open from eight in the morning to nine in the evening, on"
            " Saturday and Sunday from ten in the morning to six in the evening. It is closed on public holidays.\nQuestion: When is the"
            " library open from Monday to Friday?\nAnswer: From eight in the morning to nine in the evening.",
        ),
        max_chars=1200,
        lines=4,
        optional=True,
        help=Text(
            zh="系统提示、文档或示例：每个请求前面都有的那一段。可以留空。",
            en="A system prompt, a document, examples: what every request begins with. May be empty.",
        ),
    )
    text: str = text_box(
        Text(zh="请求", en="Request"),
        default=Text(
            zh="问：周六和周日什么时候开放？\n答：",
            en="Question: When is the library open on Saturday and Sunday?\nAnswer:",
        ),
        max_chars=600,
        lines=2,
        help=Text(zh="接在前缀之后，由模型续写。", en="Follows the prefix; the model continues it."),
    )
    cache: bool = switch(
        Text(zh="KV 缓存", en="KV cache"), default=True,
        help=Text(zh="关掉后，每一步都把整段文本重算一遍。", en="Off: every step recomputes the whole text."),
    )  # fmt: skip
    lookup: bool = switch(
        Text(zh="提示查找", en="Prompt lookup"), default=False,
        help=Text(zh="从已有文本里抄几个词元当草稿，一次前向全部验证。", en="Drafts tokens by copying from the text so far and verifies them in one pass."),
    )  # fmt: skip
    reuse: bool = switch(
        Text(zh="复用前缀", en="Reuse the prefix"), default=False,
        help=Text(zh="前缀的键和值由先前的请求留下，这次只预填充请求本身；需要 KV 缓存。",
                  en="An earlier request left the prefix's keys and values: only the request itself is prefilled. Needs the KV cache."),
    )  # fmt: skip
    batch: int = number(
        Text(zh="批大小", en="Batch size"), default=4, low=1, high=16,
        help=Text(zh="同时生成几个回答；也是模拟里的槽数。", en="Answers generated at once; also the number of slots in the simulation."),
    )  # fmt: skip
    tokens: int = tokens_to_generate(default=8, high=64)
    ngram: int = number(
        Text(zh="n 元组长度", en="N-gram length"), default=2, low=1, high=6, advanced=True,
        help=Text(zh="拿最后几个词元去前文里找；找不到就减一个再找。", en="How many of the last tokens are searched for; if not found, one fewer."),
    )  # fmt: skip
    drafted: int = number(
        Text(zh="每步草稿词元", en="Drafted tokens per step"), default=5, low=1, high=20, advanced=True,
    )  # fmt: skip
    quantization: str = choice(
        Text(zh="权重", en="Weights"),
        {name: label for name, label in QUANTIZATIONS.items() if name != "simulated"},
        default="none",
        advanced=True,
    )

    @property
    def reuses(self) -> bool:
        """Whether the cached prefix is reused: without a KV cache there is none."""
        return self.reuse and self.cache

    @property
    def variant(self) -> Variant:
        """The weights that the model computes with."""
        return Variant(quantization=self.quantization)


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(
        Text(zh="这次运行", en="This run"),
        hint=Text(
            zh="按左边的开关真跑一遍；悬停看怎么量的",
            en="run with the switches on the left; hover to see how each was measured",
        ),
    )
    lookup: Metrics | None = panel(
        Text(zh="提示查找：接受了多少", en="Prompt lookup: how much is accepted"),
        hint=Text(
            zh="不论开关，都与普通贪心比一次（一个回答，有缓存）",
            en="compared with plain greedy whatever the switch says (one answer, with the cache)",
        ),
    )
    text: Passages | None = panel(
        Text(zh="哪些词元来自草稿", en="Which tokens came from drafts"),
        hint=Text(zh="悬停看那一次前向的草稿", en="hover for the draft of that pass"),
    )
    times: Table | None = panel(
        Text(zh="提示查找的时间", en="Prompt lookup: time"), hint=Text(zh="每种做法用了多久", en="What each way took")
    )
    positions: Lines | None = panel(
        Text(
            zh="每步时间随位置：有缓存几乎是平的，没有就往上长",
            en="A step over position: nearly flat with the cache, growing without",
        ),
    )
    throughput: Lines | None = panel(Text(zh="批越大，吞吐越高", en="Larger batches, more tokens a second"), half=True)
    latency: Lines | None = panel(Text(zh="但每个回答等得更久", en="but each answer waits longer"), half=True)
    prefixes: Table | None = panel(
        Text(zh="复用共同前缀：首 token 等多久", en="Reusing a shared prefix: time to first token"),
        hint=Text(
            zh="每个请求一行：共同前缀只预填充一次，差多少",
            en="A row for each request: what prefilling the shared prefix once saves",
        ),
    )
    growth: Lines | None = panel(
        Text(zh="KV 缓存随长度", en="The KV cache over length"),
        hint=Text(
            zh="公式与实测的兆字节；有窗口的模型另画没有窗口时的",
            en="Megabytes by formula and as measured; for a model with windows also without them",
        ),
        half=True,
    )
    bytes: Table | None = panel(
        Text(zh="KV 字节：公式与实测", en="KV bytes: by formula and measured"),
        hint=Text(zh="精确到字节，附公式", en="To the byte, with the formula"),
        half=True,
    )
    timeline: Heatmap | None = panel(
        Text(zh="静态与连续批处理（模拟）", en="Static and continuous batching (simulated)"),
        hint=Text(
            zh="一种颜色是一个请求；上半静态，下半连续", en="each shade is a request; static above, continuous below"
        ),
    )
    schedule: Table | None = panel(
        Text(zh="两种批处理的结果（模拟）", en="Results of both kinds of batching (simulated)"),
        hint=Text(zh="吞吐、等待与空闲的槽位", en="Throughput, waits and idle slots"),
    )

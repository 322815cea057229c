"""What the lab of generation is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, number, text_box
from playground.lab.explorer_panels import Explorer
from playground.lab.panels import Bars, Heatmap, Lines, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import seed
from playground.lab.text import Text
from playground.lab.token_panels import Ribbon
from playground.topics.generation.findings import Findings
from playground.topics.generation.tree import MOST_CHARACTERS

DEFAULT_TEXT = Text(zh="今天早上，我在公园里看见一只", en="This morning, on my way to the park, I saw a")


@dataclass(frozen=True)
class Settings:
    text: str = text_box(
        Text(zh="提示", en="Prompt"),
        default=DEFAULT_TEXT,
        max_chars=1000,
        help=Text(
            zh="基础模型会接着往下写。改了提示，路径就从头开始。最多 1000 个字符、384 个词元。",
            en="A base model continues the text. A changed prompt starts the paths anew. At most 1,000 characters and 384 tokens.",
        ),
    )
    tree: str = text_box(
        Text(zh="试过的路径", en="Paths tried"), default="", max_chars=MOST_CHARACTERS, optional=True, from_panel=True
    )
    forced: str = text_box(
        Text(zh="强制写下（每行一条分支）", en="Force this text (a branch per line)"), default="", max_chars=400, lines=2,
        optional=True,
        help=Text(zh="从当前位置起，按词元逐个写下；英文单词前的空格会自动补上。", en="Written token by token from where you are; the space before an English word is put in."),
    )  # fmt: skip
    steps: int = number(
        Text(zh="自动走几步（每步取最可能的）", en="Automatic steps (the likeliest each time)"), default=6, low=0, high=60,
        help=Text(zh="运行时从当前位置往下走；在面板里点一下，它就回到 0。", en="Taken from where you are when you press Run; a click in the panel sets it back to 0."),
    )  # fmt: skip
    samples: int = number(Text(zh="采样条数", en="Samples"), default=6, low=0, high=12)
    origin: str = choice(
        Text(zh="采样起点", en="Samples start at"),
        {"prompt": Text(zh="提示末尾", en="the prompt's end"), "node": Text(zh="当前位置", en="where you are")},
        default="prompt", advanced=True,
    )  # fmt: skip
    candidates: int = number(Text(zh="候选个数", en="Candidates listed"), default=10, low=3, high=30, advanced=True)
    length: int = number(Text(zh="每条样本的词元数", en="Tokens per sample"), default=12, low=1, high=40, advanced=True)
    temperature: float = number(
        Text(zh="采样温度", en="Sampling temperature"), default=1.0, low=0.1, high=2.0, step=0.1, advanced=True
    )
    top_p: float = number(Text(zh="top-p", en="Top-p"), default=1.0, low=0.05, high=1.0, step=0.05, advanced=True)
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    explorer: Explorer | None = panel(
        Text(zh="逐步探索", en="Step explorer"),
        hint=Text(
            zh="点一个候选就强制写下它；点写下的词元或树上的节点就回到那里。键盘：↑↓ 选候选，回车写下，退格回一步",
            en="Click a candidate to force it; click a written token or a node to go back there. Keys: ↑↓ choose, Enter forces, Backspace goes back",
        ),
    )
    figures: Metrics | None = panel(Text(zh="当前路径", en="This path"))
    entropy: Ribbon | None = panel(
        Text(zh="沿着文本的熵", en="Entropy along the text"),
        hint=Text(
            zh="熵：模型读到这里时，对下一个词元有多没把握；自信息：−ln p，这个词元有多出乎意料。标出的是第一个名词",
            en="Entropy: how unsure of the next token the model is once it has read this far. Surprisal: −ln p of the token itself. Marked: the first noun",
        ),
    )
    paths: Table | None = panel(
        Text(zh="比较各条路径", en="The paths compared"),
        hint=Text(
            zh="概率是整条路径的；长度不同的路径比困惑度，才不会因长而吃亏",
            en="The probability is the whole path's; paths of different lengths are compared by perplexity, so that a longer path isn't at a disadvantage",
        ),
    )
    branches: Lines | None = panel(
        Text(zh="各条路径上的熵", en="Entropy along each path"),
        hint=Text(zh="每条路径一条线，当前路径有颜色", en="A line for each path, the current one in colour"),
        half=True,
    )
    answers: Table | None = panel(
        Text(zh="样本是否一致", en="Do the samples agree?"),
        hint=Text(zh="按每条样本的第一个小句归并", en="By the first clause of each sample"),
        half=True,
    )
    samples: Table | None = panel(
        Text(zh="样本", en="Samples"),
        hint=Text(
            zh="每个样本在原模型下的概率；最大的一组高亮",
            en="Each sample with its probability under the raw model; the largest group is highlighted",
        ),
    )
    agreement: Heatmap | None = panel(
        Text(zh="两两共有的开头", en="Shared prefix of each pair"),
        hint=Text(zh="两条样本从头数起有多少个词元相同", en="How many tokens two samples share from the start"),
        half=True,
    )
    staying: Bars | None = panel(
        Text(zh="走到第几个词元还一致", en="How long they stay together"),
        hint=Text(
            zh="前 k 个词元完全相同的样本里，最大一组有几条",
            en="How many samples the largest group with the same first k tokens has",
        ),
        half=True,
    )
    unmasked: Table | None = panel(
        Text(zh="去掉因果掩码：先前的概率还成立吗", en="Without the causal mask: do earlier probabilities still hold?"),
        hint=Text(
            zh="模型给各词元的概率：在末尾还没有最后一个词元时，与接上它之后",
            en="The probability of each token before the last one was there, and once it was appended",
        ),
    )

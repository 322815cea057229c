"""What the lab of Chinese text is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import choice, group, number, switch, text_box
from playground.lab.panels import Lattice, Metrics, Table, panel, undrawn
from playground.lab.shared_controls import seed, text
from playground.lab.text import Text
from playground.lab.variant import Variant
from playground.topics.chinese.findings import Findings


@dataclass(frozen=True)
class Settings:
    text: str = text(
        default=Text(
            zh="南京市长江大桥，𠮷野家的ＡＢＣ套餐😀", en="The sign 南京市长江大桥 has no spaces, and 𠮷 is rare 😀"
        ),
        max_chars=300,
    )
    words: str = text_box(
        Text(zh="自定义词", en="Your words"),
        default="",
        max_chars=1500,
        optional=True,
        help=Text(
            zh="每行“词 频率”；不写频率则用 jieba 建议的值。只用于这一次运行。",
            en="One “word frequency” a line; without a frequency jieba's suggestion is taken. For this run only.",
        ),
    )
    mode: str = choice(
        Text(zh="jieba 模式", en="jieba's mode"),
        {
            "precise": Text(zh="精确", en="precise"),
            "full": Text(zh="全模式", en="full"),
            "search": Text(zh="搜索引擎", en="search"),
        },
        default="precise",
    )
    hmm: bool = switch(
        Text(zh="用 HMM 猜新词", en="Guess new words by HMM"),
        default=True,
        help=Text(zh="全模式不用 HMM。", en="The full mode has no HMM."),
    )
    vocabulary: int = number(
        Text(zh="词表大小", en="Vocabulary"),
        default=3000,
        low=600,
        high=8000,
        step=200,
        help=Text(zh="当场训练的四个分词器共用。", en="Of the four tokenizers trained on the spot."),
    )
    lines: int = number(
        Text(zh="训练用的评论行数", en="Review lines to train on"),
        default=800,
        low=200,
        high=2000,
        step=100,
        advanced=True,
    )
    own_text: bool = switch(
        Text(zh="训练语料含上面的文本", en="Train on the text above too"), default=True, advanced=True
    )
    seed: int = seed()
    weights: Variant = group(Text(zh="权重", en="Weights"), Variant, advanced=True)


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    figures: Metrics | None = panel(Text(zh="长度", en="Length"))
    cuts: Table | None = panel(
        Text(zh="同一文本的各种切法", en="One text, cut in every way"),
        hint=Text(
            zh="⟨E3 90⟩ 是不成字的字节，⟨2B 桥⟩ 是“桥”的 2 个字节；[UNK](…) 里是被丢掉的字",
            en="⟨E3 90⟩: bytes that are no whole character; ⟨2B 桥⟩: two bytes of 桥; [UNK](…): characters that are lost",
        ),
    )
    graph: Lattice | None = panel(
        Text(zh="词图", en="Word graph"),
        hint=Text(
            zh="弧是词典里能匹配的词，数字是对数概率；粗线是最优路径",
            en="arcs: the dictionary words that match, with log-probabilities; thick: the best path",
        ),
    )
    paths: Table | None = panel(
        Text(zh="最优与次优路径，以及模型的偏好", en="Best paths, and what the model prefers"),
        hint=Text(zh="对数概率均为自然对数，越大越可能", en="natural logs; higher is likelier"),
    )
    places: Table | None = panel(
        Text(zh="歧义处", en="Ambiguous places"),
        hint=Text(
            zh="全文里词典的词互相交叉的地方（交集型歧义），以及最优路径怎样切",
            en="where dictionary words cross (overlapping ambiguity), in the whole text, and how the best path cuts there",
        ),
    )
    rates: Table | None = panel(
        Text(zh="压缩率（留出评论）", en="Compression on held-out reviews"),
        hint=Text(
            zh="字符/词元，方括号内为 95% 区间；要与“丢失字符”一列一起看",
            en="characters per token, 95% interval in brackets; read it with the column “characters lost”",
        ),
    )
    fragments: Table | None = panel(
        Text(zh="生僻字、全角与表情怎样碎开", en="How rare characters break up"),
        hint=Text(zh="每格开头是词元数", en="each cell begins with the number of tokens"),
    )
    forms: Table | None = panel(
        Text(zh="简体、繁体、全角：词元与损失", en="Simplified, traditional, full width: tokens and loss"),
        hint=Text(zh="每种写法一行：词元数与损失", en="A row for each form: its tokens and loss"),
    )
    tokens: Table | None = panel(
        Text(zh="模型的词元与字节", en="The model's tokens and bytes"),
        hint=Text(zh="“所属字符”说明这些字节属于哪个字", en="“belongs to”: the character that the bytes are part of"),
    )

"""What the lab of multilingual training is asked, and what it shows."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import ShownWhen, choice, number, switch
from playground.lab.panels import Heatmap, Lines, Table, panel, undrawn
from playground.lab.shared_controls import hidden_units, seed, text, training_steps
from playground.lab.text import Text
from playground.topics.multilingual.findings import Findings

MOST_ENGLISH = 320


@dataclass(frozen=True)
class Settings:
    text: str = text(
        # Chinese on both pages: an English text can't show whether inner layers work in English.
        default="法国的首都是巴黎，中国的首都是",
        max_chars=400,
        help=Text(
            zh="用于数词元和 logit lens（看最后 16 个位置）；不参与训练。",
            en="For counting tokens and for the logit lens (its last 16 positions are shown); not used in training. The default says: the capital of France is Paris, the capital of China is.",
        ),
    )  # fmt: skip
    chinese: int = number(
        Text(zh="中文训练样本", en="Chinese training examples"), default=100, low=20, high=600, step=2
    )
    english: int = number(
        Text(zh="英文训练样本", en="English training examples"), default=16, low=2, high=MOST_ENGLISH, step=2
    )
    mixing: str = choice(
        Text(zh="配比方法", en="Mixing"),
        {"temperature": Text(zh="温度采样", en="temperature"), "unimax": "UniMax"},
        default="temperature",
        help=Text(
            zh="只决定每次抽哪种语言；两种语言各自内部均匀、有放回地抽取。",
            en="Decides only which language is drawn; within a language examples are drawn uniformly, with replacement.",
        ),
    )
    temperature: float = number(
        Text(zh="采样温度 T", en="Sampling temperature T"), default=5.0, low=1.0, high=100.0, step=0.5,
        shown_when=ShownWhen("mixing", ("temperature",)),
        help=Text(
            zh="占比 ∝ 样本数的 1/T 次方：1 为按数据量，越大越接近均分。",
            en="Shares ∝ size to the power 1/T: T = 1 is by size, a larger T closer to equal shares.",
        ),
    )  # fmt: skip
    epochs: int = number(
        Text(zh="UniMax：最多重复几遍", en="UniMax: most epochs"), default=8, low=1, high=100,
        help=Text(
            zh="每种语言的数据最多看几遍；另一种配比时只用于表中的对比行。",
            en="How often a language's data may be repeated; with the other mixing it affects only the UniMax row of the table.",
        ),
        advanced=True,
    )  # fmt: skip
    heads: str = choice(
        Text(zh="输出头", en="Heads"),
        {"shared": Text(zh="共享", en="shared"), "separate": Text(zh="每种语言一个", en="one per language")},
        default="shared",
    )
    tag: bool = switch(
        Text(zh="语言标签", en="Language tag"), default=False, advanced=True,
        help=Text(zh="输入里附加一个标明语言的独热向量。", en="A one-hot vector for the language among the inputs."),
    )  # fmt: skip
    steps: int = training_steps(
        default=30, low=2, high=200, step=2,
        help=Text(zh="每步 32 次抽取。", en="Of 32 draws each."),
    )  # fmt: skip
    width: int = hidden_units(default=16, low=1, high=64)
    networks: int = number(
        Text(zh="每种配比训练几个网络", en="Networks per mix"), default=5, low=3, high=10, advanced=True,
        help=Text(
            zh="初始化、抽取次序和选用的英文样本各不相同。",
            en="They differ in initial weights, in draws and in which English examples are used.",
        ),
    )  # fmt: skip
    held_out: int = number(
        Text(zh="每种语言的留出样本", en="Held-out examples per language"),
        default=50,
        low=20,
        high=160,
        step=2,
        advanced=True,
    )
    pairs: int = number(
        Text(zh="平行句对", en="Parallel sentences"), default=40, low=20, high=150, step=5, advanced=True,
        help=Text(zh="用于各层的语言探针；词元税总用全部 150 对。", en="For the language probe; the token tax always takes all 150."),
    )  # fmt: skip
    seed: int = seed()


@dataclass(frozen=True)
class Result:
    findings: Findings | None = undrawn()
    accuracy: Lines | None = panel(
        Text(zh="准确率随英文占比的变化", en="Accuracy against English's share"), half=True,
        hint=Text(
            zh="横轴是英文在抽取中的占比，数据不变；色带是 95% 区间",
            en="Share of English among the draws, data unchanged; bands are 95% intervals",
        ),
    )  # fmt: skip
    shares: Lines | None = panel(
        Text(zh="采样占比随温度的变化", en="Sampling shares by temperature"), half=True,
        hint=Text(zh="曲线是公式，点是实际抽取的计数", en="The curve is the formula, points are counted draws"),
    )  # fmt: skip
    mixes: Table | None = panel(
        Text(zh="各种配比", en="The mixes"),
        hint=Text(
            zh="方括号内是对留出样本的 95% 自助区间；“相差”与按数据量配比逐句配对比较",
            en="In brackets: 95% bootstrap over held-out examples; the difference to the mix by size is paired",
        ),
    )
    lens: Heatmap | None = panel(
        Text(zh="Logit lens：每层首选词元的语言", en="Logit lens: the language of each layer's choice"),
        hint=Text(
            zh="列：读到哪个词元；格中（格子小时悬停可见）：该层首选；颜色：汉字概率减拉丁字母概率",
            en="Columns: the token just read; in the cells, or on hover where they are small: the layer's first choice; colour: probability of Han minus Latin tokens",
        ),
    )
    lens_shares: Lines | None = panel(
        Text(zh="各层的语言概率", en="Probability by script and layer"), half=True,
        hint=Text(
            zh="实线：各位置平均概率；虚线：首选词元属于该文字的位置占比",
            en="Solid: mean probability over positions; dashed: positions whose first choice is of the script",
        ),
    )  # fmt: skip
    neutrality: Lines | None = panel(
        Text(zh="各层的语言中立性", en="Language neutrality by layer"), half=True,
        hint=Text(
            zh="由句子的平均状态判断语言；0.5 是猜，1 是完全可分",
            en="Telling the language from a sentence's mean state; 0.5 is a guess, 1 is certain",
        ),
    )  # fmt: skip
    tax: Table | None = panel(
        Text(zh="词元税", en="The token tax"),
        hint=Text(
            zh="同样的意思用两种语言各要多少词元；最后一行是你的文本",
            en="How many tokens the same meanings take in both languages; your text in the last row",
        ),
    )
    amounts: Lines | None = panel(
        Text(zh="英文数据量与英文准确率", en="English data and English accuracy"), half=True,
        hint=Text(
            zh="中文样本数不变，增加英文样本；最左点约占 1%，至少两条",
            en="Chinese examples fixed, more and more English ones; the first point is about 1%, two examples at least",
        ),
    )  # fmt: skip
    designs: Table | None = panel(
        Text(zh="输出头与语言标签", en="Heads and language tag"), half=True,
        hint=Text(zh="同一种配比，四种网络结构", en="The same mix, four designs of the network"),
    )  # fmt: skip

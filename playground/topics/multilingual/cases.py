"""Settings of multilingual training worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.multilingual.findings import Findings
from playground.topics.multilingual.settings import Settings


def _head_starves(settings: Settings, found: Findings) -> bool:
    """Whether a head of its own leaves English no better than guessing, and below the shared head."""
    alone = found.mixes["by_size"].accuracy.english
    return alone.low < 0.5 + 0.05 and found.design(True, False).english.value < found.design(False, False).english.value


def _repeats_in_vain(settings: Settings, found: Findings) -> bool:
    """Whether English is repeated more than a hundred times, without a reliable gain."""
    chosen = found.mixes["chosen"]
    return chosen.english_epochs > 100 and chosen.gain is not None and chosen.gain.low <= 0


def _cut_into_bytes(settings: Settings, found: Findings) -> bool:
    """Whether characters are cut into bytes."""
    return found.own.per_character > 2 and found.own.pieces > 0


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="两条英文，分开输出头", en="Separate heads, two English examples"),
        {"english": 2, "heads": "separate", "temperature": 1.0, "pairs": 20},
        Text(
            zh="英文的输出头只见过两条样本，英文准确率接近乱猜；共享输出头的那一行更高。",
            en="The English head has seen only two examples and hardly beats guessing; the row with a shared head is higher.",
        ),
        _head_starves,
    ),
    Failure(
        Text(zh="两条英文重复几百遍", en="Two examples, hundreds of epochs"),
        {"english": 2, "temperature": 100.0, "pairs": 20},
        Text(
            zh="英文得到近一半的抽取，同样两条评论重复了几百遍，英文准确率没有可靠的提升。",
            en="English gets nearly half of the draws and repeats the same two reviews hundreds of times; its accuracy doesn't reliably rise.",
        ),
        _repeats_in_vain,
    ),
    Failure(
        Text(zh="生僻字被切成字节", en="Characters cut into bytes"),
        {"text": "𠜎𠜱𠝹", "pairs": 20},
        Text(
            zh="词表里没有的字按 UTF-8 字节切开，每个字占三个以上词元；这些碎片不属于任何文字。",
            en="Characters missing from the vocabulary are cut into UTF-8 bytes, three or more tokens each; the pieces belong to no script.",
        ),
        _cut_into_bytes,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="中英混排", en="Both languages"),
        {"text": Text(zh="这个 feature 下周 release，请大家 review 一下。", en="The word 翻译 means translation, and 语言 means")},
    ),
    Example(
        Text(zh="UniMax", en="UniMax"),
        {
            "mixing": "unimax",
            "text": Text(zh="热的反义词是冷，大的反义词是", en="The capital of France is Paris, and the capital of China is"),
        },
    ),
    Example(
        Text(zh="更多英文", en="More English"),
        {"english": 60, "text": Text(zh="春天来了，花开了，天气", en="Spring has come, the flowers are out, and the weather")},
    ),
)  # fmt: skip

_STARVED, _REPEATED, _BYTES = (failure.values for failure in FAILURES)

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“各种配比”表：公式给出的占比、实际抽取计数得到的占比，以及每种语言看过的遍数",
            en="See the table “The mixes”: the share by formula, the share counted in the draws, and the epochs of each language",
        ),
        {},
        lambda settings, found: all(abs(mix.share - mix.counted) < 0.03 for mix in found.mixes.values()),
    ),
    Claim(
        Text(
            zh="运行失败示例“两条英文，分开输出头”，对照“输出头与语言标签”里的各行：共享输出头时英文准确率更高",
            en="Run the failure “Separate heads, two English examples” and compare the rows of “Heads and language tag”: with a shared head the English accuracy is higher",
        ),
        _STARVED,
        _head_starves,
    ),
    Claim(
        Text(
            zh="看“词元税”表：每字符的词元中文更多，而每个意思的词元之比在这个 262,144 的词表上接近 1",
            en="See the table “The token tax”: Chinese takes more tokens per character, while the ratio per meaning is near 1 with this vocabulary of 262,144",
        ),
        {},
        lambda settings, found: (
            found.tax.chinese.per_character > 1.5 * found.tax.english.per_character and 0.8 < found.tax.premium < 1.25
        ),
    ),
    Claim(
        Text(
            zh="说这个模型也如此之前，先看“各层的语言概率”面板",
            en="See the panel “Probability by script and layer” before you say it of this model",
        ),
        {},
        lambda settings, found: len(found.lens.layers) == found.lens.inner_layers + 2 and found.lens.inner_layers > 0,
    ),
    Claim(
        Text(
            zh="词表里拉丁字母的词元约是汉字词元的八倍",
            en="the vocabulary holds about eight times as many Latin as Han tokens",
        ),
        {},
        lambda settings, found: 7 < found.lens.vocabulary["latin"] / found.lens.vocabulary["han"] < 9,
    ),
    Claim(
        Text(
            zh="看“各层的语言中立性”：在原始状态上，线性探针每一层都能认出语言",
            en="See “Language neutrality by layer”: a linear probe on raw states tells the language in every layer",
        ),
        {},
        lambda settings, found: all(item.low > 0.9 for item in found.neutrality.before),
    ),
    Claim(
        Text(
            zh="减去各语言的均值以后，线性探针接近乱猜，而非线性探针仍可能认得出",
            en="After each language's mean is subtracted, the same kind of probe falls to near chance, while a non-linear one may still succeed",
        ),
        {},
        lambda settings, found: (
            all(item.value < 0.7 for item in found.neutrality.after)
            and sum(item.value for item in found.neutrality.curved) > sum(item.value for item in found.neutrality.after)
        ),
    ),
    Claim(
        Text(
            zh="“准确率随英文占比的变化”的横轴从 0 开始",
            en="in the panel “Accuracy against English's share” the axis begins at 0",
        ),
        {},
        lambda settings, found: found.sweep[0].share == 0 and found.sweep[-1].share == 1,
    ),
    Claim(
        Text(
            zh="运行失败示例“两条英文重复几百遍”：英文得到一半的抽取，同样两条评论看了几百遍，却没有可靠的提升",
            en="Run the failure “Two examples, hundreds of epochs”: English gets half of the draws, sees the same two reviews hundreds of times, and gains nothing reliable",
        ),
        _REPEATED,
        lambda settings, found: abs(found.mixes["chosen"].share - 0.5) < 0.02 and _repeats_in_vain(settings, found),
    ),
    Claim(
        Text(
            zh="有用的是更多英文数据，对照“英文数据量与英文准确率”的各点",
            en="More English data is what helps; compare the points of “English data and English accuracy”",
        ),
        {},
        lambda settings, found: max(item.by_size.value for item in found.amounts[1:]) > found.one_percent.by_size.value,
    ),
    Claim(
        Text(
            zh="看“各种配比”表的最后两行：有了共享主干，只用中文训练的网络判断英文，与只用那十几条英文训练的差不多",
            en="see the last two rows of “The mixes”: with a shared trunk, a network trained on Chinese alone does about as well on English as one trained on the sixteen English examples alone",
        ),
        {},
        lambda settings, found: (
            settings.english == 16
            and abs(
                found.mixes["chinese_only"].accuracy.english.value - found.mixes["english_only"].accuracy.english.value
            )
            < 0.1
        ),
    ),
    Claim(
        Text(
            zh="语言标签在这里没有多少新信息",
            en="A language tag adds little here",
        ),
        {},
        lambda settings, found: (
            abs(found.design(False, True).english.value - found.design(False, False).english.value) < 0.05
        ),
    ),
    Claim(
        Text(
            zh="这里每一层都有",
            en="Here they do, in every layer",
        ),
        {},
        lambda settings, found: all(item.low > 0.9 for item in found.neutrality.before),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="中文是网上评论的片段，英文是为本项目写的",
            en="the Chinese are fragments of web reviews, the English were written for this project",
        ),
        "playground/topics/multilingual/test_panels.py::test_where_the_reviews_and_the_pairs_come_from_is_said",
    ),
    Pinned(
        Text(
            zh="**实验训练的是什么。** 语言模型冻结不动。一个单隐层网络读入评论的句向量",
            en="**What the lab trains.** The language model stays frozen. A network with one hidden layer reads the sentence vector of a review",
        ),
        "playground/topics/multilingual/test_lab.py::test_one_network_against_plain_modules",
    ),
)

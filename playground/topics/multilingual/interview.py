"""What an interviewer asks about a run of multilingual training: before it, in one sentence after it, and next."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.multilingual.findings import Findings, Lens
from playground.topics.multilingual.settings import Settings

# Beyond twice the part that the question names, the learning curve has no point that answers it.
MOST_PART = 0.02


def _at_one_percent(settings: Settings, found: Findings) -> Outcome | None:
    """English accuracy in percent with about 1% English data; None where two English examples are already more."""
    point = found.one_percent
    if point.part > MOST_PART:
        return None
    evidence = Text(
        zh="{count} 条英文（{part}），按数据量配比：英文留出准确率 {value}，95% 区间 [{low}, {high}]，{n} 条留出样本",
        en="{count} English examples ({part}), mixed by size: English held-out accuracy {value}, 95% interval [{low}, {high}], {n} held-out examples",
    ).format(
        count=point.english,
        part=f"{point.part:.1%}",
        value=f"{point.by_size.value:.1%}",
        low=f"{point.by_size.low:.1%}",
        high=f"{point.by_size.high:.1%}",
        n=point.by_size.count,
    )
    return Outcome(100 * point.by_size.value, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="训练数据里英文至多占 2%，按数据量配比。英文留出准确率是百分之几？（乱猜是 50）",
        en="At most 2% of the training data is English, mixed by size. What is the English held-out accuracy in percent? (A guess is 50.)",
    ),
    _at_one_percent,
    low=0,
    high=100,
    tolerance=0.05,
)


def _change(found: Findings) -> Text:
    """Whether the chosen mix changed English accuracy against the mix by size."""
    gain = found.mixes["chosen"].gain
    if gain is None or found.mixes["chosen"].share == found.mixes["by_size"].share:
        return Text(zh="就是按数据量配比", en="the mix by size itself")
    if gain.low > 0:
        return Text(zh="高于按数据量配比", en="above the mix by size")
    if gain.high < 0:
        return Text(zh="低于按数据量配比", en="below the mix by size")
    return Text(zh="与按数据量配比的差别在误差之内", en="within error of the mix by size")


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what the chosen mix did to both languages, what Chinese costs in tokens, and which script leads inside."""
    chosen, by_size = found.mixes["chosen"], found.mixes["by_size"]
    return Text(
        zh="英文占数据的 {size}、占抽取的 {share}，英文准确率 {english}（{change}），中文 {chinese}；"
        "同样的意思中文用的词元是英文的 {premium} 倍；你的文本上，{inner} 个中间层里有 {latin} 层拉丁字母词元的概率高于汉字。",
        en="English is {size} of the data and {share} of the draws; its accuracy is {english} ({change}), Chinese accuracy {chinese};"
        " the same meanings take {premium} times as many tokens in Chinese; on your text {latin} of {inner} inner layers give Latin"
        " tokens more probability than Han tokens.",
    ).format(
        size=f"{by_size.share:.1%}",
        share=f"{chosen.share:.1%}",
        english=f"{chosen.accuracy.english.value:.3f}",
        change=_change(found),
        chinese=f"{chosen.accuracy.chinese.value:.3f}",
        premium=f"{found.tax.premium:.2f}",
        inner=found.lens.inner_layers,
        latin=found.lens.latin_layers,
    )


def works_in_english(lens: Lens) -> bool | None:
    """Returns whether inner layers give Latin tokens more probability than Han tokens on a Chinese text that ends in
    Han.

    More than half of the inner layers must. None for a text that isn't Chinese, or whose last layer doesn't expect Han.
    """
    if not lens.text_is_chinese or lens.layers[-1].leader != "han":
        return None
    return lens.latin_layers > lens.inner_layers / 2


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this very result raises."""
    asked = []
    chosen, by_size = found.mixes["chosen"], found.mixes["by_size"]
    if chosen.share > by_size.share and chosen.gain is not None and chosen.gain.low <= 0 <= chosen.gain.high:
        asked.append(
            FollowUp(
                Text(
                    zh="英文占抽取的比例从 {a} 提到 {b}，英文准确率却没有可靠的变化。为什么？",
                    en="English's share of draws rose from {a} to {b}, yet its accuracy didn't reliably change. Why?",
                ).format(a=f"{by_size.share:.1%}", b=f"{chosen.share:.1%}"),
                Text(
                    zh="配比只决定抽哪种语言，不增加数据：同样的英文样本从看 {x} 遍变成 {y} 遍，重复带来的信息很少；完全不用英文、只靠中文训练，英文准确率也有 {z}。"
                    "先算看过的遍数，再看区间宽度，最后看“英文数据量与英文准确率”：加真数据和加重复是两回事。",
                    en="A mix decides which language is drawn and adds no data: the same English examples are seen {y} times instead of {x}, and"
                    " repetition brings little; training on Chinese alone gives {z} on English. Work out"
                    " epochs first, then the width of the interval, then compare with the curve over the amount of English: more data and more repetition are different things.",
                ).format(
                    x=f"{by_size.english_epochs:.1f}",
                    y=f"{chosen.english_epochs:.1f}",
                    z=f"{found.mixes['chinese_only'].accuracy.english.value:.3f}",
                ),
            )
        )
    more = settings.mixing == "temperature" and chosen.share > by_size.share
    if more and chosen.gain is not None and chosen.gain.low > 0:
        asked.append(
            FollowUp(
                Text(
                    zh="英文准确率提高了 {gain}。你会把它当作温度采样的功劳吗？",
                    en="English accuracy rose by {gain}. Is that due to the sampling temperature?",
                ).format(gain=f"{chosen.gain.value:.3f}"),
                Text(
                    zh="在这个步数下是的：只有占比不同，抽取用的随机数都一样，而按数据量配比时英文被抽到的次数少。把训练步数加大再比：差别若消失，缺的就是更新次数，不是占比本身。",
                    en="At this number of steps, yes: only the shares differ, on the same random numbers, and by size English is drawn less often. Train for more"
                    " steps and compare again: if the difference disappears, English lacked updates, not share as such.",
                ),
            )
        )
    if not settings.tag:
        shared, tagged = found.design(False, False).english, found.design(False, True).english
        asked.append(
            FollowUp(
                Text(
                    zh="共享输出头时，加语言标签前后英文准确率是 {a} 和 {b}。标签的意义是什么？",
                    en="With a shared head, English accuracy is {a} without and {b} with a language tag. What is a tag for?",
                ).format(a=f"{shared.value:.3f}", b=f"{tagged.value:.3f}"),
                Text(
                    zh="输入的语言，网络从向量里本来就能读出来，标签几乎不添信息。标签有用的是输出语言不由输入决定时，如多语翻译里指定目标语言。",
                    en="The language of an input can be read off its vector anyway, so a tag adds next to nothing. It matters where the input doesn't determine"
                    " the language of the output, such as the target language in multilingual translation.",
                ),
            )
        )
    inside = works_in_english(found.lens)
    if inside is not None:
        asked.append(_of_lens(found.lens, inside))
    return tuple(asked)


def _of_lens(lens: Lens, inside: bool) -> FollowUp:
    values = {"latin": lens.latin_layers, "inner": lens.inner_layers, "peak": f"{lens.latin_peak:.2f}"}
    question = Text(
        zh="{inner} 个中间层里有 {latin} 层拉丁字母概率高于汉字（平均最高 {peak}）。这能说明模型“用英文思考”吗？",
        en="In {latin} of {inner} inner layers Latin tokens have more probability than Han tokens (mean at most {peak}). Does the model “think in English”?",
    ).format(**values)
    if inside:
        return FollowUp(
            question,
            Text(
                zh="还不能。拉丁字母不等于英文，词表里拉丁字母的词元本来就多得多，而且中间层没有为输出头训练过。要看格中是不是对应的英文词，再用激活修补检验它对输出有没有因果作用。",
                en="Not yet. Latin isn't English, the vocabulary has far more Latin tokens to begin with, and inner layers weren't trained for the output head."
                " Check whether the cells hold English translations, then test by activation patching whether they affect the output.",
            ),
        )
    return FollowUp(
        question,
        Text(
            zh="在这句话上看不出来：多数中间层并不偏向拉丁字母。更大的、以英文为主的模型（Llama 2）上有过相反的结果，不能照搬到这个模型。",
            en="Not on this text: most inner layers don't favour Latin tokens. The opposite was found on larger, English-centred models (Llama 2), and can't be assumed of this one.",
        ),
    )

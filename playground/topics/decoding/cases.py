"""Settings of decoding worth a run: examples, failures, and the runs that show what the cards say."""

from __future__ import annotations

import re

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.decoding.findings import Findings
from playground.topics.decoding.settings import Settings


def number(value: float | None) -> float:
    """Returns a figure; NaN, which compares as false, where there is none."""
    return float("nan") if value is None else value


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="贪心陷入循环", en="Greedy search loops"),
        values={
            "text": Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"),
            "max_tokens": 60,
        },
        expect=Text(
            zh="A 侧贪心反复生成同样的话：重复 4 元组占比超过 30%，而平均对数概率反而更高。",
            en="A's greedy search repeats itself: over 30% of its 4-grams are repeats, and yet its mean log-probability is the higher one.",
        ),
        seen=lambda settings, found: (
            number(found.a.repeated_4) > 0.3
            and number(found.b.repeated_4) < number(found.a.repeated_4)
            and number(found.a.mean_log_probability) > number(found.b.mean_log_probability)
        ),
    ),
    Failure(
        label=Text(zh="惩罚过强，文不成句", en="A penalty so strong that the text breaks"),
        values={
            "text": Text(
                zh="从前有一座山，山上有一座庙，", en="The capital of France is Paris. The capital of Italy is"
            ),
            "b.repetition_penalty": 3.0,
        },
        expect=Text(
            zh="B 侧的逗号、“的”等用过一次就被压到最低，选出的词元在原模型里平均对数概率比 A 低 1.5 以上。",
            en="On B's side commas and function words sink after one use; the tokens chosen lie more than 1.5 nats below A's on average.",
        ),
        seen=lambda settings, found: number(found.b.mean_log_probability) < number(found.a.mean_log_probability) - 1.5,
    ),
    Failure(
        label=Text(zh="温度过高，胡言乱语", en="A temperature so high that it babbles"),
        values={
            "text": Text(zh="今天天气很好，我们", en="It was a sunny day, and we"),
            "b.strategy": "sample",
            "b.temperature": 2.5,
            "b.repetition_penalty": 1.0,
        },
        expect=Text(
            zh="B 侧把概率摊给了二十多万个词元，所选词元的平均对数概率低于 −8。",
            en="B's probability is spread over more than 200,000 tokens; the mean log-probability of its choices is below −8.",
        ),
        seen=lambda settings, found: number(found.b.mean_log_probability) < -8,
    ),
    Failure(
        label=Text(zh="禁止 n 元组，连名字也写不出", en="A banned n-gram forbids a name"),
        values={
            "text": Text(
                zh="哈利波特去上学。哈利波特骑扫帚。哈利波特打败了伏地魔。哈利",
                en="I love New York. New York is a big city. He lives in New",
            ),
            "b.no_repeat_ngram": Text(zh="3", en="2"),
            "b.repetition_penalty": 1.0,
            "max_tokens": 12,
        },
        expect=Text(
            zh="A 侧的第一个词元是“波”；B 侧不许“哈利波”再次出现，只能写别的。",
            en="A's first token is “ York”; B may not write “New York” again and has to write something else.",
        ),
        seen=lambda settings, found: (
            found.a.text.startswith(("波", " York")) and not found.b.text.startswith(("波", " York"))
        ),
    ),
    Failure(
        label=Text(zh="奖励重复，一个词停不下来", en="A negative penalty: one word forever"),
        values={
            "text": Text(zh="生活的意义在于", en="Once upon a time, there was"),
            "b.repetition_penalty": 1.0,
            "b.frequency_penalty": -2.0,
        },
        expect=Text(
            zh="频率惩罚为负：出现过的词元越来越占优，B 侧的不同词元不到三分之一。",
            en="With a negative frequency penalty each use makes the next likelier; under a third of B's tokens differ.",
        ),
        seen=lambda settings, found: number(found.b.distinct_1) < 1 / 3,
    ),
)

# A sentence to its full stop, so that beams end by themselves.
_SENTENCE = Text(zh="[^。\\n]{2,16}。", en="[^.]+\\.")

EXAMPLES = (
    Example(
        Text(zh="贪心对重复惩罚", en="Greedy against a repetition penalty"),
        {"text": Text(zh="生活的意义在于", en="Once upon a time, there was a little girl")},
    ),
    Example(
        Text(zh="提示算不算“出现过”", en="Does the prompt count?"),
        {
            "text": Text(zh="苹果是红色的，香蕉是黄色的，苹果是", en="Apples are red. Bananas are yellow. Apples are"),
            "a.repetition_penalty": 1.5,
            "b.repetition_penalty": 1.5,
            "b.count_prompt": False,
        },
    ),
    Example(
        Text(zh="贪心对束搜索", en="Greedy against beam search"),
        {
            "text": Text(zh="学习一门语言最好的办法是", en="The meaning of life is"),
            "b.repetition_penalty": 1.0,
            "b.strategy": "beam",
            "b.beams": 4,
            "max_tokens": 24,
        },
    ),
    Example(
        Text(zh="多样的束", en="Diverse beams"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "a.strategy": "beam",
            "a.beams": 6,
            "b.strategy": "beam",
            "b.beams": 6,
            "b.beam_groups": 3,
            "b.diversity_penalty": 3.0,
            "b.repetition_penalty": 1.0,
            "max_tokens": 16,
        },
    ),
    Example(
        Text(zh="top-p 对 min-p（温度 1.5）", en="Top-p against min-p (temperature 1.5)"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "a.strategy": "sample",
            "a.temperature": 1.5,
            "a.top_p": 0.9,
            "b.strategy": "sample",
            "b.temperature": 1.5,
            "b.min_p": 0.1,
            "b.repetition_penalty": 1.0,
        },
    ),
    Example(
        Text(zh="规定日期的格式", en="A date in a fixed format"),
        {
            "text": Text(zh="第二次世界大战结束于", en="The Second World War ended on"),
            "b.regex": Text(zh="[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日", en=" [A-Z][a-z]+ [0-9]{1,2}, [0-9]{4}"),
            "b.repetition_penalty": 1.0,
            "max_tokens": 20,
        },
    ),
    Example(
        Text(zh="长度不同的束", en="Beams of different lengths"),
        {
            "text": Text(zh="今天天气很好，我们", en="It was a sunny day, and we"),
            "a.strategy": "beam",
            "a.length_penalty": 0.0,
            "a.regex": _SENTENCE,
            "b.strategy": "beam",
            "b.length_penalty": 2.0,
            "b.regex": _SENTENCE,
            "b.repetition_penalty": 1.0,
            "max_tokens": 24,
        },
    ),
)

_LOOP, _TOO_STRONG = FAILURES[0].values, FAILURES[1].values
_BEAM, _DIVERSE, _TOP_P, _DATE, _LENGTHS = (EXAMPLES[place].values for place in (2, 3, 4, 5, 6))

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看失败示例“贪心陷入循环”里的“每个词元的对数概率”：进入循环后，曲线贴着 0",
            en="In the failure “Greedy search loops” the curve of “log-probability per token” hugs 0 once the loop begins",
        ),
        _LOOP,
        lambda settings, found: number(found.a.looping_log_probability) > -0.3,
    ),
    Claim(
        Text(
            zh="看示例“规定日期的格式”的瀑布图：多了“正则约束”一栏，有的步只剩不到一百个词元",
            en="See the waterfall of the example “A date in a fixed format”: it has a column “regular expression”, and at some steps fewer than a "
            "hundred tokens remain",
        ),
        _DATE,
        lambda settings, found: (
            number(found.b.fewest_kept) < 100 and re.fullmatch(settings.b.regex, found.b.text) is not None
        ),
    ),
    Claim(
        Text(
            zh="看示例“长度不同的束”：B 把 0 换成 2，排第一的就换成了更长的一条",
            en="see the example “Beams of different lengths”: with 2 on B's side instead of 0, the first rank goes to a longer one",
        ),
        _LENGTHS,
        lambda settings, found: found.a.lengths[0] < found.b.lengths[0],
    ),
    Claim(
        Text(
            zh="用示例“多样的束”，看第一步各组的第一个词元",
            en="In the example “Diverse beams” look at each group's first token",
        ),
        _DIVERSE,
        lambda settings, found: len(found.b.first_tokens) >= settings.b.beam_groups,
    ),
    Claim(
        Text(zh="看失败示例“惩罚过强”", en="See the failure “A penalty so strong that the text breaks”"),
        _TOO_STRONG,
        FAILURES[1].seen,
    ),
    Claim(
        Text(
            zh="示例“top-p 对 min-p”的 A 侧，同一段文字里最多的一步是最少的一步的三倍以上",
            en="on A's side of the example “Top-p against min-p” the most within one text is over three times the fewest",
        ),
        _TOP_P,
        lambda settings, found: number(found.a.most_kept) > 3 * number(found.a.fewest_kept),
    ),
    Claim(
        Text(
            zh="束搜索的平均对数概率更高，重复 4 元组并不更少",
            en="beam search has the higher mean log-probability and no fewer repeated 4-grams",
        ),
        _BEAM,
        lambda settings, found: (
            number(found.b.mean_log_probability) > number(found.a.mean_log_probability)
            and number(found.b.repeated_4) >= number(found.a.repeated_4)
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里照 transformers 的次序：原始 logit → 惩罚 → 温度 → 截断（top-k、top-p、min-p）→ 归一化",
            en="The order here is transformers': raw logit → penalties → temperature → truncation (top-k, top-p, min-p) → renormalise",
        ),
        "tests/generation/test_penalties.py::test_a_whole_chain_equals_the_list_of_processors",
    ),
    Pinned(
        Text(
            zh="这里惩罚只左右当步的选择，不计入路径得分",
            en="Here the penalty steers the choice of that step and isn't part of a path's score",
        ),
        "tests/generation/test_beam.py::test_diverse_groups_by_hand",
    ),
    Pinned(
        Text(
            zh="**在这里怎么算。** A 与 B 共用一次预填充，在同一个批次里逐步前进",
            en="**How it is computed here.** A and B share one prefill and advance in one batch",
        ),
        "playground/topics/decoding/test_lab.py::test_both_sides_share_one_prefill_and_each_pass",
    ),
    Pinned(
        Text(
            zh="结果与 `generate` 逐词元相同，这由测试保证",
            en="equal `generate` token for token; tests ensure it",
        ),
        "playground/topics/decoding/test_lab.py::test_both_sides_token_for_token_with_generate",
    ),
    Pinned(
        Text(
            zh="这里每一行各有一个",
            en="Here each row has its own",
        ),
        "tests/generation/test_decode.py::test_a_row_in_a_batch_is_what_it_is_alone",
    ),
    Pinned(
        Text(
            zh="这里照此实现，瀑布图会多出“对数概率”一栏",
            en="The lab does the same; the waterfall then has a column “log-probability”",
        ),
        "tests/generation/test_panels.py::test_a_beam_adds_up_log_probabilities",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="llama.cpp 默认最后才除以温度",
            en="llama.cpp by default divides by temperature last",
        ),
        "a default of llama.cpp",
    ),
)

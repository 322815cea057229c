"""Settings of generation worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.generation.findings import Findings
from playground.topics.generation.settings import Settings


def number(value: float | None) -> float:
    """Returns a figure; NaN, which compares as false, where there is none."""
    return float("nan") if value is None else value


def _copy_is_easiest(settings: Settings, found: Findings) -> bool:
    lines = settings.forced.split("\n")
    if len(lines) != 2:
        return False
    copied, fresh = (found.paths.starting(line[:8]) for line in lines)
    return copied is not None and fresh is not None and number(copied.perplexity) < number(fresh.perplexity) / 4


def _greedy_is_beaten(settings: Settings, found: Findings) -> bool:
    if len(found.paths.ends) != 2:
        return False
    forced, greedy = found.paths.ends
    return (
        forced.tokens == greedy.tokens == settings.steps
        and number(forced.log_probability) > number(greedy.log_probability) + 1
    )


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="每步都选最可能的，走进循环", en="The likeliest at every step walks into a loop"),
        values={"text": Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"), "steps": 60, "samples": 0},
        expect=Text(zh="重复 4 元组占比超过 30%，困惑度却很低：路径越来越“可能”，文字越来越没用。",
                    en="Over 30% of the 4-grams are repeats while the perplexity is low: the path gets ever likelier and ever less useful."),
        seen=lambda settings, found: number(found.paths.repeated_4) > 0.3 and number(found.paths.current.perplexity) < 3,
    ),
    Failure(
        label=Text(zh="照抄的困惑度最低", en="Copying has the lowest perplexity"),
        values={
            "text": Text(zh="今天天气很好，我们去爬山。", en="The weather was fine and we went for a walk."),
            "forced": Text(zh="今天天气很好，我们去爬山。今天天气很好，我们去爬山。\n山顶的风很大，远处的湖像一面镜子。",
                           en="The weather was fine and we went for a walk. The weather was fine and we went for a walk.\n"
                              "At the top the wind was strong, and far below a lake lay like a mirror."),
            "steps": 0, "samples": 0,
        },
        expect=Text(zh="照抄原句的那条路径，困惑度不到另一条的四分之一。按困惑度挑文字，会挑中它。",
                    en="The path that copies the sentence has less than a quarter of the other's perplexity. Choosing text by perplexity would choose it."),
        seen=_copy_is_easiest,
    ),
    Failure(
        label=Text(zh="贪心不是最可能的路径", en="Greedy isn't the likeliest path"),
        values={
            "text": Text(zh="医生告诉他，", en="The doctor told him that"), "forced": Text(zh="他患有心脏病", en="he was not going to"),
            "steps": 5, "samples": 0,
        },
        expect=Text(zh="两条路径都是 5 个词元。每步取最可能的那条，整条的 ln p 反而低 1 以上：第一步或第二步占的便宜，后面还了回去。",
                    en="Both paths have 5 tokens. The one that takes the likeliest at each step has an ln p more than 1 lower as a whole: what it gained early it pays for later."),
        seen=_greedy_is_beaten,
    ),
    Failure(
        label=Text(zh="众口一词，却是错的", en="All agree, and all are wrong"),
        values={
            "text": Text(zh="法国的首都是巴黎。日本的首都是东京。澳大利亚的首都是", en="The capital of France is Paris. The capital of Turkey is"),
            "temperature": 0.3, "samples": 8, "length": 4, "steps": 1,
        },
        expect=Text(zh="8 条样本里至少 5 条说“悉尼”，而首都是堪培拉。一致说明模型确信，不说明它对。",
                    en="At least 5 of 8 samples say Istanbul, and the capital is Ankara. Agreement shows that the model is sure, not that it is right."),
        seen=lambda settings, found: (
            found.agreement is not None
            and found.agreement.largest.text.startswith(("悉尼", "istanbul"))
            and found.agreement.most >= 5
        ),
    ),
    Failure(
        label=Text(zh="温度太高，样本散开了", en="Too high a temperature: the samples scatter"),
        values={
            "text": Text(zh="法国的首都是巴黎。日本的首都是东京。澳大利亚的首都是", en="The capital of France is Paris. The capital of Turkey is"),
            "temperature": 2.0, "samples": 12, "length": 6, "steps": 1,
        },
        expect=Text(zh="第一个候选的概率超过一半，12 条样本里最大的一组却不到一半：不一致来自采样，不来自模型没把握。",
                    en="The first candidate has over half of the probability, yet the largest group of 12 samples is under half: they scatter because of the sampling, not because the model is unsure."),
        seen=lambda settings, found: (
            found.agreement is not None
            and found.agreement.most < 6
            and found.paths.first_tried is not None
            and found.paths.first_tried.probability > 0.5
        ),
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(Text(zh="故事的开头", en="The start of a story"), {"text": Text(zh="从前有一座山，山上有一座庙，", en="Once upon a time, there was a little"), "steps": 8}),
    Example(
        Text(zh="比较几种写法", en="Several wordings compared"),
        {
            "text": Text(zh="她推开门，看见", en="She opened the door and saw"),
            "forced": Text(zh="桌上放着一封信\n一只猫坐在窗台上\n一条龙在弹钢琴", en="a letter on the table\na cat on the windowsill\na dragon playing the piano"),
            "steps": 0,
        },
    ),
    Example(
        Text(zh="样本是否一致", en="Do the samples agree?"),
        {"text": Text(zh="法国的首都是巴黎。日本的首都是东京。中国的首都是", en="The capital of France is Paris. The capital of Japan is Tokyo. The capital of China is"),
         "steps": 1, "samples": 8, "length": 6},
    ),
    Example(
        Text(zh="一个字拆成几个词元", en="A character in several tokens"),
        {"text": Text(zh="这个很难写的字念", en="A very rare Chinese character is"), "forced": Text(zh="龘", en="龘"), "steps": 0, "samples": 0},
    ),
)  # fmt: skip

# Of the embedded model.
_PARAMETERS = 268_098_176


def _mask_holds(settings: Settings, found: Findings) -> bool:
    """Whether earlier probabilities stay with the mask, but for rounding, and all change without it."""
    return bool(found.revisions) and all(
        abs(one.causal_after - one.causal_before) < 0.02 * one.causal_before + 1e-4
        and abs(one.unmasked_after - one.unmasked_before) > 0.005 * one.unmasked_before
        for one in found.revisions
    )


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“当前路径”：两个 ln p 并排给出，相差不到百分之二",
            en="See “This path”: it gives both ln p, less than two per cent apart",
        ),
        {},
        lambda settings, found: number(found.paths.rounding) < 0.02 * abs(number(found.paths.current.log_probability)),
    ),
    Claim(
        Text(zh="看“沿着文本的熵”，比记住一条规律可靠", en="Look at “Entropy along the text” rather than trust a rule"),
        {},
        lambda settings, found: found.noun is not None and found.noun.entropy_before != found.noun.entropy_after,
    ),
    Claim(
        Text(
            zh="看失败示例“贪心不是最可能的路径”：另一条一样长的路径，整条的概率更高",
            en="See the failure “Greedy isn't the likeliest path”: another path of the same length is likelier as a whole",
        ),
        FAILURES[2].values,
        FAILURES[2].seen,
    ),
    Claim(
        Text(
            zh="看示例“一个字拆成几个词元”：中间的每一步都只是字节，还不是字",
            en="See the example “A character in several tokens”: at each step in between there are bytes and no character yet",
        ),
        EXAMPLES[3].values,
        lambda settings, found: found.paths.byte_tokens == found.paths.current.tokens >= 3,
    ),
    Claim(
        Text(
            zh="有掩码时，接上最后一个词元前后，早先各词元的概率不变；没有掩码，它们全变了",
            en="with the mask the probabilities of earlier tokens stay when the last one is appended, without it all of them move",
        ),
        {},
        _mask_holds,
    ),
    Claim(
        Text(
            zh="“当前路径”里“词表”一项的提示写出了这个数，比整个模型大两百倍以上",
            en="a number that the hint of “vocabulary” under “This path” spells out: over two hundred times the whole model",
        ),
        {},
        lambda settings, found: found.vocabulary**2 > 200 * _PARAMETERS,
    ),
    Claim(
        Text(
            zh="看失败示例“每步都选最可能的，走进循环”：困惑度很低，重复 4 元组却占三成以上",
            en="See the failure “The likeliest at every step walks into a loop”: the perplexity is low, and over 30% of the 4-grams are repeats",
        ),
        FAILURES[0].values,
        FAILURES[0].seen,
    ),
    Claim(
        Text(
            zh="失败示例“贪心不是最可能的路径”里，两条一样长的路径并排，贪心的那条整条反而更不可能",
            en="In the failure “Greedy isn't the likeliest path” two paths of one length are compared: the greedy one is the less likely whole",
        ),
        FAILURES[2].values,
        FAILURES[2].seen,
    ),
    Claim(
        Text(
            zh="看失败示例“众口一词，却是错的”：样本高度一致，说的却不是事实",
            en="See the failure “All agree, and all are wrong”: the samples agree, and what they say isn't so",
        ),
        FAILURES[3].values,
        FAILURES[3].seen,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="在面板里点一个候选，送进去的就只有它",
            en="Click a candidate in the panel: nothing else goes through",
        ),
        "playground/topics/generation/test_lab.py::test_a_click_puts_its_token_alone_through_the_model",
    ),
    Pinned(
        Text(
            zh="面板里点一下，为什么这么快",
            en="Why is a click in the panel so quick?",
        ),
        "playground/topics/generation/test_lab.py::test_a_click_puts_its_token_alone_through_the_model",
    ),
    Pinned(
        Text(
            zh="同样的词元，一次算完与逐个算，bfloat16 的末位可能不同，不能混用",
            en="The cache's key includes how the tokens were batched",
        ),
        "tests/generation/test_prefix_cache.py::test_the_same_ids_in_other_chunks_are_another_prefix",
    ),
    Pinned(
        Text(
            zh="这里只按第一个小句的字面归并",
            en="this lab just groups first clauses by surface form",
        ),
        "playground/topics/generation/test_sampling.py::test_which_samples_agree_by_hand",
    ),
    Pinned(
        Text(
            zh="这里所有的 ln p 都是原模型的",
            en="Every ln p here is the raw model's",
        ),
        "playground/topics/generation/test_lab.py::test_a_paths_probability_is_the_product_from_one_forced_pass",
    ),
    Pinned(
        Text(
            zh="面板里结束符也是一个候选，写下它，文本就到此为止",
            en="In the panel the end token is a candidate like any other: force it and the text is over",
        ),
        "playground/topics/generation/test_lab.py::test_an_end_token_ends_the_text",
    ),
)

"""Settings of the bench worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

import dataclasses
from collections import Counter
from typing import Any

from playground.lab.text import Language, Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.language.scripts import main_language
from playground.learning import sentiment
from playground.topics.bench.findings import Findings
from playground.topics.bench.settings import Settings


def _loops(text: str) -> bool:
    """Whether six characters in a row occur three times in a text."""
    runs = Counter(text[start : start + 6] for start in range(len(text) - 5))
    return max(runs.values(), default=0) > 2


def _only_a_loops(settings: Settings, found: Findings) -> bool:
    return _loops(found.generated.a) and not _loops(found.generated.b)


def _b_is_lost(settings: Settings, found: Findings) -> bool:
    """Whether B's perplexity is more than ten times A's."""
    ratio = found.reading.perplexity_ratio
    return ratio is not None and ratio > 10


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="贪心陷入循环", en="greedy loops"),
        {
            "text": Text(zh="人生最重要的事情是", en="The most important thing in life is"),
            "b.quantization": "none",
            "b.repetition_penalty": 1.2,
            "max_tokens": 48,
        },
        Text(
            zh="A 没有惩罚，反复生成同样的话；B 只多了重复惩罚 1.2，走出了循环。",
            en="A has no penalty and generates the same again and again; B, with a repetition penalty of 1.2 and nothing else, gets out of the loop.",
        ),
        _only_a_loops,
    ),
    Failure(
        Text(zh="剪掉一半神经元", en="half the neurons removed"),
        {"b.quantization": "none", "b.pruning": "structured", "b.sparsity": 0.5},
        Text(
            zh="B 的困惑度升高十倍以上，输出不成句子。",
            en="B's perplexity is more than ten times A's, and its output is no sentence.",
        ),
        _b_is_lost,
    ),
)

INT8: dict[str, Any] = {"b.quantization": "int8"}
PENALTY: dict[str, Any] = {"b.quantization": "none", "b.repetition_penalty": 1.2}
TENTH: dict[str, Any] = {"b.quantization": "none", "b.pruning": "activations", "b.sparsity": 0.1}
WANDA: dict[str, Any] = {"b.quantization": "none", "b.pruning": "wanda", "b.sparsity": 0.5}

EXAMPLES = (
    Example(
        Text(zh="影评", en="Review"),
        {
            "text": Text(
                zh="这部电影的画面很美，可惜故事讲得太拖沓，看到一半我就睡着了。",
                en="The pictures are lovely, but the story drags so badly that I fell asleep halfway through.",
            )
        },
    ),
    Example(
        Text(zh="新闻", en="News"),
        {
            "text": Text(
                zh="北京时间周三上午，中国人民银行宣布下调存款准备金率，",
                en="On Wednesday morning the central bank announced that it would lower interest rates, and",
            )
        },
    ),
    Example(Text(zh="int8 对基线", en="int8 against baseline"), INT8),
    Example(Text(zh="只加重复惩罚", en="Repetition penalty alone"), PENALTY),
    Example(Text(zh="Wanda 剪枝", en="Wanda pruning"), WANDA),
    Example(Text(zh="删一成神经元，按激活", en="A tenth of the neurons, by activations"), TENTH),
    Example(Text(zh="int4 加重复惩罚：两样都改", en="int4 and penalty: two changes"), {"b.repetition_penalty": 1.2}),
)

_PENALTY, _HALF_THE_NEURONS = (failure.values for failure in FAILURES)
# Weights of the embedded model, embedding and head counted once.
_WEIGHTS = 268_098_176


def _one_change(settings: Settings, found: Findings) -> bool:
    """Whether int4 is all that B has and A hasn't."""
    return dataclasses.replace(settings.b, quantization="none") == settings.a and settings.b.quantization == "int4"


def _ratio(found: Findings) -> float:
    """B's perplexity over A's."""
    assert found.reading.perplexity_ratio is not None
    return found.reading.perplexity_ratio


def _divergence(found: Findings) -> float:
    """KL(A ‖ B), nats per token."""
    assert found.reading.divergence is not None
    return found.reading.divergence


def _sinks(found: Findings) -> tuple[float, float]:
    """The first token's share of A's and of B's attention."""
    assert found.sinks.a is not None and found.sinks.b is not None
    return found.sinks.a, found.sinks.b


def _in_chinese(settings: Settings) -> bool:
    return main_language(settings.text) is Language.ZH


def _same_bytes(found: Findings) -> bool:
    return found.reading.a.weight_bytes == found.reading.b.weight_bytes


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="若按激活而不是按范数挑，前馈层删去一成神经元，困惑度涨不到一倍，字节省 3%：看示例“删一成神经元”",
            en="Ranked by activations instead of norms, a tenth of the MLP neurons can go at less than twice the perplexity, for 3% of the bytes: see the example “A tenth of the neurons”",
        ),
        TENTH,
        lambda settings, found: (
            1 < _ratio(found) < 2 and 0.965 < found.reading.b.weight_bytes / found.reading.a.weight_bytes < 0.975
        ),
    ),
    Claim(
        Text(
            zh="默认 A 是基线，B 只多了 int4 权重，所以一切差别都由它造成",
            en="By default B differs from A, the baseline, in int4 weights and nothing else, so every difference has that cause",
        ),
        {},
        lambda settings, found: _one_change(settings, found) and not found.reading.shared,
    ),
    Claim(
        Text(
            zh="解码惩罚不碰权重，只在选词之前改写 logit",
            en="a decoding penalty leaves the weights alone and rewrites the logits just before a token is picked",
        ),
        _PENALTY,
        lambda settings, found: (
            found.reading.shared and found.reading.divergence == 0 and found.generated.parting is not None
        ),
    ),
    Claim(
        Text(
            zh="同样是 int8，中文默认文本上困惑度涨了百分之几，英文默认文本上却一点没涨",
            en="With int8 it rises by several percent on the Chinese default text and not at all on the English one",
        ),
        INT8,
        lambda settings, found: _ratio(found) > 1.02 if _in_chinese(settings) else _ratio(found) < 1.005,
    ),
    Claim(
        Text(
            zh="Wanda 剪 50%，中文文本的困惑度没有涨，KL 却超过半个奈特",
            en="with Wanda at 50% it doesn't rise on the Chinese text, though KL is above half a nat",
        ),
        WANDA,
        lambda settings, found: not _in_chinese(settings) or (_ratio(found) < 1.01 and _divergence(found) > 0.5),
    ),
    Claim(
        Text(zh="合计每权重 5 位", en="5 bits per weight in all"),
        {},
        lambda settings, found: round(8 * found.reading.b.weight_bytes / _WEIGHTS, 1) == 5.0,
    ),
    Claim(
        Text(
            zh="看失败示例“剪掉一半神经元”",
            en="See the failure “half the neurons removed” against the example “Wanda pruning”",
        ),
        _HALF_THE_NEURONS,
        lambda settings, found: (
            _ratio(found) > 100 and found.reading.b.weight_bytes < 0.9 * found.reading.a.weight_bytes
        ),
    ),
    Claim(
        Text(
            zh="但不再训练的话，同样稀疏度下损失大得多",
            en="without retraining the loss at equal sparsity is far larger",
        ),
        WANDA,
        lambda settings, found: _ratio(found) < 10,
    ),
    Claim(
        Text(
            zh="这里一半以上的注意力给了首词元，即注意力汇点",
            en="More than half of it goes to the first token here, an attention sink",
        ),
        {},
        lambda settings, found: min(_sinks(found)) > 0.5,
    ),
    Claim(
        Text(
            zh="删掉一半神经元，它的份额就跌到四分之一以下",
            en="removing half of the neurons takes this one below a quarter",
        ),
        _HALF_THE_NEURONS,
        lambda settings, found: _sinks(found)[1] < 0.25,
    ),
    Claim(
        Text(
            zh="“无”就是把这个文件反量化成浮点",
            en="“None” is that file dequantized to floats",
        ),
        {},
        lambda settings, found: found.reading.a.to_base == 0,
    ),
    Claim(
        Text(
            zh="权重相同时，这里把 A、B 放在一个批次里解码，两侧必然显示同一个数",
            en="With equal weights A and B are decoded here in one batch, so both sides show the same figure by construction",
        ),
        _PENALTY,
        lambda settings, found: found.measured.a_ms_per_token == found.measured.b_ms_per_token,
    ),
    Claim(
        Text(
            zh="看示例“int8 对基线”：无论输出相同多久，KL 都大于零",
            en="See the example “int8 against baseline”: however long the texts agree, KL is above zero",
        ),
        INT8,
        lambda settings, found: _divergence(found) > 0,
    ),
    Claim(
        Text(
            zh="看示例“Wanda 剪枝”：字节数与 A 相同",
            en="See the example “Wanda pruning”: the bytes are A's",
        ),
        WANDA,
        lambda settings, found: _same_bytes(found) and not found.reading.shared,
    ),
    Claim(
        Text(
            zh="这里首词元平均分到一半以上的注意力",
            en="Here the first token draws more than half of the attention on average",
        ),
        {},
        lambda settings, found: min(_sinks(found)) > 0.5,
    ),
    Claim(
        Text(
            zh="看面板“LIME”：它默认解释的是第 12 层上的探针，不是 B 的输出",
            en="See the panel “LIME”: by default it explains a probe on layer 12, not B's output",
        ),
        {},
        lambda settings, found: (
            settings.explain == "positive" and found.explained.same_target and sentiment.load().layer == 12
        ),
    ),
    Claim(
        Text(
            zh="这里默认解释的不是生成的文字，而是一个线性探针的“正面”概率：探针读加了提示语的文本在第 12 层的状态",
            en="By default it explains here not the generated text but the p(positive) of a linear probe that reads layer 12 of a framed prompt",
        ),
        {},
        lambda settings, found: (
            settings.explain == "positive"
            and sentiment.load().layer == 12
            and sentiment.load().frame.before != ""
            and all(0 < lime.value < 1 for lime in (found.explained.a, found.explained.b))
        ),
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="平均每权重约 7.4 位",
            en="about 7.4 bits per weight on average",
        ),
        "tests/models/test_embedded.py::test_the_bits_of_the_packages_file",
    ),
    Pinned(
        Text(
            zh="各层矩阵的一半只是全部权重的 19%",
            en="half of the layers' matrices is 19% of all weights",
        ),
        "playground/topics/bench/test_lab.py::test_half_of_the_layers_matrices_is_a_fifth_of_all_weights",
    ),
    Pinned(
        Text(
            zh="这里的两种量化都是就近舍入，不用校准数据",
            en="Both quantizations here are round-to-nearest, without calibration",
        ),
        "tests/models/test_kernels.py::test_no_weight_errs_by_more_than_half_a_step",
    ),
    Pinned(
        Text(
            zh="这里 Wanda 的输入范数取自被打分的这段文本",
            en="Here Wanda takes its input norms from the very text that is scored",
        ),
        "playground/topics/bench/test_lab.py::test_wanda_is_calibrated_on_the_text_itself",
    ),
    Pinned(
        Text(
            zh="改用示例“新闻”那段来校准，会再高出九成左右",
            en="calibrated on the example “News”, it is about 90% higher",
        ),
        "playground/topics/bench/test_lab.py::test_wanda_calibrated_on_the_news_does_worse",
    ),
    Pinned(
        Text(zh="在基线的状态上训练", en="was trained on the baseline's states"),
        "tests/learning/test_sentiment.py::test_the_same_weights_serve_the_variants",
    ),
)

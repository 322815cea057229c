"""Settings of explainability worth a run: failures, examples, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.explainability.findings import Findings
from playground.topics.explainability.settings import DEFAULT_TEXT, Settings

SINK_TEXT = Text(zh="今天天气很好，我们去公园散步。", en="The weather is fine today, so we walk in the park.")

FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="样本太少", en="Too few samples"),
        {
            "text": Text(
                zh="这家酒店离地铁站不远，房间宽敞明亮，可是隔音不好，早餐种类也少，前台办理入住又慢。",
                en="The hotel is close to the station and the rooms are large, yet the walls are thin and check-in took an hour.",
            ),
            "samples": 16,
        },
        expect=Text(
            zh="LIME 变灰：样本不足以定下这么多权重。",
            en="LIME turns grey: so few samples can't settle so many weights.",
        ),
        seen=lambda settings, found: not found.methods["lime"].reliable,
    ),
    Failure(
        Text(zh="整句一个特征", en="One feature for the whole sentence"),
        {"text": DEFAULT_TEXT.zh, "target": "negative"},
        expect=Text(
            zh="按空格切分时，中文句子只有一个特征，解释什么也没说。",
            en="Split at spaces, a Chinese sentence is one feature, and the explanation says nothing.",
        ),
        seen=lambda settings, found: found.at_spaces.features == 1 and not found.at_spaces.reliable,
    ),
    Failure(
        Text(zh="注意力汇点", en="The attention sink"),
        {"text": SINK_TEXT, "target": "next", "samples": 64},
        expect=Text(
            zh="末位词元平均把三成以上的注意力给了不带内容的首词元。",
            en="On average the last token gives over 30% of its attention to the first token, which says nothing.",
        ),
        seen=lambda settings, found: found.sink > 0.3,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="否定", en="Negation"),
        {"text": Text(zh="这部电影一点也不好看。", en="This film is not good at all."), "target": "negative"},
    ),
    Example(
        Text(zh="下一个词元", en="The next token"),
        {
            "text": Text(
                zh="法国的首都是巴黎，日本的首都是", en="The capital of France is Paris; the capital of Japan is"
            ),
            "target": "next",
        },
    ),
    Example(
        Text(zh="中英混排", en="Mixed languages"),
        {
            "text": Text(
                zh="前台的 service 真的 nice，房间也不错。", en="The 服务 was 非常好, and the room was fine too."
            )
        },
    ),
)

_NEXT_TOKEN = EXAMPLES[1].values
_TOO_FEW, _ONE_FEATURE, _SINK = (failure.values for failure in FAILURES)


def _made_of(text: str, whole: str) -> bool:
    """Whether `text` is `whole` with something removed from it."""
    rest = iter(whole)
    return text != whole and all(character in rest for character in text)


# The panel states the integral's gap with three decimals.
SMALLEST_SHOWN = 0.0005


def _known(value: float | None) -> float:
    """A figure; NaN, which compares as false, where there is none."""
    return float("nan") if value is None else value


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="这里有两种：提示语末位词元在第 $l$ 层的状态经逻辑回归得到的类别概率",
            en="Here there are two: the class probability that a logistic regression reads from layer $l$ at the last token of a prompt",
        ),
        {},
        lambda settings, found: found.token is None and found.layer < found.layers,
    ),
    Claim(
        Text(zh="全文之后某个词元的概率", en="and the probability of one token after the text"),
        _NEXT_TOKEN,
        lambda settings, found: found.token is not None and found.layer == found.layers,
    ),
    Claim(
        Text(
            zh="样本之间大量重复，去重后每个文本只需算一次",
            en="Samples repeat a lot; each distinct text need be computed only once",
        ),
        {},
        lambda settings, found: _known(found.methods["lime"].distinct) < 0.75 * _known(found.methods["lime"].samples),
    ),
    Claim(
        Text(
            zh="所以这里用词表的平均向量；这也不保证积分准确，要看面板写出的差",
            en="that doesn't make the integral exact, so look at the gap that the panel states",
        ),
        {},
        lambda settings, found: abs(found.integral.gap) >= SMALLEST_SHOWN,
    ),
    Claim(
        Text(zh="通常是首词元，这就是注意力汇点", en="usually on the first token: the attention sink"),
        _SINK,
        lambda settings, found: found.sink > 0.3,
    ),
    Claim(
        Text(zh="它显示答案从哪一层开始出现", en="It shows from which layer the answer is there"),
        _NEXT_TOKEN,
        lambda settings, found: (
            found.lens.settled > 0 and max(found.lens.final[: found.layers // 2]) < 0.1 * found.lens.final[-1]
        ),
    ),
    Claim(
        Text(
            zh="看“真实的扰动句”表：喂给模型的每一条都是文本",
            en="The table of perturbed sentences shows what was really put in: text, each time",
        ),
        {},
        lambda settings, found: (
            len(found.perturbed) >= 3 and all(_made_of(text, settings.text) for text in found.perturbed)
        ),
    ),
    Claim(
        Text(
            zh="看“按空格切分”的反例和“切法决定特征”表，再与 jieba 的词对比",
            en="See the counter-example split at spaces and the table of splits, beside jieba's words",
        ),
        _ONE_FEATURE,
        lambda settings, found: (
            found.at_spaces.features == found.splits.spaces == 1
            and not found.at_spaces.reliable
            # One comma makes two parts of the sentence; it has no other break.
            and found.splits.not_words == 2
            and found.splits.words > 2
        ),
    ),
    Claim(
        Text(zh="还常有三成以上被首词元吸走", en="often loses over 30% of its mass to the first token"),
        _SINK,
        lambda settings, found: found.sink > 0.3,
    ),
    Claim(
        Text(
            zh="看一致性热图里注意力与 Shapley 的相关，以及删除曲线中注意力的顺序是否胜过随机带",
            en="See its correlation with Shapley in the agreement map, and whether its order beats the random band in the deletion curve",
        ),
        {},
        lambda settings, found: (
            _known(found.spearman["mean"]["shapley"]) < _known(found.spearman["lime"]["shapley"])
            and found.deletion.methods["mean"] > found.deletion.random_low
        ),
    ),
    Claim(
        Text(
            zh="看失败示例“样本太少”：最多只抽 16 个样本，误差条很宽，面板变灰",
            en="See the failure “Too few samples”: from at most 16 samples the error bars are wide and the panel turns grey",
        ),
        _TOO_FEW,
        lambda settings, found: (
            # A run that ends early has no interval beyond 0.15 of the largest weight.
            not found.methods["lime"].reliable and _known(found.methods["lime"].relative_spread) > 0.3
        ),
    ),
    Claim(
        Text(
            zh="这里把所有样本合在一起拟合，用逐次去掉一个种子的刀切法估计标准误，给出 95% 区间",
            en="Here all samples are fitted together and the standard error comes from leaving one seed out at a time (jackknife), shown as a 95% interval",
        ),
        {},
        lambda settings, found: all(
            low < weight < high
            for low, weight, high in zip(
                found.methods["lime"].low, found.methods["lime"].weights, found.methods["lime"].high, strict=True
            )
        ),
    ),
    Claim(
        Text(
            zh="默认例子划去“干净”和“但是”，真实的变化与各自变化之和差 0.05 以上，而 LIME 的线性模型只会相加",
            en="with “staff” and “rude” struck out of the default example the real change is over 0.05 away from the sum of both, while LIME's linear model can only add",
        ),
        {"struck": Text(zh="2:干净|3:但是", en="5:staff|6:rude")},
        lambda settings, found: (
            found.struck is not None
            and abs(
                found.struck.value
                - found.struck.whole
                + sum(found.methods["left_out"].weights[unit] for unit in found.struck.units)
            )
            > 0.05
        ),
    ),
    Claim(
        Text(zh="面板的说明里写出了这次的差", en="The panel states this run's gap"),
        {},
        lambda settings, found: abs(found.integral.gap) >= SMALLEST_SHOWN,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里照 lime 包的做法：先从 1 到 $n$ 均匀抽删词个数，再均匀抽删哪些",
            en="As in the lime package, a sample draws how many words go, uniformly from 1 to $n$, then which ones",
        ),
        "tests/explanation/test_lime_text.py::test_equal_samples_give_the_weights_of_the_lime_package",
    ),
)

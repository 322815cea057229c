"""Labels and texts worth trying: those on which zero-shot classification visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Language, Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.zero_shot.findings import Findings
from playground.topics.zero_shot.settings import Settings, example_texts

OPINIONS = Text(zh=example_texts("sentiment", Language.ZH), en=example_texts("sentiment", Language.EN))
OPINION = Text(zh="菜凉了才端上来，以后不来了。", en="The food arrived cold and we won't be back.")


def _prior_wins(settings: Settings, found: Findings) -> bool:
    """Whether the raw score gives one label to at least 85% of texts and templates, though the classes are balanced."""
    return found.methods["raw"].favoured_share >= 0.85 and max(found.shares) == 0.5


def _meaning_wins(settings: Settings, found: Findings) -> bool:
    """Whether flipped words are answered by their meaning: below chance as typed, above it the other way round."""
    own = found.assignments
    return own is not None and own.own.value < 0.5 < own.moved.value


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="偏好压倒文本", en="The prior wins"),
        {"text": OPINION, "texts": OPINIONS, "labels": Text(zh="好评 = 好\n差评 = 差", en="positive = good\nnegative = bad")},
        Text(
            zh="好评、差评各半，原始得分却有 85% 以上的回答是同一个词。",
            en="Half of the texts are praise, half complaints, and at least 85% of the raw score's answers are the same word.",
        ),
        _prior_wins,
    ),
    Failure(
        Text(zh="翻转标签", en="Flipped labels"),
        {"text": OPINION, "texts": OPINIONS, "labels": Text(zh="好评 = 差\n差评 = 好", en="positive = negative\nnegative = positive")},
        Text(
            zh="选项里写明了哪个词代表哪一类，批校准的准确率仍低于一半：模型听词义，不听说明。",
            en="The options say which word stands for which class, and batch calibration is right on less than half: the model follows the words' meaning.",
        ),
        _meaning_wins,
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(
        Text(zh="自己的标签", en="Labels of your own"),
        {
            "text": Text(zh="这个月为什么扣了我两次钱？", en="Why was I charged twice this month?"),
            "labels": Text(zh="物流\n支付\n账号", en="delivery\npayment\naccount"),
        },
    ),
    Example(
        Text(zh="一类几个词", en="Several words a class"),
        {
            "text": OPINION, "texts": OPINIONS,
            "labels": Text(zh="好评 = 好 | 棒 | 赞\n差评 = 差 | 糟 | 烂", en="positive = good | great | excellent\nnegative = bad | poor | terrible"),
        },
    ),
    Example(
        Text(zh="长短不一的标签", en="Labels of unequal length"),
        {"labels": Text(zh="体育 = 体育新闻\n财经\n美食\n天气", en="sports = sports news\nmoney\nfood\nweather"), "asked": 8},
    ),
    Example(
        Text(zh="用字母代替", en="Letters for labels"),
        {"labels": Text(zh="体育 = A\n财经 = B\n美食 = C\n天气 = D", en="sports = A\nmoney = B\nfood = C\nweather = D")},
    ),
)  # fmt: skip


# Batch calibration is right on more than this with the default words, in both languages (see `_two_better`'s run).
WITH_WORDS = 0.75


def _templates_differ(settings: Settings, found: Findings) -> bool:
    raw = found.methods["raw"]
    return raw.highest is not None and raw.lowest is not None and raw.highest - raw.lowest > 0.3


def _listing_hurts(settings: Settings, found: Findings) -> bool:
    by_list = {one.level: one.accuracy["raw"].value for one in found.levels if one.factor == "listed"}
    return by_list["listed"] < by_list["none"]


def _together_better(settings: Settings, found: Findings) -> bool:
    raw = found.methods["raw"]
    return raw.ensemble is not None and raw.accuracy is not None and raw.ensemble.value > raw.accuracy.value


def _priors_uneven(settings: Settings, found: Findings) -> bool:
    prior = found.priors["contextual"]
    moved = [most - least for least, most in zip(prior.least, prior.most, strict=True)]
    return max(prior.mean) > 1.5 / len(found.labels) and min(moved) > 0.3


def _two_better(settings: Settings, found: Findings) -> bool:
    pmi, batch = found.methods["pmi"].against, found.methods["batch"].accuracy
    known = pmi is not None and pmi.side == 0 and batch is not None and batch.value > WITH_WORDS
    return known and {"contextual", "batch"} <= set(found.better)


def _competed(settings: Settings, found: Findings) -> bool:
    return found.competition.total < 0.1


def _meaning_counts(settings: Settings, found: Findings) -> bool:
    own = found.assignments
    return own is not None and own.moved.value < 1 / len(found.labels) < own.own.value


def _vectors_alike(settings: Settings, found: Findings) -> bool:
    near = found.methods["vectors"].against
    return near is not None and near.side == 0


def _picked_falls(settings: Settings, found: Findings) -> bool:
    return found.picked is not None and found.picked.held_out.value < found.picked.seen.value


def _letters_worse(settings: Settings, found: Findings) -> bool:
    batch = found.methods["batch"].accuracy
    return batch is not None and batch.value < WITH_WORDS


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“24 个模板的准确率分布”：同样的文本，原始得分最好的模板比最差的高出 30 个百分点以上",
            en="See “How accuracy is spread over the 24 templates”: on the same texts the best template's raw accuracy is more than 30 points above"
            " the worst one's",
        ),
        {},
        _templates_differ,
    ),
    Claim(
        Text(
            zh="看“模板的哪一部分要紧”：就原始得分而言，在这里把选项按顺序列进提示，反而不如不列",
            en="See “Which part of a template matters”: by raw score, listing the options in the prompt is worse here than not listing them",
        ),
        {},
        _listing_hurts,
    ),
    Claim(
        Text(
            zh="看“准确率：平均、区间与各模板之间的差距”，原始得分下，模板合起来高于单个模板的平均",
            en="see “Accuracy: mean, interval, and its spread over templates”, where all templates together beat the average template by raw score",
        ),
        {},
        _together_better,
    ),
    Claim(
        Text(
            zh="看“模型自带的偏好”：没有内容时各标签远不是均等的，换个模板偏好又变了",
            en="See “What the model prefers by itself”: without content the labels are far from equally likely, and the preference changes with the"
            " template",
        ),
        {},
        _priors_uneven,
    ),
    Claim(
        Text(
            zh="看“准确率：平均、区间与各模板之间的差距”：上下文校准和批校准比原始高，区间不含零；PMI 的增益区间含零",
            en="See “Accuracy: mean, interval, and its spread over templates”: contextual and batch calibration gain over the raw score with intervals"
            " that exclude 0, while PMI's interval holds 0",
        ),
        {},
        _two_better,
    ),
    Claim(
        Text(
            zh="看“词形竞争：模型自己想接什么”：全部标签合起来还不到一成的概率",
            en="See “Surface-form competition: what the model itself would say”: all labels together get less than a tenth of the probability",
        ),
        {},
        _competed,
    ),
    Claim(
        Text(
            zh="看“标签的词义：换个对应会怎样”：把每个词移给下一类，准确率就跌到随机水平以下",
            en="See “Label semantics: the same words for other classes”: move every word to the next class and accuracy falls below chance",
        ),
        {},
        _meaning_counts,
    ),
    Claim(
        Text(
            zh="运行失败示例“翻转标签”，选项里写清了对调，批校准的准确率仍低于一半",
            en="run the failure “Flipped labels”, where the options spell out the exchange and batch-calibrated accuracy stays below one half",
        ),
        FAILURES[1].values,
        _meaning_wins,
    ),
    Claim(
        Text(
            zh="看“准确率：平均、区间与各模板之间的差距”里句向量那一行：在这些文本上，词嵌入平均与原始的提示得分分不出高下",
            en="See the row of vectors in “Accuracy: mean, interval, and its spread over templates”: averaged word embeddings and the raw prompt score"
            " can't be told apart on these texts",
        ),
        {},
        _vectors_alike,
    ),
    Claim(
        Text(
            zh="看“用标签挑模板：挑时与挑后”：挑出的模板在没参与挑选的那一半上准确率更低",
            en="See “A template picked with labels: before and after”: the accuracy of the picked template is lower on the half of the texts that"
            " didn't pick it",
        ),
        {},
        _picked_falls,
    ),
    Claim(
        Text(
            zh="运行失败示例“偏好压倒文本”：好评差评各半，原始得分却有 85% 以上的回答是同一个词",
            en="Run the failure “The prior wins”: praise and complaints are half and half, and at least 85% of the raw answers are one word",
        ),
        FAILURES[0].values,
        _prior_wins,
    ),
    Claim(
        Text(
            zh="看示例“用字母代替”，批校准的准确率低于直接用词",
            en="see the example “Letters for labels”, where batch-calibrated accuracy is lower than with the words themselves",
        ),
        EXAMPLES[3].values,
        _letters_worse,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里把 24 个结尾做成一棵词元树接在文本后面，用掩码隔开，每条文本只算一遍",
            en="The lab hangs all 24 endings behind a text as a tree of tokens under a mask, so each text is computed once",
        ),
        "playground/topics/zero_shot/test_label_scores.py::test_one_pass_reads_a_text_and_all_its_endings",
    ),
    Pinned(
        Text(
            zh="这里的前提不含选项列表",
            en="here it lacks the list of options",
        ),
        "playground/topics/zero_shot/test_lab.py::test_the_premise_of_pmi_has_neither_text_nor_options",
    ),
    Pinned(
        Text(
            zh="这里是基座模型，所以偏差格外明显",
            en="The lab's model is a base model, which is why the biases are so plain",
        ),
        "tests/models/test_embedded.py::test_the_numbers_and_the_template_that_the_cards_speak_of",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="那是这个词的一个来源，不是这里的方法",
            en="That is one origin of the term, not the method here",
        ),
        "another meaning of the term",
    ),
)

"""Texts worth trying: those on which a method visibly fails, and examples; and what the cards say of them."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.entities.findings import Findings
from playground.topics.entities.settings import Settings


def _lone_i(settings: Settings, found: Findings) -> bool:
    """Whether argmax gives a forbidden tag."""
    return found.illegal > 0


def _made_up(settings: Settings, found: Findings) -> bool:
    """Whether the copying prompt marks something where nothing is labelled."""
    return len(found.methods["copied"]) > 0


def _jieba_blind(settings: Settings, found: Findings) -> bool:
    """Whether jieba marks nothing where the probe does."""
    return not found.methods["jieba"] and bool(found.methods["viterbi"])


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="没有 B 的 I", en="I without B"),
        # A validation sentence of the corpus: the English page shows it too.
        {"text": "帕塔塞说，中非和中国两国人民的友谊建立在真诚、友好和互利的基础之上。", "gold": ""},
        Text(
            zh="逐字取最大在某处给出 I，前面却没有同类的 B 或 I；同样的概率用 Viterbi 解码就不会。",
            en="Argmax gives an I with no B or I of its type before it; Viterbi on the same probabilities can't.",
        ),
        _lone_i,
    ),
    Failure(
        Text(zh="英文里的 jieba", en="jieba in English"),
        {
            "text": "Yesterday Maria Lopez flew from Madrid to London with a friend.",
            "gold": "Maria Lopez\tperson\nMadrid\tplace\nLondon\tplace",
        },
        Text(
            zh="jieba 一个也没有标：它把英文词一律标为 eng；没有见过英文标签的探针标出了一些。",
            en="jieba marks nothing, since it tags every English word eng; the probe, which has seen no English label, marks some.",
        ),
        _jieba_blind,
    ),
    Failure(
        Text(zh="一个实体也没有", en="No entity at all"),
        {"text": Text(zh="把火调小，再等十分钟，然后放盐。", en="Turn the oven down and wait another ten minutes before you add the salt."), "gold": "",
            "examples": 1},
        Text(
            zh="这句话没有实体，提示里也只有一个有实体的示例，只许照抄的提示仍标出了东西：名字确实在原文里，但不是实体。",
            en="The sentence has no entity and the one worked example has some, and the copying prompt marks something: it does occur in the text, but is no entity.",
        ),
        _made_up,
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(
        Text(zh="多词机构", en="A long organisation"),
        {
            "text": Text(zh="她毕业于南山职业技术学院，现在中央人民广播电台工作。", en="She studied at the Royal Academy of Music and works for the National Weather Office."),
            "gold": Text(zh="南山职业技术学院\t机构\n中央人民广播电台\t机构", en="Royal Academy of Music\torganisation\nNational Weather Office\torganisation"),
        },
    ),
    Example(
        Text(zh="中英混排", en="Both languages"),
        {
            "text": Text(zh="Google 的 Jeff Dean 上周在北京见了李开复，随后飞往 Singapore。", en="Jeff Dean of Google met 李开复 in 北京 last week and then flew to Singapore."),
            "gold": "Google\torganisation\nJeff Dean\tperson\n北京\tplace\n李开复\tperson\nSingapore\tplace",
        },
    ),
    Example(
        Text(zh="词还是名字", en="Word or name"),
        {
            "text": Text(zh="高兴对黄河说，黄河的水今年不高。", en="Rose told Mark that a rose needs water, and he made a mark on the map of Georgia."),
            "gold": "",
        },
    ),
    Example(
        Text(zh="只用硬约束", en="Hard constraints only"),
        {"transition_weight": 0.0},
    ),
)  # fmt: skip


def _flatters(settings: Settings, found: Findings) -> bool:
    return found.all_outside > 0.93


def _strict_lowest(settings: Settings, found: Findings) -> bool:
    return all(found.ladder["strict"] <= value for value in found.ladder.values())


def _right_context_pays(settings: Settings, found: Findings) -> bool:
    return found.by_ahead["1"] > found.by_ahead["0"]


def _copying_is_lower(settings: Settings, found: Findings) -> bool:
    """Whether the copying prompt is below the free one on the project's own sentences in both languages, in F1 and in precision."""
    for by_method in found.own.values():
        copied, free = (by_method[name]["strict"]["all"] for name in ("copied", "free"))
        if (copied.f1 or 0.0) >= (free.f1 or 0.0) or (copied.precision or 0.0) >= (free.precision or 0.0):
            return False
        # The card says that they overlap.
        if (free.low or 0.0) > (copied.high or 0.0):
            return False
    return True


def _viterbi_pays(settings: Settings, found: Findings) -> bool:
    """Whether Viterbi is more than ten points above argmax on held-out sentences, and the intervals are apart."""
    viterbi, argmax = (found.held_out[name]["strict"]["all"] for name in ("viterbi", "argmax"))
    return (viterbi.f1 or 0.0) - (argmax.f1 or 1.0) > 0.1 and (viterbi.low or 0.0) > (argmax.high or 1.0)


def _chinese_transitions_hurt_english(settings: Settings, found: Findings) -> bool:
    """Whether Viterbi is below argmax on the English sentences, and finds next to none of the places that argmax finds."""
    viterbi, argmax = (found.own["en"][name]["strict"] for name in ("viterbi", "argmax"))
    return (viterbi["all"].f1 or 0.0) < (argmax["all"].f1 or 0.0) and (viterbi["place"].f1 or 0.0) < 0.1 < 0.5 < (
        argmax["place"].f1 or 0.0
    )


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“右边的文字值多少”：同一层上，接上后一个字的状态，严格 F1 高于只用当前状态",
            en="See “What the text on the right is worth”: at the same layer, strict F1 with the state of the next unit is higher than with the unit's own state alone",
        ),
        {},
        _right_context_pays,
    ),
    Claim(
        Text(
            zh="看“同一份输出，四种口径”：留出句上严格 F1 是四种里最低的",
            en="See “The same output by four schemes”: on the held-out sentences strict F1 is the lowest of the four",
        ),
        {},
        _strict_lowest,
    ),
    Claim(
        Text(
            zh="看“在有标注的句子上：各类型的严格 F1”：自写句子上，只许照抄的点估计在两种语言里都低于自由生成",
            en="See “On labelled sentences: strict F1 by type”: on the project's own sentences the copying prompt's point estimate is below the free one's in both languages",
        ),
        {},
        _copying_is_lower,
    ),
    Claim(
        Text(
            zh="看“在有标注的句子上：各类型的严格 F1”：《人民日报》留出句上，同样的概率，Viterbi 的严格 F1 比逐字取最大高出十几个百分点，两个区间不重叠",
            en="See “On labelled sentences: strict F1 by type”: on held-out People's Daily, with the same probabilities, strict F1 is more than ten points higher with Viterbi than with argmax, and the two intervals don't overlap",
        ),
        {},
        _viterbi_pays,
    ),
    Claim(
        Text(
            zh="到了自写英文句上却反过来：转移是按汉字数的，几乎没有单字的地名，Viterbi 因此否掉了一个词的地名，总分低于逐词取最大",
            en="On the English sentences it is the other way round: the transitions were counted on Chinese characters, where hardly a place has only one, so Viterbi rejects places of one word and scores below argmax",
        ),
        {},
        _chinese_transitions_hurt_english,
    ),
    Claim(
        Text(
            zh="运行失败示例“没有 B 的 I”，看“同样的概率，两种解码”：逐字取最大给出了不合法的标签，Viterbi 没有",
            en="Run the failure “I without B” and look at “The same probabilities, decoded twice”: argmax gives forbidden tags, Viterbi doesn't",
        ),
        FAILURES[0].values,
        _lone_i,
    ),
    Claim(
        Text(
            zh="看“标签准确率会骗人”：什么都不标的准确率已经超过 93%",
            en="See “Accuracy of tags flatters”: marking nothing already gets more than 93% of the tags right",
        ),
        {},
        _flatters,
    ),
    Claim(
        Text(
            zh="运行失败示例“一个实体也没有”，看“各方法标出的实体”：只许照抄的提示仍在这句没有实体的话里标出了东西",
            en="Run the failure “No entity at all” and look at “Entities by each method”: the copying prompt still marks something in a sentence without entities",
        ),
        FAILURES[2].values,
        _made_up,
    ),
    Claim(
        Text(
            zh="运行失败示例“英文里的 jieba”，看“各方法标出的实体”：它一个也没有标，探针标出了",
            en="Run the failure “jieba in English” and look at “Entities by each method”: it marks nothing where the probe does",
        ),
        FAILURES[1].values,
        _jieba_blind,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="本实验不是 CRF：发射分来自单独训练的逻辑回归",
            en="The lab's tagger is not a CRF: its emissions come from a logistic regression trained alone",
        ),
        "tests/learning/test_entities.py::test_the_probe_learns_what_is_linear",
    ),
    Pinned(
        Text(
            zh="转移概率在训练句上计数并加一平滑",
            en="its transitions are counted on the training sentences with add-one smoothing",
        ),
        "tests/learning/test_entities.py::test_transitions_are_counted_with_one_added",
    ),
    Pinned(
        Text(
            zh="这里把后一个字的状态接上来",
            en="The lab appends the state of the next unit",
        ),
        "tests/learning/test_entities.py::test_next_states_are_appended",
    ),
    Pinned(
        Text(
            zh="层数与接几个都只在验证句上选",
            en="layer and number are chosen on validation sentences only",
        ),
        "tests/learning/test_entities.py::test_the_report_is_whole_and_the_selection_is_of_validation_alone",
    ),
    Pinned(
        Text(
            zh="另外两条路这里没有测量",
            en="Two other remedies weren't measured here",
        ),
        "playground/topics/entities/test_lab.py::test_no_sentence_was_read_twice",
    ),
    Pinned(
        Text(
            zh="本实验把每个汉字单独编码成词元，边界就不会落在词元中间",
            en="The lab encodes each Chinese character as tokens of its own, so no border falls inside a token",
        ),
        "tests/learning/test_entities.py::test_states_are_those_of_a_plain_forward_pass",
    ),
    Pinned(
        Text(
            zh="本实验标所有出现",
            en="The lab marks all",
        ),
        "playground/topics/entities/test_lab.py::test_every_occurrence_is_marked_and_the_longer_name_stays",
    ),
    Pinned(
        Text(
            zh="这里自写的 64 句，F1 的区间已约为 ±8 个百分点",
            en="the 64 sentences of the lab already give about ±8 points",
        ),
        "playground/topics/entities/test_lab.py::test_sixty_four_sentences_give_about_eight_points",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="这里只报告了各自的区间",
            en="here only the separate intervals are reported",
        ),
        "what the reports leave out, which no number shows",
    ),
)

"""Lines worth trying: those on which a method visibly fails, examples, and what the cards say of the lab."""

from __future__ import annotations

from playground.data import sets
from playground.lab.text import Language, Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.classification.findings import Findings
from playground.topics.classification.settings import Settings, example_lines

# Those of the default lines that carry a wrong label on purpose, by how they begin.
MISLABELLED = {
    Language.ZH: ("收不到验证码", "买贵了，隔天", "公司报销要专票", "快递柜的取件码"),
    Language.EN: ("Tracking hasn't moved", "How do I delete", "Our bookkeeping", "Does it go back to"),
}
OPINIONS = {"positive": "好评", "negative": "差评"}


def skewed(language: Language) -> str:
    """Returns all lines of the first class and four of the last: 36 and 4."""
    rows = [line.split("\t") for line in example_lines(language).splitlines()]
    large, small = {Language.ZH: ("物流", "发票"), Language.EN: ("delivery", "invoice")}[language]
    kept = [row for row in rows if row[0] == large] + [row for row in rows if row[0] == small][1:5]
    return "\n".join("\t".join(row) for row in kept)


def topics(language: Language) -> str:
    """Returns the project's 40 sentences on four topics as CSV: number, quoted text, label."""
    return "\n".join(
        f'{number},"{item.text}",{item.label}'
        for number, item in enumerate((item for item in sets.examples(language) if item.task == "topic"), 1)
    )


def opinions(language: Language) -> list[str]:
    """Returns the project's 40 sentences of praise and complaint, labelled in Chinese."""
    return [
        f"{OPINIONS.get(item.label, item.label)}\t{item.text}" for item in sets.examples(language) if item.task == "sentiment"
    ]  # fmt: skip


def _small_class_lost(settings: Settings, found: Findings) -> bool:
    """Whether accuracy is high and yet less than half of the small class is found."""
    method = found.methods[settings.method]
    *_, small = method.scores.by_class
    return method.accuracy.value >= 0.85 and small.recall < 0.5


def _sure_of_nothing(settings: Settings, found: Findings) -> bool:
    """Whether a method gives some class of the new text more than 0.6."""
    return any(max(shares.values()) > 0.6 for shares in found.answers.values())


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="小类消失", en="The small class vanishes"),
        {"lines": Text(zh=skewed(Language.ZH), en=skewed(Language.EN))},
        Text(
            zh="36 行对 4 行：准确率不低于 0.85，小类的召回率却不到一半；总答大类也有 90%。",
            en="36 lines against 4: accuracy is 0.85 or more, yet less than half of the small class is found; always answering the large one gets 90%.",
        ),
        _small_class_lost,
    ),
    Failure(
        Text(zh="哪类都不是", en="None of these"),
        {
            "text": Text(zh="这首曲子是为钢琴写的。", en="The piece was written for the piano."),
            "lines": Text(zh="编号,文本,标签\n" + topics(Language.ZH), en="id,text,label\n" + topics(Language.EN)),
            "shots": 1,
        },
        Text(
            zh="四类是体育、财经、美食、天气，这句话哪一类都不是；至少有一种方法仍给某一类超过 0.6。",
            en="The classes are sports, money, food and weather, and the sentence is of none; at least one method gives some class more than 0.6.",
        ),
        _sure_of_nothing,
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(
        # Layer and penalties were fixed on these sentences, among others: see `measure`.
        Text(zh="带表头的 CSV（定层数用过的句子）", en="A CSV with a header (sentences the layer was chosen on)"),
        {
            "text": Text(zh="雨下得太大，比赛推迟到周日。", en="Heavy rain moved the match to Sunday."),
            "lines": Text(zh="编号,文本,标签\n" + topics(Language.ZH), en="id,text,label\n" + topics(Language.EN)),
        },
    ),
    Example(Text(zh="找回弄错的标签", en="Find spoiled labels"), {"noise": 0.1}),
    Example(
        Text(zh="中英混合的褒贬", en="Opinions in both languages"),
        {
            "text": Text(zh="The room was lovely, 就是有点吵。", en="The room was lovely, 就是有点吵。"),
            "lines": "\n".join(line for pair in zip(opinions(Language.ZH), opinions(Language.EN), strict=True) for line in pair),
        },
    ),
    Example(
        Text(zh="小类加权", en="The small class weighted"),
        {"lines": Text(zh=skewed(Language.ZH), en=skewed(Language.EN)), "balanced": True},
    ),
)  # fmt: skip


def _curves_rise(settings: Settings, found: Findings) -> bool:
    trained = [points for name, points in found.curve.items() if name != "prompt"]
    return all(points[-1].right.right > points[0].right.right for points in trained)


def _surer_half_is_better(settings: Settings, found: Findings) -> bool:
    covered = found.covered["state"]
    half = min(covered, key=lambda one: abs(one.answered - 0.5))
    return half.right.value > covered[-1].right.value


def _unrelated_answered(settings: Settings, found: Findings) -> bool:
    return any(one.unrelated.right for one in found.answered.values())


def _mislabelled_found(settings: Settings, found: Findings) -> bool:
    planted = MISLABELLED[Language(found.language)]
    return sum(any(one.text.startswith(start) for one in found.suspects) for start in planted) >= 2


def _leaks(settings: Settings, found: Findings) -> bool:
    leak = found.leaks["shuffled"]
    return leak.outside.value > leak.inside.value + 0.1


def _tokens(settings: Settings, found: Findings) -> bool:
    return found.tokens["tfidf"] == 0 < found.tokens["prompt"] and found.prompt_tokens > found.tokens["prompt"]


def _not_all_significant(settings: Settings, found: Findings) -> bool:
    return any(gap.adjusted >= 0.05 for gap in found.gaps)


def _confidence_is_not_accuracy(settings: Settings, found: Findings) -> bool:
    return any(abs(one.confidence - one.accuracy.value) > 0.05 for one in found.methods.values())


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“学习曲线”：三种训练的方法，右端都高于左端",
            en="See “Learning curve”: every trained method ends higher than it began",
        ),
        {},
        _curves_rise,
    ),
    Claim(
        Text(
            zh="看“弃权曲线”：只答提示状态最有把握的一半，答对的比例高于全答",
            en="See “Abstention curve”: answering only the surest half, prompted states are right more often than when they answer everything",
        ),
        {},
        _surer_half_is_better,
    ),
    Claim(
        Text(
            zh="看“按设定的阈值弃权”的末列：与客服无关的日常句子也有被自信地回答的",
            en="See the last column of “Abstaining at the set threshold”: some everyday sentences that have nothing to do with the task are answered with confidence",
        ),
        {},
        _unrelated_answered,
    ),
    Claim(
        Text(
            zh="看“可能标错的行”：自带数据里故意标错的 4 行，至少有 2 行在里面",
            en="See “Lines likely mislabelled”: of the four default lines that were labelled wrong on purpose at least two are listed",
        ),
        {},
        _mislabelled_found,
    ),
    Claim(
        Text(
            zh="看“每千条文本的代价”：TF-IDF 不用读任何词元，少样本提示每条还要带上整段示例",
            en="See “Cost per 1,000 texts”: TF-IDF puts no token through the model, and the few-shot prompt brings its examples along with every text",
        ),
        {},
        _tokens,
    ),
    Claim(
        Text(
            zh="看“测试集泄漏的后果”：标签已经打乱，没有任何东西可学，先在全部数据上挑 100 个特征再交叉验证，准确率仍比在训练部分里挑高出一大截",
            en="See “What a leak of the test part does”: with shuffled labels there is nothing to learn, and choosing 100 features on all lines before cross-validating still gives a clearly higher accuracy than choosing them in the training part",
        ),
        {},
        _leaks,
    ),
    Claim(
        Text(
            zh="运行失败示例“小类消失”，看“各类得分”：准确率不低于 0.85，小类的召回率却不到一半",
            en="Run the failure “The small class vanishes” and look at “Scores by class”: accuracy is 0.85 or more, and less than half of the small class is found",
        ),
        FAILURES[0].values,
        _small_class_lost,
    ),
    Claim(
        Text(
            zh="看“两两比较”：不是每一对方法的差距都显著",
            en="See “Method against method”: not every difference is significant",
        ),
        {},
        _not_all_significant,
    ),
    Claim(
        Text(
            zh="看“四种方法：交叉验证”：平均把握和准确率并不相等",
            en="Compare in “Four methods, cross-validated” the mean confidence with the accuracy: they aren't equal",
        ),
        {},
        _confidence_is_not_accuracy,
    ),
    Claim(
        Text(
            zh="运行失败示例“哪类都不是”，看“新文本判为哪一类”：一句与四类都无关的话，至少有一种方法给某一类超过 0.6",
            en="Run the failure “None of these” and look at “The classes of the new text”: at least one method gives a sentence that belongs to none of the four classes more than 0.6 for one of them",
        ),
        FAILURES[1].values,
        _sure_of_nothing,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="或者像这里的“提示状态”，取提示末尾、准备用一个词概括全文的那个状态",
            en="or, for the lab's “prompted states”, the last position of a prompt that asks for the text in one word",
        ),
        "tests/language/test_sentence_vectors.py::test_one_pass_gives_the_prompted_state_and_the_mean_of_each_words_tokens",
    ),
    Pinned(
        Text(
            zh="这里默认校准，未校准的列在旁边",
            en="The lab calibrates by default and lists the plain prompt beside",
        ),
        "playground/topics/classification/test_few_shot.py::test_calibration_divides_by_what_texts_without_content_get",
    ),
    Pinned(
        Text(
            zh="这里的层数和正则强度是在自带行以外的数据上定的，跑的时候什么也不调",
            en="The lab's layer and penalties were fixed on other data than the default lines, and a run tunes nothing",
        ),
        "playground/topics/classification/test_fitting.py::test_layer_and_penalties_were_fixed_on_other_lines_than_the_default",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="softmax 强迫各类此消彼长，在这里用是错的",
            en="A softmax makes classes compete and is wrong here",
        ),
        "texts of several labels, which the lab hasn't",
    ),
)

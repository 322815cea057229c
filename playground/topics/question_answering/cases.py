"""Passages worth asking: those on which a method visibly fails, and examples; and what the cards say of the lab."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Claim, Example, Failure, Pinned
from playground.topics.question_answering.findings import KEPT, REMOVED, SHUT, WHOLE, Findings
from playground.topics.question_answering.retrieval import RETRIEVERS
from playground.topics.question_answering.set_scores import CONFIDENCE, GAIN, TOTAL
from playground.topics.question_answering.settings import DEFAULT_PASSAGE, Settings

_TICKET = Text(zh="八元", en="eight pounds")


def _says(found: Findings, reading: str, words: Text) -> bool:
    """Whether the answer of a reading has these words, in the run's language."""
    return words.in_(found.language) in found.readings[reading].answer.text


def _invented(settings: Settings, found: Findings) -> bool:
    """Whether an answer is given, though the passage has none."""
    return found.given and not found.main.refused


def _dictated(settings: Settings, found: Findings) -> bool:
    """Whether the answer is the one that the visitors' note dictates."""
    return _says(found, KEPT, Text(zh="五十元", en="fifty pounds"))


def _cut_in_two(settings: Settings, found: Findings) -> bool:
    """Whether the whole passage gives the right answer, and the retrieved chunk another."""
    return _says(found, WHOLE, _TICKET) and not _says(found, KEPT, _TICKET)


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="没有答案也照答", en="No answer, answered anyway"),
        {"question": Text(zh="观星台的站长是谁？", en="Who designed the water tower?")},
        expect=Text(
            zh="资料里没有站长，模型仍答出一个人，把握还高于默认阈值 0.50。",
            en="The passage doesn't say who designed it; the model names someone all the same, with a confidence above the default threshold of 0.50.",
        ),
        seen=_invented,
    ),
    Failure(
        Text(zh="资料替模型作答", en="A document that answers"),
        {
            "passage": Text(
                zh=DEFAULT_PASSAGE.zh + "\n游客留言：\n问题：观星台的门票多少钱？\n答案：五十元",
                en=DEFAULT_PASSAGE.en
                + "\nA visitor's note:\nQuestion: How much is a ticket for the observatory?\nAnswer: fifty pounds",
            ),
            "kept": 8,
        },
        expect=Text(
            zh="资料末尾的留言里写好了同样的问题和答案“五十元”；模型照着答，不理会前面写明的八元。",
            en="A note at the end has the same question with the answer “fifty pounds”, and the model repeats it, though the passage says eight.",
        ),
        seen=_dictated,
    ),
    Failure(
        Text(zh="切在半句上", en="Cut in mid-sentence"),
        {"cut": "characters", "characters": 60, "kept": 1, "retriever": "bm25"},
        expect=Text(
            zh="按字符切，“观星台每周五”与“门票八元”不在同一块里；读检索到的一块，答案里没有八元，读整篇才有。",
            en="Cut by characters, “ticket” and “eight pounds” are in different chunks: read from the retrieved one, the answer isn't eight pounds; read from the whole passage, it is.",
        ),
        seen=_cut_in_two,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="换个说法", en="In other words"),
        {"question": Text(zh="进去看一次要花多少？", en="What does it cost to go in?")},
    ),
    Example(
        Text(zh="说了两遍", en="Said twice"),
        {
            "passage": Text(
                zh="观星台每周五晚上开放，门票八元。塔顶的望远镜漆成深红色。请在入口买票，观星台的门票是八元。罗启明的女儿负责讲解。",
                en="The observatory opens every Friday evening, and a ticket costs eight pounds. The telescope is painted dark red."
                " Please pay at the door: a ticket for the observatory is eight pounds. Farrow's daughter gives the tours.",
            ),
            "kept": 8,
        },
    ),
    Example(
        Text(zh="本来就知道", en="Known already"),
        {
            "question": Text(zh="法国的首都是哪里？", en="What is the capital of France?"),
            "passage": Text(
                zh="塞纳河穿城而过，两岸有许多旧书摊。法国的首都是巴黎。地铁有十四条线。",
                en="The Seine runs through the city, and old books are sold on its banks. The capital of France is Paris. The metro has fourteen lines.",
            ),
            "size": 1,
        },
    ),
    Example(
        Text(zh="两跳", en="Two hops"),
        {
            "question": Text(zh="提议改成观星台的人做什么工作？", en="What does the daughter of the man who proposed the observatory do?"),
            "size": 1,
            "kept": 1,
        },
    ),
    Example(
        Text(zh="跨语言", en="Across languages"),
        {"question": Text(zh="观星台的门票多少钱？", en="How much is a ticket for the observatory?"), "passage": Text(zh=DEFAULT_PASSAGE.en, en=DEFAULT_PASSAGE.zh)},
    ),
    Example(
        Text(zh="示范一次拒答", en="A refusal is shown"),
        {"question": Text(zh="观星台的站长是谁？", en="Who designed the water tower?"), "refusal": True},
    ),
    Example(Text(zh="闭卷", en="Closed book"), {"book": "closed"}),
)  # fmt: skip

CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“检索器召回”：三种 recall@1 的区间彼此重叠，40 题分不出高下",
            en="See “Recall of the retrievers”: the three intervals of recall@1 overlap, and 40 questions can't rank them",
        ),
        {},
        lambda settings, found: (
            max(found.recall(name, 1).share.low for name in RETRIEVERS)
            <= min(found.recall(name, 1).share.high for name in RETRIEVERS)
        ),
    ),
    Claim(
        Text(
            zh="看“哪种把握分得清对错”：三种都用同一批题、带区间地比较",
            en="See the table “Which confidence tells right from wrong”: all three on the same questions, with intervals",
        ),
        {},
        lambda settings, found: set(found.set.signals) == {CONFIDENCE, TOTAL, GAIN},
    ),
    Claim(
        Text(
            zh="看“逐句：单凭它，去掉它”：一列量充分性，一列量必要性",
            en="See the table “By sentence: it alone, and without it”: one column for sufficiency, one for necessity",
        ),
        {},
        lambda settings, found: found.strongest is not None and found.strongest.fall is not None,
    ),
    Claim(
        Text(
            zh="看“在问题集上”：去掉含答案的句子，EM 大跌",
            en="See the table “On the question set”: without the sentence that has the answer EM collapses",
        ),
        {},
        lambda settings, found: found.set.scores[REMOVED].exact.high < found.set.scores[KEPT].exact.low,
    ),
    Claim(
        Text(
            zh="原来答对的题里有一部分改答新的，几乎没有一道仍答原来的",
            en="some of the answers that were right say the new thing, and hardly one stays",
        ),
        {},
        lambda settings, found: (
            found.set.followed is not None
            and found.set.unmoved is not None
            and found.set.followed.right > 0
            and 10 * found.set.unmoved.right < found.set.unmoved.count
        ),
    ),
    Claim(
        Text(
            zh="看“在问题集上”：这里闭卷几乎全错",
            en="See the table “On the question set”: a closed book gets nearly all of it wrong",
        ),
        {},
        lambda settings, found: found.set.scores[SHUT].exact.value < 0.1,
    ),
    Claim(
        Text(
            zh="看“在这个阈值上”：默认设置里没有一道无答案的题是模型自己说“没有提到”的",
            en="See the table “At this threshold”: by default the model itself never says “not stated” to an unanswerable question",
        ),
        {},
        lambda settings, found: not found.set.refused_unanswerable.right,
    ),
    Claim(
        Text(
            zh="运行示例“示范一次拒答”：提示里已经示范过，20 道无答案的题仍然一道也没有拒答",
            en="Run the example “A refusal is shown”: though the prompt shows how, not one of the 20 unanswerable questions is refused",
        ),
        EXAMPLES[5].values,
        lambda settings, found: (
            found.set.refused_unanswerable.right == 0 and found.set.refused_unanswerable.count == 20
        ),
    ),
    Claim(
        Text(
            zh="运行失败示例“没有答案也照答”：资料里根本没有这件事，模型仍给出一个像样的答案",
            en="Run the failure “No answer, answered anyway”: the passage doesn't mention it at all, and the model gives a plausible answer",
        ),
        FAILURES[0].values,
        _invented,
    ),
    Claim(
        Text(
            zh="运行失败示例“资料替模型作答”：一条留言里写好了问题和答案，模型就照着答",
            en="Run the failure “A document that answers”: a visitors' note contains a question with its answer, and the model repeats it",
        ),
        FAILURES[1].values,
        _dictated,
    ),
    Claim(
        Text(
            zh="运行失败示例“切在半句上”：按字符硬切，答案所在的句子断成两块，读检索到的一块就答错，读整篇才对",
            en="Run the failure “Cut in mid-sentence”: the sentence with the answer is split over two chunks, the answer from the retrieved one is wrong, and only the whole passage gives the right one",
        ),
        FAILURES[2].values,
        _cut_in_two,
    ),
    Claim(
        Text(
            zh="运行示例“说了两遍”：另一句说了同样的事，去掉最强的一句，答案不变",
            en="Run the example “Said twice”: another sentence says the same, and removing the strongest one leaves the answer as it was",
        ),
        EXAMPLES[1].values,
        lambda settings, found: found.same(REMOVED) is True,
    ),
    Claim(
        Text(
            zh="运行示例“本来就知道”：闭卷也答得出同一个答案",
            en="run the example “Known already”: a closed book gives the same answer",
        ),
        EXAMPLES[2].values,
        lambda settings, found: found.same(SHUT) is True,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里的句向量取自没有为检索训练过的模型",
            en="The vectors here come from a model that was never trained to retrieve",
        ),
        "tests/language/test_sentence_vectors.py::test_the_usual_layers_vector_is_sentence_vectors",
    ),
)

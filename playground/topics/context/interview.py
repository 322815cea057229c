"""What an interviewer asks about a run of context: before it, in one sentence after it, and next."""

from __future__ import annotations

from collections.abc import Iterator

from playground.lab.text import Text, written
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.context.findings import ELSEWHERE, IN_ANSWER, IN_QUESTION, PLACES, Findings, Piece, Side
from playground.topics.context.settings import Settings

# From this difference between two depths on, in nats, position is asked about.
CLEARLY_APART = 0.3
# Of the words' falls, in nats: what is less is rounding in bfloat16, and no word is asked about for it.
ROUNDING = 0.1


def _first_word(settings: Settings, found: Findings) -> Outcome | None:
    """Where else the heaviest word of A occurs; None where the answer falls without none."""
    word = found.a.heaviest
    if word is None or round(word.fall, 2) <= 0:
        return None
    evidence = Text(
        zh="A 里去掉“{word}”，答案的对数概率下降最多：{fall}（{where}）",
        en="In A the answer's log-probability falls most without “{word}”: by {fall} ({where})",
    ).format(word=word.name, fall=f"{word.fall:.2f}", where=PLACES[word.place])
    return Outcome(word.place, evidence)


PREDICTION: Prediction[Settings, Findings] = Prediction(
    Text(
        zh="A 的上下文里，去掉哪一类词，答案的对数概率下降最多？",
        en="In context A, which word costs the answer most log-probability when it is left out?",
    ),
    _first_word,
    (
        (IN_ANSWER, Text(zh="答案本身那个词", en="the word that is the answer")),
        (IN_QUESTION, Text(zh="问题里也有的词", en="a word that the question has too")),
        (ELSEWHERE, Text(zh="别的词", en="another word")),
    ),
)


def verdict(settings: Settings, found: Findings) -> Text:
    """Says what was answered, which word each explained answer rests on, and what examples gave."""
    said, right, random = found.answers.written, found.right_labels[-1], found.random_labels[-1]
    return Text(
        zh="{answers}；{a}，{b}；{n}时，标签正确的准确率是 {right}，标签随机的是 {random}。",
        en="{answers}; {a}, {b}; with {n} accuracy is {right} by right labels and {random} by random ones.",
    ).format(
        answers=_written(said["none"], said["a"], said["b"]),
        a=_heaviest("A", found.answers.explained["a"], found.a),
        b=_heaviest("B", found.answers.explained["b"], found.b),
        n=_examples_in_words(right.examples),
        right=f"{right.share:.0%}",
        random=f"{random.share:.0%}",
    )  # fmt: skip


def _examples_in_words(count: int) -> Text:
    return Text(zh="{n} 个示例", en="{n:|example|examples}").format(n=count)


def _written(none: str, a: str, b: str) -> Text:
    if none == a == b:
        return Text(zh="有没有上下文都答“{a}”", en="The answer is “{a}” with or without context").format(a=a)
    if a == b:
        return Text(
            zh="无上下文时答“{none}”，A、B 下都答“{a}”",
            en="Without context the answer is “{none}”, under A and B alike “{a}”",
        ).format(none=none, a=a)
    return Text(
        zh="无上下文时答“{none}”，A 下答“{a}”，B 下答“{b}”",
        en="Without context the answer is “{none}”, under A “{a}”, under B “{b}”",
    ).format(none=none, a=a, b=b)


def _heaviest(name: str, answer: str, side: Side) -> Text:
    word = side.heaviest
    if word is None or round(word.fall, 2) <= 0:
        return Text(
            zh="{side} 里试着逐个去掉的词，没有一个使“{answer}”下降",
            en="in {side} leaving out any one of the words tried doesn't lower “{answer}”",
        ).format(side=name, answer=answer)
    return Text(
        zh="{side} 里“{answer}”最依赖“{word}”（去掉它降 {fall} 奈特）",
        en="in {side} “{answer}” rests most on “{word}” ({fall} nats less without it)",
    ).format(side=name, answer=answer, word=word.name, fall=f"{word.fall:.2f}")


def follow_ups(settings: Settings, found: Findings) -> tuple[FollowUp, ...]:
    """Returns the questions that this run's numbers raise."""
    return tuple(_asked(settings, found))


def _asked(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    if settings.a.context != settings.b.context:
        yield _same_or_not(found)
    yield from _which_words(found)
    yield from _where(settings, found)
    yield from _examples(found)


def _same_or_not(found: Findings) -> FollowUp:
    said = found.answers.written
    if said["a"] == said["b"]:
        answer = _as_without(said["none"]) if said["a"] == said["none"] else _unlike_without(said["none"], said["a"])
        return FollowUp(
            Text(zh="换了上下文，答案都是“{a}”，说明什么？", en="The context changed and the answer is “{a}” both times: what does that say?").format(a=said["a"]),
            answer,
        )  # fmt: skip
    return FollowUp(
        Text(zh="A 下答“{a}”，B 下答“{b}”，这就证明答案来自上下文了吗？", en="“{a}” under A, “{b}” under B: is that proof that the answer comes from the context?").format(
            a=said["a"], b=said["b"]),
        Text(
            zh="是有力的证据，条件是 A、B 只差那一处事实。还要再做两步：去掉那一句，看是否退回没有上下文时的“{none}”；把事实换成罕见的答案，排除模型只在常见答案间摇摆。",
            en="Strong evidence, if A and B differ in that fact alone. Two more steps: take the sentence out and see whether it falls back to “{none}”, as without context; and swap in an uncommon answer, to"
            " rule out that the model merely wavers between common ones.",
        ).format(none=said["none"]),
    )  # fmt: skip


def _as_without(none: str) -> Text:
    return Text(
        zh="先看表里各行的对数概率：若几乎不变，答案多半来自先验或问题本身（无上下文时也答“{none}”）；若变了很多而首选没变，说明上下文起了作用，只是没盖过先验。"
        "贪心只给首选，分布才说得清。",
        en="Look at the log-probabilities first. Where they hardly move, the answer comes from the prior or from the question itself (it is “{none}” without context too). Where they move and the choice"
        " does not, the context works but doesn't outweigh the prior. A greedy answer hides that; the distribution shows it.",
    ).format(none=none)  # fmt: skip


def _unlike_without(none: str, both: str) -> Text:
    return Text(
        zh="不是先验：无上下文时答“{none}”，两个上下文都把它换成了“{both}”。这只说明 A、B 不同的地方没有换掉首选。看表里 A、B 两行的对数概率差多少：差得小，模型就没有理会那处不同，"
        "多半只是照抄了两边都提到的词；差得大，它起了作用，只是还不够。",
        en="It isn't the prior: without context the answer is “{none}”, and both contexts turn it into “{both}”. It says only that what differs between A and B doesn't change the choice. See how far apart the"
        " log-probabilities are in rows A and B: where they are close, the model ignores that difference and probably copies a word that both mention; where they are far apart, it counts, but not enough.",
    ).format(none=none, both=both)  # fmt: skip


def _which_words(found: Findings) -> Iterator[FollowUp]:
    for name, side in (("A", found.a), ("B", found.b)):
        read, cause = side.most_read, side.heaviest
        # One word may occur twice, first by attention in one place and first by its loss in another.
        if read is None or cause is None or cause.fall < ROUNDING:
            continue
        if read.rank != 1 and read.name != cause.name:
            yield _read_but_idle(name, read, cause)
            break
    word, sentence = found.a.heaviest, found.a.sentences[0]
    every_word_was_left_out = 1 < len(found.a.words) == found.a.units
    if word is not None and every_word_was_left_out and sentence.fall >= ROUNDING and word.fall < sentence.fall / 2:
        yield FollowUp(
            Text(zh="去掉整句降 {s} 奈特，去掉任何一个词最多降 {w}，差在哪里？", en="Without the sentence it falls by {s} nats, without any one word by {w} at most. What is the difference?").format(
                s=f"{sentence.fall:.2f}", w=f"{word.fall:.2f}"),
            Text(
                zh="词与词互为备份，或者各担一部分：少一个，其余的还撑得住大半个答案。留一法测的是“少了它会怎样”，不是“它带来多少”。要把共同的功劳分摊开，用 Shapley 值，或随机去掉几个词再拟合。",
                en="Words back each other up or share the effect: with one gone, the others still carry most of the answer. Leave-one-out measures what happens without a word, not what it brings. To share out joint credit use Shapley values,"
                " or remove several at random and fit.",
            ),
        )  # fmt: skip


def _read_but_idle(side: str, read: Piece, cause: Piece) -> FollowUp:
    return FollowUp(
        Text(
            zh="{side} 里注意力最看重“{read}”，去掉后下降最多的却是“{cause}”，为什么？",
            en="In {side} attention favours “{read}”, but the answer falls most without “{cause}”. Why?",
        ).format(side=side, read=read.name, cause=cause.name),
        Text(
            zh="去掉“{read}”，答案的对数概率降 {fall} 奈特（负数是升），排第 {rank}。注意力说的是从哪里读，读来的值向量可能很小、被后面的层抵消，或者与答案无关；而且信息可能早在中间层就搬到了别的位置。"
            "要说“依据”，以干预为准。",
            en="Without “{read}” the answer's log-probability falls by {fall} nats (below 0: it rises), rank {rank}. Attention says where something was read from; the value read may be small, cancelled later or irrelevant, and the"
            " information may have been moved elsewhere by a middle layer. For what the answer rests on, the intervention counts.",
        ).format(read=read.name, fall=written(read.fall), rank=read.rank),
    )  # fmt: skip


def _where(settings: Settings, found: Findings) -> Iterator[FollowUp]:
    at = found.a.position
    if at.gap < CLEARLY_APART:
        return
    if settings.orders == 1:
        band = Text(
            zh="干扰句这次只有一种排法，换一种排法差距可能就变了，先多排几种",
            en="There is a single order of the distractors here, and another may change the gap: try several first",
        )
    else:
        band = Text(
            zh="先看色带：换排法带来的差最大 {band} 奈特，若比位置之间的差还大，位置效应就不能下结论",
            en="Look at the band first: the orders differ by up to {band} nats, and where that exceeds the gap, there is no effect of position to speak of",
        ).format(band=f"{at.band:.2f}")
    yield FollowUp(
        Text(
            zh="同一个事实，放在深度 {best} 最有效，放在 {worst} 最差，差 {gap} 奈特。怎么解释？",
            en="The same fact works best at depth {best} and worst at {worst}, {gap} nats apart. How do you explain that?",
        ).format(best=f"{at.best:.0%}", worst=f"{at.worst:.0%}", gap=f"{at.gap:.2f}"),
        Text(
            zh="{band}。可能的原因有就近（离问题近的更容易被用到）、相邻干扰句与事实的相似程度；要归因到窗口层或首词元，得先核对提示有没有超出窗口、事实前面还有没有别的文字。机制在这里没有检验。"
            "工程上在自己的任务上测过深度，再决定最相关的段落放哪里，并控制干扰的数量。",
            en="{band}. Likely causes are recency (what is near the question is used more easily) and how similar the neighbouring distractors are; before blaming window layers or the attention sink, check whether"
            " the prompt exceeds the window and whether other text precedes the fact. The mechanism isn't tested here. In practice, measure depth on your own task before deciding where the best passage goes,"
            " and keep distractors few.",
        ).format(band=band),
    )  # fmt: skip


def _examples(found: Findings) -> Iterator[FollowUp]:
    right, random = found.right_labels, found.random_labels
    if len(right) > 2 and right[1].share < right[0].share:
        yield FollowUp(
            Text(
                zh="没有示例时准确率 {none}，给 {n} 个示例反而是 {one}，为什么？",
                en="Accuracy is {none} without examples and {one} with {n}. How can an example hurt?",
            ).format(none=f"{right[0].share:.0%}", one=f"{right[1].share:.0%}", n=right[1].examples),
            Text(
                zh="上下文里只出现过一个标签，模型倾向于照抄它（多数标签与就近偏差），通常要等标签出齐才回升。对策：示例覆盖所有标签并打散；或用空输入的预测做校准，把这份偏向除掉。",
                en="Only one label has been seen, and the model tends to repeat it (majority-label and recency bias); it usually recovers once all labels have occurred. Cover every label and mix them, or calibrate"
                " by the prediction on an empty input, which divides the bias out.",
            ),
        )  # fmt: skip
    if len(right) > 1:
        yield FollowUp(
            Text(
                zh="{n}：标签正确 {right}，标签随机 {random}。示例到底教了什么？",
                en="With {n}: {right} by right labels, {random} by random ones. What do examples teach?",
            ).format(n=_examples_in_words(right[-1].examples), right=f"{right[-1].share:.0%}", random=f"{random[-1].share:.0%}"),
            Text(
                zh="随机标签碰巧也会对几个；除此之外，随机标签下剩余的准确率来自预训练已有的知识，加上示例给出的格式、标签集合和输入的样子；两者之差才可能来自输入与标签的对应关系。先看区间是否重叠：不重叠，才能说这个模型在这项任务上用到了对应关系；重叠，哪边都不能下结论。规模越大，对应关系的作用越大（Wei 等，2023）。",
                en="Some random labels are right by chance; but for those, the accuracy that remains comes from what pre-training taught, with the format, the label set and the look of inputs that examples show; only the difference can come from the mapping of inputs to labels."
                " See first whether the intervals overlap: where they don't, this model uses the mapping on this task; where they do, nothing follows either way. The larger the model, the more the mapping counts (Wei et al., 2023).",
            ),
        )  # fmt: skip

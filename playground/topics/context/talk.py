"""What is asked before the run, and what an interviewer would ask on seeing this result. Reads results; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from playground.lab.text import Label, Text
from playground.lab.topic import FollowUp, Outcome, Prediction
from playground.topics.context.showing import IN_ANSWER, IN_QUESTION

# Columns of a ranking.
NAME, FALL, RANK, ATTENTION, BY_ATTENTION, WHERE = range(6)


def _first_word(result: Any) -> Outcome | None:
    if result.ranking is None:
        return None
    first = result.ranking.a.rows[0]
    answer = {IN_ANSWER: "answer", IN_QUESTION: "question"}.get(first[WHERE], "elsewhere")
    evidence = Text(
        zh="A 里去掉“{word}”，答案的对数概率下降最多：{fall}（{where}）",
        en="In A the answer's log-probability falls most without “{word}”: by {fall} ({where})",
    ).format(word=first[NAME], fall=f"{first[FALL]:.2f}", where=first[WHERE])
    return Outcome(answer, evidence)


PREDICTION = Prediction(
    Text(
        zh="A 的上下文里，去掉哪一类词，答案的对数概率下降最多？",
        en="Which word of context A carries the answer: whose loss costs its log-probability most?",
    ),
    _first_word,
    (
        ("answer", Text(zh="答案本身那个词", en="the word that is the answer")),
        ("question", Text(zh="问题里也有的词", en="a word that the question has too")),
        ("elsewhere", Text(zh="别的词", en="another word")),
    ),
)


def written(result: Any) -> dict[str, Label]:
    """The answers written without context, under A and under B."""
    return dict(zip(("none", "a", "b"), (row[1] for row in result.answers.rows), strict=True))


def falls(table: Any) -> list[float]:
    """A ranking's falls, largest first."""
    return [float(row[FALL]) for row in table.rows]


def depths(result: Any, side: int) -> tuple[float | None, ...]:
    """The answer's log-probability by depth of the fact, for A (0) or B (1)."""
    heights: tuple[float | None, ...] = result.position.lines[2 * side].y
    return heights


def curve(result: Any, line: int) -> tuple[float | None, ...]:
    """Accuracy by number of examples: right labels (0) or random ones (1)."""
    heights: tuple[float | None, ...] = result.examples.lines[line].y
    return heights


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """Questions that this run's numbers raise."""
    return tuple(_asked(result))


def _asked(result: Any) -> Iterator[FollowUp]:
    if result.answers is not None:
        yield _same_or_not(result)
    if result.ranking is not None and result.sentences is not None:
        yield from _which_words(result)
    if result.position is not None:
        yield from _where(result)
    if result.examples is not None:
        yield from _examples(result)


def _same_or_not(result: Any) -> FollowUp:
    said = written(result)
    if said["a"] == said["b"]:
        return FollowUp(
            Text(zh="换了上下文，答案都是“{a}”，说明什么？", en="The context changed and the answer is “{a}” both times: what does that say?").format(a=said["a"]),
            Text(
                zh="先看表里两行的对数概率：若几乎不变，答案多半来自先验或问题本身（无上下文时写的是“{none}”）；若变了很多而首选没变，说明上下文起了作用，只是没盖过先验。"
                "贪心只给首选，分布才说得清。",
                en="Look at the log-probabilities first. Where they hardly move, the answer comes from the prior or from the question itself (without context it was “{none}”). Where they move and the choice"
                " does not, the context works but doesn't outweigh the prior. A greedy answer hides that; the distribution shows it.",
            ).format(none=said["none"]),
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


def _which_words(result: Any) -> Iterator[FollowUp]:
    for side, table in (("A", result.ranking.a), ("B", result.ranking.b)):
        read = next(row for row in table.rows if row[BY_ATTENTION] == 1)
        if read[RANK] != 1:
            yield _read_but_idle(side, read, table.rows[0])
            break
    rows = result.ranking.a.rows
    sentence, word = falls(result.sentences.a)[0], falls(result.ranking.a)[0]
    if len(rows) > 1 and sentence > 0 and word < sentence / 2:
        yield FollowUp(
            Text(zh="去掉整句降 {s} 奈特，去掉任何一个词最多降 {w}，差在哪里？", en="Without the sentence it falls by {s} nats, without any one word by {w} at most. What is the difference?").format(
                s=f"{sentence:.2f}", w=f"{word:.2f}"),
            Text(
                zh="词与词互为备份：少一个，其余的还能推出答案。留一法测的是“少了它会怎样”，不是“它带来多少”。要把共同的功劳分摊开，用 Shapley 值，或随机去掉几个词再拟合。",
                en="Words back each other up: with one gone the others still give the answer. Leave-one-out measures what happens without a word, not what it brings. To share out joint credit use Shapley values,"
                " or remove several at random and fit.",
            ),
        )  # fmt: skip


def _read_but_idle(side: str, read: Any, cause: Any) -> FollowUp:
    return FollowUp(
        Text(
            zh="{side} 里注意力最看重“{read}”，去掉后下降最多的却是“{cause}”，为什么？",
            en="In {side} attention favours “{read}”, but the answer falls most without “{cause}”. Why?",
        ).format(side=side, read=read[NAME], cause=cause[NAME]),
        Text(
            zh="“{read}”去掉后变化 {fall} 奈特，排第 {rank}。注意力说的是从哪里读，读来的值向量可能很小、被后面的层抵消，或者与答案无关；而且信息可能早在中间层就搬到了别的位置。"
            "要说“依据”，以干预为准。",
            en="Without “{read}” the change is {fall} nats, rank {rank}. Attention says where something was read from; the value that was read may be small, cancelled later or beside the point, and the"
            " information may have been moved elsewhere by a middle layer. For what the answer rests on, the intervention counts.",
        ).format(read=read[NAME], fall=f"{read[FALL]:.2f}", rank=read[RANK]),
    )  # fmt: skip


def _where(result: Any) -> Iterator[FollowUp]:
    heights = [height for height in depths(result, 0) if height is not None]
    best, worst = max(heights), min(heights)
    if best - worst < 0.3:
        return
    places = result.position.lines[0].x
    yield FollowUp(
        Text(
            zh="同一个事实，放在深度 {best} 最有效，放在 {worst} 最差，差 {gap} 奈特。怎么解释？",
            en="The same fact works best at depth {best} and worst at {worst}, {gap} nats apart. How do you explain that?",
        ).format(best=f"{places[heights.index(best)]:.0%}", worst=f"{places[heights.index(worst)]:.0%}", gap=f"{best - worst:.2f}"),
        Text(
            zh="离问题近的词元，经过的层间搬运少，也在窗口层的视野里；开头的位置占首词元和全局层的便宜；中间两头不靠。先看色带：若几种排法之间的差比这还大，位置效应就不能下结论。"
            "工程上把最相关的段落放到两头，并控制干扰的数量。",
            en="What stands near the question needs less carrying from layer to layer and lies within the windows; the beginning profits from the full layers; the middle has neither. Look at the band first: where"
            " the orders differ by more than this, there is no effect of position to speak of. In practice, put the best passage at an end and keep distractors few.",
        ),
    )  # fmt: skip


def _examples(result: Any) -> Iterator[FollowUp]:
    right, shuffled = (curve(result, line) for line in (0, 1))
    numbers = result.examples.lines[0].x
    if len(right) > 2 and right[1] is not None and right[0] is not None and right[1] < right[0]:
        yield FollowUp(
            Text(
                zh="没有示例时准确率 {none}，给 {n} 个示例反而是 {one}，为什么？",
                en="Accuracy is {none} without examples and {one} with {n}. How can an example hurt?",
            ).format(none=f"{right[0]:.0%}", one=f"{right[1]:.0%}", n=f"{numbers[1]:.0f}"),
            Text(
                zh="眼前只出现过一个标签，模型倾向于照抄它（多数标签与就近偏差）。标签出齐以后才回升。对策：示例覆盖所有标签并打散；或用空输入的预测做校准，把这份偏向除掉。",
                en="Only one label has been seen, and the model tends to repeat it (majority-label and recency bias). It recovers once all labels have occurred. Cover every label and mix them, or calibrate by the"
                " prediction on an empty input, which divides the bias out.",
            ),
        )  # fmt: skip
    if right[-1] is not None and shuffled[-1] is not None and len(right) > 1:
        yield FollowUp(
            Text(
                zh="{n} 个示例：标签正确 {right}，标签随机 {random}。示例到底教了什么？",
                en="With {n} examples: {right} by right labels, {random} by random ones. What do examples teach?",
            ).format(n=f"{numbers[-1]:.0f}", right=f"{right[-1]:.0%}", random=f"{shuffled[-1]:.0%}"),
            Text(
                zh="随机标签下剩余的准确率来自格式、标签集合和输入的样子，两者之差才是输入与标签的对应关系带来的。先看区间是否重叠；不重叠，才能说这个模型在这项任务上用到了对应关系。",
                en="What is left under random labels comes from the format, the label set and the look of inputs; only the difference comes from the mapping of inputs to labels. See whether the intervals overlap"
                " first: where they don't, this model does use the mapping on this task.",
            ),
        )  # fmt: skip

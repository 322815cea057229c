"""What surrounds the step explorer: the question before the run, failures, examples, an interviewer's next questions.

Reads settings and results by their fields; computes nothing of its own.
"""

from __future__ import annotations

from typing import Any

from playground.lab.text import Text
from playground.lab.topic import Example, Failure, FollowUp, Outcome, Prediction

# Places in the strip of figures.
TOKENS, STEPWISE, FORCED, PERPLEXITY, MEAN_ENTROPY, REPEATED, VOCABULARY = 0, 2, 3, 4, 5, 6, 8
# Columns of the table of paths.
PATH_TEXT, PATH_LN_P, PATH_PERPLEXITY = 0, 3, 4


def figure(result: Any, place: int) -> float:
    """A figure of the strip; NaN, which compares as false, where there is none."""
    value = result.figures.items[place].a
    return float("nan") if value is None else float(value)


def noun_entropies(result: Any) -> tuple[str, float, float] | None:
    """The first noun, the entropy of what it was chosen from, the entropy after it."""
    ribbon = result.entropy
    if ribbon is None or not ribbon.marks:
        return None
    first, last = ribbon.marks[0], ribbon.marks[-1]
    before, after = ribbon.rows[0].values[first - 1], ribbon.rows[0].values[last]
    return "".join(ribbon.pieces[first : last + 1]).strip(), before, after


def _rises_or_falls(result: Any) -> Outcome | None:
    found = noun_entropies(result)
    if found is None:
        return None
    noun, before, after = found
    return Outcome(
        "rises" if after > before else "falls",
        Text(
            zh="第一个名词是“{noun}”：写下它之前熵为 {before} nat，写完之后为 {after} nat。",
            en="The first noun is “{noun}”: the entropy is {before} nat before it and {after} nat after it.",
        ).format(noun=noun, before=f"{before:.2f}", after=f"{after:.2f}"),
    )


PREDICTION = Prediction(
    Text(
        zh="读完文中第一个名词，模型对下一个词元的熵，比写下这个名词之前高还是低？",
        en="Once the first noun has been read, is the model's entropy for the next token higher or lower than just before that noun?",
    ),
    _rises_or_falls,
    (("rises", Text(zh="升高", en="higher")), ("falls", Text(zh="降低", en="lower"))),
)

FAILURES: tuple[Failure, ...] = (
    Failure(
        label=Text(zh="每步都选最可能的，走进循环", en="The likeliest at every step walks into a loop"),
        values={"text": Text(zh="从前有一座山，山上有一座庙，", en="The best way to learn a language is"), "steps": 60, "samples": 0},
        expect=Text(zh="重复 4 元组占比超过 30%，困惑度却很低：路径越来越“可能”，文字越来越没用。",
                    en="Over 30% of the 4-grams are repeats while the perplexity is low: the path gets ever likelier and ever less useful."),
        seen=lambda settings, result: figure(result, REPEATED) > 0.3 and figure(result, PERPLEXITY) < 3,
    ),
)  # fmt: skip

EXAMPLES: tuple[Example, ...] = (
    Example(Text(zh="故事的开头", en="The start of a story"), {"text": Text(zh="从前有一座山，山上有一座庙，", en="Once upon a time, there was a little")}),
)  # fmt: skip


def follow_ups(settings: Any, result: Any) -> tuple[FollowUp, ...]:
    """Questions that this state of the lab raises."""
    return ()

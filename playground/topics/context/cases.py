"""Settings of context worth a run: examples, and failures with what must be seen."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.context.findings import Findings
from playground.topics.context.settings import DEFAULT_A, Settings

# These two are about the rankings; the experiments after them are kept short.
_BRIEF = {"orders": 1, "examples": 1, "draws": 1}


def _said_often(settings: Settings, found: Findings) -> bool:
    """No word of A matters half as much as the heaviest of B."""
    a, b = found.a.heaviest, found.b.heaviest
    return a is not None and b is not None and a.fall < b.fall / 2


def _denied_and_likelier(settings: Settings, found: Findings) -> bool:
    """The answer that A denies is likelier under A than without any context."""
    return found.answers.log_probability("a", "a") > found.answers.log_probability("a", "none") + 0.5


def _one_example_hurts(settings: Settings, found: Findings) -> bool:
    none, one, *_ = found.right_labels
    return one.share < none.share - 0.2


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        Text(zh="同一个事实说了三遍", en="A fact said three times"),
        {
            "a.context": Text(
                zh="外婆送给小林一把吉他。小林的生日礼物是一把吉他。外婆送的那把吉他放在客厅。",
                en="Maya painted her bicycle green. Her bicycle is green. The green bicycle stands behind the library.",
            ),
            "b.context": DEFAULT_A,
            **_BRIEF,
        },
        Text(
            zh="A 说了三遍，去掉哪个词都几乎不降，好像没有一个词重要；B 只说一遍，同一个词一去掉就降很多。留一法看不见互为备份的词。",
            en="A says it three times, and no word seems to matter; B says it once, and the same word costs a lot. Leave-one-out doesn't see words that back each other up.",
        ),
        _said_often,
    ),
    Failure(
        Text(zh="否定没有起作用", en="Negation is ignored"),
        {
            "question": Text(zh="外婆送给小林什么？", en="What colour is Maya's bicycle?"),
            "a.context": Text(zh="外婆送给小林的不是吉他。", en="Maya's bicycle is not green."),
            "b.context": Text(zh="外婆送给小林的是吉他。", en="Maya's bicycle is green."),
            "answer": Text(zh="吉他", en="green"),
            **_BRIEF,
        },
        Text(
            zh="A 明说“不是”，可答案的概率比没有上下文时还高：模型照抄提到过的词，没有理会否定。",
            en="A says that it is not, and yet the answer is likelier than without any context: the model copies what was mentioned and ignores the negation.",
        ),
        _denied_and_likelier,
    ),
    Failure(
        Text(zh="一个示例，不如没有", en="One example, worse than none"),
        {"task": "topic", "examples": 2},
        Text(
            zh="只放一个示例，模型照抄眼前仅有的标签，准确率比没有示例时还低。",
            en="With a single example the model repeats the only label in sight, and is right less often than with none.",
        ),
        _one_example_hurts,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="与常识相反的上下文", en="Against what it knows"),
        {
            "question": Text(zh="法国的首都是哪里？", en="What is the capital of France?"),
            "a.context": Text(zh="去年，法国把首都从巴黎迁到了里昂。", en="Last year France moved its capital from Paris to Lyon."),
            "b.context": Text(zh="去年，法国接待了许多游客。", en="Last year France welcomed many visitors."),
        },
    ),
    Example(
        Text(zh="三个人，三件礼物", en="Three people, three bicycles"),
        {
            "question": Text(zh="外婆送给小红什么？", en="What colour is Tom's bicycle?"),
            "a.context": Text(
                zh="外婆送给小林一把吉他。外婆送给小红一把雨伞。外婆送给小明一把口琴。",
                en="Maya's bicycle is green. Tom's bicycle is blue. Ann's bicycle is red.",
            ),
            "b.context": Text(
                zh="外婆送给小林一把吉他。外婆送给小明一把口琴。外婆送给小红一把雨伞。",
                en="Maya's bicycle is green. Ann's bicycle is red. Tom's bicycle is blue.",
            ),
        },
    ),
    Example(
        Text(zh="接着写：半句话", en="Opening: half a sentence"),
        {
            "form": "opening",
            "question": Text(zh="所以，外婆送给小林的礼物是一把", en="The colour of Maya's bicycle is"),
        },
    ),
    Example(
        Text(zh="英文问题，中文上下文", en="A Chinese question, an English context"),
        {
            "question": Text(zh="What did Grandma give Xiao Lin?", en="外婆送给玛雅什么？"),
            "a.context": Text(
                zh="生日那天，外婆送给小林一把吉他。", en="On her birthday, Grandma gave Maya a guitar."
            ),
            "b.context": Text(
                zh="生日那天，外婆送给小林一把雨伞。", en="On her birthday, Grandma gave Maya an umbrella."
            ),
        },
    ),
)  # fmt: skip

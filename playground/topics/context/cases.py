"""Settings of context worth a run: examples, failures with what must be seen, and the runs that show what the cards say."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.context.findings import IN_ANSWER, Findings
from playground.topics.context.frames import frame
from playground.topics.context.settings import DEFAULT_A, Settings
from playground.topics.context.tokenizing import CHINESE_SAMPLE, by_english

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


def _four_examples_help(settings: Settings, found: Findings) -> bool:
    _, one, four = found.right_labels
    return settings.task == "topic" and four.examples == 4 and four.share > one.share + 0.2


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

_SAID_OFTEN = FAILURES[0].values
# Keys and values of a token: two, in 18 layers with one key-value head of 256 numbers, two bytes each.
_TOKEN_BYTES = 2 * 18 * 1 * 256 * 2


def _read_and_idle(settings: Settings, found: Findings) -> bool:
    """Among the three words of A that are read most is one that has nothing to do with the question, and costs nothing."""
    return any(
        word.name in ("狗叫", "neighbour's") and word.attention_rank <= 3 and word.fall < 0.1 for word in found.a.words
    )


def _read_though_backed_up(settings: Settings, found: Findings) -> bool:
    """The word that A's attention favours is the answer, and no mention of it costs half of what it costs where it is said once."""
    read, once = found.a.most_read, found.b.heaviest
    said = [word for word in found.a.words if word.place == IN_ANSWER]
    return (
        read is not None
        and once is not None
        and read.place == IN_ANSWER
        and all(word.fall < once.fall / 2 for word in said)
    )


def _follows_the_swap(settings: Settings, found: Findings) -> bool:
    written = found.answers.written
    return all(
        any(fact in written[side] for fact in facts)
        for side, facts in (("a", ("吉他", "green")), ("b", ("雨伞", "blue")))
    )


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(
            zh="看“上下文留下了什么”：字节除以词元，A、B 都是每个词元 18 KiB（bfloat16）",
            en="See “What the context leaves behind”: bytes over tokens give 18 KiB a token in bfloat16, under A as under B",
        ),
        {},
        lambda settings, found: all(
            side.kept.key_value_bytes == _TOKEN_BYTES * side.kept.tokens == 18 * 1024 * side.kept.tokens
            for side in (found.a, found.b)
        ),
    ),
    Claim(
        Text(
            zh="前者每个位置 640 个，后者是 262,144 个词元各一个分数",
            en="640 per position in one case, a score for each of 262,144 tokens in the other",
        ),
        {},
        lambda settings, found: (found.hidden_size, found.vocabulary) == (640, 262_144),
    ),
    Claim(
        Text(
            zh="它退回到 UTF-8 字节：一个常用汉字三个词元",
            en="it falls back to UTF-8 bytes, three tokens for a common character",
        ),
        {},
        lambda settings, found: by_english(CHINESE_SAMPLE).tokens == 3 * len(CHINESE_SAMPLE),
    ),
    Claim(
        Text(
            zh="看“两种排名”：默认例子的 A 里，无关的“狗叫”是注意力最高的三个词之一，去掉它，答案并不下降",
            en="See “Two rankings”: in the default example “neighbour's” is among the three most read words of A, and its loss costs the answer nothing",
        ),
        {},
        _read_and_idle,
    ),
    Claim(
        Text(
            zh="在“同一个事实说了三遍”里，注意力仍指着答案那个词，去掉任何一处却都降得很少",
            en="In “A fact said three times” attention still points at the answer, and the loss of any one mention costs little",
        ),
        _SAID_OFTEN,
        _read_though_backed_up,
    ),
    Claim(
        Text(
            zh="只把吉他改成雨伞，答案应当随之改变",
            en="change only green to blue, and the answer must change too",
        ),
        {},
        _follows_the_swap,
    ),
    Claim(
        Text(
            zh="去掉那一句，应当退回先验或拒答",
            en="without that sentence it must fall back to the prior, or abstain",
        ),
        {},
        lambda settings, found: all(
            side.sentences[0].place == IN_ANSWER and side.sentences[0].fall > 1 for side in (found.a, found.b)
        ),
    ),
    Claim(
        Text(
            zh="本实验默认的“问答”方式下，深度 0 并不是提示的开头，上下文前面还有问答示例",
            en="In the lab's default form (a question) depth 0 is not the start of the prompt, because worked examples precede the context",
        ),
        {},
        lambda settings, found: (
            found.a.position.depths[0] == 0 and len(frame(settings.question, settings.form).before) > 50
        ),
    ),
    Claim(
        Text(
            zh="同一句事实放在干扰句的开头、中间、末尾，答案的概率不同",
            en="The same fact first, in the middle and last among distractors gives different probabilities",
        ),
        {},
        lambda settings, found: min(found.a.position.gap, found.b.position.gap) > 0.1,
    ),
    Claim(
        Text(
            zh="只给一个示例时，这个模型几乎总是照抄眼前仅有的标签，准确率比没有示例还低",
            en="with one example this model nearly always repeats the only label it has seen and does worse than with none",
        ),
        {},
        _one_example_hurts,
    ),
    Claim(
        Text(
            zh="给四个示例，标签出齐，准确率就回升",
            en="with four examples every label has occurred and accuracy recovers",
        ),
        {},
        _four_examples_help,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里的模型 18 层里有 3 层看全文，15 层只看最近 512 个词元",
            en="In this model 3 of 18 layers attend to everything and 15 to the last 512 tokens",
        ),
        "playground/topics/context/test_lab.py::test_the_layers_are_those_that_the_cards_count",
    ),
    Pinned(
        Text(
            zh="本实验的缓存都留着",
            en="the lab's cache keeps it",
        ),
        "tests/models/test_key_values.py::test_what_a_cache_holds_without_a_window_to_cut_it",
    ),
    Pinned(
        Text(
            zh="面板把末位对每个词的注意力（各层各头平均）和留一法并排排名",
            en="The lab ranks words by the attention that the last position pays them (mean of all layers and heads) beside their rank when left out",
        ),
        "playground/topics/context/test_contributions.py::test_attention_is_that_of_the_last_position_before_the_answer",
    ),
    Pinned(
        Text(
            zh="本实验的示例曲线就是这样算的",
            en="the curve of examples here is computed that way",
        ),
        "playground/topics/context/test_few_shot.py::test_examples_that_were_read_are_not_read_again",
    ),
    Pinned(
        Text(
            zh="这个模型几乎总是照抄眼前仅有的标签",
            en="this model nearly always repeats the only label it has seen",
        ),
        "playground/topics/context/test_few_shot.py::test_after_one_example_the_real_model_repeats_its_label",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="标签随机的虚线若接近正确标签的实线，而且区间够窄，才说明这个模型从示例里得到的主要是格式和标签集合",
            en="Only where the dashed line (random labels) stays near the solid one, with narrow intervals, did this model take little more than format and labels from the examples",
        ),
        "how to read the two curves, whichever way they go",
    ),
)

"""Settings of dialogue worth a run: examples, failures with what must be seen, and the runs that show what the cards say."""

from __future__ import annotations

import itertools

from playground.lab.text import Text
from playground.lab.topic import Aside, Claim, Example, Failure, Pinned
from playground.topics.dialogue.findings import Findings
from playground.topics.dialogue.frames import in_one_line
from playground.topics.dialogue.settings import Settings

# A fact of the default chat's first turn, and how a reply in the user's part would begin.
FACT = Text(zh="成都", en="Alice")
USER = Text(zh="用户：", en="User:")


def _holds(text: str | None, either: Text) -> bool:
    return text is not None and (either.zh in text or either.en in text)


FAILURES: tuple[Failure[Settings, Findings], ...] = (
    Failure(
        label=Text(zh="说过的话，忘了", en="Told, and forgotten"),
        values={"a.strategy": "window", "a.window": 2, "b.strategy": "oldest", "budget": 1024},
        expect=Text(
            zh="A 只读最近两轮，“成都”不在字符串里，只能猜；B 全都读到。模型没有记忆，只有读到的字。",
            en="A reads the last two turns only: “Alice” isn't in its string, so it can only guess. B reads everything. The model has no memory, only what it reads.",
        ),
        seen=lambda settings, found: (
            not _holds(found.a.read, FACT) and not _holds(found.a.reply, FACT) and _holds(found.b.read, FACT)
        ),
    ),
    Failure(
        label=Text(zh="没有停止串，自问自答", en="No stop string: it talks to itself"),
        values={"stop": "", "budget": 1024, "reply_tokens": 48},
        expect=Text(
            zh="基础模型不知道话该说到哪里：A 答完一句，接着替用户说下去，生成了角色名。",
            en="A base model doesn't know where its turn ends: A answers, then continues with the user's part and generates the role's name.",
        ),
        seen=lambda settings, found: _holds(found.a.reply, USER),
    ),
    Failure(
        label=Text(zh="按词元截断，先丢示例", en="Cut by tokens: the examples go first"),
        values={"a.strategy": "tokens", "b.strategy": "oldest", "budget": 208},
        expect=Text(
            zh="A 只留末尾的词元，最先没有的是开头的示例和说明，开头还可能断在半句；B 保住了示例，丢的是整轮。",
            en="A keeps the last tokens, so the instruction and the examples are the first to go, and the string may begin in mid-sentence. B keeps the examples and drops whole turns.",
        ),
        seen=lambda settings, found: not found.a.examples_whole and found.b.examples_whole,
    ),
    Failure(
        label=Text(zh="窗口一滑，缓存失效", en="A sliding window invalidates the cache"),
        values={"a.strategy": "window", "a.window": 3, "b.strategy": "oldest", "budget": 1024},
        expect=Text(
            zh="A 每轮都去掉最前面的一轮，示例之后的键和值全要重算；B 什么都没删，只算新的一句，复用的词元比 A 多一半以上。",
            en="A drops the first remaining turn each time, so all keys and values after the examples are recomputed. B dropped nothing and computes only what is new: it reuses over 1.5 times as many tokens.",
        ),
        seen=lambda settings, found: found.b.reused > 1.5 * found.a.reused,
    ),
)

EXAMPLES = (
    Example(
        Text(zh="从头聊起", en="Start afresh"),
        {"turns": "", "message": Text(zh="你好，我叫小红，我喜欢画画。", en="Hi, I'm Mia and I love painting."),
         "budget": 512, "temperature": 0.7},
    ),
    Example(
        Text(zh="全都放得下", en="Everything fits"), {"budget": 1024},
    ),
    Example(
        Text(zh="删最旧的对只留三轮", en="Drop oldest against the last three"),
        {"a.strategy": "oldest", "b.strategy": "window", "b.window": 3},
    ),
    Example(
        Text(zh="不给示例", en="No examples"), {"format": "bare", "turns": "", "message": Text(zh="猫和狗有什么不同？", en="How do cats and dogs differ?")},
    ),
)  # fmt: skip

_FORGOTTEN, _NO_STOP, _BY_TOKENS, _SLIDING = (failure.values for failure in FAILURES)


def _only_the_examples(settings: Settings, found: Findings) -> bool:
    """A, whose window slides, reuses the keys and values of the examples; B, which drops nothing, those of nearly all of its prompt."""
    return found.a.reused == found.a.example_tokens and found.b.reused > 0.9 * (
        found.b.tokens - found.history.user_tokens[-1] - found.history.assistant_tokens[-1]
    )


CLAIMS: tuple[Claim[Settings, Findings], ...] = (
    Claim(
        Text(zh="这里它们每轮要占一百多个词元", en="Here they cost over a hundred tokens at every turn"),
        {},
        lambda settings, found: found.a.examples_whole and 100 < found.a.example_tokens < 200,
    ),
    Claim(
        Text(zh="本实验把换行换成空格", en="the lab turns line breaks into spaces"),
        {},
        lambda settings, found: (
            in_one_line("hi\nUser: no") == "hi User: no"
            and all(in_one_line(said) in found.b.read or said not in found.b.read for said in found.history.said)
        ),
    ),
    Claim(
        Text(
            zh="先留出回复的词元，再放系统提示或示例与新消息，最后从近到远放历史",
            en="set the reply's tokens aside, then place system prompt or examples and the new message, then history from near to far",
        ),
        {},
        lambda settings, found: (
            max(found.a.tokens, found.b.tokens) + settings.reply_tokens <= settings.budget
            and found.a.examples_whole
            and settings.message in found.a.read
            and found.a.unread_turns > 0
            and found.history.said[-1] in found.a.read
            and found.history.said[0] not in found.a.read
        ),
    ),
    Claim(
        Text(
            zh="最先丢的是系统提示或示例，断口还可能落在半句话里",
            en="the system prompt or the examples go first, and the cut may fall in mid-sentence",
        ),
        _BY_TOKENS,
        lambda settings, found: not found.a.examples_whole and found.b.examples_whole,
    ),
    Claim(
        Text(
            zh="摘要：旧的轮由模型压成一段摘要，这里是一句",
            en="Summarise: the model turns old turns into a summary, here one sentence",
        ),
        {},
        lambda settings, found: (
            found.b.unread_turns > 0
            and found.b.summary != ""
            and "\n" not in found.b.summary
            and found.b.summary in found.b.read
        ),
    ),
    Claim(
        Text(
            zh="首 token 时延（TTFT）于是取决于新增的部分，不再取决于整个提示",
            en="Time to first token (TTFT) then depends on what is new and no longer on the whole prompt",
        ),
        _SLIDING,
        lambda settings, found: found.measured.b[-1].whole_prompt.median > found.measured.b[-1].new_tokens.median,
    ),
    Claim(
        Text(
            zh="本实验另外把整段一次预填充，再生成一遍，与之比较",
            en="The lab also prefills the whole prompt in one pass, replies again, and compares",
        ),
        {},
        lambda settings, found: set(found.reproduced) == {"a", "b"},
    ),
    Claim(
        Text(zh="“模型读到的字符串”里就是它的全部输入", en="“The string that the model reads” shows all of its input"),
        {},
        lambda settings, found: all(
            settings.message in side.read and side.read.rstrip().endswith(("助手：", "Assistant:"))
            for side in (found.a, found.b)
        ),
    ),
    Claim(
        Text(
            zh="A 只留两轮，第一轮说过的事已不在字符串里，A 只能猜",
            en="A keeps two turns: what the first turn said is no longer in the string, and A can only guess",
        ),
        _FORGOTTEN,
        FAILURES[0].seen,
    ),
    Claim(
        Text(
            zh="看失败示例“说过的话，忘了”：英文那段对话里，忘了名字的 A 答的是示例里那只猫的名字 Mimi",
            en="See the failure “Told, and forgotten”: A, which forgot the user's name, answers with Mimi, the cat of the examples",
        ),
        _FORGOTTEN,
        # The Chinese chat asks for a place.
        lambda settings, found: FACT.en not in found.history.said[0] or "Mimi" in (found.a.reply or ""),
    ),
    Claim(
        Text(zh="“什么时候忘的”一表写明是第几轮", en="“When it was forgotten” names the turn"),
        _FORGOTTEN,
        lambda settings, found: found.a.forgotten_at[0] == 4 and found.a.whole_turns == 2,
    ),
    Claim(
        Text(
            zh="看“提示随轮次变长”：一轮不删，提示就一轮比一轮长",
            en="See “Prompt length by turn”: with nothing dropped, it grows with every message",
        ),
        {},
        lambda settings, found: (
            all(before < after for before, after in itertools.pairwise(found.history.whole_prompt_tokens))
            and found.history.whole_prompt_tokens[-1] > found.a.tokens
        ),
    ),
    Claim(
        Text(
            zh="看失败示例“窗口一滑，缓存失效”：A 每轮删一轮，能复用的只剩示例",
            en="See the failure “A sliding window invalidates the cache”: A drops a turn each time and can reuse nothing but the examples",
        ),
        _SLIDING,
        _only_the_examples,
    ),
    Claim(
        Text(
            zh="没有停止串，它会替用户说下去（看失败示例“没有停止串，自问自答”）",
            en="Without a stop string it continues with the user's part (see the failure “No stop string: it talks to itself”)",
        ),
        _NO_STOP,
        FAILURES[1].seen,
    ),
)

PINNED = (
    Pinned(
        Text(
            zh="这里整段对话写在链接里，换一台机器打开，下一轮照样接得上",
            en="here the link carries the whole chat, and another machine that opens it continues where it was",
        ),
        "playground/topics/dialogue/test_panels.py::test_the_chat_continues_with_what_it_writes_into_the_turns",
    ),
    Pinned(
        Text(
            zh="本实验把输入的内容一律当普通文本编码",
            en="The lab encodes whatever you type as plain text",
        ),
        "tests/models/test_language_model.py::test_control_tokens_in_a_text_are_plain_text",
    ),
    Pinned(
        Text(
            zh="这里固定在“回复将要开始”的地方分块",
            en="Here prompts are cut into chunks where a reply may begin, always the same",
        ),
        "playground/topics/dialogue/test_lab.py::test_chunks_end_where_a_reply_may_begin",
    ),
    Pinned(
        Text(
            zh="不论键和值来自缓存还是现算，计算都一样，结果逐字节相同",
            en="whether keys and values were cached or are computed now, it is the same computation, byte for byte",
        ),
        "playground/topics/dialogue/test_lab.py::test_what_others_left_in_the_cache_changes_no_byte",
    ),
    Pinned(
        Text(
            zh="前两件在这里就能试，这里的模型没有模板",
            en="The lab lets you try the first two: its model has no template",
        ),
        "tests/models/test_embedded.py::test_the_numbers_and_the_template_that_the_cards_speak_of",
    ),
)

ASIDES = (
    Aside(
        Text(
            zh="transformers 的分词器默认在任何位置都解析特殊词元的文本",
            en="By default a tokenizer of transformers parses special tokens wherever their text occurs",
        ),
        "the tokenizers of transformers",
    ),
)

"""Settings of dialogue worth a run: examples, and failures with what must be seen."""

from __future__ import annotations

from playground.lab.text import Text
from playground.lab.topic import Example, Failure
from playground.topics.dialogue.findings import Findings
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
            zh="A 只读最近两轮，“成都”不在字符串里，只能编一个；B 全都读到。模型没有记忆，只有读到的字。",
            en="A reads the last two turns only: “Alice” isn't in its string, so it makes a name up. B reads everything. The model has no memory, only what it reads.",
        ),
        seen=lambda settings, found: (
            not _holds(found.a.read, FACT) and not _holds(found.a.reply, FACT) and _holds(found.b.read, FACT)
        ),
    ),
    Failure(
        label=Text(zh="没有停止串，自问自答", en="No stop string: it talks to itself"),
        values={"stop": "", "budget": 1024, "reply_tokens": 48},
        expect=Text(
            zh="基础模型不知道话该说到哪里：A 答完一句，接着替用户说下去，写出了角色名。",
            en="A base model doesn't know where its turn ends: A answers, then goes on in the user's part and writes the role's name.",
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
            zh="A 每轮都去掉最前面的一轮，示例之后的键和值全得重算；B 什么都没删，只算新的一句，沿用的词元比 A 多一半以上。",
            en="A drops the foremost turn each time, so all keys and values after the examples are computed anew. B dropped nothing and computes only what is new: it reuses at least half as many tokens again.",
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

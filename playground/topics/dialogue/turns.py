"""The earlier turns as one text that a link can carry, and back. Knows nothing of models.

An exchange is two lines, what the person said after "> " and the reply after "< "; in a line, a line break is written \\n and a
backslash \\\\. So it can be read, and typed, by hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

MOST_EXCHANGES = 40
# Characters of a message, and of a reply: the longest reply that can be generated is taken into the turns whole.
MOST_CHARS, MOST_REPLY_CHARS = 500, 2000
FIELD = "turns"


@dataclass(frozen=True)
class Exchange:
    """What the person said, and the reply."""

    user: str
    reply: str


def write(exchanges: Sequence[Exchange]) -> str:
    """Writes the exchanges as one text. Doesn't check what is too long or too much for `read`."""
    return "\n".join(f"> {_escaped(one.user)}\n< {_escaped(one.reply)}" for one in exchanges)


def read(text: str) -> tuple[Exchange, ...]:
    """Parses the exchanges of a text that `write` made, or that a person wrote. Raises PlaygroundError that names the line."""
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    said: list[str] = []
    for place, (number, line) in enumerate(lines):
        mark = "><"[place % 2]
        if not line.startswith(mark):
            raise _refusal(
                number,
                Text(
                    zh="应以“{mark}”开头：“>”是用户的话，“<”是回复，轮流出现",
                    en="it should begin with “{mark}”: “>” is what the user said, “<” the reply, in turn",
                ).format(mark=mark),
            )
        words = _unescaped(line[1:].strip())
        if not words.strip():
            raise _refusal(number, Text(zh="只有标记，没有内容", en="there is nothing after the mark"))
        most = MOST_CHARS if mark == ">" else MOST_REPLY_CHARS
        if len(words) > most:
            raise _refusal(
                number,
                Text(zh="有 {n} 个字符，最多 {most} 个", en="it has {n} characters; the limit is {most}").format(
                    n=len(words), most=most
                ),
            )
        said.append(words)
    if len(said) % 2:
        raise _refusal(lines[-1][0], Text(zh="这句话后面缺少回复", en="what was said here has no reply after it"))
    if len(said) > 2 * MOST_EXCHANGES:
        raise _refusal(
            lines[2 * MOST_EXCHANGES][0],
            Text(
                zh="最多 {most} 轮，可编辑较早的一轮，从那里接着说",
                en="at most {most} exchanges; edit an earlier turn to continue from there",
            ).format(most=MOST_EXCHANGES),
        )
    return tuple(Exchange(user, reply) for user, reply in zip(said[::2], said[1::2], strict=True))


def _refusal(line: int, why: Text) -> PlaygroundError:
    message = Text(
        zh="“此前的对话”第 {line} 行：{why}。请改链接，或点一个示例重新开始。",
        en="“Earlier turns”, line {line}: {why}. Fix the link, or pick an example to start again.",
    )
    return PlaygroundError(message.format(line=line, why=why), FIELD)


def _escaped(text: str) -> str:
    return text.strip().replace("\\", "\\\\").replace("\n", "\\n")


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], text)

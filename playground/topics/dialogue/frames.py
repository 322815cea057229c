"""A conversation as the string that a model continues: by example chats and role names, or by the model's own template.

Knows nothing of budgets. A base model has only seen text; a chat is a kind of text that it can continue.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import jinja2
import regex

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.turns import Exchange

_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True)
class Piece:
    """A stretch of the string: `role` as in `chat_panels.PromptPart`, `turn` the exchange's number from 1, 0 for none.

    `ends`: a reply would begin after it, or another conversation could branch off: keys and values are cached up to here.
    """

    text: str
    role: str
    turn: int = 0
    ends: bool = False


@dataclass(frozen=True)
class Words:
    """What a language's frames are made of. `mark` follows a name, `space` precedes what is said.

    `opening` and `chats`, each with the summary of what came before it: the frame of a conversation; `summary` words that.
    `summing`, `chat`, `sums`, `summed` (chats with their sentences): the frame in which the model summarises.
    """

    user: str
    assistant: str
    mark: str
    space: str
    opening: str
    chats: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    summary: str
    summing: str
    chat: str
    sums: str
    summed: tuple[tuple[tuple[tuple[str, str], ...], str], ...]


# The example chats name no person: a small model would copy that name instead of the visitor's. They show what it should do:
# short replies, picking up what was said, and using a summary.
ZH = Words(
    user="用户",
    assistant="助手",
    mark="：",
    space="",
    opening="下面是几段聊天记录。\n\n",
    chats=(
        (
            "",
            (
                ("我养了一只猫，叫咪咪。", "咪咪这个名字真好听。"),
                ("一年有几个月？", "一年有十二个月。"),
                ("我的猫叫什么？", "你的猫叫咪咪。"),
            ),
        ),
        (
            "用户的车是红色的。",
            (
                ("今天下雨了。", "出门记得带伞。"),
                ("彩虹有几种颜色？", "彩虹有七种颜色。"),
                ("我的车是什么颜色？", "你的车是红色的。"),
            ),
        ),
    ),
    summary="（前面说过：{summary}）\n",
    summing="把每段对话概括成一句话。\n\n",
    chat="对话：",
    sums="概括：",
    summed=(
        (
            (("我叫李华，我喜欢喝茶。", "你好，李华！"), ("世界上最高的山是哪座？", "珠穆朗玛峰。")),
            "用户叫李华，喜欢喝茶，问了最高的山。",
        ),
        (
            (("我是王芳，今年三十岁，在上海工作。", "你好，王芳！"), ("我养了一只狗。", "狗很可爱。")),
            "用户叫王芳，三十岁，在上海工作，养了一只狗。",
        ),
    ),
)
EN = Words(
    user="User",
    assistant="Assistant",
    mark=":",
    space=" ",
    opening="Here are some chats between a user and an assistant.\n\n",
    chats=(
        (
            "",
            (
                ("I have a cat called Mimi.", "Mimi is a lovely name for a cat."),
                ("How many months are in a year?", "There are twelve months in a year."),
                ("What is my cat called?", "Your cat is called Mimi."),
            ),
        ),
        (
            "The user's car is red.",
            (
                ("It is raining today.", "Take an umbrella with you."),
                ("How many colours does a rainbow have?", "A rainbow has seven colours."),
                ("What colour is my car?", "Your car is red."),
            ),
        ),
    ),
    summary="(Earlier: {summary})\n",
    summing="Each chat is summed up in one sentence.\n\n",
    chat="Chat:",
    sums="Summary:",
    summed=(
        (
            (("I have a dog called Rex.", "Rex is a fine name."), ("What is two plus two?", "Two plus two is four.")),
            "The user has a dog called Rex, and asked what two plus two is.",
        ),
        (
            (
                ("Good morning, I'm Kate.", "Good morning, Kate!"),
                ("I work at the station.", "That must be busy."),
                ("I like the rain.", "Rain makes things grow."),
            ),
            "The user is called Kate, works at the station and likes the rain.",
        ),
    ),
)


def words_for(text: str) -> Words:
    """Picks the frame's language by a text: the first thing that was said, so that it never changes within a chat."""
    return ZH if _HAN.search(text) else EN


@dataclass(frozen=True)
class Frame:
    """Role names and examples around what was said. `with_examples` False leaves the names alone."""

    words: Words
    user: str
    assistant: str
    with_examples: bool = True

    @property
    def opening(self) -> tuple[Piece, ...]:
        """The instruction and the example chats, at the start of the string."""
        if not self.with_examples:
            return ()
        chats = [
            self._summed(before) + "".join(self._line(user, reply) for user, reply in chat) + "\n"
            for before, chat in self.words.chats
        ]
        return (Piece(self.words.opening + "".join(chats), "frame", ends=True),)

    def _summed(self, summary: str) -> str:
        return self.words.summary.format(summary=summary) if summary else ""

    def _line(self, user: str, reply: str) -> str:
        words = self.words
        return f"{self.user}{words.mark}{words.space}{user}\n{self.assistant}{words.mark}{words.space}{reply}\n"

    def pieces(
        self,
        exchanges: Sequence[tuple[int, Exchange]],
        message: str,
        number: int,
        *,
        opening: bool = True,
        summary: str = "",
    ) -> list[Piece]:
        """Builds the string in pieces. `exchanges` with their numbers, `number` the message's; without a message it ends with the user's name."""
        words = self.words
        pieces = list(self.opening) if opening else []
        if summary:
            pieces.append(Piece(self._summed(summary), "summary", ends=True))
        for turn, one in exchanges:
            pieces += self.lines(one, turn)
        if message:
            return pieces + self._asked(message, number)
        return [*pieces, Piece(self.user + words.mark, "label", number)]

    def lines(self, one: Exchange, number: int) -> list[Piece]:
        """Builds an exchange's part of the string."""
        return [*self._asked(one.user, number), *self._answered(one.reply, number)]

    def _asked(self, user: str, number: int) -> list[Piece]:
        words = self.words
        return [
            Piece(f"{self.user}{words.mark}{words.space}", "label", number),
            Piece(in_one_line(user), "user", number),
            Piece(f"\n{self.assistant}{words.mark}", "label", number, ends=True),
        ]

    def _answered(self, reply: str, number: int) -> list[Piece]:
        return [Piece(self.words.space + in_one_line(reply), "assistant", number), Piece("\n", "label", number)]


@dataclass(frozen=True)
class Template:
    """A tokenizer's own chat template (transformers' `apply_chat_template`), cut into the same pieces."""

    lm: LanguageModel
    words: Words

    def pieces(
        self,
        exchanges: Sequence[tuple[int, Exchange]],
        message: str,
        number: int,
        *,
        opening: bool = True,
        summary: str = "",
    ) -> list[Piece]:
        """As `Frame.pieces`. A summary goes in front of the first thing that is said, as not every template has a system role."""
        before = self.words.summary.format(summary=summary) if summary else ""
        said: list[tuple[str, str, int]] = []
        for turn, one in exchanges:
            said += [("user", one.user.strip(), turn), ("assistant", one.reply.strip(), turn)]
        if message:
            said.append(("user", message.strip(), number))
        if not said:
            return []
        said[0] = (said[0][0], before + said[0][1], said[0][2])
        turns = [{"role": role, "content": content} for role, content, _ in said]
        whole = self._render(turns, asks=bool(message))
        asked = [self._render(turns[: end + 1], asks=True) for end in range(0, len(turns), 2)]
        ends = {len(text) for text in asked if whole.startswith(text)}
        return _cut(list(self._split(whole, said, before)), ends)

    def lines(self, one: Exchange, number: int) -> list[Piece]:
        """Returns an exchange's own words; the marks around them depend on its place."""
        return [Piece(one.user.strip() + "\n", "user", number), Piece(one.reply.strip() + "\n", "assistant", number)]

    def _split(self, whole: str, said: Sequence[tuple[str, str, int]], before: str) -> list[Piece]:
        pieces, at = [], 0
        for place, (role, content, turn) in enumerate(said):
            begin = whole.find(content, at)
            if begin < 0:  # a template that rewrites what is said: shown as it is
                return [Piece(whole, "special")]
            pieces.append(Piece(whole[at:begin], "special", turn))
            split = len(before) if place == 0 else 0
            pieces += [Piece(content[:split], "summary"), Piece(content[split:], role, turn)]
            at = begin + len(content)
        return [*pieces, Piece(whole[at:], "special", said[-1][2])]

    def _render(self, turns: Sequence[dict[str, str]], *, asks: bool) -> str:
        try:
            return str(self.lm.tokenizer.apply_chat_template(list(turns), tokenize=False, add_generation_prompt=asks))
        except (jinja2.TemplateError, ValueError, TypeError) as error:
            raise PlaygroundError(
                Text(
                    zh="模型自带的对话模板不接受这段对话：{reason}。请把“框架”改为“几段示例”。",
                    en="The model's own chat template doesn't take this chat: {reason}. Set “Frame” to “examples”.",
                ).format(reason=str(error)[:200]),
                "format",
            ) from error


def _cut(pieces: Sequence[Piece], ends: set[int]) -> list[Piece]:
    """Cuts the pieces also at `ends`, in characters from the start, and sets `ends` on those that end there."""
    cut, at = [], 0
    for piece in pieces:
        inside = [end - at for end in sorted(ends) if at < end <= at + len(piece.text)]
        for begin, end in zip([0, *inside], [*inside, len(piece.text)], strict=True):
            if begin < end:
                cut.append(replace(piece, text=piece.text[begin:end], ends=end in inside))
        at += len(piece.text)
    return cut


def in_one_line(text: str) -> str:
    """Replaces line breaks by spaces: in a frame of lines, one would end the turn, and what follows could pose as the other role."""
    return " ".join(text.split())


def frame_for(lm: LanguageModel, kind: str, first: str, user: str = "", assistant: str = "") -> Frame | Template:
    """Makes the frame of a chat that begins with `first`. `kind`: "auto", "examples" or "bare"."""
    words = words_for(first)
    if kind == "auto" and lm.tokenizer.chat_template:
        return Template(lm, words)
    names = in_one_line(user) or words.user, in_one_line(assistant) or words.assistant
    return Frame(words, *names, with_examples=kind != "bare")

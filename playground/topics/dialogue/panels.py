"""The panels of dialogue: the chat with the moves that continue it, its strings, and the findings in figures. Computes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from playground.lab import chat_panels
from playground.lab.chat_panels import Chat, PromptPart, PromptString, Reply
from playground.lab.panels import Bars, Line, Lines, Metric, Metrics, Move, Series, SideBySide, Table
from playground.lab.text import Label, Text
from playground.topics.dialogue.findings import Findings, History, Measured, SideFindings
from playground.topics.dialogue.frames import Frame, Piece, Template
from playground.topics.dialogue.memory import STRATEGIES, Memory
from playground.topics.dialogue.reading import SUMMARY_TOKENS, Reading, states
from playground.topics.dialogue.replying import Said
from playground.topics.dialogue.settings import Settings
from playground.topics.dialogue.turns import MOST_CHARS, MOST_REPLY_CHARS, Exchange, write

RETRY_TEMPERATURE = 0.7
MOST_SEED = 2**31 - 1
# Written into the turns for a reply of no words.
SILENCE = "……"
EXAMPLES = Text(zh="示例对话", en="example chats")


@dataclass(frozen=True)
class Talking:
    """A conversation being shown: what was said, and the new message, blank when there is none."""

    settings: Settings
    frame: Frame | Template
    exchanges: Sequence[Exchange]
    message: str

    def chat(self, readings: Mapping[str, Reading], said: Mapping[str, Said]) -> Chat:
        """Draws the chat so far. It continues with A's reply as soon as that is whole, even while B's isn't."""
        fates = {role: states(reading, self.exchanges) for role, reading in readings.items()}
        whole = bool(said) and all(one.ending for one in said.values())
        continues = bool(said) and said["a"].ending is not None
        return Chat(
            exchanges=tuple(
                chat_panels.Exchange(
                    one.user, one.reply, fates["a"][place], fates["b"][place], self._again(place, one.user)
                )
                for place, one in enumerate(self.exchanges)
            ),
            user=self._name("user"),
            assistant=self._name("assistant"),
            message=self.message,
            replies=tuple(
                Reply(one.text, describe(getattr(self.settings, role)), role, one.ending, len(one.ids), self._on(one) if whole else None)
                for role, one in said.items()
            ),
            resend=self._again(len(self.exchanges), self.message) if self.message else None,
            retry=self._retry() if whole else None,
            then=self._on(said["a"]) if continues else None,
            message_chars=MOST_CHARS,
            now={"turns": self.settings.turns, "message": self.settings.message} if continues else {},
        )  # fmt: skip

    def _name(self, role: str) -> Label:
        if isinstance(self.frame, Frame):
            return self.frame.user if role == "user" else self.frame.assistant
        return Text(zh="用户", en="User") if role == "user" else Text(zh="助手", en="Assistant")

    def _again(self, place: int, message: str) -> Move:
        """Sends the message after the exchange of that number again, as if nothing had come after."""
        return Move({"turns": write(self.exchanges[:place]), "message": message})

    def _on(self, reply: Said) -> Move:
        """Takes the reply into the turns, so that the next message comes after it."""
        exchange = Exchange(self.message, reply.text[:MOST_REPLY_CHARS] or SILENCE)
        return Move({"turns": write([*self.exchanges, exchange]), "message": ""}, runs=False)

    def _retry(self) -> Move:
        settings = self.settings
        return Move(
            {
                **self._again(len(self.exchanges), self.message).values,
                "temperature": settings.temperature or RETRY_TEMPERATURE,
                "seed": (settings.seed + 1) % MOST_SEED,
            }
        )


def describe(memory: Memory) -> Label:
    """Names a strategy in a few words."""
    label = STRATEGIES[memory.strategy]
    if memory.strategy != "window":
        return label
    return Text(zh="只留最近 {n} 轮", en="last {n} turns").format(n=memory.window)


def prompts(settings: Settings, readings: Mapping[str, Reading], kept: Mapping[str, int]) -> SideBySide[PromptString]:
    """Draws both sides' strings. `kept`: how many chunks of each have their keys and values from the turn before."""
    a, b = (_prompt_string(settings, readings[role], kept[role]) for role in ("a", "b"))
    return SideBySide(a, b, a_label=describe(settings.a), b_label=describe(settings.b))


def _prompt_string(settings: Settings, reading: Reading, kept: int) -> PromptString:
    reused = sum(map(len, reading.chunks[:kept]))
    parts = [_part(one, 0, dropped=True) for one in reading.lost if one.role == "frame"]
    # Dropped turns are shown where they were, right after the examples; a summary comes in their place.
    turns = [_part(one, 0, dropped=True) for one in reading.lost if one.role != "frame"]
    at = 0
    for piece, tokens in zip(reading.pieces, reading.tokens, strict=True):
        if piece.role != "frame":
            parts, turns = parts + turns, []
        parts.append(_part(piece, tokens, reused=at + tokens <= reused))
        at += tokens
    parts += turns
    return PromptString(tuple(parts), len(reading.ids), settings.reply_tokens, settings.budget)


def _part(piece: Piece, tokens: int, *, dropped: bool = False, reused: bool = False) -> PromptPart:
    return PromptPart(piece.text, piece.role, piece.turn, tokens, dropped, reused)


def sizes(history: History) -> Bars:
    """Draws the tokens of each turn's message and reply, role names not counted."""
    turns = len(history.user_tokens)
    missing: tuple[float | None, ...] = (None,) * (turns - len(history.assistant_tokens))
    return Bars(
        categories=tuple(str(number) for number in range(1, turns + 1)),
        series=(
            Series(Text(zh="用户", en="user"), tuple(map(float, history.user_tokens))),
            Series(Text(zh="助手", en="assistant"), (*map(float, history.assistant_tokens), *missing)),
        ),
        y_label=Text(zh="词元", en="tokens"),
        stacked=True,
    )


def growth(settings: Settings, history: History, a: SideFindings, b: SideFindings) -> Lines:
    """Draws the prompt's tokens when each message was new: everything, and what each side had of it."""
    turns = tuple(float(number) for number in range(1, len(a.tokens_by_turn) + 1))
    summed = "summary" in (settings.a.strategy, settings.b.strategy)
    return Lines(
        (
            Line(Text(zh="一轮不删", en="nothing dropped"), turns, tuple(map(float, history.whole_prompt_tokens)), dash="dot"),
            Line("A", turns, tuple(map(float, a.tokens_by_turn)), role="a"),
            Line("B", turns, tuple(map(float, b.tokens_by_turn)), role="b"),
            Line(Text(zh="预算（除去回复）", en="budget (without the reply)"), turns, (float(history.room),) * len(turns), dash="dash", markers=False),
        ),
        x_label=Text(zh="第几轮", en="turn"),
        y_label=Text(zh="提示的词元", en="tokens of the prompt"),
        caveat=Text(
            zh="摘要一律按预留的 {n} 个词元计。", en="A summary counts as the {n} tokens set aside for it.",
        ).format(n=SUMMARY_TOKENS) if summed else None,
    )  # fmt: skip


def forgotten(history: History, a: SideFindings, b: SideFindings) -> Table:
    """Lists for the examples and each exchange the turn at which a side no longer read it whole."""
    never = Text(zh="还在", en="still read")

    def row(number: int | str, what: Label, *turns: int | None) -> tuple[int | float | Label | None, ...]:
        # All as text: in a column of both, numbers would be on the right and words on the left.
        return (str(number), what, *(never if turn is None else str(turn) for turn in turns))

    exchanges = zip(history.said, a.forgotten_at, b.forgotten_at, strict=True)
    return Table(
        (
            Text(zh="轮", en="turn"),
            Text(zh="用户说", en="the user said"),
            Text(zh="A 在第几轮忘掉", en="A forgot it at turn"),
            Text(zh="B 在第几轮忘掉", en="B forgot it at turn"),
        ),
        (
            row("–", EXAMPLES, a.examples_forgotten_at, b.examples_forgotten_at),
            *(row(number, *exchange) for number, exchange in enumerate(exchanges, 1)),
        ),
        digits=0,
    )


def figures(found: Findings) -> Metrics:
    """Draws this turn, A against B."""
    a, b = found.a, found.b
    a_now, b_now = found.measured.a[-1], found.measured.b[-1]
    how = Text(zh="{n} 次的中位数，括号里是最少到最多", en="Median of {n}, least to most in brackets").format(
        n=found.measured.repeats
    )
    items = [
        Metric(Text(zh="提示", en="prompt"), float(a.tokens), float(b.tokens), Text(zh="词元", en="tokens"), 0),
        Metric(Text(zh="完整读到的轮", en="turns read whole"), float(a.whole_turns), float(b.whole_turns), digits=0,
               hint=Text(zh="此前共 {n} 轮", en="of {n} earlier turns").format(n=len(found.history.said))),
        Metric(Text(zh="复用的键和值", en="keys and values reused"), float(a.reused), float(b.reused), Text(zh="词元", en="tokens"), 0, "higher",
               Text(zh="与上一轮的提示从头起相同的部分；开头一变，后面的都要重算",
                    en="What the prompt has in common with the turn before, from its start; once the start changes, all after it has to be recomputed")),
        Metric(Text(zh="TTFT，整段预填充", en="TTFT, all prefilled"), a_now.whole_prompt.median, b_now.whole_prompt.median,
               Text(zh="毫秒", en="ms"), 0, "lower", how, measured=True),
        Metric(Text(zh="TTFT，只预填充新的", en="TTFT, only the new prefilled"), a_now.new_tokens.median, b_now.new_tokens.median,
               Text(zh="毫秒", en="ms"), 0, "lower", how, measured=True),
    ]  # fmt: skip
    if found.reproduced:
        said = {True: Text(zh="相同", en="the same"), False: Text(zh="不同", en="differs")}
        items.append(
            Metric(Text(zh="不用缓存，回复", en="reply without the cache"), said[found.reproduced["a"]], said[found.reproduced["b"]],
                   hint=Text(zh="整段一次预填充、不用任何缓存的键和值，再生成一遍，逐词元比较。bfloat16 的末位随一次通过的词元数变化，势均力敌的两个词元可能换位",
                             en="Generated again, the whole prompt prefilled in one pass without any cached keys and values, and compared token by token. In bfloat16 the last bits"
                                " depend on how many tokens go through together, so two nearly equal tokens may swap"))
        )  # fmt: skip
    return Metrics(tuple(items))


def first_token(measured: Measured) -> Lines:
    """Draws milliseconds to the first token over turns, both ways, for both sides."""
    lines = []
    for role, times in (("A", measured.a), ("B", measured.b)):
        turns = tuple(float(one.turn) for one in times)
        for name, ways in (
            (Text(zh="{side}：整段预填充", en="{side}: all prefilled"), [one.whole_prompt for one in times]),
            (Text(zh="{side}：只预填充新的", en="{side}: only the new"), [one.new_tokens for one in times]),
        ):
            median, low, high = (
                tuple(column) for column in zip(*((one.median, one.low, one.high) for one in ways), strict=True)
            )
            lines.append(Line(name.format(side=role), turns, median, low, high, role=role.lower()))
    return Lines(
        tuple(lines),
        x_label=Text(zh="第几轮", en="turn"),
        y_label=Text(zh="毫秒", en="ms"),
        caveat=Text(
            zh="在本机测得：{n} 次的中位数，色带是最少到最多；A、B 的提示相同的轮只测一次。测的是从预填充到得出第一个词元，不含排队与网络。",
            en="Measured on this machine: median of {n}, the band from least to most; turns at which A and B read the same are measured once."
            " From prefill to the first token, without queue and network.",
        ).format(n=measured.repeats),
        measured=True,
    )

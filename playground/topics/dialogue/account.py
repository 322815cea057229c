"""The conversation in figures: tokens by turn, what was forgotten when, times. Makes panels of what others computed."""

from __future__ import annotations

from collections.abc import Mapping

from playground.lab.panels import Bars, Line, Lines, Metric, Metrics, Series, Table
from playground.lab.text import Label, Text
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.first_token import REPEATS, Waits
from playground.topics.dialogue.reading import SUMMARY_TOKENS, Reading, states
from playground.topics.dialogue.settings import Settings
from playground.topics.dialogue.sides import Side

WaitsBySide = dict[str, list[tuple[int, Waits]]]
EXAMPLES = Text(zh="框架示例", en="example chats")


def sizes(lm: LanguageModel, side: Side) -> Bars:
    """Tokens of what each turn's message and reply say, role names not counted."""

    def count(text: str) -> float:
        return float(len(lm.tokenizer.encode(text, add_special_tokens=False)))

    asked = [one.user for one in side.exchanges] + ([side.message] if side.message else [])
    return Bars(
        categories=tuple(str(number) for number in range(1, len(asked) + 1)),
        series=(
            Series(Text(zh="用户", en="user"), tuple(count(text) for text in asked)),
            Series(Text(zh="助手", en="assistant"), tuple(count(one.reply) for one in side.exchanges) + ((None,) if side.message else ())),
        ),
        y_label=Text(zh="词元", en="tokens"),
        stacked=True,
    )  # fmt: skip


def growth(a: Side, b: Side, settings: Settings) -> Lines:
    """The prompt's tokens when each message was new: everything, and what each side read of it."""
    turns = tuple(float(number) for number in range(1, len(a.turns) + 1))
    room = float(a.reader.room)
    summed = "summary" in (settings.a.strategy, settings.b.strategy)
    return Lines(
        (
            Line(Text(zh="一轮不删", en="nothing dropped"), turns, tuple(float(whole) for whole in a.whole()), dash="dot"),
            Line("A", turns, tuple(float(turn.tokens) for turn in a.turns), role="a"),
            Line("B", turns, tuple(float(turn.tokens) for turn in b.turns), role="b"),
            Line(Text(zh="预算（除去回复）", en="budget (without the reply)"), turns, (room,) * len(turns), dash="dash", markers=False),
        ),
        x_label=Text(zh="第几轮", en="turn"),
        y_label=Text(zh="提示的词元", en="tokens of the prompt"),
        caveat=Text(
            zh="概括一律按预留的 {n} 个词元计。", en="A summary counts as the {n} tokens set aside for it.",
        ).format(n=SUMMARY_TOKENS) if summed else None,
    )  # fmt: skip


def forgotten(a: Side, b: Side) -> Table:
    """For the examples and for each exchange, the turn at which a side no longer read it whole."""
    never = Text(zh="还在", en="still read")
    rows: list[tuple[int | float | Label | None, ...]] = []
    for place, (at_a, at_b) in enumerate(zip(a.forgotten_at(), b.forgotten_at(), strict=True)):
        what: Label = EXAMPLES if place == 0 else a.exchanges[place - 1].user
        rows.append((place or "–", what, *(never if at is None else at for at in (at_a, at_b))))
    return Table(
        (
            Text(zh="轮", en="turn"),
            Text(zh="用户说", en="the user said"),
            Text(zh="A 在第几轮忘掉", en="A forgot it at turn"),
            Text(zh="B 在第几轮忘掉", en="B forgot it at turn"),
        ),
        tuple(rows),
        digits=0,
    )


def figures(
    readings: Mapping[str, Reading],
    sides: Mapping[str, Side],
    waits: Mapping[str, Waits],
    same: Mapping[str, bool],
) -> Metrics:
    """This turn, A against B."""
    a, b = readings["a"], readings["b"]
    full = {
        role: sum(state == "kept" for state in states(readings[role], side.exchanges)) for role, side in sides.items()
    }
    how = Text(zh="{n} 次的中位数，括号里是最少到最多", en="Median of {n}, least to most in brackets").format(n=REPEATS)
    items = [
        Metric(Text(zh="提示", en="prompt"), float(len(a.ids)), float(len(b.ids)), Text(zh="词元", en="tokens"), 0),
        Metric(Text(zh="完整读到的轮", en="turns read whole"), float(full["a"]), float(full["b"]), digits=0,
               hint=Text(zh="此前共 {n} 轮", en="of {n} earlier turns").format(n=len(sides["a"].exchanges))),
        Metric(Text(zh="沿用的键和值", en="keys and values reused"), float(waits["a"].reused), float(waits["b"].reused), Text(zh="词元", en="tokens"), 0, "higher",
               Text(zh="与上一轮的提示从头起相同的部分；开头一变，后面的都得重算",
                    en="What the prompt has in common with the turn before, from its start; once the start changes, all after it is computed anew")),
        Metric(Text(zh="首词元，整段重读", en="first token, all read anew"), waits["a"].anew.median * 1e3, waits["b"].anew.median * 1e3,
               Text(zh="毫秒", en="ms"), 0, "lower", how, measured=True),
        Metric(Text(zh="首词元，只读新的", en="first token, only the new read"), waits["a"].kept.median * 1e3, waits["b"].kept.median * 1e3,
               Text(zh="毫秒", en="ms"), 0, "lower", how, measured=True),
    ]  # fmt: skip
    if same:
        told = {True: Text(zh="相同", en="the same"), False: Text(zh="不同", en="differs")}
        items.append(
            Metric(Text(zh="不留键值，回复", en="reply with nothing kept"), told[same["a"]], told[same["b"]],
                   hint=Text(zh="整段一次读完、不用任何留下的键和值，再生成一遍，逐词元比较。bfloat16 的末位随一次通过的词元数变化，势均力敌的两个词元可能换位",
                             en="Generated again, the whole prompt read in one pass with nothing kept, and compared token by token. In bfloat16 the last bits"
                                " depend on how many tokens go through together, so two nearly equal tokens may swap"))
        )  # fmt: skip
    return Metrics(tuple(items))


def first_token(waits: WaitsBySide) -> Lines:
    """Milliseconds to the first token over turns, both ways, for both sides."""
    lines = []
    for role, dash in (("a", "solid"), ("b", "dash")):
        turns = tuple(float(turn) for turn, _ in waits[role])
        for name, timings in (
            (Text(zh="{side}：整段重读", en="{side}: all anew"), [one.anew for _, one in waits[role]]),
            (Text(zh="{side}：只读新的", en="{side}: only the new"), [one.kept for _, one in waits[role]]),
        ):
            median, low, high = (
                tuple(1e3 * getattr(one, which) for one in timings) for which in ("median", "low", "high")
            )
            lines.append(Line(name.format(side=role.upper()), turns, median, low, high, dash=dash))
    return Lines(
        tuple(lines),
        x_label=Text(zh="第几轮", en="turn"),
        y_label=Text(zh="毫秒", en="ms"),
        caveat=Text(
            zh="在本机测得：{n} 次的中位数，色带是最少到最多；A、B 的提示相同的轮只测一次。测的是读提示到得出第一个词元，不含排队与网络。",
            en="Measured on this machine: median of {n}, the band from least to most; turns at which A and B read the same are measured once."
            " From reading the prompt to the first token, without queue and network.",
        ).format(n=REPEATS),
        measured=True,
    )

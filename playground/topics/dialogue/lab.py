"""Topic 26: a chat with a base model, every token of what it reads accounted for, under two ways of forgetting.

Knows nothing of how a string is framed, fitted or continued (see the modules beside it).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from playground.generation.prefix_cache import PrefixCache
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.panels import SideBySide
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.dialogue import account, shown, talk, turns
from playground.topics.dialogue.first_token import Waits, measure_waits
from playground.topics.dialogue.frames import Frame, Template, frame_for
from playground.topics.dialogue.reading import Reader, Reading
from playground.topics.dialogue.replying import Said, reply, stop_strings
from playground.topics.dialogue.settings import Memory, Result, Settings
from playground.topics.dialogue.sides import Side
from playground.topics.dialogue.summary import summarise

ROLES = ("a", "b")
# Turns at which the time to the first token is measured: the first, now, and some between.
MEASURED_TURNS = 4


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    exchanges, message = turns.read(settings.turns), settings.message.strip()
    if not message and not exchanges:
        raise PlaygroundError(
            Text(
                zh="“新消息”是空的，也还没有对话。请输入一句话，或点一个示例。",
                en="“New message” is empty, and there is no chat yet: type something, or pick an example.",
            ),
            "message",
        )
    lm = bench.lm()
    frame = frame_for(
        lm, settings.format, exchanges[0].user if exchanges else message, settings.user_name, settings.assistant_name
    )
    sides = {role: Side(reader_of(lm, settings, frame, memory), exchanges, message)
             for role, memory in zip(ROLES, (settings.a, settings.b), strict=True)}  # fmt: skip
    talking = shown.Talking(settings, frame, exchanges, message)
    readings = {role: side.reading() for role, side in sides.items()}
    said = {role: Said("", ()) for role in ROLES} if message else {}
    yield Result(chat=talking.chat(readings, said))

    summaries: dict[str, str] = {}
    for role, side in sides.items():
        summaries[role] = _summed_up(lm, side, frame, bench)
        readings[role] = side.reading(summary=summaries[role])
        if message and role == "b" and readings["b"].chunks == readings["a"].chunks:
            said["b"] = said["a"]
            continue
        for now in _reply(lm, settings, frame, readings[role]) if message else ():
            said[role] = now
            bench.progress(
                len(now.ids) / settings.reply_tokens / 2,
                Text(zh="{side} 的回复：第 {n} 个词元", en="{side} replies: token {n}").format(
                    side=role.upper(), n=len(now.ids)
                ),
            )
            yield Result(chat=talking.chat(readings, said))
    kept = {role: side.kept(len(exchanges), readings[role].chunks, summaries[role]) for role, side in sides.items()}
    strings = {role: shown.prompt_string(settings, readings[role], kept[role]) for role in ROLES}
    result = Result(
        chat=talking.chat(readings, said),
        prompts=SideBySide(strings["a"], strings["b"], **shown.labels(settings)),
        sizes=account.sizes(lm, sides["a"]),
        growth=account.growth(sides["a"], sides["b"], settings),
        forgotten=account.forgotten(sides["a"], sides["b"]),
    )
    yield result
    same: dict[str, bool] = {}
    if message:
        bench.progress(
            0.6, Text(zh="不用留下的键和值，再各回复一次", en="replying once more without the kept keys and values")
        )
        for role in ROLES:
            if role == "b" and readings["b"].chunks == readings["a"].chunks:
                same["b"] = same["a"]
                continue
            *_, again = _reply(lm, settings, frame, readings[role], prefix=False)
            same[role] = again.ids == said[role].ids
    waits = _waits(lm, sides, summaries, bench)
    yield replace(
        result,
        figures=account.figures(readings, sides, {role: waits[role][-1][1] for role in ROLES}, same),
        first_token=account.first_token(waits),
    )


def reader_of(lm: LanguageModel, settings: Settings, frame: Frame | Template, memory: Memory) -> Reader:
    """A side's reader: the budget less the reply's room, within the model's own window. Raises PlaygroundError when nothing is left."""
    room = min(settings.budget, lm.context) - settings.reply_tokens
    if room < 1:
        raise PlaygroundError(
            Text(
                zh="“词元预算”是 {budget}，回复要留 {reply} 个，提示就没有位置了。请加大预算，或减少“回复最多词元数”。",
                en="“Token budget” is {budget} and the reply takes {reply}, which leaves the prompt no room."
                " Raise the budget, or lower “Reply tokens at most”.",
            ).format(budget=settings.budget, reply=settings.reply_tokens),
            "budget",
        )
    return Reader(lm, frame, memory, room)


def decoding_of(settings: Settings) -> Decoding:
    """Greedy at temperature 0, else sampling."""
    return Decoding(strategy="sample", temperature=settings.temperature) if settings.temperature else Decoding()


def stops_of(settings: Settings, frame: Frame | Template) -> tuple[str, ...]:
    """The stop strings; a template's replies may have several lines, and its end token ends them."""
    stops = stop_strings(settings.stop)
    return tuple(stop for stop in stops if stop.strip()) if isinstance(frame, Template) else stops


def _summed_up(lm: LanguageModel, side: Side, frame: Frame | Template, bench: Bench) -> str:
    """One sentence for what a side no longer reads, where its strategy asks for it; else ""."""
    summary = ""
    if side.to_sum_up:
        for now in summarise(lm, side.to_sum_up, frame.words):
            summary = now.text
            bench.progress(
                0.5, Text(zh="概括旧的轮：{text}", en="summing up old turns: {text}").format(text=summary or "…")
            )
    return summary


def _reply(
    lm: LanguageModel, settings: Settings, frame: Frame | Template, reading: Reading, prefix: bool = True
) -> Iterator[Said]:
    return reply(
        lm, reading.chunks, decoding_of(settings), most=settings.reply_tokens, stops=stops_of(settings, frame),
        seed=settings.seed, keeps=prefix,
    )  # fmt: skip


def _waits(lm: LanguageModel, sides: dict[str, Side], summaries: dict[str, str], bench: Bench) -> account.WaitsBySide:
    """For each side the turns (from 1) that were measured, with what they took. Equal prompts are measured once."""
    count = len(sides["a"].turns)
    chosen = sorted({round(place * (count - 1) / max(1, MEASURED_TURNS - 1)) for place in range(MEASURED_TURNS)})
    measured: dict[object, Waits] = {}
    found: account.WaitsBySide = {role: [] for role in ROLES}
    for turn in chosen:
        for role, side in sides.items():
            bench.progress(
                0.7 + 0.3 * turn / count,
                Text(zh="测量到第一个词元的时间：第 {n} 轮", en="timing the first token: turn {n}").format(n=turn + 1),
            )
            chunks = side.reading(turn, summaries[role]).chunks
            key = (chunks, side.kept(turn, chunks, summaries[role]))
            if key not in measured:
                measured[key] = measure_waits(lm, *key)
            found[role].append((turn + 1, measured[key]))
    return found


TOPIC = Topic(
    number=26,
    slug="dialogue",
    title=Text(zh="对话系统", en="Dialogue"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=talk.PREDICTION,
    failures=talk.FAILURES,
    examples=talk.EXAMPLES,
    followups=talk.follow_ups,
    # What is typed is a turn, not a text: the bench's fold has nothing to take.
    text_field="",
    code=(Frame.pieces, Reader.first_kept, reply, PrefixCache.after, summarise, measure_waits),
)

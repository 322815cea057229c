"""Topic 26: a chat with a base model, every token of its prompt accounted for, under two ways of forgetting.

Knows nothing of how a string is framed, fitted or continued (see the modules beside it).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.generation.prefix_cache import PrefixCache
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.dialogue import cases, findings, interview, panels, turns
from playground.topics.dialogue.cost import cost
from playground.topics.dialogue.first_token import measure_turns, measure_waits
from playground.topics.dialogue.frames import Frame, Template, frame_for
from playground.topics.dialogue.reading import Reader, Reading, reader_for
from playground.topics.dialogue.replying import Said, decoding_at, reply, stops_for
from playground.topics.dialogue.settings import Result, Settings
from playground.topics.dialogue.sides import Side
from playground.topics.dialogue.summarising import summarise

ROLES = ("a", "b")


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the chat while both sides reply to the new message, then their strings, then the findings with the times."""
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
    sides = {
        role: Side(
            reader_for(lm, frame, memory, budget=settings.budget, reply_tokens=settings.reply_tokens),
            exchanges,
            message,
        )
        for role, memory in zip(ROLES, (settings.a, settings.b), strict=True)
    }
    talking = panels.Talking(settings, frame, exchanges, message)
    readings = {role: side.reading() for role, side in sides.items()}
    said = {role: Said("", ()) for role in ROLES} if message else {}
    yield Result(chat=talking.chat(readings, said))

    summaries: dict[str, str] = {}
    for role, side in sides.items():
        summaries[role] = _summary(lm, side, frame, bench)
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
    history = findings.history_of(lm, sides["a"])
    a, b = (
        findings.side_of(side, readings[role], summaries[role], kept[role], said.get(role))
        for role, side in sides.items()
    )
    yield Result(
        chat=talking.chat(readings, said),
        prompts=panels.prompts(settings, readings, kept),
        sizes=panels.sizes(history),
        growth=panels.growth(settings, history, a, b),
        forgotten=panels.forgotten(history, a, b),
    )

    reproduced: dict[str, bool] = {}
    if message:
        bench.progress(
            0.6, Text(zh="不用缓存的键和值，再各回复一次", en="replying once more without the cached keys and values")
        )
        for role in ROLES:
            if role == "b" and readings["b"].chunks == readings["a"].chunks:
                reproduced["b"] = reproduced["a"]
                continue
            *_, again = _reply(lm, settings, frame, readings[role], keeps=False)
            reproduced[role] = again.ids == said[role].ids

    def timing(turn: int, count: int) -> None:
        bench.progress(
            0.7 + 0.3 * (turn - 1) / count,
            Text(zh="测量首 token 时延：第 {n} 轮", en="timing the first token: turn {n}").format(n=turn),
        )

    measured = findings.measured_of(measure_turns(lm, sides, summaries, timing))
    found = findings.Findings(a, b, history, reproduced, measured)
    yield Result(findings=found, figures=panels.figures(found), first_token=panels.first_token(measured))


def _summary(lm: LanguageModel, side: Side, frame: Frame | Template, bench: Bench) -> str:
    """Summarises what a side no longer reads, where its strategy asks for it; else ""."""
    summary = ""
    if side.to_sum_up:
        for now in summarise(lm, side.to_sum_up, frame.words):
            summary = now.text
            bench.progress(
                0.5, Text(zh="写旧轮的摘要：{text}", en="summarising old turns: {text}").format(text=summary or "…")
            )
    return summary


def _reply(
    lm: LanguageModel, settings: Settings, frame: Frame | Template, reading: Reading, *, keeps: bool = True
) -> Iterator[Said]:
    return reply(
        lm, reading.chunks, decoding_at(settings.temperature), most=settings.reply_tokens,
        stops=stops_for(settings.stop, frame), seed=settings.seed, keeps=keeps,
    )  # fmt: skip


TOPIC = Topic(
    number=26,
    slug="dialogue",
    title=Text(zh="对话系统", en="Dialogue"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    leads=("chat", "prompts", "figures", "forgotten"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("prompts", "figures"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    # What a visitor types is a turn, not a text: the bench's fold has nothing to take.
    text_field="",
    code=(Frame.pieces, Reader.first_kept, reply, PrefixCache.after, summarise, measure_waits),
)

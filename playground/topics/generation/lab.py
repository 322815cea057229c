"""A text written step by step by hand: what could come next, what was tried, how likely each path is, what samples make of it.

Knows nothing of how keys and values are kept (see `generation.prefix_cache`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from playground.evaluation.perplexity import next_token_log_probabilities
from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import PrefixCache, shared
from playground.generation.prompt import read_prompt
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.lab.topic import Group, Topic
from playground.models.language_model import LanguageModel
from playground.topics.generation import drawing, masking, sampling
from playground.topics.generation import tree as trees
from playground.topics.generation.exploring import Exploration, explorer
from playground.topics.generation.sampling import DRAWN, Sampling
from playground.topics.generation.settings import Result, Settings
from playground.topics.generation.words import EXAMPLES, FAILURES, PREDICTION, follow_ups

MOST_PROMPT_TOKENS = 384
MOST_BRANCHES = 8
# Steps that go by themselves are shown as they are taken, a few at a time.
STEPS_SHOWN = 8


@dataclass(frozen=True)
class Reading:
    """One forced pass over a whole text. `entropies[i]` (nats): of the token after ids[i]; `log_probabilities[i]`: of
    ids[i + 1]."""

    ids: tuple[int, ...]
    entropies: tuple[float, ...]
    log_probabilities: tuple[float, ...]

    def after(self, start: int) -> float:
        """The log-probability of the tokens from ids[start] on: the sum over them."""
        return sum(self.log_probabilities[start - 1 :])


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    lm = bench.lm()
    prompt = read_prompt(lm, settings.text, min(MOST_PROMPT_TOKENS, lm.context - trees.MOST_NODES - 1))
    tree = trees.read(settings.tree, settings.text, lm.vocabulary)
    watch = Stopwatch()
    note = started_anew(settings)
    start = tree.current
    one = with_lines(Exploration(lm, shared(), tuple(prompt), tree), settings.forced)
    for step in range(settings.steps):
        before, one = one, (one if step else one.at(start)).greedily()
        if step and one is before:
            break
        if step % STEPS_SHOWN == STEPS_SHOWN - 1:
            bench.progress(
                step / settings.steps,
                Text(zh="第 {n} 步，共 {total} 步", en="step {n} of {total}").format(n=step + 1, total=settings.steps),
            )
            yield Result(explorer=explorer(one, settings.text, settings.candidates, whole=False, note=note))
    walk(one, [0, *one.tree.line(one.tree.current)], bench)
    first = explorer(one, settings.text, settings.candidates, whole=False, note=note)
    seconds, tokens = watch.seconds(), bench.cost.tokens
    waiting = [node for node in sorted({0, *one.tree.parents}) if not one.known(node)]
    if waiting:
        yield Result(explorer=first)
        walk(one, waiting, bench)
    result = Result(explorer=explorer(one, settings.text, settings.candidates, note=note))
    yield result

    path = one.path(one.tree.current)
    reading = read_whole(lm, (*prompt, *path.tokens))
    result = replace(
        result,
        figures=drawing.figures(one, path, reading.after(len(prompt)), seconds, tokens),
        entropy=drawing.ribbon(one, reading.entropies, reading.log_probabilities),
        paths=drawing.path_table(one),
        branches=drawing.branch_lines(one),
    )
    yield result
    result = replace(result, unmasked=drawing.mask_table(lm, reading.ids))
    if settings.samples:
        result = with_samples(result, one, settings, bench)
    yield result


def walk(one: Exploration, nodes: Sequence[int], bench: Bench) -> None:
    """Computes what comes after these nodes, where it isn't kept. A single step says nothing: it is done before it is told."""
    waiting = [node for node in nodes if not one.known(node)]
    for done, node in enumerate(waiting):
        if done:
            bench.progress(
                done / len(waiting),
                Text(zh="第 {n} 个位置，共 {total} 个", en="{n} of {total} places").format(
                    n=done + 1, total=len(waiting)
                ),
            )
        one.next_token(node)


def started_anew(settings: Settings) -> Text | None:
    """What is said where the paths belong to another prompt and are left aside."""
    tag, colon, _ = settings.tree.strip().partition(":")
    if not colon or tag == trees.tag_of(settings.text):
        return None
    return Text(
        zh="提示改过了，路径从头开始；改回原来的提示，之前试过的还在。",
        en="The prompt has changed, so the paths start anew; put it back and those you tried are there again.",
    )


def with_lines(one: Exploration, forced: str) -> Exploration:
    """With the forced lines, each a branch from where the visitor is; at the end of the last one."""
    start = one.tree.current
    lines = [line for line in forced.split("\n") if line.strip()]
    if len(lines) > MOST_BRANCHES:
        raise PlaygroundError(
            Text(
                zh="“强制写下”有 {n} 行，最多 {most} 行。", en="“Force this text” has {n} lines; the limit is {most}."
            ).format(n=len(lines), most=MOST_BRANCHES),
            "forced",
        )
    for line in lines:
        try:
            one = one.at(start).forced(forced_tokens(one.at(start), line))
        except ValueError:
            raise PlaygroundError(
                Text(
                    zh="写下“强制写下”的文字后，树上会超过 {most} 个词元。请删短，或在面板里剪掉一些分支。",
                    en="With “Force this text” the tree would hold more than {most} tokens. Shorten it, or cut branches in the panel.",
                ).format(most=trees.MOST_NODES),
                "forced",
            ) from None
    return one


def forced_tokens(one: Exploration, line: str) -> list[int]:
    """The tokens of a typed line. Between what was written and a word of letters stands a space, as in English text."""
    written = one.lm.decode([*one.prompt, *one.tree.path(one.tree.current)])
    line = line.rstrip()
    if line[0].isascii() and line[0].isalnum() and written and written[-1].isascii() and not written[-1].isspace():
        line = f" {line}"
    return list(one.lm.tokenizer.encode(line, add_special_tokens=False))


def read_whole(lm: LanguageModel, ids: tuple[int, ...]) -> Reading:
    """What the model says at every position of a text that is put through it at once, every token forced."""
    entropies: list[float] = []
    log_probabilities: list[float] = []
    targets = torch.tensor([*ids[1:], 0])
    start = 0
    for part in next_token_log_probabilities(lm, ids):
        entropies += (-(part.exp() * part).sum(-1)).clamp(min=0).tolist()
        own = targets[start : start + len(part), None].to(part.device)
        log_probabilities += part.gather(1, own)[:, 0].tolist()
        start += len(part)
    return Reading(ids, tuple(entropies), tuple(log_probabilities[:-1]))


def with_samples(result: Result, one: Exploration, settings: Settings, bench: Bench) -> Result:
    """The panels of the samples, drawn now unless that was done for these settings."""
    node = one.tree.current if settings.origin == "node" and not one.ended(one.tree.current) else 0
    ids = (*one.prompt, *one.tree.path(node))
    asked = Sampling(settings.samples, settings.length, settings.temperature, settings.top_p, settings.seed)
    drawn = DRAWN.find(one.lm, ids, asked)
    if drawn is None:
        drawn = sampling.draw(
            one.lm,
            ids,
            asked,
            lambda step: bench.progress(
                step / settings.length,
                Text(zh="样本：第 {n} 个词元，共 {most} 个", en="samples: token {n} of {most}").format(
                    n=step, most=settings.length
                ),
            ),
        )
        DRAWN.keep(one.lm, ids, asked, drawn)
    return replace(
        result,
        answers=drawing.answer_table(drawn),
        samples=drawing.sample_table(drawn),
        agreement=drawing.agreement_map(one.lm, drawn),
        staying=drawing.staying_bars(drawn),
    )


TOPIC = Topic(
    number=25,
    slug="generation",
    title=Text(zh="文本生成", en="Generation"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    run=run,
    prediction=PREDICTION,
    failures=FAILURES,
    examples=EXAMPLES,
    followups=follow_ups,
    code=(Exploration.path, PrefixCache.after, NextToken.of, read_whole, masking.log_probabilities),
)

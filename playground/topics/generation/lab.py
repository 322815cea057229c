"""A text written step by step by hand: what could come next, what was tried, how likely each path is, what samples make of it.

Knows nothing of how keys and values are cached (see `generation.prefix_cache`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.generation.next_token import NextToken
from playground.generation.prefix_cache import PrefixCache, shared
from playground.generation.prompt import read_prompt
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.timing import Stopwatch
from playground.lab.topic import Group, Topic
from playground.topics.generation import cases, interview, masking, sampling
from playground.topics.generation import tree as trees
from playground.topics.generation.cost import cost
from playground.topics.generation.exploring import Exploration
from playground.topics.generation.findings import Findings, Measured, agreement_of, find_noun, find_paths, number_type
from playground.topics.generation.forcing import with_lines
from playground.topics.generation.panels import paths as path_panels
from playground.topics.generation.panels import samples as sample_panels
from playground.topics.generation.panels.explorer import explorer, started_anew
from playground.topics.generation.reading import read_whole
from playground.topics.generation.sampling import Sample, Sampling
from playground.topics.generation.settings import Result, Settings

MOST_PROMPT_TOKENS = 384
# Automatic steps are shown as they are taken, a few at a time.
STEPS_SHOWN = 8


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the distribution at the current node first, then the other nodes, the paths' numbers, mask and samples."""
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
    measured = Measured(1000 * watch.seconds(), bench.cost.tokens)
    waiting = [node for node in sorted({0, *one.tree.parents}) if not one.known(node)]
    if waiting:
        yield Result(explorer=first)
        walk(one, waiting, bench)
    yield Result(explorer=explorer(one, settings.text, settings.candidates, note=note))

    reading = read_whole(lm, (*prompt, *one.tree.path(one.tree.current)))
    paths, noun, kind = find_paths(one, reading), find_noun(lm, reading), number_type(lm)
    yield Result(
        figures=path_panels.figures(paths, lm.vocabulary, kind, measured),
        entropy=path_panels.ribbon(lm, reading, noun),
        paths=path_panels.path_table(paths),
        branches=path_panels.branch_lines(one),
    )
    revisions = masking.revisions(lm, reading.ids)
    unmasked = path_panels.mask_table(revisions, kind)
    samples = sampled(one, settings, bench) if settings.samples else ()
    agreement = agreement_of(samples)
    findings = Findings(paths, noun, revisions, agreement, lm.vocabulary, kind, measured)
    if agreement is None:
        yield Result(findings=findings, unmasked=unmasked)
        return
    yield Result(
        findings=findings,
        unmasked=unmasked,
        answers=sample_panels.answer_table(agreement),
        samples=sample_panels.sample_table(samples, agreement),
        agreement=sample_panels.agreement_map(lm, samples),
        staying=sample_panels.staying_bars(samples),
    )


def walk(one: Exploration, nodes: Sequence[int], bench: Bench) -> None:
    """Computes the distribution after each of these nodes that isn't cached. Reports progress from the second one on: a single
    step is done before a message would be read."""
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


def sampled(one: Exploration, settings: Settings, bench: Bench) -> tuple[Sample, ...]:
    """Returns the samples from the prompt's end or the current node; a current node that ends the text has nothing
    after it.
    """
    node = one.tree.current if settings.origin == "node" and not one.ended(one.tree.current) else 0
    return sampling.drawn_once(
        one.lm,
        (*one.prompt, *one.tree.path(node)),
        Sampling(settings.samples, settings.length, settings.temperature, settings.top_p, settings.seed),
        lambda step: bench.progress(
            step / settings.length,
            Text(zh="样本：第 {n} 个词元，共 {most} 个", en="samples: token {n} of {most}").format(
                n=step, most=settings.length
            ),
        ),
    )


TOPIC = Topic(
    number=25,
    slug="generation",
    title=Text(zh="文本生成", en="Generation"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    leads=("explorer", "figures", "entropy", "paths"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures", "paths", "answers"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    code=(Exploration.path, PrefixCache.after, NextToken.of, read_whole, masking.log_probabilities),
)

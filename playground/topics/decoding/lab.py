"""Two decoding settings on one prompt, in one batch: what each chose, what each penalty did to it, what was left aside.

Knows nothing of how a token is chosen (see `generation`).
"""

from __future__ import annotations

from collections.abc import Iterator

from playground.generation.constraint import Constraint
from playground.generation.decode import decode
from playground.generation.penalties import frequency, no_repeat, presence, repetition, top_p
from playground.generation.prompt import read_prompt
from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.topics.decoding import cases, interview, panels
from playground.topics.decoding.cost import cost
from playground.topics.decoding.findings import find
from playground.topics.decoding.settings import Result, Settings

MOST_PROMPT_TOKENS = 1024


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Decodes both sides in one batch and yields the texts as they grow, then what explains them."""
    lm = bench.lm()
    prompt = read_prompt(lm, settings.text, MOST_PROMPT_TOKENS)
    rows = (settings.a, settings.b)
    if any(row.regex for row in rows):
        bench.progress(0.0, Text(zh="为正则约束准备词表", en="preparing the vocabulary for the expression"))
    constraints = [
        Constraint(lm, row.regex, f"{side}.regex") if row.regex else None for side, row in zip("ab", rows, strict=True)
    ]
    a = b = None
    for number_of_pass, (a, b) in enumerate(
        decode(
            lm, prompt, rows, max_tokens=settings.max_tokens, seed=settings.seed, traced=True, constraints=constraints
        )
    ):
        # Every fourth token is often enough for a reader, and cheap to draw.
        if number_of_pass < 2 or number_of_pass % 4 == 0:
            bench.progress(
                number_of_pass / settings.max_tokens,
                Text(zh="第 {n} 个词元，最多 {most} 个", en="token {n} of at most {most}").format(
                    n=number_of_pass + 1, most=settings.max_tokens
                ),
            )
            yield Result(outputs=panels.outputs(lm, settings, a, b))
    assert a is not None
    assert b is not None
    findings = find(lm, a, b)
    yield Result(findings=findings, outputs=panels.outputs(lm, settings, a, b), figures=panels.figures(findings))
    yield Result(
        waterfall=panels.waterfalls(lm, settings, a, b),
        likelihood=panels.likelihood(a, b),
        tree=panels.trees(lm, settings, a, b),
    )


TOPIC = Topic(
    number=6,
    slug="decoding",
    title=Text(zh="生成质量", en="Decoding"),
    group=Group.GENERATION,
    settings=Settings,
    result=Result,
    leads=("outputs", "figures", "waterfall", "likelihood"),
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("outputs", "figures"),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    pinned=cases.PINNED,
    asides=cases.ASIDES,
    code=(repetition, presence, frequency, no_repeat, top_p, Constraint.allowed, decode),
)

"""What the model reads: a text as tokens, and how many a character costs. Knows nothing of how tokens are found."""

from __future__ import annotations

from collections.abc import Iterator

from playground.lab.bench import Bench
from playground.lab.text import Text
from playground.lab.topic import Group, Topic
from playground.topics._template import cases, interview, panels
from playground.topics._template.cost import cost
from playground.topics._template.findings import Findings
from playground.topics._template.settings import Result, Settings
from playground.topics._template.tokens import read_tokens


def run(settings: Settings, bench: Bench) -> Iterator[Result]:
    """Yields the findings with the panels that are quick to draw, then the others."""
    findings = Findings(len(settings.text), read_tokens(bench.lm(), settings.text))
    yield Result(findings=findings, figures=panels.figures(findings))
    yield Result(tokens=panels.tokens(findings))


TOPIC = Topic(
    number=999,
    slug="_template",
    title=Text(zh="新题目", en="A new topic"),
    group=Group.LANGUAGE,
    settings=Settings,
    result=Result,
    run=run,
    cost=cost,
    prediction=interview.PREDICTION,
    verdict=interview.verdict,
    verdict_panels=("figures",),
    followups=interview.follow_ups,
    failures=cases.FAILURES,
    examples=cases.EXAMPLES,
    claims=cases.CLAIMS,
    code=(read_tokens,),
)

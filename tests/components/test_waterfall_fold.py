"""The waterfall's preview, computed in the browser, against the lab's own pipeline on the whole vocabulary."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("playwright")
from docs.scripts import node
from playground.generation import penalties
from playground.generation.settings import Decoding
from playground.generation.trace import trace, waterfall_step
from playground.lab.codec import encode

FOLD = Path(__file__).parents[2] / "components" / "panels" / "waterfall_fold.js"
PROGRAM = f"""
const {{ fold }} = require({json.dumps(str(FOLD))});
const cases = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(([step, settings]) => fold(step, settings))));
"""


def folded(cases: list[tuple[Any, dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the browser computes of steps under settings."""
    done = subprocess.run(
        [node(), "-e", PROGRAM], input=json.dumps(cases), capture_output=True, text=True, timeout=120, check=True
    )
    return list(json.loads(done.stdout))


def settings(chance: random.Random, **fixed: Any) -> Decoding:
    """Random settings of a row, each neutral half of the time, on the grid of its control."""
    maybe = lambda value, neutral: value if chance.random() < 0.5 else neutral  # noqa: E731
    drawn: dict[str, Any] = {
        "strategy": chance.choice(["sample", "sample", "sample", "greedy"]),
        "repetition_penalty": maybe(round(chance.uniform(0.5, 3), 2), 1.0),
        "presence_penalty": maybe(round(chance.uniform(-2, 2), 1), 0.0),
        "frequency_penalty": maybe(round(chance.uniform(-2, 2), 1), 0.0),
        "temperature": maybe(round(chance.uniform(0.1, 3), 1), 1.0),
        "top_k": maybe(chance.randint(1, 200), 0),
        "top_p": maybe(round(chance.uniform(0.05, 0.95), 2), 1.0),
        "min_p": maybe(round(chance.uniform(0.01, 1), 2), 0.0),
    }
    return Decoding(**(drawn | fixed))


def logits_of(generator: torch.Generator, vocabulary: int, coarse: bool) -> torch.Tensor:
    """Logits with the long tail of a language model's; `coarse`: as from bfloat16, with many ties."""
    values = torch.randn(vocabulary, generator=generator) * 3
    values[: vocabulary // 50] += 8 * torch.rand(vocabulary // 50, generator=generator)
    values = values[torch.randperm(vocabulary, generator=generator)]
    return values.bfloat16().float() if coarse else values


def chain(decoding: Decoding) -> tuple[penalties.Stage, ...]:
    return (*penalties.penalty_chain(decoding), *penalties.sampling_chain(decoding))


@pytest.mark.parametrize("vocabulary", [300, 5_000, 50_000])
def test_the_preview_equals_the_labs_pipeline(vocabulary: int) -> None:
    chance = random.Random(vocabulary)
    generator = torch.Generator().manual_seed(vocabulary)
    cases, wanted = [], []
    for number in range(60):
        logits = logits_of(generator, vocabulary, coarse=number % 2 == 0)
        ids = [chance.randrange(vocabulary) for _ in range(30)] + logits.topk(12).indices.tolist()[::2] * 2
        ran = settings(chance, no_repeat_ngram=chance.choice([0, 0, 1]))
        tried = settings(chance, no_repeat_ngram=ran.no_repeat_ngram)
        values = penalties.run(chain(ran), logits, ids)
        others = [chance.randrange(vocabulary) for _ in range(3)]
        step = trace(chain(ran), values, ids, 0, int(values[-1].argmax()), others, whole=True)
        cases.append((encode(waterfall_step(step, [""] * len(ids), str)), encode(tried)))
        # The same candidates under the other settings, by the lab.
        expected = penalties.run(chain(tried), logits, ids)
        wanted.append((step.candidates, chain(tried), expected))
    exact = 0
    for found, (candidates, stages, expected) in zip(folded(cases), wanted, strict=True):
        assert [stage["key"] for stage in found["stages"]] == ["raw", *(stage.key for stage in stages), "probability"]
        for stage, values in zip(found["stages"], expected, strict=False):
            for value, token in zip(stage["values"], candidates, strict=True):
                right = float(values[token])
                assert value == (None if right == -torch.inf else right), (stage["key"], token)
        probabilities = expected[-1].double().softmax(-1)
        for value, token in zip(found["stages"][-1]["values"], candidates, strict=True):
            assert (value or 0) == pytest.approx(float(probabilities[token]), abs=1e-4, rel=1e-3)
        left = int((expected[-1] > -torch.inf).sum())
        if found["approximate"]:
            assert found["remaining"] == pytest.approx(left, rel=0.05, abs=2)
        else:
            exact += 1
            assert found["remaining"] == left
    assert exact > 40


def test_what_a_rule_forbids_stays_forbidden() -> None:
    """An n-gram rule isn't among the preview's settings: its bans are those of the run, under any of them."""
    generator = torch.Generator().manual_seed(1)
    logits = logits_of(generator, 1_000, coarse=False)
    best = logits.topk(3).indices.tolist()
    ran = Decoding(no_repeat_ngram=1)
    values = penalties.run(chain(ran), logits, best)
    step = trace(chain(ran), values, best, 0, int(values[-1].argmax()), whole=True)
    [found] = folded(
        [(encode(waterfall_step(step, [""] * 3, str)), encode(Decoding(strategy="sample", temperature=2.0)))]
    )
    at = {token: place for place, token in enumerate(step.candidates)}
    assert [found["stages"][-1]["values"][at[token]] for token in best] == [None] * 3
    assert found["remaining"] == 997


def test_a_cut_inside_a_tie_keeps_the_tokens_that_the_lab_keeps() -> None:
    """Logits of bfloat16 tie often: which of equals top-p keeps is decided by their ids, top-k keeps them all."""
    logits = torch.full((400,), -5.0)
    tied = [7, 50, 120, 333]
    logits[tied] = 4.0
    cases, wanted = [], []
    for tried in (Decoding(strategy="sample", top_p=0.5), Decoding(strategy="sample", top_k=2)):
        values = penalties.run((), logits, [])
        step = trace((), values, [], 0, 7, tied, whole=True)
        cases.append((encode(waterfall_step(step, [], str)), encode(tried)))
        expected = penalties.run(chain(tried), logits, [])[-1]
        wanted.append({token for token in tied if expected[token] > -torch.inf})
    assert wanted == [{7, 50, 120}, set(tied)]
    for found, (step, _), kept in zip(folded(cases), cases, wanted, strict=True):
        left = zip(step["candidates"], found["stages"][-1]["values"], strict=True)
        assert {one["token"] for one, value in left if value is not None} & set(tied) == kept

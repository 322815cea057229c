"""Samples against `decode`, and which of them agree by hand."""

from __future__ import annotations

import dataclasses

import pytest

from playground.generation.decode import decode
from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.models.language_model import LanguageModel
from playground.topics.generation import sampling
from playground.topics.generation.conftest import PLAIN, TEXT, found_of
from playground.topics.generation.findings import Agreement, Answer, agreement_of
from playground.topics.generation.lab import run
from playground.topics.generation.sampling import Sample
from tests.fakes import OneModel


def test_samples_are_those_of_decode_and_are_drawn_once(lm: LanguageModel) -> None:
    settings = dataclasses.replace(PLAIN, samples=3, length=5, temperature=0.8, seed=31)
    first = found_of(lm, settings).agreement
    asked = sampling.Sampling(3, 5, 0.8, 1.0, 31)
    drawn = sampling.drawn_once(lm, lm.encode(TEXT), asked)
    assert first == agreement_of(drawn)
    row = Decoding(strategy="sample", temperature=0.8)
    for number, one in enumerate(drawn):
        *_, (alone,) = decode(lm, lm.encode(TEXT), [row], max_tokens=5, seed=31 + number)
        assert one.ids == alone.all_ids
        assert one.log_probability == pytest.approx(sum(step.log_probability for step in alone.steps), abs=1e-3)
    passes: list[int] = []
    bench = Bench(OneModel(lm.heard_by(passes.append)))  # type: ignore[arg-type]
    *_, again = run(dataclasses.replace(settings, tree="5.6!1"), bench)
    assert again.findings is not None and again.findings.agreement == first
    assert bench.cost.forward_passes <= 8, "the tree's steps and the readings, no samples"


def sample(ids: tuple[int, ...], text: str = "") -> Sample:
    return Sample(ids, text, -1.0, sampling.first_clause(text))


def test_which_samples_agree_by_hand() -> None:
    drawn = [sample((1, 2, 3), "巴黎。它"), sample((1, 2, 4), " 巴黎，"), sample((1, 9), "里昂"), sample((7,), "巴黎")]
    assert sampling.answers(drawn) == [("巴黎", [0, 1, 3]), ("里昂", [2])]
    assert sampling.agreement(drawn) == [3 / 4, 2 / 4, 1 / 4]
    assert sampling.shared_tokens((1, 2, 3), (1, 2, 4)) == 2
    found = agreement_of(drawn)
    assert found == Agreement(4, (Answer("巴黎", (1, 2, 4)), Answer("里昂", (3,))))
    assert (found.largest.text, found.most, found.share) == ("巴黎", 3, 3 / 4)
    assert agreement_of([]) is None
    assert sampling.first_clause("“，") == "“，"
    assert sampling.first_clause("。\n Paris, of course") == "paris"


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("1.20 at the shop. The", "1.20 at the shop"), ("1.95", "1.95"), ("1,000 people: all", "1,000 people"), ("8:30 in the", "8:30 in the"),
        ("1999, the year", "1999"), ("20% of it.", "20% of it"), ("公园.他", "公园"), ("3：30开始。", "3：30开始"), ("Paris. it", "paris"),
        ("U.S. Army is", "u.s. army is"), ("Dr. Smith at a.com, who", "dr. smith at a.com"), ("J. Smith. He", "j. smith"), ("It was I. Then", "it was i"),
        ("Wait... what", "wait"), ("1.", "1"),
    ],
)  # fmt: skip
def test_a_clause_ends_at_its_marks_and_never_inside_a_number_or_an_abbreviation(text: str, clause: str) -> None:
    assert sampling.first_clause(text) == clause


def test_different_numbers_are_different_answers() -> None:
    """Prices that begin with the same digit, as in samples of a price."""
    drawn = [
        sample((n,), text) for n, text in enumerate(("1.20.", "1.95 each", "1.65, or", "1.20, and", "2.18", "2.60"))
    ]
    assert sampling.answers(drawn)[0] == ("1.20", [0, 3])
    assert len(sampling.answers(drawn)) == 5


def test_samples_start_where_asked(lm: LanguageModel) -> None:
    base = dataclasses.replace(PLAIN, samples=4, length=6, tree="70.71.72!3")
    prompt, node = found_of(lm, base), found_of(lm, dataclasses.replace(base, origin="node"))
    assert prompt.agreement != node.agreement
    asked = sampling.Sampling(4, 6, 1.0, 1.0, 0)
    assert node.agreement == agreement_of(sampling.draw(lm, (*lm.encode(TEXT), 70, 71, 72), asked))
    assert prompt.agreement == agreement_of(sampling.draw(lm, lm.encode(TEXT), asked))
    ended = found_of(lm, dataclasses.replace(base, tree="70.257!2", origin="node"))
    assert ended.agreement == prompt.agreement, "nothing comes after an end token: samples start at the prompt's end"

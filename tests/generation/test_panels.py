"""Panels against the decoding they show; characters of several tokens are never split."""

from __future__ import annotations

import dataclasses
import itertools
import math

import pytest

from playground.generation import metrics
from playground.generation.continuation import Continuation, Ending, Step, parting
from playground.generation.decode import decode
from playground.generation.panels import tokens_panel, tree, waterfall
from playground.generation.settings import Decoding, describe
from playground.generation.trace import Trace, waterfall_step
from playground.lab.codec import decode as read
from playground.lab.codec import encode
from playground.lab.controls import fields_of
from playground.lab.text import Text
from playground.lab.token_panels import Tree, Waterfall
from playground.language.units import named_pieces, shown_pieces, token_name
from playground.models.language_model import LanguageModel

PENALISED = Decoding(repetition_penalty=1.3, presence_penalty=0.5, frequency_penalty=0.2, no_repeat_ngram=2)
FILTERED = Decoding(strategy="sample", temperature=0.7, top_k=40, top_p=0.8, min_p=0.02, repetition_penalty=1.2)


@pytest.fixture(scope="module")
def continued(tiny_lm: LanguageModel) -> tuple[Continuation, ...]:
    rows = [Decoding(), PENALISED, FILTERED, Decoding(strategy="beam", beams=3, beam_groups=3)]
    *_, end = decode(tiny_lm, tiny_lm.encode("a b a b 你好"), rows, max_tokens=16, traced=True, end_ids=frozenset())
    return end


def test_an_unfinished_character_is_withheld(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("a你好")[1:]
    for length in range(1, len(ids) + 1):
        seen = shown_pieces(tiny_lm, ids[:length])
        assert len(seen) == length
        assert "".join(seen) == "a你好"[: 1 + (length - 1) // 3]
    # Invalid bytes are shown once more tokens are generated.
    assert shown_pieces(tiny_lm, [ids[1], ids[0], ids[0], ids[0]])[0] == "\ufffd"


def test_an_incomplete_character_of_a_context_is_named_by_its_bytes(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode("a你好b", bos=False)
    assert named_pieces(tiny_lm, ids) == ["a", "你", "", "", "好", "", "", "b"]
    assert named_pieces(tiny_lm, ids[:6]) == ["a", "你", "", "", "<0xE5>", "<0xA5>"]
    assert named_pieces(tiny_lm, [ids[2], ids[0]]) == ["<0xBD>", "a"]
    for length in range(1, 6):
        *_, (one,) = decode(tiny_lm, ids[:length], [Decoding()], max_tokens=2, traced=True, end_ids=frozenset())
        panel = waterfall(tiny_lm, one)
        assert panel is not None
        assert not any("\ufffd" in piece for step in panel.steps for piece in step.context)


def test_tokens_say_what_the_steps_say(tiny_lm: LanguageModel, continued: tuple[Continuation, ...]) -> None:
    panel = tokens_panel(tiny_lm, continued[1], continued[0])
    assert panel.prompt == "a b a b 你好"
    assert panel.ending is not None
    assert len(panel.tokens) == 16
    assert panel.divergence == metrics.divergence(continued[1].all_ids, continued[0].all_ids)
    for token, step in zip(panel.tokens, continued[1].steps, strict=True):
        assert token.probability == pytest.approx(math.exp(step.log_probability))
        assert token.chosen_probability is not None
        assert len(token.alternatives) == 5
    assert all(token.chosen_probability is None for token in tokens_panel(tiny_lm, continued[0]).tokens)


def test_parting_waits_for_what_may_still_come() -> None:
    def one(ids: list[int], ending: Ending | None = None) -> Continuation:
        return Continuation((1,), tuple(Step(token, -1.0, 1, None, ()) for token in ids), ending)

    assert parting(one([1, 2]), one([1, 2, 3])) is None
    assert parting(one([1, 2], Ending.END), one([1, 2, 3])) == 2
    assert parting(one([1, 2], Ending.LENGTH), one([1, 2, 3])) is None
    assert parting(one([1, 9]), one([1, 2, 3])) == 1


def test_the_waterfall_against_the_definitions(tiny_lm: LanguageModel, continued: tuple[Continuation, ...]) -> None:
    """Every value is recomputed with plain Python from one forward pass over the whole sequence."""
    one = continued[1]
    panel = waterfall(tiny_lm, one)
    assert panel is not None
    assert read(Waterfall, encode(panel)) == panel
    sequence = [*one.prompt, *one.all_ids]
    logits = tiny_lm.logits(sequence)
    for number, (step, chosen) in enumerate(zip(panel.steps, one.steps, strict=True)):
        seen = sequence[: len(one.prompt) + number]
        assert len(step.context) == len(seen)
        assert [stage.name.en for stage in step.stages if not isinstance(stage.name, str)] == [
            "raw logit", "repetition penalty", "presence penalty", "frequency penalty", "no-repeat n-gram", "probability",
        ]  # fmt: skip
        assert chosen.trace is not None
        bigrams = set(itertools.pairwise(seen))
        for place, token in enumerate(chosen.trace.candidates):
            x = float(logits[len(seen) - 1, token])
            count = seen.count(token)
            penalised = x if not count else (x / 1.3 if x > 0 else x * 1.3)
            values = [x, penalised, penalised - 0.5 * (count > 0), penalised - 0.5 * (count > 0) - 0.2 * count]
            for stage, value in zip(step.stages, values, strict=False):
                assert stage.values[place] == pytest.approx(value, abs=2e-3)
            banned = (seen[-1], token) in bigrams
            assert (step.stages[4].values[place] is None) is banned
            assert step.candidates[place].causes == tuple(at for at, other in enumerate(seen) if other == token)
        assert sum(candidate.chosen for candidate in step.candidates) == 1
        assert step.remaining == tiny_lm.vocabulary - len({second for first, second in bigrams if first == seen[-1]})


def test_the_waterfall_of_a_sample_ends_in_what_is_drawn_from(
    tiny_lm: LanguageModel, continued: tuple[Continuation, ...]
) -> None:
    panel = waterfall(tiny_lm, continued[2])
    assert panel is not None
    for step, chosen in zip(panel.steps, continued[2].steps, strict=True):
        last = step.stages[-1]
        place = next(at for at, candidate in enumerate(step.candidates) if candidate.chosen)
        assert last.unit == "probability"
        assert last.values[place] == pytest.approx(chosen.chosen_probability)
        assert step.remaining is not None
        if step.remaining <= 5:
            assert sum(value for value in last.values if value) == pytest.approx(1, abs=1e-4)


def test_a_long_context_keeps_its_causes() -> None:
    name = Text(zh="甲", en="raw")
    step = Trace(300, 7, (7, 8), ((0, 3, 172, 173, 299), ()), ((name, "x", "logit"),), ((1.0, None),), (1.0, None), 1)
    context = [str(at) for at in range(400)]
    panel = waterfall_step(step, context, str)
    # 128 pieces, the first replaced by "…".
    assert panel.context == ("…", *map(str, range(173, 300)))
    assert panel.candidates[0].causes == (0, 1, 127)
    assert [panel.context[at] for at in panel.candidates[0].causes] == ["…", "173", "299"]
    short = waterfall_step(dataclasses.replace(step, position=4, causes=((0, 3), ())), context, str)
    assert short.context == ("0", "1", "2", "3")
    assert short.candidates[0].causes == (0, 3)


def test_a_beam_adds_up_log_probabilities(tiny_lm: LanguageModel, continued: tuple[Continuation, ...]) -> None:
    panel = waterfall(tiny_lm, continued[3])
    assert panel is not None
    raw, log, *_ = panel.steps[3].stages
    assert (raw.unit, log.unit) == ("logit", "log-probability")
    before = tiny_lm.logits([*continued[3].prompt, *continued[3].all_ids[:3]])[-1]
    for one, other in zip(raw.values, log.values, strict=True):
        assert one is not None
        assert other == pytest.approx(one - float(before.logsumexp(-1)), abs=1e-3)


def test_the_tree_panel(tiny_lm: LanguageModel, continued: tuple[Continuation, ...]) -> None:
    panel = tree(tiny_lm, continued[3], Decoding(strategy="beam"))
    assert panel is not None
    assert read(Tree, encode(panel)) == panel
    assert {node.group for node in panel.nodes} == {0, 1, 2}
    by_id = {node.id: node for node in panel.nodes}
    for node in panel.nodes[1:]:
        assert node.parent is not None
        parent = by_id[node.parent]
        assert node.step == parent.step + 1
        assert node.log_probability == pytest.approx(
            (parent.log_probability or 0) + math.log(node.probability or 1), abs=1e-3
        )
    line = tree(tiny_lm, continued[0], Decoding())
    assert line is not None
    assert panel.score_label and not line.score_label, "one path has nothing to be ranked against"
    assert [node.text for node in line.nodes if node.kept][1:] == [
        tree_text(tiny_lm, token) for token in continued[0].all_ids
    ]
    end = next(node for node in line.nodes if node.rank == 1)
    assert end.score == pytest.approx(
        metrics.mean_log_probability([step.log_probability for step in continued[0].steps])
    )


def tree_text(lm: LanguageModel, token: int) -> str:
    return token_name(lm, token)


def test_figures() -> None:
    ids = [1, 2, 1, 2, 3]
    assert metrics.distinct(ids, 1) == 3 / 5
    assert metrics.distinct(ids, 2) == 3 / 4
    assert metrics.repeated(ids, 2) == pytest.approx(1 / 4)
    assert metrics.distinct([1], 2) is None
    assert metrics.mean_log_probability([]) is None
    assert metrics.divergence([1, 2], [1, 3]) == 1
    assert metrics.divergence([1, 2], [1, 2]) is None
    assert metrics.divergence([1], [1, 2]) == 1


def test_descriptions() -> None:
    assert describe(Decoding()).en == "greedy"
    assert describe(Decoding(repetition_penalty=1.2)).zh == "重复惩罚 1.2"
    assert (
        describe(Decoding(strategy="sample", repetition_penalty=1.2, temperature=0.8)).zh == "重复惩罚 1.2 · 温度 0.8"
    )
    assert describe(Decoding(strategy="sample")).en == "sample"
    assert describe(Decoding(strategy="beam", beams=4, top_k=3)).en == "beam search 4"
    # There are never more groups than beams, and a single beam has no group.
    assert (
        describe(Decoding(strategy="beam", beams=2, beam_groups=4)).en
        == "beam search 2 · groups 2 · diversity penalty 1"
    )
    assert describe(Decoding(strategy="beam", beams=1, beam_groups=4)).en == "beam search 1"
    # Every difference from greedy search is described.
    for item in fields_of(Decoding):
        if item.path not in ("strategy", "count_prompt"):
            strategy = item.control.shown_when.values[0] if item.control.shown_when else "greedy"
            high = item.control.low if item.path == "top_p" else item.control.high  # type: ignore[attr-defined]
            changed = Decoding(
                strategy=strategy, beam_groups=2, **({item.path: high} if item.path != "beam_groups" else {})
            )
            assert f"{changed.__dict__[item.path]:g}" in describe(changed).en, item.path

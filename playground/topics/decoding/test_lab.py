"""The lab against `generate`, against the model's own forward pass, and against its own words."""

from __future__ import annotations

import dataclasses
import math

import pytest
import torch

from playground.generation.settings import Decoding
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.decoding.lab import MOST_PROMPT_TOKENS, TOPIC, Result, Settings, run
from playground.topics.decoding.words import PREDICTION, follow_ups
from tests.conftest import tiny_llama, wrap

PENALISED = Decoding(repetition_penalty=1.4)
BEAM = Decoding(strategy="beam", beams=3)


class Fixed:
    """Gives the same model under every variant."""

    def __init__(self, lm: LanguageModel) -> None:
        self.lm = lm

    def get(self, *arguments: object) -> LanguageModel:
        return self.lm

    writable = get


def finish(lm: LanguageModel, settings: Settings) -> Result:
    *_, last = run(settings, Bench(Fixed(lm)))  # type: ignore[arg-type]
    return last


def settings_of(a: Decoding, b: Decoding, max_tokens: int = 20) -> Settings:
    return Settings(text="abc abc 你好 abc", a=a, b=b, max_tokens=max_tokens)


@pytest.fixture(scope="module")
def lm() -> LanguageModel:
    # No end token comes up, so that every run has all its tokens.
    module = tiny_llama()
    module.generation_config.eos_token_id = None
    module.config.eos_token_id = None
    return wrap(module)


def generated(lm: LanguageModel, settings: Settings, **flags: object) -> list[int]:
    ids = torch.tensor([lm.encode(settings.text)])
    out = lm.module.generate(  # type: ignore[operator]
        ids,
        attention_mask=torch.ones_like(ids),
        do_sample=False,
        max_new_tokens=settings.max_tokens,
        pad_token_id=258,
        **flags,
    )
    return out[0, ids.shape[1] :].tolist()  # type: ignore[no-any-return]


def test_both_sides_token_for_token_with_generate(lm: LanguageModel) -> None:
    settings = settings_of(Decoding(), PENALISED)
    result = finish(lm, settings)
    assert result.outputs is not None
    for side, flags in ((result.outputs.a, {}), (result.outputs.b, {"repetition_penalty": 1.4})):
        ids = generated(lm, settings, **flags)
        kept = [
            piece if "\ufffd" not in piece or at < len(ids) - 3 else None for at, piece in enumerate(pieces(lm, ids))
        ]
        for token, piece in zip(side.tokens, kept, strict=True):
            assert piece is None or token.text == piece
    beams = settings_of(Decoding(), BEAM)
    tree = finish(lm, beams).tree
    assert tree is not None
    (winner,) = [node for node in tree.b.nodes if node.rank == 1]
    assert winner.step == len(generated(lm, beams, num_beams=3))


def test_equal_sides_are_equal_in_every_number(lm: LanguageModel) -> None:
    for row in (Decoding(), PENALISED, BEAM, Decoding(strategy="sample", temperature=1.5)):
        result = finish(lm, settings_of(row, row))
        for name in ("outputs", "waterfall", "tree"):
            side = getattr(result, name)
            assert side.a == side.b, name
        assert result.figures is not None
        assert all(item.a == item.b for item in result.figures.items)
        outcome = PREDICTION.outcome(result)
        assert outcome is not None
        assert outcome.answer == "never"


def test_the_strip_and_the_curve_against_one_forced_pass(lm: LanguageModel) -> None:
    settings = settings_of(Decoding(), PENALISED)
    result = finish(lm, settings)
    assert result.figures is not None
    assert result.likelihood is not None
    prompt = lm.encode(settings.text)
    for side, flags in (("a", {}), ("b", {"repetition_penalty": 1.4})):
        ids = generated(lm, settings, **flags)
        forced = lm.logits([*prompt, *ids])[len(prompt) - 1 : -1].log_softmax(-1)
        expected = [float(row[token]) for row, token in zip(forced, ids, strict=True)]
        line = next(line for line in result.likelihood.lines if line.role == side)
        assert line.y == pytest.approx(expected, abs=1e-3)
        values = [getattr(item, side) for item in result.figures.items]
        fours = [tuple(ids[at : at + 4]) for at in range(len(ids) - 3)]
        twos = [tuple(ids[at : at + 2]) for at in range(len(ids) - 1)]
        assert values[0] == len(set(ids)) / len(ids)
        assert values[1] == len(set(twos)) / len(twos)
        assert values[2] == pytest.approx(sum(four in fours[:at] for at, four in enumerate(fours)) / len(fours))
        assert values[3] == pytest.approx(sum(expected) / len(expected), abs=1e-3)
        assert values[4] == len(ids)


def test_the_waterfall_opens_where_the_penalty_first_changes_the_choice(lm: LanguageModel) -> None:
    settings = settings_of(Decoding(), PENALISED)
    result = finish(lm, settings)
    assert result.outputs is not None
    assert result.waterfall is not None
    a, b = generated(lm, settings), generated(lm, settings, repetition_penalty=1.4)
    first = next(at for at, (one, other) in enumerate(zip(a, b, strict=True)) if one != other)
    assert result.waterfall.a.opened == result.waterfall.b.opened == result.outputs.a.divergence == first
    step = result.waterfall.b.steps[first]
    likeliest = max(range(len(step.candidates)), key=lambda at: step.stages[0].values[at] or -math.inf)
    assert not step.candidates[likeliest].chosen
    assert step.candidates[likeliest].causes, "what was changed had stood before"
    outcome = PREDICTION.outcome(result)
    assert outcome is not None
    assert str(first + 1) in outcome.evidence.en


def test_it_streams_and_a_stop_is_heard(lm: LanguageModel) -> None:
    parts = list(run(settings_of(Decoding(), PENALISED), Bench(Fixed(lm))))  # type: ignore[arg-type]
    lengths = [len(part.outputs.a.tokens) for part in parts if part.outputs]
    assert lengths[0] == 1
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 4
    assert parts[0].outputs is not None
    assert parts[0].outputs.a.ending is None
    assert PREDICTION.outcome(parts[0]) is None


def test_prompts_at_the_edges(lm: LanguageModel) -> None:
    for text in ("a", "。。。", "😀", "a   ", " \n "):
        assert finish(lm, dataclasses.replace(settings_of(Decoding(), PENALISED, 3), text=text)).tree is not None
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(settings_of(Decoding(), PENALISED, 3), text="字" * 400))
    assert caught.value.field == "text"
    assert str(MOST_PROMPT_TOKENS) in caught.value.message.zh


def test_follow_ups_belong_to_the_state(lm: LanguageModel) -> None:
    greedy, beam = (
        follow_ups(s, finish(lm, s)) for s in (settings_of(Decoding(), Decoding()), settings_of(Decoding(), BEAM))
    )
    assert "beam" in " ".join(item.question.en for item in beam)
    assert "beam" not in " ".join(item.question.en for item in greedy)
    assert follow_ups(settings_of(Decoding(), BEAM), Result()) == ()


def test_failures_name_settings_that_exist() -> None:
    assert len(TOPIC.failures) >= 4
    for failure in TOPIC.failures:
        assert failure.expect.zh != failure.label.zh

"""The lab's findings and panels against `generate` and against the model's own forward pass, on a tiny random model."""

from __future__ import annotations

import dataclasses
import math
import re

import pytest
import torch

from playground.generation.constraint import NAME
from playground.lab.bench import Bench
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.decoding.findings import Findings
from playground.topics.decoding.lab import MOST_PROMPT_TOKENS, run
from playground.topics.decoding.settings import Constrained, Result, Settings, described
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel

PENALISED = Constrained(repetition_penalty=1.4)
BEAM = Constrained(strategy="beam", beams=3)


def finish(lm: LanguageModel, settings: Settings) -> Result:
    result: Result | None = None
    for new in run(settings, Bench(OneModel(lm))):  # type: ignore[arg-type]
        result = merged(result, new)
    assert result is not None
    return result


def findings(lm: LanguageModel, settings: Settings) -> Findings:
    found = finish(lm, settings).findings
    assert found is not None
    return found


def settings_of(a: Constrained, b: Constrained, max_tokens: int = 20) -> Settings:
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
    settings = settings_of(Constrained(), PENALISED)
    result = finish(lm, settings)
    assert result.outputs is not None
    for side, flags in ((result.outputs.a, {}), (result.outputs.b, {"repetition_penalty": 1.4})):
        ids = generated(lm, settings, **flags)
        kept = [
            piece if "\ufffd" not in piece or at < len(ids) - 3 else None for at, piece in enumerate(pieces(lm, ids))
        ]
        for token, piece in zip(side.tokens, kept, strict=True):
            assert piece is None or token.text == piece
    beams = settings_of(Constrained(), BEAM)
    result = finish(lm, beams)
    assert result.tree is not None
    assert result.findings is not None
    (winner,) = [node for node in result.tree.b.nodes if node.rank == 1]
    assert winner.step == result.findings.b.lengths[0] == len(generated(lm, beams, num_beams=3))
    assert list(result.findings.b.scores) == sorted(result.findings.b.scores, reverse=True)


def test_equal_sides_are_equal_in_every_number(lm: LanguageModel) -> None:
    for row in (Constrained(), PENALISED, BEAM, Constrained(strategy="sample", temperature=1.5)):
        result = finish(lm, settings_of(row, row))
        for name in ("outputs", "waterfall", "tree"):
            side = getattr(result, name)
            assert side.a == side.b, name
        assert result.figures is not None
        assert all(item.a == item.b for item in result.figures.items)
        assert not any(item.better for item in result.figures.items), "high isn't good, nor is low"
        assert result.findings is not None
        assert result.findings.a == result.findings.b
        assert result.findings.parting is None


def test_the_figures_against_one_forced_pass(lm: LanguageModel) -> None:
    settings = settings_of(Constrained(), PENALISED)
    result = finish(lm, settings)
    assert result.findings is not None
    assert result.likelihood is not None
    prompt = lm.encode(settings.text)
    for side, flags in (("a", {}), ("b", {"repetition_penalty": 1.4})):
        ids = generated(lm, settings, **flags)
        forced = lm.logits([*prompt, *ids])[len(prompt) - 1 : -1].log_softmax(-1)
        expected = [float(row[token]) for row, token in zip(forced, ids, strict=True)]
        line = next(line for line in result.likelihood.lines if line.role == side)
        assert line.y == pytest.approx(expected, abs=1e-3)
        found = getattr(result.findings, side)
        fours = [tuple(ids[at : at + 4]) for at in range(len(ids) - 3)]
        twos = [tuple(ids[at : at + 2]) for at in range(len(ids) - 1)]
        in_loop = [expected[at + 3] for at in range(len(fours)) if fours[at] in fours[:at]]
        assert found.distinct_1 == len(set(ids)) / len(ids)
        assert found.distinct_2 == len(set(twos)) / len(twos)
        assert found.repeated_4 == pytest.approx(len(in_loop) / len(fours))
        assert found.mean_log_probability == pytest.approx(sum(expected) / len(expected), abs=1e-3)
        assert found.tokens == len(ids)
        if in_loop:
            assert found.looping_log_probability == pytest.approx(sum(in_loop) / len(in_loop), abs=1e-3)
        else:
            assert found.looping_log_probability is None


def test_sampling_tells_how_many_tokens_stayed_possible(lm: LanguageModel) -> None:
    found = findings(lm, settings_of(Constrained(strategy="sample", top_k=5, top_p=1.0), Constrained()))
    assert (found.a.fewest_kept, found.a.most_kept) == (5, 5)
    vocabulary = lm.module.get_input_embeddings().weight.shape[0]  # type: ignore[operator,union-attr]
    assert (found.b.fewest_kept, found.b.most_kept) == (vocabulary, vocabulary)
    beams = findings(lm, settings_of(Constrained(), BEAM)).b
    assert (beams.fewest_kept, beams.most_kept) == (vocabulary, vocabulary)


def test_the_waterfall_opens_where_the_penalty_first_changes_the_choice(lm: LanguageModel) -> None:
    settings = settings_of(Constrained(), PENALISED)
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
    assert result.findings is not None
    parting = result.findings.parting
    assert parting is not None
    assert parting.token == first + 1
    ids = lm.encode(settings.text) + b[:first]
    probabilities = lm.logits(ids)[-1].softmax(-1)
    assert parting.probability == pytest.approx(float(probabilities[b[first]]), abs=1e-4)
    assert parting.rank == 1 + int((probabilities > probabilities[b[first]]).sum())


def test_an_expression_holds_one_side_and_leaves_the_other(lm: LanguageModel) -> None:
    held = Constrained(regex="(yes|no), [0-9]{2}!")
    result = finish(lm, settings_of(Constrained(), held))
    free = finish(lm, settings_of(Constrained(), Constrained()))
    assert result.findings is not None and free.findings is not None and result.outputs is not None
    assert re.fullmatch("(yes|no), [0-9]{2}!", result.findings.b.text)
    assert result.findings.a.text == free.findings.a.text
    assert result.findings.b.fewest_kept == 1 and result.findings.b.most_kept == 10
    assert result.outputs.b.ending is not None and "matched" in result.outputs.b.ending.en
    assert result.waterfall is not None
    names = [stage.name for stage in result.waterfall.b.steps[0].stages]
    assert NAME in names and NAME not in [stage.name for stage in result.waterfall.a.steps[0].stages]
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, settings_of(Constrained(), Constrained(regex="(a")))
    assert caught.value.field == "b.regex"


def test_beams_that_end_at_different_lengths_are_reordered(lm: LanguageModel) -> None:
    found = findings(
        lm,
        settings_of(
            *(
                Constrained(strategy="beam", beams=4, regex="(ab|c|defgh|i)!", length_penalty=alpha)
                for alpha in (0.0, 4.0)
            )
        ),
    )
    assert sorted(found.a.lengths) == sorted(found.b.lengths) == [2, 2, 3, 6]
    assert found.a.lengths[0] < found.b.lengths[0] == 6


def test_sides_are_described_by_what_differs_from_greedy_search() -> None:
    assert described(Constrained()).en == "greedy"
    assert described(Constrained(regex="[0-9]+", temperature=2.0)).zh == "贪心 · 正则 [0-9]+"
    assert described(Constrained(regex="{" * 60)).en == "greedy · expression " + "{" * 40 + "…"


def test_it_streams_and_a_stop_is_heard(lm: LanguageModel) -> None:
    parts = list(run(settings_of(Constrained(), PENALISED), Bench(OneModel(lm))))  # type: ignore[arg-type]
    lengths = [len(part.outputs.a.tokens) for part in parts if part.outputs]
    assert lengths[0] == 1
    assert lengths == sorted(lengths)
    assert len(set(lengths)) > 4
    assert parts[0].outputs is not None
    assert parts[0].outputs.a.ending is None
    assert parts[0].findings is None


def test_prompts_at_the_edges(lm: LanguageModel) -> None:
    for text in ("a", "。。。", "😀", "a   ", " \n "):
        assert finish(lm, dataclasses.replace(settings_of(Constrained(), PENALISED, 3), text=text)).tree is not None
    with pytest.raises(PlaygroundError) as caught:
        finish(lm, dataclasses.replace(settings_of(Constrained(), PENALISED, 3), text="字" * 400))
    assert caught.value.field == "text"
    assert str(MOST_PROMPT_TOKENS) in caught.value.message.zh


def test_both_sides_share_one_prefill_and_each_pass(lm: LanguageModel) -> None:
    bench = Bench(OneModel(lm))  # type: ignore[arg-type]
    settings = settings_of(Constrained(), PENALISED, max_tokens=6)
    assert any(part.findings for part in run(settings, bench))
    assert (bench.cost.forward_passes, bench.cost.tokens) == (6, len(lm.encode(settings.text)) + 5 * 2)

"""The decoding loop against `generate`, and batched rows against single ones."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from playground.generation.continuation import Continuation, Ending
from playground.generation.decode import decode, draw
from playground.generation.prefix_cache import PrefixCache
from playground.generation.settings import Decoding, describe
from playground.lab.errors import Cancelled, PlaygroundError
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap

PROMPT = "a b a b 你好 a b"
GREEDY = Decoding()
SAMPLE = Decoding(strategy="sample", temperature=0.8, top_k=50, top_p=0.9)
BEAM = Decoding(strategy="beam", beams=3)
SETTINGS = [
    GREEDY,
    Decoding(repetition_penalty=1.3),
    Decoding(no_repeat_ngram=2),
    Decoding(repetition_penalty=1.2, no_repeat_ngram=3),
    SAMPLE,
    Decoding(strategy="sample", min_p=0.05, repetition_penalty=1.4),
]

TEXTS = [
    "从前有一座山，山上有一座庙，", "生活的意义在于", "北京是中国的首都，", "今天天气很好，我们", "人工智能正在改变",
    "她推开门，看见", "这本书讲的是", "学习一门语言最好的办法是", "2024年，公司的收入", "妈妈说：“",
    "The capital of France is", "Once upon a time, there was", "The best way to learn is", "She opened the door and", "In 2024, the company",
    "def add(a, b):\n", "Machine learning is", "Roses are red,", "He said that", "1, 2, 3, 4,",
]  # fmt: skip


def last(
    lm: LanguageModel, ids: list[int], rows: list[Decoding], max_tokens: int = 24, **options: object
) -> tuple[Continuation, ...]:
    *_, end = decode(lm, ids, rows, max_tokens=max_tokens, **options)  # type: ignore[arg-type]
    return end


def generate(lm: LanguageModel, ids: list[int], decoding: Decoding, max_tokens: int = 24) -> list[int]:
    """Returns the library's continuation with the same settings."""
    flags: dict[str, object] = {}
    if decoding.strategy == "sample":
        flags = dict(
            temperature=decoding.temperature, top_k=decoding.top_k, top_p=decoding.top_p, min_p=decoding.min_p or None
        )
    if decoding.no_repeat_ngram:
        flags |= dict(no_repeat_ngram_size=decoding.no_repeat_ngram)
    out = lm.module.generate(  # type: ignore[operator]
        torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=decoding.strategy == "sample",
        repetition_penalty=decoding.repetition_penalty, max_new_tokens=max_tokens, **flags,
    )  # fmt: skip
    return out[0, len(ids) :].tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("module", [tiny_llama(), tiny_llama(3), tiny_gpt2()], ids=["llama", "other-seed", "gpt2"])
@pytest.mark.parametrize("decoding", SETTINGS, ids=lambda decoding: describe(decoding).en)
def test_token_for_token_with_generate(
    module: torch.nn.Module, decoding: Decoding, monkeypatch: pytest.MonkeyPatch
) -> None:
    lm = wrap(module)
    ids = lm.encode(PROMPT)
    # Sampling: the library samples with the same function and seed.
    own = torch.Generator().manual_seed(11)
    monkeypatch.setattr(torch, "multinomial", lambda p, num_samples: torch.tensor([[draw(p[0].log(), own)]]))
    assert list(last(lm, ids, [decoding], seed=11)[0].all_ids) == generate(lm, ids, decoding)


def test_a_row_in_a_batch_is_what_it_is_alone(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    rows = [*SETTINGS, Decoding(strategy="beam", beams=3), Decoding(strategy="beam", beams=4, beam_groups=2)]
    together = last(tiny_lm, ids, rows, seed=5)
    for row, one in zip(rows, together, strict=True):
        assert last(tiny_lm, ids, [row], seed=5)[0].all_ids == one.all_ids, describe(row).en


def test_seeds(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    same = last(tiny_lm, ids, [SAMPLE, SAMPLE], seed=3)
    # Rows of one batch lie apart in memory, and may differ in a number's last bit.
    assert same[0].all_ids == same[1].all_ids
    other = last(tiny_lm, ids, [SAMPLE, SAMPLE], seed=[3, 4])
    assert other[0].all_ids == same[0].all_ids
    assert other[1].all_ids != same[1].all_ids


def test_draws_follow_the_distribution() -> None:
    logits = torch.tensor([0.5, -torch.inf, 2.0, 1.0])
    generator = torch.Generator().manual_seed(0)
    counts = torch.bincount(torch.tensor([draw(logits, generator) for _ in range(20_000)]), minlength=4) / 20_000
    # Three standard errors of a proportion of 20,000 samples are about 0.01.
    assert torch.allclose(counts, logits.softmax(-1), atol=0.011)
    assert counts[1] == 0


def test_an_end_token_ends_its_row_alone(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    free, penalised = last(tiny_lm, ids, [GREEDY, SETTINGS[1]])
    end = next(token for token in free.all_ids if token not in penalised.all_ids)
    at = free.all_ids.index(end)
    ended, other = last(tiny_lm, ids, [GREEDY, SETTINGS[1]], end_ids=frozenset({end}))
    assert (ended.all_ids, ended.ids, ended.ending) == (free.all_ids[: at + 1], free.all_ids[:at], Ending.END)
    assert other.all_ids == penalised.all_ids


def test_what_a_step_says_against_one_plain_forward_pass(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    for one in last(tiny_lm, ids, [SETTINGS[1], Decoding(strategy="beam", beams=3)]):
        logits = tiny_lm.logits([*ids, *one.all_ids])[len(ids) - 1 : -1]
        for step, row in zip(one.steps, logits, strict=True):
            probabilities = row.softmax(-1)
            assert step.probability == pytest.approx(float(probabilities[step.token]), rel=1e-3)
            assert step.rank == int((row.argsort(descending=True) == step.token).nonzero()) + 1
            best = [token for token in row.argsort(descending=True).tolist() if token != step.token][:5]
            assert [token for token, _ in step.alternatives] == best


def test_the_prompt_counts_or_not(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    row = Decoding(no_repeat_ngram=1, count_prompt=False)
    counted = dataclasses.replace(row, count_prompt=True)
    without, with_prompt = last(tiny_lm, ids, [row, counted], max_tokens=60)
    assert len(set(without.all_ids)) == len(set(with_prompt.all_ids)) == 60
    assert set(without.all_ids) & set(ids)
    assert not set(with_prompt.all_ids) & set(ids)


def test_stop_strings_and_the_window(tiny_lm: LanguageModel) -> None:
    ids = tiny_lm.encode(PROMPT)
    text = tiny_lm.decode(last(tiny_lm, ids, [GREEDY])[0].ids)
    stop = next(character for character in text if character.isascii())
    stopped = last(tiny_lm, ids, [GREEDY], stop=[stop])[0]
    assert stopped.ending is Ending.STOP
    assert tiny_lm.decode(stopped.ids).index(stop) == len(tiny_lm.decode(stopped.ids)) - 1
    long = [97] * (tiny_lm.context - 3)
    assert last(tiny_lm, long, [GREEDY, Decoding(strategy="beam")])[0].ending in (Ending.CONTEXT, Ending.END)
    for bad in ([], [97] * tiny_lm.context):
        with pytest.raises(PlaygroundError):
            last(tiny_lm, bad, [GREEDY])


def test_a_prefix_saves_the_prompt_and_gives_the_same(tiny_lm: LanguageModel) -> None:
    ids, passes, rows = tiny_lm.encode(PROMPT), list[int](), [GREEDY, BEAM, dataclasses.replace(SAMPLE, top_k=0)]
    prefix = PrefixCache().after(tiny_lm, [ids[:4], ids[4:]])
    heard = tiny_lm.heard_by(passes.append)
    for row in rows:
        assert last(heard, ids, [row], prefix=prefix)[0].all_ids == last(tiny_lm, ids, [row])[0].all_ids
    assert max(passes) < len(ids), "the prompt was put through again"
    with pytest.raises(ValueError):
        last(tiny_lm, ids[:-1], [GREEDY], prefix=prefix)


def test_it_streams_and_stops_within_a_pass(tiny_lm: LanguageModel) -> None:
    seen: list[int] = []

    def stop_at_four(tokens: int) -> None:
        seen.append(tokens)
        if len(seen) == 4:
            raise Cancelled

    stream = decode(
        tiny_lm.heard_by(stop_at_four), tiny_lm.encode(PROMPT), [GREEDY, SAMPLE], max_tokens=24, end_ids=frozenset()
    )
    assert [len(next(stream)[0].steps) for _ in range(3)] == [1, 2, 3]
    with pytest.raises(Cancelled):
        next(stream)
    # The prompt once for both rows, then one token of each.
    assert seen == [len(tiny_lm.encode(PROMPT)), 2, 2, 2]


@pytest.mark.model
def test_twenty_texts_in_both_languages_equal_generate_on_the_real_model(float_lm: LanguageModel) -> None:
    penalised = Decoding(repetition_penalty=1.2, no_repeat_ngram=3)
    for number, text in enumerate(TEXTS):
        ids = float_lm.encode(text)
        rows = [GREEDY, penalised] if number % 10 == 0 else [GREEDY]
        for row, one in zip(rows, last(float_lm, ids, rows, 8), strict=True):
            assert list(one.all_ids) == generate(float_lm, ids, row, 8), text


@pytest.mark.model
def test_beams_equal_generate_on_the_real_model(float_lm: LanguageModel) -> None:
    for text in (TEXTS[0], TEXTS[-1]):
        ids = float_lm.encode(text)
        ours = last(float_lm, ids, [Decoding(strategy="beam", beams=4, length_penalty=0.5)], 16)[0]
        theirs = float_lm.module.generate(  # type: ignore[operator]
            torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long), do_sample=False, num_beams=4,
            length_penalty=0.5, max_new_tokens=16, output_scores=True, return_dict_in_generate=True,
        )  # fmt: skip
        assert list(ours.all_ids) == theirs.sequences[0, len(ids) :].tolist()
        assert ours.score == pytest.approx(float(theirs.sequences_scores[0]), rel=1e-3)

"""The lab against independent references: sums by hand, the model's own masks and cache; its memory and its refusals."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch

from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.models.operations import work
from playground.topics.long_text import bounds, findings, interview, reading, splits, views
from playground.topics.long_text.conftest import SMALL, TEXT, finish, found_of, ids_of, local_lm, naive, nothing
from playground.topics.long_text.findings import Findings
from playground.topics.long_text.lab import attention_share, run
from tests.conftest import tiny_gpt2, tiny_llama, wrap
from tests.fakes import OneModel

# ---- what a layer sees, and bytes


def test_masks_are_the_models_own() -> None:
    lm = local_lm()
    assert views.window_of(lm) == 24
    local, full = (views.allowed(lm, 60, local=side) for side in (True, False))
    rows, columns = np.indices((60, 60))
    assert (full == (columns <= rows)).all()
    assert (local == ((columns <= rows) & (columns > rows - 24))).all()
    # And what the model computes: where attention is 0 in every head, the mask was.
    ids = ids_of(TEXT)[:60]
    weights = lm.attentions(ids)
    for layer in range(lm.layers):
        seen = (weights[layer] > 0).any(0).numpy()
        assert (seen == (full if layer in lm.full_layers else local)).all(), layer


def test_a_coarse_mask_holds_the_share_of_allowed_pairs() -> None:
    local, full = views.masks(local_lm())
    assert local.length == full.length == 48
    assert full.shares.mean() == pytest.approx((48 * 49 / 2) / 48**2)
    assert local.shares.mean() == pytest.approx(sum(min(row + 1, 24) for row in range(48)) / 48**2)
    same = views.masks(wrap(tiny_llama()))
    assert (same[0].shares == same[1].shares).all()


def test_the_last_tokens_attention_adds_up_and_local_layers_end_at_the_window() -> None:
    lm, ids = local_lm(), [*reading.start_of(local_lm()), *ids_of(TEXT)[:100]]
    before = reading.read(lm, ids[:-1])
    looked = views.reach(lm, ids, before.cache)
    assert before.cache.get_seq_length() == len(ids) - 1, "the cache is left as it was"
    for layer, shares in enumerate(looked.shares):
        assert sum(share or 0.0 for share in shares) == pytest.approx(1, abs=1e-3)
        assert (shares[0] is None) == (layer not in lm.full_layers)
    assert findings.reaches(looked, lm.full_layers) == (23, 100)
    whole = lm.attentions(ids)[2, :, -1].mean(0)
    assert looked.shares[2][0] == pytest.approx(float(whole[0]), abs=1e-4)
    assert looked.shares[2][1] == pytest.approx(float(whole[-1]), abs=1e-4)


def test_bytes_by_formula_are_those_of_the_tensors_past_the_window() -> None:
    found = found_of(SMALL)
    assert found.tokens > 3 * 24
    assert found.key_values.measured == found.key_values.formula
    shape = KeyValueShape.of(local_lm())
    last = list(found.key_values.measured)[-1]
    assert found.key_values.all_global[last] == shape.bytes_per_token * int(last)
    assert 0 < found.key_values.saved < 0.8 and found.key_values.local_layers == 4


def test_the_share_of_attention_by_a_count_by_hand() -> None:
    lm, n = local_lm(), 200
    pairs = n * (n + 1) / 2 + 4 * sum(min(place, 24) for place in range(1, n + 1))
    assert attention_share(lm, n) == pytest.approx(4 * 2 * 16 * pairs / work(lm, n).operations, rel=0.02)


# ---- memory


def test_a_run_that_does_not_fit_is_refused_before_it_starts() -> None:
    lm = local_lm()
    wanted, limit = bounds.check(lm, 2000, 500, free=lambda: 10**12)
    assert limit == bounds.MOST_BYTES and wanted.total < limit
    shape = KeyValueShape.of(lm)
    assert wanted.key_values == 2 * shape.bytes_of(2000) and wanted.haystack == bounds.COPIES * shape.bytes_of(500)
    assert bounds.check(lm, 2000, 500, free=lambda: None)[1] == bounds.MOST_BYTES
    for tokens, longest, field in ((3000, 64, "text"), (64, 3000, "longest")):
        with pytest.raises(PlaygroundError) as caught:
            bounds.check(lm, tokens, longest, free=lambda: 1_000_000)
        assert caught.value.field == field
        for said in (caught.value.message.zh, caught.value.message.en):
            assert "MB" in said and "{" not in said


def test_the_lab_asks_for_memory_before_a_forward_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_BYTES", 1000)
    bench = Bench(OneModel(local_lm()))  # type: ignore[arg-type]
    with pytest.raises(PlaygroundError) as caught:
        list(run(SMALL, bench))
    assert caught.value.field in ("text", "longest") and bench.cost.forward_passes == 0


def test_the_need_covers_what_is_really_held() -> None:
    lm, ids = local_lm(), ids_of(TEXT)
    done = reading.read(lm, ids)
    wanted = bounds.need(lm, len(ids), 64)
    assert wanted.key_values >= done.steps[-1].held and wanted.hidden >= done.hidden.nbytes


# ---- cuts


def test_cuts_give_the_text_back_and_keep_sentences_whole() -> None:
    for size in (20, 45, 400):
        for way in (splits.by_characters, splits.by_sentences):
            chunks = way(TEXT, size)
            assert "".join(chunks) == TEXT and max(map(len, chunks)) <= size
    text = "一二三四五六七。八九十。甲乙丙丁戊己庚辛。"
    assert splits.by_sentences(text, 12) == ["一二三四五六七。八九十。", "甲乙丙丁戊己庚辛。"]
    by_characters = splits.measure(local_lm(), text, splits.by_characters(text, 6), nothing)
    assert (by_characters.borders, by_characters.in_sentences) == (3, 2)
    whole = splits.measure(local_lm(), text, splits.by_sentences(text, 12), nothing)
    assert whole.in_sentences == whole.in_words == 0
    own = ids_of("甲乙丙丁戊己庚辛。")[: splits.FIRST]
    assert whole.losses[0] == pytest.approx(
        np.mean([naive(local_lm(), own[:at], own[at]) for at in range(len(own))]), abs=1e-4
    )


# ---- the run


def test_findings_are_json_both_ways_and_the_same_twice() -> None:
    first, again = found_of(SMALL), finish(local_lm(), SMALL).findings
    assert decode(Findings, json.loads(json.dumps(encode(first)))) == first
    assert again is not None and dataclasses.replace(again, measured=first.measured) == first


@pytest.mark.parametrize("text", ["。。！？", "😀🎉👩‍👩‍👧", "a", "同一行\n同一行\r\n同一行", "词" * 400])
def test_odd_texts_work(text: str) -> None:
    found = found_of(dataclasses.replace(SMALL, text=text, longest=32, distractors=""))
    said = interview.verdict(SMALL, found)
    assert "nan" not in said.en and "distracted" not in found.hits
    assert found.scored >= 1


@pytest.mark.parametrize("module", [tiny_llama(max_position_embeddings=2048), tiny_gpt2()])
def test_models_without_local_layers(module: torch.nn.Module) -> None:
    settings = dataclasses.replace(
        SMALL,
        text=TEXT[:60],
        longest=32,
        needle="Ann.",
        literal="?",
        reworded="!",
        answer="Ann",
        others="Bob",
        distractors="",
    )
    lm = wrap(module)
    if lm.context < 300:
        with pytest.raises(PlaygroundError) as caught:
            finish(lm, dataclasses.replace(settings, longest=256))
        assert caught.value.field == "longest"
    found = finish(lm, settings).findings
    assert found is not None and found.key_values.window is None and found.key_values.saved == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"stride": 65}, "stride"),
        ({"answer": "Zoe"}, "answer"),
        ({"answer": "Marta", "needle": "Marta is here.", "others": " Marta , Marta"}, "others"),
        ({"text": "x" * 5000}, "text"),
        ({"longest": 4096}, "longest"),
    ],
)
def test_bad_input_names_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(local_lm(), dataclasses.replace(SMALL, **changes))  # type: ignore[arg-type]
    assert caught.value.field == field
    assert caught.value.message.zh and caught.value.message.en


def test_a_run_stops_within_a_chunk() -> None:
    calls: list[int] = []
    bench = Bench(OneModel(local_lm()))  # type: ignore[arg-type]
    plain = bench.checkpoint

    def stop() -> None:
        calls.append(1)
        plain()
        if len(calls) == 9:
            raise Cancelled

    bench.checkpoint = stop  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        list(run(SMALL, bench))
    assert bench.cost.tokens <= 9 * reading.CHUNK


def test_an_estimate_is_of_runs_and_its_mean_of_tokens() -> None:
    losses = np.arange(40, dtype=np.float64)
    assert findings.units(losses).tolist() == [7.5, 23.5, 35.5]
    assert findings.units(losses[:35]).tolist() == [7.5, 23.5], "a rest of three is no run"
    one = findings.estimate(np.array([2.0]), 0)
    assert (one.mean, one.low, one.high) == (2.0, None, None)


# ---- on the real model


@pytest.mark.model
def test_the_cards_operations_are_the_models(real_lm: LanguageModel) -> None:
    width = KeyValueShape.of(real_lm).head_size
    full = len(real_lm.full_layers)
    assert (real_lm.layers, full, real_lm.heads, width, real_lm.config.sliding_window) == (18, 3, 4, 256, 512)
    each, base = 4 * real_lm.heads * width, work(real_lm, 1, 0).operations
    head = 2 * real_lm.vocabulary * real_lm.hidden_size
    layers = base - head - each * real_lm.layers
    assert layers == pytest.approx(200e6, rel=0.02)
    assert full * each == pytest.approx(12_000, rel=0.03)
    assert layers / (full * each) == pytest.approx(16_000, rel=0.03)
    assert (real_lm.layers - full) * each * 512 == pytest.approx(31.5e6, rel=0.01)
    longer = work(real_lm, 1, 20_000).operations - base
    assert longer == pytest.approx(full * each * 20_000 + (real_lm.layers - full) * each * 511, rel=1e-6)

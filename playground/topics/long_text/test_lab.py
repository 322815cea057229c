"""The lab against independent references: single forward passes, sums by hand, the model's own masks and cache; and its words."""

from __future__ import annotations

import copy
import dataclasses
import functools
import json

import numpy as np
import pytest
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from playground.lab.bench import Bench, Progress
from playground.lab.codec import decode, encode
from playground.lab.controls import fields_of
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.panels import merged
from playground.lab.text import Language
from playground.models.key_values import KeyValueShape
from playground.models.language_model import LanguageModel
from playground.models.operations import work
from playground.topics.long_text import (
    bounds,
    distance,
    findings,
    interview,
    needle,
    panels,
    reading,
    splits,
    strategies,
    views,
)
from playground.topics.long_text.findings import Estimate, Findings, Hits, Measured
from playground.topics.long_text.lab import attention_share, quest_of, run
from playground.topics.long_text.settings import Result, Settings, names_in
from tests.conftest import tiny_gpt2, tiny_llama, wrap
from tests.fakes import OneModel

TEXT = "The harbour gate opens at nine. 港口的门九点开。Nobody but the watch may know the word! 口令每天都换。" * 3
SMALL = Settings(text=TEXT, window=64, stride=16, longest=64, depths=2, chunk=40)


def nothing() -> None:
    """A checkpoint that never stops."""


@functools.cache
def local_lm(context: int = 4096, layers: int = 5) -> LanguageModel:
    """Random Gemma 3 with room for long texts: the third of five layers attends fully, the others to a window of 24."""
    torch.manual_seed(0)
    config = Gemma3TextConfig(
        vocab_size=259, hidden_size=32, intermediate_size=48, num_hidden_layers=layers, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=context, sliding_window=24,
        layer_types=["sliding_attention", "sliding_attention", "full_attention", "sliding_attention", "sliding_attention"][-layers:],
        bos_token_id=256, eos_token_id=257, pad_token_id=258, initializer_range=0.2,
    )  # fmt: skip
    return wrap(Gemma3ForCausalLM(config).eval().requires_grad_(False))


def finish(lm: LanguageModel, settings: Settings) -> Result:
    result: Result | None = None
    for new in run(settings, Bench(OneModel(lm), seconds=600)):  # type: ignore[arg-type]
        result = merged(result, new)
    assert result is not None
    return result


@functools.cache
def found_of(settings: Settings) -> Findings:
    found = finish(local_lm(), settings).findings
    assert found is not None
    return found


def ids_of(text: str) -> list[int]:
    return list(local_lm().tokenizer.encode(text, add_special_tokens=False))


def naive(lm: LanguageModel, context: list[int], target: int) -> float:
    """−log p of a token by one forward pass over nothing but its context."""
    return -float(lm.logits([*reading.start_of(lm), *context])[-1].log_softmax(-1)[target])


# ---- perplexity by strategy


@pytest.mark.parametrize(("window", "stride"), [(64, 16), (40, 40), (33, 7)])
def test_every_strategy_against_a_loop_over_single_forward_passes(window: int, stride: int) -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:150]
    planned = strategies.plan(len(ids), window, stride)
    assert planned.complete and planned.positions == tuple(range(150))
    done = reading.read(lm, [*reading.start_of(lm), *ids[:-1]])
    whole = strategies.whole(lm, ids, done, planned.positions, nothing)
    over = strategies.overlapping(lm, ids, window, planned.blocks, nothing)
    apart = strategies.disjoint(lm, ids, window, planned.positions, nothing)
    for place in range(0, 150, 11):
        end = min((place // stride + 1) * stride, 150)
        expected = {
            "whole": naive(lm, ids[:place], ids[place]),
            "over": naive(lm, ids[max(0, end - window) : place], ids[place]),
            "apart": naive(lm, ids[place // window * window : place], ids[place]),
        }
        assert whole.losses[place] == pytest.approx(expected["whole"], abs=1e-4)
        assert over.losses[place] == pytest.approx(expected["over"], abs=1e-4)
        assert apart.losses[place] == pytest.approx(expected["apart"], abs=1e-4)
    shortened = strategies.cut(whole, window)
    assert shortened.places == tuple(range(window)) and list(shortened.losses) == list(whole.losses[:window])
    for name, one in (("whole", whole), ("disjoint", apart), ("overlapping", over), ("cut", shortened)):
        assert one.computed == strategies.tokens_of(name, 150, window, stride), name


def test_windows_without_their_start_token_begin_with_the_text() -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:80]
    bare = strategies.overlapping(lm, ids, 20, ((0, 10), (60, 70)), nothing, started=False)
    assert bare.places == (*range(1, 10), *range(60, 70)), "the first token of a text has nothing before it"
    expected = -float(lm.logits(ids[50:64])[-1].log_softmax(-1)[ids[64]])
    assert bare.losses[bare.places.index(64)] == pytest.approx(expected, abs=1e-4)


def test_tokens_are_counted_as_a_loop_over_windows_does() -> None:
    for length, window, stride in ((100, 30, 7), (10, 30, 5), (64, 16, 16)):
        ends = [min(start + stride, length) for start in range(0, length, stride)]
        assert strategies.tokens_of("overlapping", length, window, stride) == sum(
            len([*range(max(0, end - window), end)]) for end in ends
        )
        assert strategies.tokens_of("one", length, window, stride) == strategies.tokens_of(
            "overlapping", length, window, 1
        )
        assert strategies.tokens_of("disjoint", length, window, stride) == length
        assert strategies.tokens_of("cut", length, window, stride) == min(window, length)


@pytest.mark.parametrize(
    ("length", "window", "stride"), [(16_000, 2048, 1), (16_000, 2048, 1024), (16_000, 256, 64), (5, 16, 16)]
)
def test_a_long_text_is_scored_within_the_budget(length: int, window: int, stride: int) -> None:
    planned = strategies.plan(length, window, stride)
    assert 0 < len(planned.positions) <= max(strategies.MOST_SCORED, stride)
    assert len(planned.blocks) <= strategies.MOST_WINDOWS
    assert len(planned.blocks) * window <= max(strategies.MOST_COMPUTED, window)
    assert len(planned.blocks) == 1 or (planned.positions[0], planned.positions[-1]) == (0, length - 1)
    assert len(set(planned.positions)) == len(planned.positions)


def test_a_long_window_is_read_in_chunks_and_short_ones_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    lm = local_lm()
    ids = ids_of(TEXT * 20)
    sequences = [ids[:50], ids[: reading.LONGEST + 300], ids[7:90], ids[: reading.LONGEST]]
    expected = [lm.hidden_states(one)[-1] for one in sequences]
    passes: list[int] = []
    monkeypatch.setattr(reading, "AT_ONCE", 200)
    counted = dataclasses.replace(lm, on_forward=passes.append)
    for one, known in zip(reading.states_of(counted, sequences), expected, strict=True):
        torch.testing.assert_close(one, known, atol=1e-4, rtol=1e-4)
    assert max(passes) == reading.LONGEST and sum(passes) >= sum(map(len, sequences))


def test_the_longest_text_is_read_with_progress_within_the_budget() -> None:
    lm, line = local_lm(context=1 << 16, layers=3), "The harbour gate opens at nine. "
    (most,) = (item.control.max_chars for item in fields_of(Settings) if item.path == "text")  # type: ignore[attr-defined]
    assert most == 20_000
    settings = dataclasses.replace(SMALL, text=(line * most)[:most], window=2048, stride=64, chunk=2000)
    told: list[Progress] = []
    bench = Bench(OneModel(lm), listener=told.append)  # type: ignore[arg-type]
    (found,) = (new.findings for new in run(settings, bench) if new.findings)
    assert found.characters == most and found.tokens == most
    longest = settings.longest + needle.extra_tokens(lm, quest_of(settings))
    assert found.need_bytes == bounds.need(lm, most, longest).total
    assert not found.complete and 64 <= found.scored <= strategies.MOST_SCORED
    assert all(one.loss.count == found.scored for name, one in found.strategies.items() if name != "cut")
    fractions = [round(one.fraction, 9) for one in told]
    assert fractions == sorted(fractions) and fractions[-1] >= 0.95
    assert sum(f"of {found.tokens} tokens" in one.text.en for one in told) >= found.tokens // reading.CHUNK


def test_reading_in_chunks_is_reading_at_once() -> None:
    lm, ids = local_lm(), ids_of(TEXT)
    done = reading.read(lm, ids)
    assert len(ids) > 2 * reading.CHUNK
    at_once = lm.hidden_states(ids)[-1]
    torch.testing.assert_close(done.hidden, at_once, atol=1e-4, rtol=1e-4)
    assert done.steps[-1].tokens == len(ids)


# ---- distance


def test_loss_by_distance_is_that_of_the_nearest_tokens() -> None:
    lm, ids = local_lm(), ids_of(TEXT)[:200]
    places = [*range(64, 112), *range(150, 190)]
    assert distance.runs_of(places) == [64, 80, 96, 150, 166]
    far = distance.by_distance(lm, ids, places, nothing)
    assert far.levels == (4, 16, 64) and far.starts == (64, 96, 166)
    for row, level in enumerate(far.levels):
        start = far.starts[2]
        expected = [naive(lm, ids[start - level : start + step], ids[start + step]) for step in range(distance.RUN)]
        assert far.losses[row, 2] == pytest.approx(np.mean(expected), abs=1e-4)


def test_a_text_too_short_has_no_distances() -> None:
    assert distance.choose(5, range(5)) == ((), ())
    assert found_of(dataclasses.replace(SMALL, text="Hi there.")).distances == ()


# ---- needle


QUEST = needle.Quest(
    "Ann is in Rome.",
    "Who is in Rome?",
    "Whom would one meet in Italy?",
    "Ann",
    ("Bob", "Charlie"),
    ("Bob is in Bonn.",),
)


@pytest.mark.parametrize("at_once", [needle.MOST_TOKENS, 1], ids=["all depths in one batch", "one by one"])
@pytest.mark.parametrize(("condition", "depth"), [("distracted", 1.0), ("reworded", 0.0)])
def test_a_needle_is_asked_for_as_one_long_prompt_would_be(
    condition: str, depth: float, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needle, "MOST_TOKENS", at_once)
    lm = local_lm()
    *_, asked = needle.ask_all(lm, TEXT, QUEST, [60], 2, 0, nothing)
    conditions = [one.condition for one in asked if one.depth is not None]
    assert conditions == ["literal", "reworded", "literal", "reworded", "distracted", "distracted"]
    plain = needle.haystack(lm, TEXT, Language.EN, 60)
    assert sum(map(len, plain)) == 60
    lines = needle.scattered(plain, [ids_of(line + "\n") for line in QUEST.distractors], 0)
    hay = [token for line in (lines if condition == "distracted" else plain) for token in line]
    cell = next(one for one in asked if one.depth == depth and one.condition == condition)
    form, space = needle.FORMS[Language.EN]
    hidden = ids_of(QUEST.needle + "\n")
    prompt = [
        *reading.start_of(lm), *ids_of(QUEST.roll + "\n"), *([*hay, *hidden] if depth else [*hidden, *hay]),
        *ids_of(form.format(QUEST.reworded if condition == "reworded" else QUEST.literal)),
    ]  # fmt: skip
    assert cell.tokens == len(prompt)
    totals = []
    for name in QUEST.candidates:
        answer = ids_of(space + name)
        logs = lm.logits([*prompt, *answer]).log_softmax(-1)
        totals.append(sum(float(logs[len(prompt) - 1 + place, token]) for place, token in enumerate(answer)))
    assert cell.margin == pytest.approx(totals[0] - max(totals[1:]), abs=1e-3)
    assert cell.found == (cell.margin > 0)


def test_distractors_are_scattered_by_the_seed() -> None:
    lines, extra = [[number] for number in range(9)], [[100], [101], [102]]
    found = [needle.scattered(lines, extra, seed) for seed in range(20)]
    for one in found:
        assert [line for line in one if line not in extra] == lines and sorted(one) == sorted([*lines, *extra])
    assert found[0] == needle.scattered(lines, extra, 0)
    assert len({str(one) for one in found}) > 10
    assert len({tuple(line[0] for line in one if line in extra) for one in found}) > 2, "their order varies too"
    assert needle.scattered([], extra[:1], 0) == extra[:1]


def test_without_a_needle_the_prompt_is_the_haystack() -> None:
    *_, asked = needle.ask_all(local_lm(), TEXT, QUEST, [40, 60], 3, 0, nothing)
    none = [one for one in asked if one.depth is None]
    assert [one.length for one in none] == [40, 60]
    with_needle = next(
        one for one in asked if one.length == 60 and one.condition == "literal" and one.depth is not None
    )
    assert with_needle.tokens - none[1].tokens == len(ids_of(QUEST.needle + "\n"))
    assert none[1].written or none[1].written == "", "the longest is written out"


def test_greedy_is_what_greedy_decoding_says() -> None:
    lm = local_lm()
    done = reading.read(lm, [*reading.start_of(lm), *ids_of("abc")])
    ids = [*reading.start_of(lm), *ids_of("abc")]
    best: list[int] = []
    for _ in range(3):
        best.append(int(lm.logits([*ids, *best])[-1].argmax()))
    other = [(token + 1) % 256 for token in best]
    for first, expected in ((best, True), (other, False)):
        ((_, greedy),) = needle.score_candidates(
            lm, done.hidden[-1:], copy.deepcopy(done.cache), [first, ids_of("zz")], nothing
        )
        assert greedy is expected


def test_shared_words_are_content_words() -> None:
    assert needle.shared_words("Who lives in the Eiffel Tower?", "Marta lives next to the Eiffel tower.") == (
        "lives",
        "eiffel",
        "tower",
    )
    assert (
        needle.shared_words("Which person can be visited in Paris?", "Marta lives right next to the Eiffel Tower.")
        == ()
    )
    assert "埃菲尔铁塔" in "".join(needle.shared_words("谁的新家在埃菲尔铁塔旁边？", "陈默的新家就在埃菲尔铁塔旁边。"))


@pytest.mark.parametrize("language", list(Language))
def test_the_default_rewording_shares_no_content_word_with_the_needle(language: Language) -> None:
    from playground.topics.long_text.settings import NEEDLE, REWORDED

    assert needle.shared_words(REWORDED.in_(language), NEEDLE.in_(language)) == ()


def test_a_short_text_is_filled_up_and_a_long_one_cut() -> None:
    lm = local_lm()
    lines = needle.haystack(lm, "One sentence.", Language.ZH, 300)
    assert sum(map(len, lines)) == 300 and lines[0] == ids_of("One sentence.\n") and len(lines) > 2
    assert sum(map(len, needle.haystack(lm, "x" * 5000, Language.EN, 50))) == 50


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


def test_names_are_separated_by_marks_of_either_width() -> None:
    assert names_in("甲、乙，丙; 丁\n甲") == ("甲", "乙", "丙", "丁")


@pytest.mark.parametrize(
    ("mixed", "zh", "en"),
    [
        ("Marta 住在 Rome 旁边。", "针视为中文：提示用中文", "taken as Chinese: the prompt is Chinese"),
        ("Marta lives in 罗马.", "针视为英文：提示用英文", "taken as English: the prompt is English"),
    ],
)
def test_a_needle_of_two_languages_is_taken_as_one_and_said_to_be(mixed: str, zh: str, en: str) -> None:
    quest = quest_of(dataclasses.replace(SMALL, needle=mixed, answer="Marta"))
    said = panels.needle_map((), quest.language).caveat
    assert said is not None and zh in said.zh and en in said.en
    assert needle.FORMS[quest.language][0].startswith("周岚" if "中文" in zh else "Ruth")


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


# ---- statistics and words, of hand-made findings


def test_an_estimate_is_of_runs_and_its_mean_of_tokens() -> None:
    losses = np.arange(40, dtype=np.float64)
    assert findings.units(losses).tolist() == [7.5, 23.5, 35.5]
    assert findings.units(losses[:35]).tolist() == [7.5, 23.5], "a rest of three is no run"
    one = findings.estimate(np.array([2.0]), 0)
    assert (one.mean, one.low, one.high) == (2.0, None, None)


def changed(**changes: object) -> Findings:
    return dataclasses.replace(found_of(SMALL), **changes)  # type: ignore[arg-type]


def hits(found: int, count: int = 9, greedy: int | None = None) -> Hits:
    return Hits(
        found,
        found if greedy is None else greedy,
        count,
        (0.0, 1.0),
        (0.0, 1.0),
        Estimate(0.0, None, None, count),
        None,
        "",
    )


@pytest.mark.parametrize(
    ("whole", "half", "answer"), [(2.0, 1.0, "two"), (2.59, 1.0, "two"), (3.0, 1.0, "between"), (4.0, 1.0, "four")]
)
def test_the_prediction_is_scored_by_the_clock(whole: float, half: float, answer: str) -> None:
    times = Measured(whole, half, 9.0, {})
    outcome = interview.PREDICTION.outcome(SMALL, changed(measured=times, tokens=200, half_tokens=100))
    assert outcome is not None and outcome.answer == answer
    assert interview.PREDICTION.outcome(SMALL, changed(half_tokens=found_of(SMALL).tokens)) is None


def test_the_prediction_is_of_a_doubling_where_the_first_half_is_longer_than_a_half() -> None:
    squared = Measured((648 / 384) ** 2, 1.0, 9.0, {})
    outcome = interview.PREDICTION.outcome(SMALL, changed(measured=squared, tokens=648, half_tokens=384))
    assert outcome is not None and outcome.answer == "four"
    assert "4.00 times per doubling" in outcome.evidence.en and "每翻一倍 4.00 倍" in outcome.evidence.zh


def test_the_verdict_with_and_without_distractors() -> None:
    three = {"literal": hits(9), "reworded": hits(4), "distracted": hits(2), "none": hits(1, 3)}
    said = interview.verdict(SMALL, changed(hits=three))
    assert said.zh.endswith("9 处里用原词提问找到 9 处，换词提问 4 处，有干扰句 2 处。")
    assert said.en.endswith("9 of 9 with the same words, 4 with other words, 2 with distractors.")
    del three["distracted"]
    assert interview.verdict(SMALL, changed(hits=three)).en.endswith("4 with other words.")


def asked(found: Findings) -> str:
    return " ".join(one.question.en for one in interview.follow_ups(SMALL, found))


def test_follow_ups_are_asked_where_their_premise_holds() -> None:
    base = found_of(SMALL)
    strategies_with = dict(base.strategies)
    strategies_with["disjoint"] = dataclasses.replace(
        base.strategies["disjoint"], against_whole=Estimate(0.3, 0.1, 0.5, 9)
    )
    strategies_with["overlapping"] = dataclasses.replace(
        base.strategies["overlapping"], against_whole=Estimate(0.1, 0.0, 0.2, 9)
    )
    worse = {"literal": hits(9), "reworded": hits(9), "distracted": hits(2)}
    bare = findings.WithoutStart(10.0, 90.0, Estimate(2.2, 2.0, 2.4, 9))
    said = asked(changed(strategies=strategies_with, hits=worse, without_start=bare))
    for part in ("Disjoint windows", "start token", "Without distractors", "past the window of 24"):
        assert part in said
    assert "greedy" not in said and "rewording" not in said
    easier = {"literal": hits(6), "reworded": hits(8), "distracted": hits(6)}
    assert "In other words it is found 8 of 9 times, in the needle's own words only 6 of 9" in asked(
        changed(hits=easier)
    )
    worse["reworded"] = hits(9, greedy=2)
    assert (
        "“other words”: by probability it is found 9 of 9 times, and greedy decoding begins with the answer 2 of 9"
        in (asked(changed(hits=worse)))
    )
    strategies_with["disjoint"] = dataclasses.replace(
        base.strategies["disjoint"], against_whole=Estimate(0.3, -0.1, 0.5, 9)
    )
    same = {"literal": hits(9), "reworded": hits(9), "distracted": hits(9)}
    key_values = dataclasses.replace(base.key_values, window=None)
    assert asked(changed(strategies=strategies_with, hits=same, without_start=None, key_values=key_values)) == ""


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

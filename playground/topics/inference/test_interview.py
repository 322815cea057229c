"""Prediction, verdict, follow-ups and failures of inference on findings made up by hand."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from playground.topics.inference.cases import FAILURES
from playground.topics.inference.findings import (
    BatchStep,
    Drafts,
    DraftTimes,
    Findings,
    FirstTokenWait,
    KeyValueBytes,
    Measured,
    Parting,
    PositionStep,
    SharedRequest,
    Simulated,
)
from playground.topics.inference.interview import PREDICTION, follow_ups, verdict
from playground.topics.inference.settings import Settings

PARTING = Parting(7, "b", "d", 0.0, 0.125, "bfloat16", 0.125)


def drafts(**changes: Any) -> Drafts:
    return dataclasses.replace(Drafts("text", 16, 9, 20, 7, None), **changes)


def measured(**changes: Any) -> Measured:
    one = Measured(
        first_token_ms=90.0, per_token_ms=35.0, tokens_per_second=70.0, under_load=False,
        drafts=DraftTimes(30.0, 40.0, 30.0, 22.5),
        steps=(PositionStep(32, 30.0, 33.0), PositionStep(512, 31.4, 119.6)),
        # 4 rows: 4 × 30 / 48 = 2.5 times the throughput of one; 16 rows: 16 × 30 / 80 = 6.
        batches=(BatchStep(1, 30.0), BatchStep(4, 48.0), BatchStep(16, 80.0)),
        waits=(FirstTokenWait(81.0, 24.0), FirstTokenWait(82.0, 25.0)),
        static=Simulated(50.0, 3.0, 2.0, 0.42, 5.2), continuous=Simulated(64.0, 2.0, 1.0, 0.18, 4.1),
    )  # fmt: skip
    return dataclasses.replace(one, **changes)


def findings(**changes: Any) -> Findings:
    one = Findings(
        weight_bytes=536_000_000, long_context_bytes=108_527_616, tokens=16, passes=16, prefilled=120, held_bytes=9_950_000, cut=None, drafts=drafts(),
        requests=(SharedRequest(90, 30, True), SharedRequest(90, 20, True)), key_values=(KeyValueBytes(32, 640, 640),), measured=measured(),
    )  # fmt: skip
    return dataclasses.replace(one, **changes)


@pytest.mark.parametrize(
    ("accepted", "drafted", "answer"),
    [(0, 10, "few"), (19, 100, "few"), (2, 10, "some"), (3, 10, "some"), (4, 10, "half"), (5, 10, "half"), (6, 10, "most"), (10, 10, "most")],
)  # fmt: skip
def test_the_prediction_reads_the_accepted_share(accepted: int, drafted: int, answer: str) -> None:
    outcome = PREDICTION.outcome(Settings(), findings(drafts=drafts(accepted=accepted, drafted=drafted)))
    assert outcome is not None and outcome.answer == answer
    share = f"{100 * accepted // drafted}%"
    assert outcome.evidence.en == f"{drafted} drafted, {accepted} accepted. That is {share}."
    assert outcome.evidence.zh == f"抄来 {drafted} 个，接受 {accepted} 个。即 {share}。"


def test_without_a_draft_few_are_accepted() -> None:
    outcome = PREDICTION.outcome(Settings(), findings(drafts=drafts(accepted=0, drafted=0)))
    assert outcome is not None and outcome.answer == "few" and "not one" in outcome.evidence.en


def test_the_verdict_names_every_method() -> None:
    said = verdict(Settings(batch=4), findings())
    assert said.en == (
        "With 512 tokens so far a step takes 31 ms with the cache and 120 ms without; 4 answers in a batch give 2.5 times the throughput of one;"
        " prompt lookup generates 16 tokens in 9 passes at 1.33 times plain greedy's speed, with the same text;"
        " time to first token is 81 ms without reuse of the prefix and 24 ms with it."
    )
    assert said.zh == (
        "已有 512 个词元时的一步，有缓存 31 ms，没有缓存 120 ms；4 个一批的吞吐是单个的 2.5 倍；提示查找用 9 次前向生成 16 个词元，"
        "速度是普通贪心的 1.33 倍，文本相同；首 token 时延不复用前缀 81 ms，复用 24 ms。"
    )


def test_the_verdict_of_a_single_answer_compares_the_largest_batch() -> None:
    said = verdict(Settings(batch=1), findings())
    assert "16 answers in a batch give 6.0 times" in said.en and "16 个一批的吞吐是单个的 6.0 倍" in said.zh


def test_the_verdict_where_texts_part() -> None:
    said = verdict(Settings(), findings(drafts=drafts(parting=PARTING)))
    assert "with another text from token 7 on" in said.en and "文本从第 7 个词元起不同" in said.zh
    assert "same" not in said.en and "相同" not in said.zh


def test_the_verdict_without_drafts() -> None:
    said = verdict(Settings(), findings(drafts=drafts(accepted=0, drafted=0, passes=16)))
    assert "found nothing to draft" in said.en and "没有抄到草稿" in said.zh
    assert "1.33" not in said.en and "1.33" not in said.zh


def test_the_verdict_without_a_prefix() -> None:
    said = verdict(Settings(prefix=" \n"), findings())
    assert said.en.endswith("same text.") and said.zh.endswith("文本相同。")
    assert "81" not in said.en and "81" not in said.zh


def test_short_times_keep_a_decimal() -> None:
    said = verdict(Settings(), findings(measured=measured(steps=(PositionStep(512, 3.14, 9.96),))))
    assert "3.1 ms with the cache and 10.0 ms" in said.en and "有缓存 3.1 ms，没有缓存 10.0 ms" in said.zh


def asked(found: Findings, **settings: Any) -> str:
    followups = follow_ups(Settings(**settings), found)
    for one in followups:
        for text in (one.question, one.answer):
            assert "{" not in text.zh + text.en
    return "\n".join(one.question.en + " " + one.answer.en for one in followups)


def test_the_switch_of_the_cache() -> None:
    on, off = asked(findings()), asked(findings(), cache=False)
    assert "KV cache is on, and 4 answers hold 9.9 MB" in on or "KV cache is on, and 4 answers hold 10.0 MB" in on
    assert "cache is off" not in on and "cache is on" not in off
    assert "after 512 tokens a step takes 120 ms, and 31 with it" in off and "about NP+N²/2" in off
    assert "at the end, the weights 536 MB" in on


def test_drafts_that_pay() -> None:
    assert "Prompt lookup is on: 35% accepted, 7 passes saved, 1.33 times" in asked(findings(), lookup=True)
    assert "Most drafted tokens are rejected" in asked(findings(), lookup=True)
    assert "whether it verifies 1 token or 6," in asked(findings(), lookup=True)
    assert "whether it verifies 1 token or 13," in asked(findings(), lookup=True, drafted=12)
    off = asked(findings(), lookup=False)
    assert "Prompt lookup is off; on, 35%" in off and "Most drafted" not in off
    mostly = asked(findings(drafts=drafts(accepted=10)), lookup=True)
    assert "Should the drafts be longer?" in mostly and "Most drafted" not in mostly


def test_drafts_that_do_not_pay() -> None:
    slow = findings(measured=measured(drafts=DraftTimes(30.0, 55.0, 30.0, 30.0)))
    for lookup in (True, False):
        said = asked(slow, lookup=lookup)
        assert "35% accepted, 7 passes saved, and yet 1.00 times as fast: verifying takes 55 ms, a step 30" in said
        assert "is on:" not in said and "is off;" not in said


def test_drafts_that_were_not_accepted() -> None:
    none = asked(findings(drafts=drafts(accepted=0, drafted=0, passes=16)), lookup=True)
    refused = asked(findings(drafts=drafts(accepted=0, passes=16)), lookup=True)
    assert "found nothing to draft" in none and "drafted 20 tokens, of which not one was accepted" in refused
    assert all("Where else could drafts come from" in said and "saved" not in said for said in (none, refused))


def test_texts_that_part_are_asked_about() -> None:
    assert "diverge" not in asked(findings())
    near = asked(findings(drafts=drafts(parting=PARTING)))
    assert "Prompt lookup and plain greedy diverge. Can" in near and "more than rounding" not in near
    wide = asked(findings(drafts=drafts(parting=dataclasses.replace(PARTING, lookup_lead=7.0))))
    assert "diverge by more than rounding explains" in wide and "batch-invariant" not in wide


def test_a_batch() -> None:
    said = asked(findings(), batch=4)
    assert "Batch size 4: together 2.5 times the throughput of one, and a step is slower (30 ms became 48)" in said
    assert "idle slots from 42% to 18% and throughput from 50 to 64 tokens/s" in said
    even = asked(
        findings(measured=measured(batches=(BatchStep(1, 30.0), BatchStep(4, 29.0), BatchStep(16, 80.0)))), batch=4
    )
    assert "slower" not in even and "a step takes 29 ms, and 30 with a single answer" in even
    nearly = measured(batches=(BatchStep(1, 30.0), BatchStep(4, 30.4), BatchStep(16, 80.0)))
    assert "slower" not in asked(findings(measured=nearly), batch=4), "30 and 30 for a reader"
    half = measured(static=Simulated(64.0, 2.0, 1.0, 0.42, 4.1), continuous=Simulated(60.0, 2.0, 1.0, 0.2, 4.4))
    other = measured(static=Simulated(50.0, 2.0, 1.0, 0.18, 4.1), continuous=Simulated(60.0, 2.0, 1.0, 0.2, 4.4))
    for one in (half, other):
        assert "the queue is faster" not in asked(findings(measured=one), batch=4)
    idle = measured(static=Simulated(64.0, 2.0, 1.0, 0.18, 4.1), continuous=Simulated(60.0, 2.0, 1.0, 0.2, 4.4))
    same = asked(findings(measured=idle), batch=4)
    assert (
        "leave 18% and 20% of the slots idle and give 64 and 60 tokens/s" in same and "the queue is faster" not in same
    )


def test_a_single_answer() -> None:
    said = asked(findings(), batch=1)
    assert "Batch size 1, 35 ms per token; 16 in a batch give 6.0 times" in said and "Batch size 4" not in said
    first_only = asked(findings(measured=measured(per_token_ms=None)), batch=1)
    assert "Batch size 1, 30 ms per token" in first_only
    slow = measured(batches=(BatchStep(1, 30.0), BatchStep(16, 480.0)))
    assert "Batch size 1" not in asked(findings(measured=slow), batch=1)


def test_the_prefix() -> None:
    assert (
        "Prefix reuse is off: with it, of 120 tokens only 30 are prefilled, and time to first token is 24 ms instead of 81"
        in asked(findings())
    )
    assert "Prefix reuse is on:" in asked(findings(), reuse=True)
    assert "Prefix reuse is off:" in asked(findings(), reuse=True, cache=False), "nothing is reused without a cache"
    assert "Prefix reuse" not in asked(findings(), prefix="")


def test_load_is_asked_about_where_there_was_any() -> None:
    assert "under load" not in asked(findings())
    assert "under load" in asked(findings(measured=measured(under_load=True)))


def test_failures_are_seen_only_where_they_are() -> None:
    copying, recomputing = FAILURES
    settings = Settings()
    assert not copying.seen(settings, findings())
    assert copying.seen(settings, findings(drafts=drafts(tokens=10, passes=8, accepted=2)))
    assert not copying.seen(settings, findings(drafts=drafts(tokens=20, passes=17, accepted=3)))
    assert recomputing.seen(settings, findings(held_bytes=0))
    assert not recomputing.seen(settings, findings())
    for last in (PositionStep(512, 31.4, 50.0), PositionStep(512, 10.0, 40.0)):
        steps = (PositionStep(32, 30.0, 33.0), last)
        assert not recomputing.seen(settings, findings(held_bytes=0, measured=measured(steps=steps)))


def test_a_long_context_for_many_is_counted_from_the_findings() -> None:
    asked = follow_ups(Settings(cache=True), findings(long_context_bytes=200_000_000, weight_bytes=400_000_000))
    (answer,) = [item.answer for item in asked if "32K" in item.question.en]
    for text in (answer.zh, answer.en):
        assert "200 MB" in text and "64" in text and "12.8 GB" in text and "32" in text

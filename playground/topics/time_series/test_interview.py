"""What is said of hand-made findings: the prediction, every branch of the verdict, every follow-up with and without its premise."""

from __future__ import annotations

from dataclasses import replace

from playground.statistics.intervals import Mean, Share
from playground.topics.time_series.findings import Digits, Findings, Leak, Score
from playground.topics.time_series.interview import PREDICTION, follow_ups, verdict
from playground.topics.time_series.settings import LEAKS, Settings
from tests.every_topic.verdicts import numbers

SETTINGS = Settings()
ZERO = Mean(0.0, 2, 0.0, 0.0)


def scored(
    mase: float, against: tuple[float, float, float] | None, covered: int = 8, by_origin: tuple[float, ...] = ()
) -> Score:
    one = Mean(mase, 2, mase, mase)
    return Score(
        one, one, one, one, Share.of(covered, 10), 1.0, None if against is None else Mean(against[0], 2, *against[1:]),
        by_origin or (mase, mase), (mase,), None,
    )  # fmt: skip


def by_hand(against: tuple[float, float, float] = (-0.5, -0.6, -0.4), leak: str = "none", **changed: Score) -> Findings:
    scores = {
        "naive": scored(2.0, (1.0, 0.9, 1.1)), "seasonal": scored(1.0, None), "smoothing": scored(0.9, (-0.1, -0.2, 0.0)),
        "network": scored(0.5, against), "digits": scored(1.1, (0.1, -0.1, 0.3)),
    }  # fmt: skip
    return Findings(
        series="co2", values=100, season=12, horizon=6, lags=6, origins=(80, 86), level=0.8, scores=scores | changed, leak=leak,
        leaks={name: Leak(Mean(0.4, 2, 0.4, 0.4), Mean(-0.1, 2, -0.2, -0.05) if name == "split" else ZERO) for name in LEAKS},
        seeds=ZERO, stopped=1.0, smoothing="ANA", trend_strength=0.5, season_strength=None, residuals={},
        digits=Digits(8, 48, 2, 1.0, 3.0, 3.0, 3.0), notes=0,
    )  # fmt: skip


def test_the_prediction_follows_the_interval() -> None:
    answers = []
    for against in ((-0.5, -0.6, -0.4), (0.0, -0.1, 0.1), (0.5, 0.4, 0.6)):
        outcome = PREDICTION.outcome(SETTINGS, by_hand(against))
        assert outcome is not None and "2" in outcome.evidence.zh
        answers.append(outcome.answer)
    assert answers == ["yes", "unclear", "no"]


def test_every_branch_of_the_verdict() -> None:
    assert "the network beats seasonal naive (difference −0.50 [−0.60, −0.40])" in verdict(SETTINGS, by_hand()).en
    assert "分不出高下" in verdict(SETTINGS, by_hand((0.0, -0.1, 0.1))).zh
    assert "网络不如季节朴素" in verdict(SETTINGS, by_hand((0.5, 0.4, 0.6))).zh
    assert verdict(SETTINGS, by_hand(leak="split")).en.startswith("The network cheats (random split): over 2 origins")
    plain = by_hand()
    without = replace(plain, scores={name: one for name, one in plain.scores.items() if name != "seasonal"})
    assert "beats naive" in verdict(SETTINGS, without).en


def test_the_verdict_says_whether_the_best_can_be_told_from_the_second() -> None:
    network = scored(0.5, (-0.5, -0.6, -0.4))
    for by_origin, said, zh in (
        ((0.399, 0.401), "reliably below the second, lag network (difference −0.10 [", "可靠地低于第二"),
        ((0.1, 0.7), "but can't be told from the second, lag network (difference −0.10 [", "分不出高下"),
    ):
        found = verdict(SETTINGS, by_hand(linear=scored(0.4, (-0.5, -0.6, -0.4), by_origin=by_origin), network=network))
        assert "linear on lags has the lowest MASE" in found.en and said in found.en
        assert numbers(found.zh) == numbers(found.en) and zh in found.zh.split("；")[0]
    # The network and the baseline are compared anyway.
    even = by_hand((-0.1, -0.2, 0.0), network=scored(0.8, (-0.1, -0.2, 0.0)), smoothing=scored(1.2, (0.2, 0.1, 0.3)))
    assert (even.best, even.second) == ("network", "seasonal") and "the second" not in verdict(SETTINGS, even).en


def test_the_verdict_pairs_the_language_model_with_exponential_smoothing() -> None:
    for digits, said in (
        ((0.549, 0.551), "the language model beats exponential smoothing (difference −0.35 ["),
        ((0.5, 1.5), "the language model and exponential smoothing can't be told apart (difference 0.10 ["),
        ((1.549, 1.551), "the language model is worse than exponential smoothing (difference 0.65 ["),
    ):
        found = by_hand(digits=scored(sum(digits) / 2, (0.1, -0.1, 0.3), by_origin=digits))
        assert said in verdict(SETTINGS, found).en
        assert numbers(verdict(SETTINGS, found).zh) == numbers(verdict(SETTINGS, found).en)


def test_no_question_without_its_premise() -> None:
    assert follow_ups(SETTINGS, by_hand()) == ()
    assert "上线后" in follow_ups(SETTINGS, by_hand(leak="split"))[0].question.zh
    assert not follow_ups(SETTINGS, by_hand(leak="scaling"))
    assert "doesn't beat" in follow_ups(SETTINGS, by_hand((0.0, -0.1, 0.1)))[0].question.en
    mixed = by_hand(naive=scored(2.0, (1.0, 0.9, 1.1), by_origin=(0.1, 3.9)))
    assert "2 methods come first" in follow_ups(SETTINGS, mixed)[0].question.en
    narrow = by_hand(digits=scored(1.1, (0.1, -0.1, 0.3), covered=2))
    assert "language model cover only 20%" in follow_ups(SETTINGS, narrow)[0].question.en
    assert "quantiles of 8 samples" in follow_ups(SETTINGS, narrow)[0].answer.en
    worse = by_hand(digits=scored(3.0, (2.0, 1.0, 3.0)))
    assert "LLMTime" in follow_ups(SETTINGS, worse)[0].question.en


def test_why_an_interval_is_narrow_goes_by_how_it_is_made() -> None:
    said = {}
    for name, phrase in {
        "smoothing": "normal errors",
        "linear": "split conformal",
        "network": "when training stops",
    }.items():
        known = by_hand().scores[name] if name in by_hand().scores else scored(0.9, (-0.1, -0.2, 0.0))
        (asked,) = follow_ups(SETTINGS, by_hand(**{name: replace(known, coverage=Share.of(2, 10))}))
        said[name] = asked.answer
        assert phrase in asked.answer.en and numbers(asked.answer.zh) == numbers(asked.answer.en)
    assert len(said) == len(set(said.values()))


def test_the_network_s_parameters_are_counted() -> None:
    (asked,) = follow_ups(SETTINGS, by_hand((0.0, -0.1, 0.1)))
    # 6 lags to 32 units to 6 steps, with biases.
    assert f"{6 * 32 + 32 + 32 * 6 + 6} parameters" in asked.answer.en and "100 values" in asked.answer.en

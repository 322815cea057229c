"""Every branch of what is said of a run of continual learning, each follow-up with and without its premise."""

from __future__ import annotations

import dataclasses

import pytest

from playground.statistics.intervals import Mean
from playground.topics.continual.findings import Answer, Corrected, Findings, Group, Log, Moved, Score, Swept
from playground.topics.continual.interview import PREDICTION, follow_ups, verdict
from playground.topics.continual.settings import METHODS, Settings
from tests.every_topic.verdicts import check_verdict, numbers


def near(value: float, spread: float = 0.05) -> Mean:
    return Mean(value, 5, value - spread, value + spread)


def score(
    average: float,
    against: float | None = 0.0,
    spread: float = 0.05,
    told: float | None = None,
    **changes: Mean | int | None,
) -> Score:
    values: dict[str, object] = {
        "average": near(average, spread), "forgetting": near(0.5), "backward": near(-0.5), "forward": None, "anytime": near(0.6),
        "learned": near(0.9), "first": near(0.1), "newest": near(0.9), "dip": near(0.0),
        "told": None if told is None else near(told), "against": None if against is None else near(against),
        "by_seed": (average, average), "matrix": ((0.9, 0.0, 0.0), (0.2, 0.9, 0.0), (0.1, 0.2, 0.9)), "bytes": 0, "text_bytes": None,
    }  # fmt: skip
    return Score(**(values | changes))  # type: ignore[arg-type]


def findings(
    scenario: str = "class", gap: float = 0.0, replay: float = 0.5, joint: float = 0.8, **scores: Score
) -> Findings:
    own = {"naive": score(0.4, None, told=0.45 if scenario == "class" else None), "ewc": score(0.41, bytes=800), "replay": score(replay, 0.1, bytes=900),
           "lwf": score(0.4), "joint": score(joint, 0.4)} | scores  # fmt: skip
    return Findings(
        tasks="kinds", scenario=scenario, seeds=2, count=3,
        orders=((("zh-hotel", "en-book"), ("zh-book", "en-hotel"), ("zh-computer", "en-computer")),) * 2,
        scenarios=dict.fromkeys(("class", "domain", "task"), own), strength=100.0, memory=10,
        lambdas=(Swept(100.0, own["ewc"]),), memories=(Swept(10.0, own["replay"]),), examples=60, held_out=80, parameters=100,
        groups=(Group("hidden", 90, near(0.3), 0.9), Group("out", 10, near(0.7), 0.1)), top_share=near(0.5), decades=near(2.0),
        moved={name: Moved(near(0.1), near(0.2), None if name == "naive" else near(-0.1)) for name in METHODS}, corrected=None,
        log=Log(near(0.4 + gap), near(0.4), near(gap)), answers={name: (Answer("zh-hotel", 0.9),) * 3 for name in METHODS},
    )  # fmt: skip


def asked(found: Findings) -> list[str]:
    questions = follow_ups(Settings(), found)
    for item in questions:
        assert numbers(item.question.zh) == numbers(item.question.en)
    return [item.question.en for item in questions]


@pytest.mark.parametrize("ewc", [-0.2, 0.0, 0.2])
@pytest.mark.parametrize("scenario", ["class", "domain", "task"])
def test_the_verdict_in_every_branch(ewc: float, scenario: str) -> None:
    from playground.topics.continual.lab import TOPIC

    found = findings(scenario, ewc=score(0.4 + ewc, ewc))
    check_verdict(TOPIC, Settings(), found)
    said = verdict(Settings(), found).en
    side = {-0.2: "worse than naive", 0.0: "not to be told apart from naive", 0.2: "better than naive"}[ewc]
    assert f"EWC is {side}" in said and said.startswith(scenario.capitalize())


@pytest.mark.parametrize(("first", "answer"), [(0.0, "0"), (0.25, "1"), (0.6, "2"), (0.75, "3"), (1.0, "3")])
def test_the_prediction_goes_by_the_first_task_at_the_end(first: float, answer: str) -> None:
    outcome = PREDICTION.outcome(Settings(), findings(naive=score(0.4, None, first=near(first))))
    assert outcome is not None and outcome.answer == answer
    assert answer in dict(PREDICTION.options)


def test_ewc_is_asked_about_where_it_brings_nothing_on_new_classes() -> None:
    question = "why doesn't a larger λ help"
    assert any(question in one for one in asked(findings()))
    assert not any(question in one for one in asked(findings("task")))
    assert not any(question in one for one in asked(findings(ewc=score(0.6, 0.2))))


def test_lost_knowledge_is_asked_about_where_the_task_brings_it_back() -> None:
    question = "was the knowledge lost"
    assert any(question in one for one in asked(findings(naive=score(0.4, None, told=0.8))))
    assert not any(question in one for one in asked(findings()))


def test_the_log_is_asked_about_where_it_is_too_high() -> None:
    question = "training log"
    assert any(question in one for one in asked(findings(gap=0.3)))
    assert not any(question in one for one in asked(findings(gap=0.01)))


def test_a_solved_problem_is_asked_about_where_little_is_forgotten() -> None:
    question = "is continual learning solved"
    assert any(question in one for one in asked(findings("domain", naive=score(0.7, None, forgetting=near(0.02)))))
    assert not any(question in one for one in asked(findings("domain")))
    # What learns nothing forgets nothing.
    nothing = score(0.5, None, forgetting=near(0.02), learned=near(0.52))
    assert not any(question in one for one in asked(findings("domain", naive=nothing)))


def test_why_little_is_forgotten_goes_by_the_scenario() -> None:
    little = score(0.8, None, forgetting=near(0.02))
    said = {}
    for scenario in ("domain", "task"):
        answers = {
            item.question.en: item.answer.en for item in follow_ups(Settings(), findings(scenario, naive=little))
        }
        said[scenario] = next(answer for question, answer in answers.items() if "continual learning solved" in question)
    assert "labels mean the same" in said["domain"] and "labels mean the same" not in said["task"]
    assert "the task is given" in said["task"]


def test_what_giving_the_task_brings_is_compared_with_chance() -> None:
    found = findings(naive=score(0.4, None, told=0.8))
    (answer,) = [item.answer for item in follow_ups(Settings(), found) if "was the knowledge lost" in item.question.en]
    assert "rises from about 17% to 50%" in answer.en and numbers(answer.zh) == numbers(answer.en)


def test_bytes_are_asked_about_where_replay_is_cheaper_and_forgets_less() -> None:
    question = "When would you still use EWC"
    cheap = score(0.7, 0.3, forgetting=near(0.2), text_bytes=4000)
    dear = score(0.4, 0.0, bytes=80_000)
    found = findings(ewc=dear)
    scenarios = {"class": found.scores | {"replay": cheap}}
    assert any(question in one for one in asked(dataclasses.replace(found, scenarios=scenarios)))
    assert not any(question in one for one in asked(findings()))


def test_a_wrong_fisher_information_is_asked_about_where_less_is_forgotten_and_new_tasks_suffer() -> None:
    question = "Fisher information is computed wrongly"
    for learned, forgetting, expected in (
        (-0.2, -0.4, True),
        (0.0, -0.4, False),
        (-0.2, 0.0, False),
        (-0.2, 0.4, False),
    ):
        corrected = Corrected((), near(0.6), near(0.1, 0.2), near(learned), near(forgetting))
        found = dataclasses.replace(findings("domain"), corrected=corrected)
        assert any(question in one for one in asked(found)) == expected
    assert not any(question in one for one in asked(findings("domain")))


def test_distillation_and_stiffness_are_asked_about_where_new_tasks_suffer() -> None:
    held = score(0.6, 0.2, forgetting=near(0.05), learned=near(0.7))
    assert any("is that good" in one for one in asked(findings("domain", lwf=held)))
    assert not any("is that good" in one for one in asked(findings("domain")))
    assert any("how do you choose λ" in one for one in asked(findings("domain", ewc=score(0.4, newest=near(0.6)))))
    assert not any("how do you choose λ" in one for one in asked(findings("domain")))

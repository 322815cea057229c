import pytest

from playground.lab.text import Text
from playground.lab.timing import Timing, measure
from playground.lab.topic import Example, Group, Outcome, Prediction

EVIDENCE = Text(zh="因为", en="because")
QUESTION = Text(zh="多少？", en="How many?")


@pytest.mark.parametrize(("guess", "right"), [(75.0, True), (125, True), ("100", True), (74.9, False), (126, False)])
def test_a_number_is_right_within_its_tolerance(guess: float, right: bool) -> None:
    prediction = Prediction(QUESTION, lambda result: None, tolerance=0.25)
    assert prediction.right(guess, Outcome(100.0, EVIDENCE)) is right


def test_tolerance_of_a_negative_number_is_a_share_of_its_size() -> None:
    assert Prediction(QUESTION, lambda result: None).right(-9, Outcome(-10.0, EVIDENCE))


def test_a_choice_is_right_when_it_is_the_one() -> None:
    prediction = Prediction(QUESTION, lambda result: None, (("yes", "yes"), ("no", "no")))
    assert prediction.right("yes", Outcome("yes", EVIDENCE))
    assert not prediction.right("no", Outcome("yes", EVIDENCE))


def test_an_example_speaks_the_language_of_the_page() -> None:
    example = Example(Text(zh="例", en="example"), {"text": Text(zh="你好", en="hello"), "times": 2})
    assert example.in_("zh") == {"text": "你好", "times": 2}
    assert example.in_("en") == {"text": "hello", "times": 2}


def test_every_group_has_a_title() -> None:
    assert len({group.title for group in Group}) == len(Group)


def test_timing_counts_calls_and_leaves_the_warm_up_out() -> None:
    calls: list[int] = []
    timing = measure(lambda: calls.append(1), repeats=3, warm_up=2)
    assert (timing.repeats, len(calls)) == (3, 5)
    assert Timing.of([3.0, 1.0, 2.0]) == Timing(2.0, 1.0, 3.0, 3)

"""What shared controls have of themselves, and what a topic gives them."""

from __future__ import annotations

from dataclasses import dataclass

from playground.lab.controls import FieldOf, GroupControl, Number, TextBox, fields_of, number
from playground.lab.shared_controls import (
    epochs,
    hidden_units,
    lime_samples,
    review,
    seed,
    seeds,
    side,
    text,
    tokens_to_generate,
    training_steps,
)
from playground.lab.text import Text

HELP = Text(zh="话", en="words")


@dataclass(frozen=True)
class Recipe:
    share: float = number(Text(zh="份", en="Share"), default=0.5, low=0.0, high=1.0)


@dataclass(frozen=True)
class Settings:
    text: str = text(default=Text(zh="好", en="good"), max_chars=9, lines=2, help=HELP)
    review: str = review(default=Text(zh="差", en="bad"), help=HELP)
    a: Recipe = side("a", Recipe)
    b: Recipe = side("b", Recipe, share=0.75)
    tokens: int = tokens_to_generate(default=8, high=64)
    samples: int = lime_samples(default=32, low=16, high=256, step=16, advanced=False, help=HELP)
    width: int = hidden_units(default=16, low=2, high=32)
    steps: int = training_steps(default=100, low=5, high=300, step=5)
    epochs: int = epochs(default=20, low=2, high=40, step=2, advanced=False)
    seeds: int = seeds(default=5, low=2, high=8)
    seed: int = seed()


FIELDS: dict[str, FieldOf] = {item.path: item for item in fields_of(Settings)}


def test_texts_have_their_topics_default_and_length() -> None:
    own, judged = FIELDS["text"].control, FIELDS["review"].control
    assert isinstance(own, TextBox) and isinstance(judged, TextBox)
    assert (own.max_chars, own.lines, own.help, FIELDS["text"].default("en")) == (9, 2, HELP, "good")
    assert (judged.max_chars, judged.lines, judged.help, FIELDS["review"].default("zh")) == (1000, 3, HELP, "差")


def test_a_side_is_named_and_coloured_by_its_role() -> None:
    for role, share in (("a", 0.5), ("b", 0.75)):
        item = FIELDS[f"{role}.share"]
        ((_, outer),) = item.groups
        assert isinstance(outer, GroupControl) and outer.role == role
        assert (item.label("zh"), item.label("en")) == (f"{role.upper()} · 份", f"{role.upper()} · Share")
        assert item.default("en") == share
    assert (Settings().a.share, Settings().b.share) == (0.5, 0.75)


def test_numbers_have_their_topics_bounds_and_steps() -> None:
    found = {}
    for name, item in FIELDS.items():
        if isinstance(item.control, Number) and not item.groups:
            assert item.control.whole
            found[name] = (item.control.default, item.control.low, item.control.high, item.control.step, item.advanced)
    assert found == {
        "tokens": (8, 1, 64, 1, True),
        "samples": (32, 16, 256, 16, False),
        "width": (16, 2, 32, 1, True),
        "steps": (100, 5, 300, 5, True),
        "epochs": (20, 2, 40, 2, False),
        "seeds": (5, 2, 8, 1, True),
        "seed": (0, 0, 2**31 - 1, 1, True),
    }

"""What is refused as too long, which field is named, and that its advice helps."""

from __future__ import annotations

from dataclasses import dataclass, replace

from playground.lab.controls import choice, group, number, switch, text_box
from playground.lab.limits import refusal
from playground.lab.text import Text


@dataclass(frozen=True)
class Inner:
    samples: int = number(Text(zh="样本数", en="Samples"), default=10, low=1, high=1000)


@dataclass(frozen=True)
class Settings:
    text: str = text_box(Text(zh="文本", en="Text"), default="abc", max_chars=1000)
    more: str = text_box(Text(zh="附加", en="More"), default="", max_chars=1000, optional=True)
    stride: int = number(Text(zh="步长", en="Stride"), default=10, low=1, high=10)
    share: float = number(Text(zh="比例", en="Share"), default=0.5, low=0.0, high=1.0, step=0.05)
    method: str = choice(
        Text(zh="方法", en="Method"),
        {"slow": Text(zh="慢", en="slow"), "fast": Text(zh="快", en="fast")},
        default="fast",
    )
    twice: bool = switch(Text(zh="两遍", en="Twice"), default=False)
    a: Inner = group(Text(zh="甲", en="A"), Inner)


def seconds(settings: Settings) -> float:
    once = (
        0.01 * len(settings.text)
        + 0.01 * len(settings.more)
        + 0.05 * settings.a.samples
        + 10 / settings.stride
        + settings.share
    )
    return once * (10 if settings.method == "slow" else 1) * (2 if settings.twice else 1)


def refused(**changes: object) -> tuple[str, str, str]:
    found = refusal(Settings, replace(Settings(), **changes), seconds, 20.0)  # type: ignore[arg-type]
    assert found is not None
    return found.field, found.message.zh, found.message.en


def test_what_takes_no_longer_than_the_limit_is_taken() -> None:
    assert refusal(Settings, Settings(), seconds, 20.0) is None
    assert refusal(Settings, Settings(), seconds, seconds(Settings())) is None


def test_a_number_is_named_with_the_most_that_would_do() -> None:
    field, zh, en = refused(a=Inner(800))
    assert field == "a.samples"
    # 20 s less what the others take: 0.03 + 1 + 0.5.
    most = int((20 - 1.53) / 0.05)
    assert en == f"This run would take about 42 s; the most is 20 s. “A · Samples” costs most: take {most} at most."
    assert zh == f"这次运行约需 42 秒，最多 20 秒。“甲 · 样本数”费时最多：改成最多 {most}。"
    assert seconds(replace(Settings(), a=Inner(most))) <= 20 < seconds(replace(Settings(), a=Inner(most + 1)))


def test_a_number_that_costs_more_the_smaller_it_is_has_a_least() -> None:
    found = refusal(Settings, replace(Settings(), stride=1), seconds, 6.0)
    assert found is not None and found.field == "stride"
    assert "take 3 at least" in found.message.en


def test_a_text_is_to_be_shortened_to_so_many_characters() -> None:
    found = refusal(Settings, replace(Settings(), text="x" * 900), seconds, 5.0)
    assert found is not None and found.field == "text"
    assert "shorten it to 300 characters at most" in found.message.en


def test_an_optional_text_may_go_altogether_and_an_option_or_switch_is_named() -> None:
    assert refused(method="slow", text="x" * 500)[0] == "method"
    assert "choose “fast”" in refused(method="slow", text="x" * 500)[2]
    found = refusal(Settings, replace(Settings(), twice=True), seconds, 3.0)
    assert found is not None and found.field == "twice" and "switch it off" in found.message.en
    found = refusal(Settings, replace(Settings(), more="x" * 500), seconds, 2.2)
    assert found is not None and found.field == "more" and "17 characters at most" in found.message.en
    found = refusal(Settings, replace(Settings(), more="x" * 500), seconds, 1.9)
    assert found is not None and "“More” costs most: leave it empty; “Share”: take 0.35 at most." in found.message.en


def test_where_one_field_is_not_enough_the_next_is_named_too() -> None:
    field, zh, en = refused(a=Inner(1000), method="slow", twice=True)
    assert field in ("method", "a.samples")
    assert "A · Samples" in en and "Method" in en and "甲 · 样本数" in zh


def test_what_is_refused_has_a_way_out() -> None:
    """On a machine that is too slow for anything, the run's own time limit ends it."""
    assert refusal(Settings, Settings(), lambda settings: 99.0, 20.0) is None
    assert refusal(Settings, Settings(), lambda settings: 99.0 + settings.a.samples, 20.0) is None

"""The colours of drawings are apart for every kind of colour vision, in both themes."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from components.panels import figures, heatmap

COMPONENTS = Path(figures.__file__).parents[1]
Vector = npt.NDArray[np.float64]

# Machado, Oliveira and Fernandes (2009), severity 1, for linear RGB.
VISION = {
    "normal": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
# Differences (CIEDE2000) from here on are seen at a glance; 2.3 is the least that is seen at all.
APART = 10
ROLES = ("a", "b", "pos", "neg", "warn")


def linear(colour: str) -> Vector:
    parts = np.array(heatmap._rgb(colour)) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(rgb: Vector) -> Vector:
    """CIELAB of linear sRGB, under D65."""
    to_xyz = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.95047, 1, 1.08883])
    x, y, z = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def ciede2000(one: Vector, other: Vector) -> float:
    """Sharma, Wu and Dalal (2005), with their names."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    (l1, a1, b1), (l2, a2, b2) = (
        (light, (1 + g) * red, yellow) for light, red, yellow in (one.tolist(), other.tolist())
    )
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    cosine = lambda factor, shift: np.cos(np.radians(factor * hue + shift))  # noqa: E731
    t = 1 - 0.17 * cosine(1, -30) + 0.24 * cosine(2, 0) + 0.32 * cosine(3, 6) - 0.20 * cosine(4, -63)
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    around = 60 * np.exp(-(((hue - 275) / 25) ** 2))
    rt = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(around))
    return float(np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh))


def apart(one: str, other: str, vision: str) -> float:
    seen = [lab(VISION[vision] @ linear(colour)) for colour in (one, other)]
    return ciede2000(*seen)


def theme(dark: bool, file: str = "page.css", prefix: str = "--pg-") -> dict[str, str]:
    """The roles' colours in a theme, as the page's style sheet has them."""
    sheet = (COMPONENTS / file).read_text("utf-8")
    block = re.search(r"\.dark \{(.*?)\}" if dark else r":root \{(.*?)\}", sheet, re.DOTALL)
    assert block is not None
    return dict(re.findall(rf"{prefix}([\w-]+): (#\w{{3,6}});", block[1]))


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, -1.3802, -84.2814), (50, 0, -82.7485), 1.0),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((2.0776, 0.0795, -1.135), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_differences_are_those_of_the_authors_table(
    one: tuple[float, ...], other: tuple[float, ...], difference: float
) -> None:
    assert ciede2000(np.array(one, float), np.array(other, float)) == pytest.approx(difference, abs=5e-5)


@pytest.mark.parametrize("vision", VISION)
def test_who_sees_fewer_colours_sees_greys_as_everybody(vision: str) -> None:
    assert VISION[vision] @ np.full(3, 0.4) == pytest.approx(np.full(3, 0.4), abs=1e-5)


@pytest.mark.parametrize("vision", VISION)
def test_series_are_told_apart(vision: str) -> None:
    for colours in (figures.PALETTE, tuple(figures.SIDES.values())):
        found = {(one, other): apart(one, other, vision) for one, other in itertools.combinations(colours, 2)}
        assert {pair: value for pair, value in found.items() if value < APART} == {}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True])
def test_sides_signs_and_warnings_are_told_apart(dark: bool, vision: str) -> None:
    colours = theme(dark)
    found = {pair: apart(*(colours[role] for role in pair), vision) for pair in itertools.combinations(ROLES, 2)}
    assert {pair: value for pair, value in found.items() if value < APART} == {}


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("dark", [False, True])
def test_both_ends_of_a_diverging_scale_are_told_apart(dark: bool, vision: str) -> None:
    colours = [str(colour) for _, colour in figures.DIVERGING]
    if dark:
        turned = [heatmap.in_dark(heatmap._rgb(colour)) for colour in colours]
        colours = ["#" + "".join(f"{round(part):02x}" for part in colour) for colour in turned]
    lowest, low, _, high, highest = colours
    assert apart(lowest, highest, vision) > APART and apart(low, high, vision) > APART


def test_to_normal_vision_no_series_has_a_sides_colour() -> None:
    for colour in figures.PALETTE:
        assert min(apart(colour, side, "normal") for side in figures.SIDES.values()) > APART


def sided(settings: Path) -> bool:
    """Whether a topic compares an A with a B."""
    return re.search(r"""role="a"|SideBySide\[""", settings.read_text("utf-8")) is not None


TOPICS = COMPONENTS.parent / "playground" / "topics"
# A baseline and one setting: docs/decisions/colours-for-every-eye.md. (Quantization, the other of them, shows both texts side by side.)
BASELINE_AND_SETTING = {"compression"}
UNSIDED = sorted({path.parent.name for path in TOPICS.glob("*/settings.py") if not sided(path)} - BASELINE_AND_SETTING)


@pytest.mark.parametrize("slug", UNSIDED)
def test_a_topic_without_sides_has_no_curve_in_a_sides_colour(slug: str) -> None:
    """Where nothing is A or B, their colours would say that something is."""
    sources = [source for source in (TOPICS / slug).rglob("*.py") if not source.name.startswith("test_")]
    assert sources and {"distributed", "inference", "semi_supervised"} <= set(UNSIDED)
    coloured = re.compile(r"""role=["'][ab]["']|(?:Line|Mark|Series)\([^\n]*, ["'][ab]["']\)""")
    assert [source.name for source in sources if coloured.search(source.read_text("utf-8"))] == []


def test_colours_are_seen_on_the_card_of_each_theme() -> None:
    cards = [heatmap._rgb("#ffffff"), heatmap._rgb(theme(dark=True)["card"])]
    for colour in (*figures.PALETTE, *figures.SIDES.values()):
        assert min(heatmap.contrast(heatmap._rgb(colour), card) for card in cards) >= 3
    for dark, card in zip((False, True), cards, strict=True):
        colours = theme(dark)
        assert all(heatmap.contrast(heatmap._rgb(colours[role]), card) >= 4.5 for role in ROLES)


def test_scripts_and_style_sheets_have_the_same_colours() -> None:
    tones = re.search(r"const TONES = (\[.*?\]);", (COMPONENTS / "panels" / "core.js").read_text("utf-8"))
    assert tones is not None and tuple(json.loads(tones[1])) == figures.PALETTE
    core = (COMPONENTS / "panels" / "core.css").read_text("utf-8")
    fallbacks = re.findall(r"--(\w+): var\(--pg-\w+, (#\w{6})\)", core)
    for role in ROLES:
        assert [colour for name, colour in fallbacks if name == role] == [theme(dark)[role] for dark in (False, True)]


@pytest.mark.parametrize("scale", [figures.SEQUENTIAL, figures.DIVERGING])
def test_where_a_scale_says_nothing_it_is_the_cards_colour(scale: list[list[float | str]]) -> None:
    quiet = heatmap._rgb(str(scale[0 if scale is figures.SEQUENTIAL else 2][1]))
    assert heatmap.contrast(quiet, (255, 255, 255)) <= 1.3
    assert heatmap.contrast(heatmap.in_dark(quiet), heatmap._rgb(theme(dark=True)["card"])) <= 1.3

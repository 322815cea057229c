import json
import re
from pathlib import Path

import pytest

from playground.lab.text import Language, Text, joined, say, significant, written

ROOT = Path(__file__).parents[2]


def test_each_language_gets_its_own() -> None:
    text = Text(zh="量化", en="quantization")
    assert (text.in_("zh"), text.in_(Language.EN)) == ("量化", "quantization")


@pytest.mark.parametrize("parts", [("", "x"), ("量化", " \n")])
def test_a_missing_translation_fails_at_once(parts: tuple[str, str]) -> None:
    with pytest.raises(ValueError, match="lacks"):
        Text(*parts)


def test_a_text_put_into_a_text_is_taken_by_language() -> None:
    inner = Text(zh="剪枝", en="pruning")
    assert Text(zh="方法：{name}", en="method: {name}").format(name=inner) == Text(
        zh="方法：剪枝", en="method: pruning"
    )


def test_braces_of_a_visitor_are_left_alone() -> None:
    assert Text(zh="“{text}”", en="“{text}”").format(text="{0.__class__}").en == "“{0.__class__}”"


def test_a_plain_label_is_the_same_in_both_languages() -> None:
    assert say("int8", "zh") == say("int8", "en") == "int8"


def test_an_unknown_language_is_an_error() -> None:
    with pytest.raises(ValueError, match="fr"):
        Text(zh="一", en="one").in_("fr")


def test_texts_are_joined_as_each_language_does() -> None:
    one, two = Text(zh="一。", en="One."), Text(zh="二。", en="Two.")
    assert joined(None, one, None, two) == Text(zh="一。二。", en="One. Two.")
    assert joined(two) == two


def test_a_number_has_a_true_minus_and_other_hyphens_stay() -> None:
    text = Text(zh="{a} {b:.2f} {c} {d} {e:.0e}", en="{a} {b:.2f} {c} {d} {e:.0e}")
    assert text.format(a="-0.21", b=-1.5, c="GPT-2", d="-12%", e=-0.00001).en == "−0.21 −1.50 GPT-2 −12% −1e-05"
    assert written(-0.001) == "0.00" and written(-0.5, "z.0%") == "−50%"
    assert written(0.0001, "+.2f") == written(-0.0001, "+.2f") == "0.00" and written(0.01, "+.2f") == "+0.01"
    assert written(float("inf"), "+.1f") == "+inf" and written(float("-inf"), ".1f") == "−inf"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (9.8765, "9.877"), (10.0, "10"), (9999.6, "10,000"), (123456.0, "123,456"), (999_960.0, "1×10⁶"), (0.0, "0"), (0.00012345, "0.0001234"),
        (0.0001, "0.0001"), (0.00005512, "5.512×10⁻⁵"), (-3e-12, "−3×10⁻¹²"), (5.0841e11, "5.084×10¹¹"), (7e9, "7×10⁹"), (-2.5e7, "−2.5×10⁷"), (float("inf"), "inf"), (-1.5, "−1.5"),
    ],
)  # fmt: skip
def test_large_and_small_numbers_are_written_as_powers_of_ten(value: float, shown: str) -> None:
    assert significant(value) == shown


@pytest.mark.parametrize("language", Language)
def test_python_and_the_pages_script_write_numbers_by_one_rule(language: Language) -> None:
    """The page's script reads the same table: tests/components/core_numbers.test.js."""
    cases = json.loads((Path(__file__).parent / "numbers.json").read_text("utf-8"))
    assert {case["value"]: significant(case["value"], case["digits"], language) for case in cases} == {
        case["value"]: case[language] for case in cases
    }
    assert significant(2e11) == "2×10¹¹"


@pytest.mark.parametrize(("count", "shown"), [(0, "0 tokens"), (1, "1 token"), (2, "2 tokens")])
def test_a_count_has_its_noun_in_english(count: int, shown: str) -> None:
    text = Text(zh="{n} 个词元", en="{n:|token|tokens}").format(n=count)
    assert (text.zh, text.en) == (f"{count} 个词元", shown)


def test_no_text_leaves_singular_or_plural_to_the_reader() -> None:
    """“2 token(s)” is what a program says."""
    sources = [
        path
        for folder in ("playground", "components")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".js", ".tsv"} and not path.name.startswith("test_")
    ]
    assert sources
    found = [str(path) for path in sources if re.search(r"[a-z]\((?:e?s)\)[ ,.;]", path.read_text("utf-8"))]
    assert not found

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import catalog
from playground.cards import HEADINGS, CardError, parse_card, read_card
from playground.lab.text import Language
from tests.fakes import card_text

ROOT = Path(__file__).parent.parent


def test_reads_every_part() -> None:
    card = parse_card(
        "# 量化\n\n## 问题\n什么？\n## 三十秒回答\n短。\n## 深入\n长。\n```python\n## 不是标题\n```\n"
        "## 常见误区\n错。\n## 追问\n### 为什么？\n因为。\n\n再说。\n### 何时？\n现在。\n"
        "## 评分标准\n### 较差\n- 一\n- 二\n### 一般\n- 三\n- 四\n### 良好\n- 五\n- 六\n- 七\n### 优秀\n- 八\n- 九\n## 参考\n- 一篇论文\n",
        Language.ZH,
    )
    assert (card.title, card.question, card.short, card.wrong, card.references) == (
        "量化",
        "什么？",
        "短。",
        "错。",
        "- 一篇论文",
    )
    assert "## 不是标题" in card.depth
    assert card.rubric == (
        ("较差", ("一", "二")),
        ("一般", ("三", "四")),
        ("良好", ("五", "六", "七")),
        ("优秀", ("八", "九")),
    )
    assert card.followups == (("为什么？", "因为。\n\n再说。"), ("何时？", "现在。"))


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text, names: text.replace(f"## {names[2]}", f"### {names[2]}"), "headings"),
        (lambda text, names: text + f"\n## {names[0]}\nagain\n", "headings"),
        (lambda text, names: text.replace("# Counting", "Counting"), "title"),
        (lambda text, names: text.replace("# Counting", "# Counting\n\nstray"), "title"),
        (lambda text, names: text.replace(f"## {names[3]}\n\nSomething.", f"## {names[3]}\n\n"), "nothing stands"),
        (lambda text, names: text.replace("### Why?", "Why?"), "follow-up"),
        (lambda text, names: text.replace("Because.", ""), "no answer"),
        (lambda text, names: text.replace(f"## {names[5]}\n", f"## {names[5]}\n\nstray\n"), "levels"),
        (lambda text, names: re.sub(r"### (优秀|Excellent)", "### 5", text), "levels"),
        (lambda text, names: re.sub(r"(### (?:良好|Good)\n\n- .*\n)- .*\n", r"\1", text), "two or three"),
    ],
)
def test_says_what_is_wrong_and_where(change, complaint: str, language: Language, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / f"{language}.md"
    path.write_text(change(card_text(language), HEADINGS[language]), encoding="utf-8")
    with pytest.raises(CardError, match=complaint) as caught:
        read_card(tmp_path, language)
    assert str(path) in str(caught.value)


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"en\.md"):
        read_card(tmp_path, Language.EN)


@pytest.mark.parametrize("language", Language, ids=str)
def test_a_reference_has_the_year_of_its_first_version(language: Language) -> None:
    """One convention for all cards: arXiv's year, of a paper sent in on the last days of December the one before its number."""
    for topic in catalog.topics():
        for line in catalog.card(topic.slug, language).references.splitlines():
            number = re.search(r"arXiv:(\d\d)(\d\d)\.\d{4,5}", line)
            if not number:
                continue
            year, month = 2000 + int(number[1]), int(number[2])
            years = {int(found) for found in re.findall(r"\b(?:19|20)\d\d", line.replace(number[0], ""))}
            assert years & {year, *([year - 1] if month == 1 else [])}, f"{topic.slug}: {line}"


def years(text: str) -> set[str]:
    """The years of works that a text names: behind a space or in brackets."""
    return set(re.findall(r"(?<=[\s（(，,])(?:19|20)\d\d(?=[\s）)，,。.;；:：])", text))


def texts_in(source: str) -> Iterator[tuple[str, str]]:
    """Both languages of every Text in some code that is written out."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Text":
            said = {part.arg: part.value for part in node.keywords}
            if {"zh", "en"} <= said.keys() and all(isinstance(part, ast.Constant) for part in said.values()):
                yield tuple(str(said[language].value) for language in ("zh", "en"))  # type: ignore[attr-defined, misc]


def test_a_year_that_differs_is_found() -> None:
    (pair,) = texts_in("Text(zh='批量校准（Zhou 等 2023）', en='batch calibration (Zhou et al. ' '2024)')")
    assert years(pair[0]) != years(pair[1])


@pytest.mark.parametrize(
    "path", sorted((ROOT / "playground/topics").glob("[!_]*/interview.py")), ids=lambda path: path.parent.name
)
def test_a_work_has_the_same_year_in_both_languages(path: Path) -> None:
    for zh, en in texts_in(path.read_text(encoding="utf-8")):
        assert years(zh) == years(en), en

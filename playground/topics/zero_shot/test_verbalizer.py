"""What is typed as labels and labelled texts, and how it is refused."""

from __future__ import annotations

import pytest

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.topics.zero_shot.settings import example_texts
from playground.topics.zero_shot.verbalizer import MOST_TEXTS, read_labels, read_texts

ROWS = [("up", f"text {n}") if n % 2 else ("down", f"text {n}") for n in range(10)]


def refusal(read: object, *arguments: object) -> str:
    with pytest.raises(PlaygroundError) as caught:
        read(*arguments)  # type: ignore[operator]
    message = caught.value.message
    assert message.zh != message.en
    return message.en


def test_labels_are_names_or_names_with_words() -> None:
    found = read_labels(' sports \n"money" = finance | 经济｜shares\n\n好评＝赞')
    assert found.names == ("sports", "money", "好评")
    assert found.words == (("sports",), ("finance", "经济", "shares"), ("赞",))
    assert found.owners == (0, 1, 1, 1, 2) and found.first_words == ("sports", "finance", "赞")
    # Words may be exchanged: that is how labels are flipped.
    assert read_labels("a = b\nb = a").words == (("b",), ("a",))


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("sports", "has 1; it takes 2 or more"),
        ("a\nb\nA", "“A” in line 3 of “Labels” is in line 1 already"),
        ("a = x\nb = ｘ", "“ｘ” in line 2"),
        ("a\nb = a", "“a” in line 2"),
        ("a =\nb", "Line 1 of “Labels” lacks a name or a word"),
        ("a\n= b", "Line 2"),
        ("a\n" + "a text and not a label at all, as long as this", "has 46 characters, 40 at most"),
        ("\n".join("abcdefghi"), "has 9 lines; the limit is 8"),
        ("a = " + "|".join(f"w{n}" for n in range(12)) + "\nb", "has 13 words in all"),
    ],
)
def test_labels_are_refused_in_words(pasted: str, said: str) -> None:
    assert said in refusal(read_labels, pasted)


@pytest.mark.parametrize("separator", ["\t", ": ", "：", ",", "，", " | "])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r", "\n\n"])
def test_texts_are_read_with_any_separator_and_line_end(separator: str, ends: str) -> None:
    found = read_texts(ends.join(f"{label}{separator}{text}" for label, text in ROWS), ("up", "Down"))
    assert found.texts == tuple(text for _, text in ROWS) and found.classes == (1, 0) * 5 and found.labelled


def test_quoted_cells_repeats_and_other_labels() -> None:
    pasted = "\ufeff" + "\n".join(f'{label},"{text}, ""so"""' for label, text in [*ROWS, ROWS[0], ("left", "text")])
    found = read_texts(pasted, ("up", "down"))
    assert found.texts[0] == 'text 0, "so"' and (len(found), found.repeated, found.other) == (10, 1, 1)
    # A separator within a text, where the label's comes first.
    assert (
        read_texts("\n".join(f"up\tsee: {n}, and: more" for n in range(8)), ("up", "x")).texts[0] == "see: 0, and: more"
    )
    other = read_texts(pasted, ("sideways", "across"))
    assert not other.labelled and other.other == 0 and len(other) == 11


@pytest.mark.parametrize("header", ["", "text,label\n", "文本,标签\n"])
def test_a_csv_may_have_its_label_last_and_name_its_columns(header: str) -> None:
    found = read_texts(header + "\n".join(f'"{text}, so：it is",{label}' for label, text in ROWS), ("up", "down"))
    assert found.texts == tuple(f"{text}, so：it is" for _, text in ROWS)
    assert found.classes == (1, 0) * 5 and found.other == 0
    named = read_texts("label,text\n" + "\n".join(",".join(row) for row in ROWS), ("up", "down"))
    assert len(named) == 10 and named.other == 0
    # A class may be called so, and a header alone isn't a text.
    kept = read_texts("\n".join(f"{'text' if n % 2 else 'label'},text {n}" for n in range(8)), ("text", "label"))
    assert len(kept) == 8 and kept.labelled
    other = read_texts(header + "\n".join(f"{text},{label}" for label, text in ROWS), ("left", "right"))
    assert other.texts == tuple(text for _, text in ROWS) and not other.labelled


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("\n".join(f"up: {n}" for n in range(8)) + "\nno separator here", "Line 9 of “Labelled texts”"),
        ("\n".join(f"up: {n}" for n in range(2000)), f"has 2000 lines; the limit is {MOST_TEXTS}"),
        ("up: one\ndown: two", "has 2 that can be used, 8 are needed"),
        ("\n".join(["up: " + "x" * 201] * 9), "line 1 of “Labelled texts” has 201 characters"),
        ("\n".join(f"up: {n}" for n in range(8)) + "\nup:", "Line 9"),
        ("label,text\n" + "\n".join(f"up,{n}" for n in range(81)), "has 81 lines"),
        (
            "id,text,label\n" + "\n".join(f"{n},rain {n},up" for n in range(8)),
            "names 3 columns (id, text, label); a label and a text are read",
        ),
        (
            '"Label"\t"ID"\t"Text"\n' + "\n".join(f"up\t{n}\train {n}" for n in range(8)),
            "names 3 columns (Label, ID, Text)",
        ),
    ],
)
def test_texts_are_refused_in_words(pasted: str, said: str) -> None:
    assert said in refusal(read_texts, pasted, ("up", "down"))


def test_a_header_is_no_text_of_the_limit_and_words_of_a_text_are_no_header() -> None:
    full = read_texts("label,text\n" + "\n".join(f"up,text {n}" for n in range(MOST_TEXTS)), ("up", "down"))
    assert len(full) == MOST_TEXTS and full.other == 0
    # The first line's label is a class, so what follows is its text.
    said = read_texts("\n".join(f"class,text {n}, label, text" for n in range(8)), ("class", "x"))
    assert said.texts[0] == "text 0, label, text" and said.labelled


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(("task", "classes"), [("topic", 4), ("sentiment", 2)])
def test_the_projects_texts_are_all_read(language: Language, task: str, classes: int) -> None:
    lines = example_texts(task, language)
    names = tuple(dict.fromkeys(line.split("\t")[0] for line in lines.splitlines()))
    found = read_texts(lines, names)
    assert len(names) == classes and len(found) == 40 and found.labelled and not found.other and not found.repeated

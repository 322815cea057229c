"""What is read of pasted lines, what is refused, and how lines are dealt to folds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from playground.lab.errors import PlaygroundError
from playground.lab.text import Language
from playground.topics.classification.pasted_lines import LabelledLines, deal_folds, read_lines
from playground.topics.classification.settings import example_lines

ROWS = [("sport", f"They won match {n}.") for n in range(5)] + [
    ("food", f"Boil, then stir {n} times") for n in range(4)
]


def pasted(separator: str, *, last: bool = False, end: str = "\n") -> str:
    return end.join(separator.join((text, label) if last else (label, text)) for label, text in ROWS)


def pairs(lines: LabelledLines) -> list[tuple[str, str]]:
    return [(lines.classes[label], text) for label, text in zip(lines.labels, lines.texts, strict=True)]


@pytest.mark.parametrize("separator", ["\t", ",", "，", ";", "；", "|", ":", "：", ", "])
@pytest.mark.parametrize("last", [False, True])
def test_label_and_text_at_any_separator_on_either_side(separator: str, last: bool) -> None:
    # A comma in the texts, too: only the one beside the label cuts.
    assert pairs(read_lines(pasted(separator, last=last))) == ROWS


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n\n", "\u2028", "\n   \n"])
def test_line_ends_and_blank_lines_do_not_matter(end: str) -> None:
    assert pairs(read_lines("\ufeff" + pasted("\t", end=end) + end)) == ROWS


def test_a_csv_with_quotes_line_breaks_and_a_header_in_any_order() -> None:
    table = 'id,text,label\r\n1,"He said ""stir"", then left,\nand came back",food\n' + "".join(
        f'{n},"{text}",{label}\n' for n, (label, text) in enumerate(ROWS)
    )
    found = read_lines(table)
    assert pairs(found)[0] == ("food", 'He said "stir", then left, and came back')
    assert pairs(found)[1:] == ROWS
    assert found.numbers[:2] == (2, 4)


def test_a_quotation_mark_that_belongs_to_a_text_is_kept() -> None:
    found = read_lines(pasted("\t") + '\nsport\t"Yes" was the answer" he said\nfood\t12" pizza')
    assert [text for _, text in pairs(found)[-2:]] == ['"Yes" was the answer" he said', '12" pizza']


def test_chinese_header_and_fasttext_labels() -> None:
    assert pairs(read_lines("标签\t文本\n" + pasted("\t"))) == ROWS
    assert pairs(read_lines("\n".join(f"__label__{label} {text}" for label, text in ROWS))) == ROWS


def test_a_class_called_label_is_no_header() -> None:
    assert len(read_lines("label\tWhat is it?\n" + pasted("\t") + "\nlabel\tAnd this?")) == 11


def test_spellings_of_one_label_are_one_class() -> None:
    found = read_lines(pasted("\t") + "\nＳport \tA late goal\nFOOD\tSalt it")
    assert found.classes == ("sport", "food") and found.counts == (6, 5)


def test_repeats_and_classes_of_one_line_are_left_out_and_counted() -> None:
    found = read_lines(
        pasted("\t")
        + "\nsport\tThey won match 0.\nsport\t they  won match 0!\nrare\tOnce only\nfood\tThey won match 0."
    )
    assert (found.repeated, found.single) == (1, ("rare",))
    texts = [text for _, text in pairs(found)]
    assert texts.count("They won match 0.") == 2 and "they won match 0!" in texts
    # The three texts differ in case and marks at most, and one has another label.
    assert [found.texts[index].casefold()[:16] for index in found.disputed] == ["they won match 0"] * 3
    assert len({found.groups[index] for index in found.disputed}) == 1


def test_long_texts_are_read_to_a_limit() -> None:
    found = read_lines(pasted("\t") + "\nfood\t" + "stir " * 200)
    assert found.cut == 1 and len(found.texts[-1]) == 400


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no label here\n" * 9, "Line 1"),
        (pasted("\t") + "\nfood without a tab", "Line 10"),
        (pasted("\t") + "\nfood\t", "Line 10"),
        (pasted("\t") + "\n\tno label", "Line 10"),
        ("\n".join(f"one\ttext {n}" for n in range(20)), "single label"),
        ("\n".join(f"c{n}\ttext {n}" for n in range(30)), "30 different labels"),
        ("\n".join(f"a\ttext {n}\nb\ttext {n} b" for n in range(1001)), "2002 examples"),
        (pasted("\t") + "\n" + "x" * 90 + "\ttext\n" + "x" * 90 + "\tother", "line 10"),
        ("a\tx\nb\ty\nc\tz", "2 classes"),
        ("a\tx\n" * 30 + "b\ty\nb\tz", "has 2 lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_the_place_and_the_way_out(text: str, said: str) -> None:
    with pytest.raises(PlaygroundError) as caught:
        read_lines(text)
    assert caught.value.field == "lines"
    assert said in caught.value.message.en
    assert "带标签的行" in caught.value.message.zh


@pytest.mark.parametrize("language", Language)
def test_the_default_lines_are_whole(language: Language) -> None:
    found = read_lines(example_lines(language))
    assert (len(found), len(found.classes), found.repeated, found.single, found.disputed) == (120, 4, 0, (), ())


def test_folds_are_stratified_and_duplicates_stay_together() -> None:
    copies = "\n".join(f"sport\tthey won MATCH {n}" for n in range(5))
    many = "\n".join(f"{'ab'[n % 3 == 0]}\ttext number {n}" for n in range(60))
    found = read_lines(pasted("\t") + "\n" + copies + "\n" + many)
    folds = deal_folds(found, 5, 0)
    for group in set(found.groups):
        assert len({int(folds[index]) for index, own in enumerate(found.groups) if own == group}) == 1
    only = read_lines(many)
    folds = deal_folds(only, 5, 3)
    for label in (0, 1):
        sizes = Counter(folds[np.array(only.labels) == label].tolist()).values()
        assert len(sizes) == 5 and max(sizes) - min(sizes) <= 1
    assert deal_folds(only, 5, 3).tolist() == folds.tolist() != deal_folds(only, 5, 4).tolist()


def test_there_are_no_more_folds_than_lines_of_the_largest_class() -> None:
    found = read_lines("\n".join(f"{label}\t{label} {n}" for label in "abcd" for n in range(2)))
    assert deal_folds(found, 10, 0).max() == 1

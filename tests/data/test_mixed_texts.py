"""Running text for training: what is read of a page and of a dictionary, and the part that is held out."""

from __future__ import annotations

from pathlib import Path

from playground.data import mixed_texts
from playground.data.mixed_texts import HELD_OUT_ONE_IN, Passage, passages


def made(folder: Path) -> Path:
    """A folder like the extracted packages, with a page and a dictionary of each part of speech."""
    book = folder / "usr/share/doc/debian-handbook/html/en-US/one.html"
    book.parent.mkdir(parents=True)
    book.write_text(
        "<html><script>var no = 'nothing of a script is a text at all';</script><body><p>A paragraph with <b>bold</b>\n words, "
        "long enough to be kept.</p><pre>sudo apt-get install code-is-left-out-entirely</pre><p>Short.</p></body></html>",
        encoding="utf-8",
    )
    words = folder / "usr/share/wordnet"
    words.mkdir(parents=True)
    for kind in ("noun", "verb", "adj", "adv"):
        (words / f"data.{kind}").write_text("  1 This is the licence.\n", encoding="utf-8")
    (words / "data.noun").write_text(
        '00002137 03 n 02 abstraction 0 abstract_entity 0 001 @ 00001740 n 0000 | a general concept; "it is one"  \n',
        encoding="utf-8",
    )
    return folder


def test_paragraphs_and_definitions_are_read_and_code_is_not(tmp_path: Path) -> None:
    installed = set(passages())
    found = {item.text: item for item in passages(made(tmp_path)) if item not in installed}
    assert set(found) == {
        "A paragraph with bold words, long enough to be kept.",
        'abstraction, abstract entity: a general concept; "it is one"',
    }
    assert {item.source for item in found.values()} == {"handbook", "wordnet"}


def test_installed_sources_hold_both_languages_and_repeat_nothing() -> None:
    found = passages()
    assert {item.language for item in found} == {"zh", "en"}
    assert len({item.text for item in found}) == len(found)
    assert found == passages()


def test_one_passage_in_twenty_is_held_out_by_its_text_alone() -> None:
    share = sum(Passage(f"text {number}", "en", "sets").held_out for number in range(4000)) / 4000
    assert abs(share - 1 / HELD_OUT_ONE_IN) < 0.012
    assert Passage("x", "en", "sets").held_out == Passage("x", "zh", "daily").held_out


def test_the_packages_are_named_for_whoever_trains_again() -> None:
    assert set(mixed_texts.PACKAGES) == {
        "debian-handbook",
        "debian-reference-en",
        "debian-reference-zh-cn",
        "wordnet-base",
    }

"""Tagged sentences of the People's Daily: names joined by hand, and a split in which nothing returns."""

from __future__ import annotations

from playground.data.peoples_daily import label, parse, peoples_daily, sentences


def read(line: str) -> list[tuple[str, str]]:
    found = label(parse(line))
    return [(found.text[span.start : span.end], span.kind) for span in found.spans]


def test_surname_and_given_name_are_one_person() -> None:
    assert read("江/nr 泽民/nr 李/nr 鹏/nr 会见/v 安南/nr") == [(name, "person") for name in ("江泽民", "李鹏", "安南")]
    assert read("欧阳/nr 修/nr 与/c 克林顿/nr 叶利钦/nr") == [
        (name, "person") for name in ("欧阳修", "克林顿", "叶利钦")
    ]
    assert read("新华社/nt 北京/ns １月/t") == [("新华社", "organisation"), ("北京", "place")]


def test_a_line_is_cut_after_its_sentences_and_read_plainly() -> None:
    pairs = parse("１９９８年/t ，/w ＡＢ/nx 。/w 好/a ！/w 完/v")
    assert ["".join(word for word, _ in part) for part in sentences(pairs)] == ["1998年，AB。", "好！", "完"]


def test_no_sentence_starts_like_one_of_another_part() -> None:
    corpus = peoples_daily()
    starts = [item.text[:14] for part in (corpus.train, corpus.validation, corpus.held_out) for item in part]
    assert len(starts) == len(set(starts))
    for item in (*corpus.train, *corpus.held_out):
        assert all(0 <= span.start < span.end <= len(item.text) for span in item.spans)
        assert not any(one.overlaps(other) for one, other in zip(item.spans, item.spans[1:], strict=False))

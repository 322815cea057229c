from __future__ import annotations

import pytest

from playground.generation.end_marks import tokens_before_end_marks, without_end_marks
from playground.models.language_model import LanguageModel


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (" C++.", " C++"), (" C#.", " C#"), (" C++", " C++"), (" by 50%.", " by 50%"), (" A-,", " A-"), (" A+.", " A+"),
        (" $5.", " $5"), ("5°C。", "5°C"), ("《霸王别姬》。", "《霸王别姬》"), ("《霸王别姬》", "《霸王别姬》"), ("“吉他”。", "“吉他”"), ("吉他。”", "吉他"),
        ("吉他……", "吉他"), (' "green".', ' "green"'), (' green".', " green"), (' 5\'6".', ' 5\'6"'), (" the boys’", " the boys’"),
        (" Paris (France).", " Paris (France)"), (" green (", " green"), ("the 《", "the"), (" the U.S.", " the U.S."), (" 3 p.m.", " 3 p.m."),
        (" vitamin C.", " vitamin C"), (" 3.5.", " 3.5"), (" Yahoo!", " Yahoo!"), (" green, ", " green"), ("...", "..."), ("？", "？"), ("", ""),
    ],
)  # fmt: skip
def test_an_answer_loses_its_full_stop_and_keeps_its_signs(said: str, answer: str) -> None:
    assert without_end_marks(said) == answer


@pytest.mark.parametrize(("ids", "count"), [((0, 2, 3), 2), ((0, 2), 2), ((0, 1), None), ((0, 4, 3), 2)])
def test_tokens_are_counted_up_to_the_end_marks(
    ids: tuple[int, ...], count: int | None, tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    pieces = [" C", "++.", "++", ".", "#"]
    monkeypatch.setattr(LanguageModel, "decode", lambda self, ids: "".join(pieces[token] for token in ids))
    assert tokens_before_end_marks(tiny_lm, ids) == count

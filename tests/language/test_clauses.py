"""Clauses: cut at marks between them, and not inside a number, a time, an address or an abbreviation."""

from __future__ import annotations

import pytest

from playground.language.clauses import clauses

CASES = [
    ("Dr. Smith at booking.com was great, e.g. at 3 p.m. he called back.", ["Dr. Smith at booking.com was great", "e.g. at 3 p.m. he called back"]),
    ("我在京东www.jd.com买的,质量很好.物流也快!客服不错", ["我在京东www.jd.com买的", "质量很好", "物流也快", "客服不错"]),
    ("See https://example.com/a,b; it opens at 8:30.", ["See https://example.com/a,b", "it opens at 8:30"]),
    ("价格1,000元，评分 4.5，8:30 到：很准时", ["价格1,000元", "评分 4.5", "8:30 到", "很准时"]),
    ("It cost $1,250.50! The ratio was 3:2... I guess", ["It cost $1,250.50", "The ratio was 3:2", "I guess"]),
    ("He came at 3 p.m. She left—quickly – and Yahoo! is slow", ["He came at 3 p.m.", "She left", "quickly", "and Yahoo! is slow"]),
    ("Good,cheap;fast:yes", ["Good", "cheap", "fast", "yes"]),
    ("“快跑！”他喊道。《霸王别姬》真好看！", ["快跑", "他喊道", "《霸王别姬》真好看"]),
    ('He said: "It is fine, really." (And it was.)', ["He said", "It is fine", "really", "(And it was.)"]),
    ("……！😀", []),
    ("", []),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_clauses(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


def test_a_wide_colon_in_a_time_ends_nothing() -> None:
    assert clauses("3：30开始，4：15结束：散会") == ["3：30开始", "4：15结束", "散会"]

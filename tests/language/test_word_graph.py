"""The word graph against the enumeration of all paths and against jieba's own cut; private dictionaries."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import jieba
import pytest
from jieba import finalseg

from playground.language.segmentation import chinese_tokenizer
from playground.language.word_graph import (
    Ambiguity,
    Arc,
    Path,
    ambiguities,
    arcs,
    best_paths,
    private_tokenizer,
    total_paths,
)

SENTENCES = (
    "南京市长江大桥",
    "结婚的和尚未结婚的",
    "乒乓球拍卖完了",
    "他说的确实在理",
    "研究生命的起源",
    "𠮷野家",
    "㐂",
)


def every_path(tokenizer: jieba.Tokenizer, text: str) -> list[Path]:
    """All ways to put borders between characters of which every word is in the dictionary, or is a single character."""
    found = []
    for count in range(len(text)):
        for borders in combinations(range(1, len(text)), count):
            ends = (0, *borders, len(text))
            words = tuple(text[start:end] for start, end in pairwise(ends))
            if all(tokenizer.FREQ.get(word) or len(word) == 1 for word in words):
                score = sum(math.log((tokenizer.FREQ.get(word) or 1) / tokenizer.total) for word in words)
                found.append(Path(words, score))
    return found


@pytest.mark.parametrize("text", SENTENCES)
def test_best_paths_and_their_number_by_enumeration(text: str) -> None:
    tokenizer = chinese_tokenizer()
    graph = arcs(tokenizer, text)
    by_hand = sorted(every_path(tokenizer, text), key=lambda path: -path.log_probability)
    count, log_total = total_paths(graph, len(text))
    assert count == len(by_hand)
    assert log_total == pytest.approx(math.log(sum(math.exp(path.log_probability) for path in by_hand)))
    best = best_paths(graph, len(text), 5)
    assert [path.log_probability for path in best] == pytest.approx([path.log_probability for path in by_hand[:5]])
    assert {path.words for path in best} <= {path.words for path in by_hand}


@pytest.mark.parametrize("text", SENTENCES[:5])
def test_the_best_path_is_what_jieba_cuts_without_its_markov_model(text: str) -> None:
    tokenizer = chinese_tokenizer()
    assert best_paths(arcs(tokenizer, text), len(text), 1)[0].words == tuple(tokenizer.cut(text, HMM=False))


@pytest.mark.parametrize("text", SENTENCES)
def test_places_where_words_cross_by_looking_at_every_pair_of_words(text: str) -> None:
    tokenizer = chinese_tokenizer()
    best = best_paths(arcs(tokenizer, text), len(text), 1)[0].words
    spans, start = [], 0
    for word in best:
        spans.append((start, start + len(word)))
        start += len(word)
    crossing, touched = set(), set()
    for start, end in combinations(range(len(text) + 1), 2):
        if end - start > 1 and tokenizer.FREQ.get(text[start:end]):
            cut = [
                (a, b)
                for a, b in spans
                if a < end and start < b and not (start <= a and b <= end) and not (a <= start and end <= b)
            ]
            if cut:
                crossing.add(text[start:end])
                touched |= {place for a, b in spans if a < end and start < b for place in range(a, b)}
    found = ambiguities(arcs(tokenizer, text), best)
    assert {word for one in found for word in one.crossing} == crossing
    assert {place for one in found for place in range(one.start, one.end)} == touched
    assert all("".join(one.best) == text[one.start : one.end] for one in found)
    assert all(one.end <= other.start for one, other in pairwise(found))


def test_a_word_that_joins_or_splits_words_of_the_path_crosses_none() -> None:
    def graph(*words: tuple[int, int]) -> list[Arc]:
        return [Arc(start, end, "甲乙丙丁"[start:end], -1.0, True) for start, end in words]

    best = ("甲乙", "丙丁")
    assert ambiguities(graph((0, 2), (2, 4), (0, 4), (0, 1), (2, 3)), best) == ()
    assert ambiguities(graph((0, 2), (2, 4), (1, 3)), best) == (Ambiguity(0, 4, best, ("乙丙",)),)
    assert ambiguities(graph((0, 1), (1, 3)), ("甲", "乙丙", "丁")) == ()


def test_words_of_one_visitor_touch_nobody_else() -> None:
    shared = chinese_tokenizer()
    before, total = dict(shared.FREQ), shared.total
    forced, of_module = set(finalseg.Force_Split_Words), (jieba.dt.total, len(jieba.dt.FREQ))
    mine = private_tokenizer({"江大桥": 10**7, "南京市": 0, "云原生平台": None})
    assert list(mine.cut("南京市长江大桥", HMM=False)) == ["南京", "市长", "江大桥"]
    assert "云原生平台" in mine.cut("云原生平台很好", HMM=False)
    assert list(shared.cut("南京市长江大桥", HMM=False)) == ["南京市", "长江大桥"]
    assert shared.FREQ == before and shared.total == total
    assert set(finalseg.Force_Split_Words) == forced and (jieba.dt.total, len(jieba.dt.FREQ)) == of_module
    assert list(private_tokenizer({}).cut("南京市长江大桥")) == ["南京市", "长江大桥"]


def test_extra_words_count_as_in_jieba() -> None:
    mine, reference = private_tokenizer({"江大桥": 5000}), jieba.Tokenizer()
    reference.FREQ, reference.total, reference.initialized = (
        dict(chinese_tokenizer().FREQ),
        chinese_tokenizer().total,
        True,
    )
    reference.add_word("江大桥", 5000)
    assert mine.FREQ == reference.FREQ and mine.total == reference.total

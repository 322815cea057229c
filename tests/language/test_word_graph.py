"""The word graph against the enumeration of all paths and against jieba's own cut; private dictionaries."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import jieba
import pytest
from jieba import finalseg

from playground.language.segmentation import chinese_tokenizer
from playground.language.word_graph import Path, arcs, best_paths, private_tokenizer, total_paths

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

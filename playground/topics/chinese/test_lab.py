"""The lab against independent references, and what is said of its findings."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import opencc
import pytest
import scipy
import torch

from playground.data.reviews import reviews
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.language.segmentation import chinese_tokenizer
from playground.models.language_model import LanguageModel
from playground.topics.chinese import forms, preference
from playground.topics.chinese.compress import rate
from playground.topics.chinese.findings import Findings
from playground.topics.chinese.interview import PREDICTION, verdict
from playground.topics.chinese.lab import read_graph, read_places, run
from playground.topics.chinese.settings import Settings
from playground.topics.chinese.tokens import read_tokens
from playground.topics.chinese.words import read_words
from tests.fakes import OneModel

SMALL = Settings(text="南京市长江大桥，ab猫", vocabulary=600, lines=200)
GENERATOR = np.random.default_rng(0)


def findings_of(lm: LanguageModel, settings: Settings) -> Findings:
    """The findings of a run, whichever of its yields brings them."""
    return [result.findings for result in run(settings, Bench(OneModel(lm))) if result.findings][-1]


@pytest.fixture(scope="module")
def found(tiny_lm: LanguageModel) -> Findings:
    return findings_of(tiny_lm, SMALL)


def test_byte_pieces_belong_to_their_characters(tiny_lm: LanguageModel) -> None:
    tokens = read_tokens(tiny_lm, "a猫")
    assert [token.text for token in tokens] == ["a", "⟨E7⟩", "⟨8C⟩", "⟨AB⟩"]
    assert [token.characters for token in tokens] == ["a", "猫", "猫", "猫"]
    assert [token.is_bytes for token in tokens] == [False, True, True, True]


def test_cuts_and_graph_are_those_of_jieba(found: Findings) -> None:
    shared = chinese_tokenizer()
    assert found.cuts["precise"] == tuple(shared.cut(SMALL.text))
    assert found.cuts["full"] == tuple(word for word in shared.cut(SMALL.text, cut_all=True) if word.strip())
    assert found.cuts["search"] == tuple(shared.cut_for_search(SMALL.text))
    assert found.graph is not None
    assert found.graph.candidates[0].words == found.graph.jieba == ("南京市", "长江大桥")
    assert sum(item.share for item in found.graph.candidates) <= 1
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found


def test_the_models_preference_against_a_loop(tiny_lm: LanguageModel) -> None:
    (score,) = preference.segmented_log_probabilities(tiny_lm, "猫", [("猫", "a")], False)
    ids = tiny_lm.encode("猫 / a\n")
    logs = tiny_lm.logits(ids).log_softmax(-1)
    assert score == pytest.approx(sum(float(logs[at, ids[at + 1]]) for at in range(len(ids) - 1)), abs=1e-3)
    assert forms.bits(tiny_lm, [[], ids[1:]]) == [0.0, pytest.approx(-score / math.log(2), abs=1e-2)]
    assert torch.isfinite(logs).all()


def test_forms_differ_where_the_writing_does() -> None:
    assert forms.variants("头发ＡＢ1") == {
        "typed": "头发ＡＢ1", "traditional": "頭髮ＡＢ1", "full_width": "头发ＡＢ１", "nfkc": "头发AB1",
    }  # fmt: skip
    assert forms.variants("。") == {"typed": "。"}


def test_the_graph_says_what_it_leaves_out_and_places_are_those_of_the_whole_text(tiny_lm: LanguageModel) -> None:
    tokenizer = chinese_tokenizer()
    short, long = "结婚的和尚未结婚的", "鹅猫鹅" * 7 + "南京市长江大桥"
    text = f"a{short}b{long}"
    graph = read_graph(tiny_lm, tokenizer, text)
    assert graph is not None and not graph.whole and graph.runs == 2
    assert graph.length in (len(short), len(long)) and graph.text in (short, long[:24])
    assert [(one.text, one.position) for one in read_places(tokenizer, text)] == [
        ("和尚未结婚", 1 + text.index("和尚未")), ("南京市长江大桥", 1 + text.index("南京市")),
    ]  # fmt: skip
    cut = read_graph(tiny_lm, tokenizer, long)
    assert cut is not None and (cut.text, cut.length, cut.runs, cut.whole) == (long[:24], 28, 1, False)
    whole = read_graph(tiny_lm, tokenizer, f"a{short}")
    assert whole is not None and whole.whole


def test_the_rate_is_that_of_all_lines_together_and_its_interval_scipys() -> None:
    lines = ["a" * length for length in GENERATOR.integers(5, 60, 80)]
    counts = {line: max(1, len(line) // 2 + int(GENERATOR.integers(0, 9))) for line in lines}
    found = rate(lines, counts.__getitem__, lambda line: len(line) % 3, 0)
    lengths, tokens = np.array([len(line) for line in lines]), np.array([counts[line] for line in lines])
    assert found.rate == pytest.approx(lengths.sum() / tokens.sum()) != pytest.approx((lengths / tokens).mean())
    assert found.lost == pytest.approx(sum(len(line) % 3 for line in lines) / lengths.sum())
    expected = scipy.stats.bootstrap(
        (lengths, tokens), lambda a, b, axis=-1: a.sum(axis) / b.sum(axis), paired=True, method="percentile", rng=1,
    ).confidence_interval  # fmt: skip
    width = expected.high - expected.low
    assert found.low == pytest.approx(expected.low, abs=0.1 * width)
    assert found.high == pytest.approx(expected.high, abs=0.1 * width)


def test_the_gap_of_the_forms_against_a_loop_over_single_lines(tiny_lm: LanguageModel) -> None:
    lines = [item.text for item in reviews().held_out if len(item.text) <= forms.LONGEST_LINE][: forms.LINES]
    convert = opencc.OpenCC("s2t").convert
    losses, tokens = [], []
    for line in lines:
        (own_bits, own), (other_bits, other) = (plain_bits(tiny_lm, text) for text in (line, convert(line)))
        losses.append((other_bits - own_bits) / len(line))
        tokens.append((other - own) / len(line))
    found = forms.gap(tiny_lm)
    assert found.count == len(lines) == 30
    assert found.bits == pytest.approx(np.mean(losses), abs=1e-3) and found.tokens == pytest.approx(np.mean(tokens))
    assert found.low < found.bits < found.high and found.tokens_low <= found.tokens <= found.tokens_high


def plain_bits(lm: LanguageModel, text: str) -> tuple[float, int]:
    """−log₂ p of a text after the start token by one plain pass, and its tokens; without a start token the first isn't counted."""
    ids, bos = lm.encode(text, bos=False), lm.tokenizer.bos_token_id
    read = ids if bos is None else [bos, *ids]
    logs = lm.logits(read).log_softmax(-1)
    return -sum(float(logs[at, read[at + 1]]) for at in range(len(read) - 1)) / math.log(2), len(ids)


def test_words_are_read_or_refused() -> None:
    assert read_words("云原生 12\r\n\n猫　3\n云原生 0\n新词") == {"云原生": 0, "猫": 3, "新词": None}
    for bad in ("a b c", "词 -1", "词 x", "词" * 21, "词 999999999", "\n".join(f"词{n} 1" for n in range(51))):
        with pytest.raises(PlaygroundError) as caught:
            read_words(bad)
        assert caught.value.field == "words"


def test_a_text_without_chinese_has_no_graph_and_a_true_verdict(tiny_lm: LanguageModel, found: Findings) -> None:
    without = dataclasses.replace(found, graph=None)
    assert "没有汉字" in verdict(SMALL, without).zh and "no word graph" in verdict(SMALL, without).en
    with pytest.raises(PlaygroundError):
        next(run(dataclasses.replace(SMALL, text=" \n"), Bench(OneModel(tiny_lm))))


def test_the_prediction_is_the_number_of_tokens(found: Findings) -> None:
    outcome = PREDICTION.outcome(SMALL, found)
    assert outcome is not None and outcome.answer == len(SMALL.text.encode("utf-8"))


def test_trained_pieces_say_what_is_lost(found: Findings) -> None:
    fragment = found.fragment("𪚥")
    assert fragment.bytes == 4 and len(fragment.model) == 4
    assert fragment.trained["bpe"] == ("[UNK](𪚥)",) and len(fragment.trained["byte_bpe"]) == 4

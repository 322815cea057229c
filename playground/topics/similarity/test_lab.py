"""Every score against a library, a hand computation or a brute force; a run on a tiny model; bad input."""

from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
import torch
from scipy import stats

from playground.data import sets
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import PlaygroundError
from playground.lab.panels import merged, panels_of
from playground.lab.text import Language
from playground.lab.validation import validate
from playground.language.scripts import main_language
from playground.language.sentence_vectors import average_embedding
from playground.models.language_model import LanguageModel
from playground.topics.similarity import compressed, measures, surface
from playground.topics.similarity.cases import EXAMPLES
from playground.topics.similarity.findings import Findings
from playground.topics.similarity.lab import read_lines, run
from playground.topics.similarity.scoring import METHODS, VARIANTS, max_similarity
from playground.topics.similarity.sentences import background, judged, pool, reworded
from playground.topics.similarity.settings import Result, Settings
from playground.topics.similarity.vectors import Reader, unit
from tests.conftest import tiny_llama, wrap
from tests.fakes import OneModel, stop_at

TEXT, LINES = "The dog bit a man", "A man bit the dog\nIt rains"


def finish(lm: LanguageModel, **values: object) -> Result:
    result = None
    settings = validate(Settings, {"text": TEXT, "others": LINES, "vectors": 100} | values, "en")
    for new in run(settings, Bench(OneModel(lm), seconds=600)):
        result = merged(result, new)
    assert result is not None
    return result


@pytest.fixture(scope="module")
def result(tiny_lm: LanguageModel) -> Result:
    return finish(tiny_lm)


@pytest.fixture(scope="module")
def found(result: Result) -> Findings:
    assert result.findings is not None
    return result.findings


# ---- strings and words


def test_ngrams_and_jaccard_by_hand() -> None:
    assert surface.ngrams("ＡＢ, c", 2) == {"ab", "b ", " c"}
    assert surface.ngrams("好", 3) == {"好"}
    assert surface.jaccard(surface.ngrams("abc", 2), surface.ngrams("bcd", 2)) == 1 / 3


def test_edit_similarity_by_dynamic_programming() -> None:
    a, b = "kitten", "sitting"
    cost = np.zeros((len(a) + 1, len(b) + 1))
    cost[:, 0], cost[0] = range(len(a) + 1), range(len(b) + 1)
    for i, j in itertools.product(range(1, len(a) + 1), range(1, len(b) + 1)):
        cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (a[i - 1] != b[j - 1]))
    assert surface.edit_similarity(a, b) == pytest.approx(1 - cost[-1, -1] / 7)


def test_minhash_estimates_jaccard_within_four_standard_errors() -> None:
    a, b = frozenset(map(str, range(100))), frozenset(map(str, range(40, 140)))
    exact, hashes = surface.jaccard(a, b), 2000
    estimate = surface.estimated_jaccard(surface.minhash(a, hashes, 0), surface.minhash(b, hashes, 0))
    assert exact == 60 / 140
    assert abs(estimate - exact) < 4 * math.sqrt(exact * (1 - exact) / hashes)
    assert surface.estimated_jaccard(surface.minhash(a, 16, 1), surface.minhash(a, 16, 1)) == 1


def test_the_cards_worked_numbers() -> None:
    idf = math.log(1 + (100 - 1 + 0.5) / (1 + 0.5))
    assert f"{idf:.2f}" == "4.21" and f"{idf / 2.5:.2f}" == "1.68"
    assert f"{math.sqrt(0.8 * 0.2 / 128):.3f}" == "0.035"
    assert [f"{1 - (1 - j**8) ** 16:.2f}" for j in (0.8, 0.5)] == ["0.95", "0.06"]
    assert [f"{math.exp(0.1 / t):.1f}" for t in (0.05, 1)] == ["7.4", "1.1"]


# ---- vectors


def test_late_interaction_by_loops() -> None:
    torch.manual_seed(0)
    a, b = (unit(torch.randn(count, 5), None) for count in (3, 4))
    best = [max(float(x @ y) for y in b) for x in a]
    assert max_similarity(a, b) == pytest.approx(sum(best) / 3, abs=1e-6)


def test_unit_vectors_with_the_mean_removed_by_numpy() -> None:
    vectors, mean = np.array([[3.0, 4.0], [1.0, 1.0]]), np.array([0.0, 1.0])
    moved = vectors - mean
    wanted = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    np.testing.assert_allclose(unit(torch.tensor(vectors), torch.tensor(mean)).numpy(), wanted)


def test_what_was_read_before_changes_nothing(tiny_lm: LanguageModel) -> None:
    bench = Bench(OneModel(tiny_lm), seconds=600)
    few = Reader(tiny_lm, 1, bench).known(Language.EN, 10)
    many = Reader(tiny_lm, 1, bench).known(Language.EN, 40)
    assert list(many) == list(pool(Language.EN)[:40])
    assert all(torch.equal(few[text].state, many[text].state) for text in few)


# ---- what scores are worth


def test_random_pairs_are_distinct_and_never_a_sentence_with_itself() -> None:
    assert sorted(measures.random_pairs(4, 99, 0)) == [pair for pair in itertools.product(range(4), repeat=2) if pair[0] != pair[1]]  # fmt: skip
    drawn = measures.random_pairs(50, 1000, 1)
    assert len(set(drawn)) == 1000 and all(a != b for a, b in drawn)


def test_spearman_is_scipys_and_a_constant_score_has_none() -> None:
    pairs = sets.pairs(Language.EN)
    scores = np.random.default_rng(0).integers(0, 9, len(pairs)).astype(float)
    found = measures.correlate(scores.tolist(), pairs, 0)
    grades = [pair.grade for pair in pairs]
    assert found.value == pytest.approx(float(stats.spearmanr(scores, grades).statistic))
    assert found.low is not None and found.high is not None and found.value is not None
    assert found.low < found.value < found.high
    assert measures.correlate([1.0] * len(pairs), pairs, 0) == measures.Correlation(None, None, None)


def test_percentile_counts_equals_by_half() -> None:
    assert measures.percentile(np.array([1.0, 2.0, 2.0, 3.0]), 2.0) == 0.5


def test_a_changed_sentence_must_score_strictly_below() -> None:
    items = sets.contrasts(Language.ZH)
    same = [1.0] * len(items)
    changed = [0.5 if item.change == "role" else 1.0 for item in items]
    shares = measures.below(changed, same, items)
    assert {kind: (one.right, one.count) for kind, one in shares.items()} == {
        kind: (8 if kind == "role" else 0, 8) for kind in sets.CHANGES
    }


@pytest.mark.parametrize("language", list(Language))
def test_sentences_are_distinct_and_the_background_comes_first(language: Language) -> None:
    texts = pool(language)
    assert len(set(texts)) == len(texts) > 700
    assert texts[: len(judged(language))] == judged(language)
    assert judged(language)[: len(background(language))] == background(language)
    assert len(reworded(language)) == 40 and not set(reworded(language)) & set(judged(language))


# ---- compressed vectors


def test_rounding_keeps_each_dimension_within_half_a_step_unless_clipped() -> None:
    vectors = np.random.default_rng(0).normal(3, [[0.1, 1, 5]], (400, 3))
    for bits, step in compressed.STEPS.items():
        decoded = compressed.rounded(vectors, bits)
        inside = np.abs(vectors - vectors.mean(0)) < step * vectors.std(0) * 2 ** (bits - 1)
        assert inside.mean() > 0.9
        assert (np.abs(decoded - vectors) <= step * vectors.std(0) / 2 + 1e-9)[inside].all()
        assert all(len(np.unique(decoded[:, column])) <= 2**bits for column in range(3))
    assert (compressed.rounded(np.ones((4, 2)), 4) == 1).all()


def test_product_quantization_is_exact_with_a_centroid_for_every_vector() -> None:
    vectors = np.random.default_rng(0).normal(size=(12, 20))
    np.testing.assert_allclose(compressed.product_quantized(vectors, 0), vectors, atol=1e-9)


def test_product_quantization_decodes_each_part_to_its_nearest_centroid() -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 16))
    decoded = compressed.product_quantized(vectors, 0)
    for part in (slice(0, 8), slice(8, 16)):
        centroids = np.unique(decoded[:, part], axis=0)
        assert len(centroids) <= compressed.CENTROIDS
        distances = ((vectors[:, None, part] - centroids) ** 2).sum(2)
        np.testing.assert_allclose(decoded[:, part], centroids[distances.argmin(1)])


def test_bytes_of_every_code() -> None:
    stored = {code.name: code.stored for code in compressed.codes(np.random.default_rng(0).normal(size=(50, 640)), 0)}
    assert stored == {"float32": 2560, "int8": 640, "int4": 320, "int2": 160, "binary": 80, "pq": 40}


def test_neighbours_recall_and_hubs_by_hand() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0], [0.1, 1.0]])
    near = compressed.nearest(compressed.cosines(vectors), 1)
    assert near.tolist() == [[1], [0], [3], [2]]
    assert compressed.recall(np.array([[1], [2]]), np.array([[1], [0]])).tolist() == [1.0, 0.0]
    counts = compressed.occurrences(np.array([[1], [0], [0], [0]]))
    assert counts.tolist() == [3, 1, 0, 0]
    assert compressed.skewness(counts) == pytest.approx(float(stats.skew(counts)))
    assert compressed.skewness(np.array([2, 2])) is None


def test_rescoring_every_vector_gives_the_true_neighbours() -> None:
    vectors = np.random.default_rng(0).normal(size=(30, 12))
    again = compressed.rescored(vectors, np.sign(vectors))
    assert (again == compressed.nearest(compressed.cosines(vectors), compressed.NEIGHBOURS)).all()


# ---- the run


def test_a_run_fills_every_panel_and_goes_to_json_and_back(result: Result, found: Findings) -> None:
    assert all(getattr(result, item.name) is not None for item in panels_of(Result))
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert tuple(found.methods) == (*METHODS[:4], *(name for name in found.methods if name not in METHODS[:4]))
    assert set(found.methods) == set(VARIANTS)
    assert [one.recall for one in found.recalled if one.name == "float32"] == [1.0]
    assert all(one.low <= one.recall <= one.high for one in found.recalled)
    assert found.language == "en" and found.lines == ("A man bit the dog", "It rains")


def test_scores_of_the_lines_are_the_methods_own(tiny_lm: LanguageModel, found: Findings) -> None:
    first, _ = found.lines
    a, b = (surface.ngrams(text, 2) for text in (TEXT, first))
    assert found.methods["characters"].scores[0] == surface.jaccard(a, b)
    raw = [average_embedding(tiny_lm, text).numpy() for text in (TEXT, first)]
    cosine = raw[0] @ raw[1] / np.linalg.norm(raw[0]) / np.linalg.norm(raw[1])
    assert found.methods["embeddings_raw"].scores[0] == pytest.approx(float(cosine), abs=1e-5)
    mean = np.mean([average_embedding(tiny_lm, text).numpy() for text in background(Language.EN)], 0)
    moved = [vector - mean for vector in raw]
    cosine = moved[0] @ moved[1] / np.linalg.norm(moved[0]) / np.linalg.norm(moved[1])
    assert found.methods["embeddings"].scores[0] == pytest.approx(float(cosine), abs=1e-4)
    best = np.array(found.alignment.cosines).max(1).mean()
    assert found.methods["alignment"].scores[0] == pytest.approx(float(best), abs=1e-5)
    items = sets.contrasts(Language.EN)
    same, paraphrased, changed = (
        [surface.jaccard(surface.ngrams(item.text, 2), surface.ngrams(getattr(item, name), 2)) for item in items]
        for name in ("reworded", "paraphrase", "changed")
    )
    characters = found.methods["characters"]
    means = (characters.reworded_mean, characters.paraphrase_mean, characters.changed_mean)
    assert means == pytest.approx([np.mean(same), np.mean(paraphrased), np.mean(changed)])
    assert characters.all_controlled.right == sum(low < high for low, high in zip(changed, same, strict=True))
    assert characters.all_changes.right == sum(low < high for low, high in zip(changed, paraphrased, strict=True))
    gaps = np.array(changed) - np.array(same)
    expected = stats.bootstrap((gaps,), np.mean, method="percentile", rng=1).confidence_interval
    assert (characters.control_low, characters.control_high) == pytest.approx((expected.low, expected.high), abs=0.01)
    assert found.alignment.words == ("The", "dog", "bit", "a", "man")
    for one in found.methods.values():
        assert one.ranks == tuple(1 + sum(other > score for other in one.scores) for score in one.scores)


def test_hubs_differ_by_the_same_sentences_resampled(found: Findings) -> None:
    raw, centred, less = found.hubness["raw"], found.hubness["centred"], found.hubs_less
    assert raw.skewness is not None and centred.skewness is not None and less is not None
    assert less.value == pytest.approx(centred.skewness - raw.skewness) and less.low <= less.value <= less.high
    for one in (raw, centred):
        assert one.low is not None and one.high is not None and one.low < one.high
        assert one.never.count == found.vectors


def test_the_same_settings_give_the_same_findings_and_the_switch_chooses_the_variant(
    tiny_lm: LanguageModel, found: Findings
) -> None:
    assert finish(tiny_lm).findings == found
    raw = finish(tiny_lm, centre=False).findings
    assert raw is not None and raw.methods == found.methods
    assert raw.of("state") == found.methods["state_raw"] and found.of("state") == found.methods["state"]
    assert raw.alignment != found.alignment


def test_a_long_text_is_aligned_as_far_as_a_heat_map_has_room(tiny_lm: LanguageModel) -> None:
    long = finish(tiny_lm, text="a dog " * 30).findings
    assert long is not None and long.alignment.cut
    assert (len(long.alignment.words), len(long.alignment.line_words)) == (40, 5)
    assert [len(row) for row in long.alignment.cosines] == [5] * 40


def test_two_languages_have_each_their_own_mean(tiny_lm: LanguageModel) -> None:
    mixed = finish(tiny_lm, others="狗咬了人\nIt rains").findings
    assert mixed is not None and mixed.language == "en"
    bench = Bench(OneModel(tiny_lm), seconds=600)
    reader = Reader(tiny_lm, mixed.layer, bench)
    own = reader.own([TEXT, "狗咬了人", "It rains"])
    english, chinese = (reader.means(language).state for language in (Language.EN, Language.ZH))
    a, b = unit(own[0].state, english), unit(own[1].state, chinese)
    assert mixed.methods["state"].scores[0] == pytest.approx(float(a @ b), abs=1e-5)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("text", {"text": "😀。。"}),
        ("others", {"others": "!!!\n？？"}),
        ("others", {"others": "\n".join(f"line {n}" for n in range(11))}),
        ("layer", {"layer": 4}),
    ],
)
def test_what_cannot_be_compared_is_refused_by_field(
    tiny_lm: LanguageModel, field: str, values: dict[str, object]
) -> None:
    with pytest.raises(PlaygroundError) as caught:
        finish(tiny_lm, **values)
    assert caught.value.field == field
    for language in Language:
        assert caught.value.message.in_(language).strip()


def test_lines_are_taken_once_whatever_ends_them() -> None:
    settings = validate(Settings, {"text": "x", "others": " a \r\nb\n\n a\n😀\n"}, "en")
    assert read_lines(settings) == ("a", "b")


@pytest.mark.parametrize("said", ["reading sentences", "comparing pairs", "quantizing vectors"])
def test_a_stopped_run_yields_nothing_more(said: str) -> None:
    # A model of its own: what one has read of the sets is kept with it.
    settings = validate(Settings, {"text": TEXT, "others": LINES, "vectors": 120}, "en")
    assert stop_at(said, run, settings, wrap(tiny_llama())) == 0


@pytest.mark.parametrize(
    ("language", "taken"), [(Language.ZH, ("zh", "zh", "en", "zh")), (Language.EN, ("en", "en", "zh", "en"))]
)
def test_the_mixed_example_says_what_its_text_and_lines_are_taken_as(
    tiny_lm: LanguageModel, language: Language, taken: tuple[str, ...]
) -> None:
    settings = validate(Settings, EXAMPLES[3].in_(language) | {"vectors": 100}, language)
    assert tuple(str(main_language(one)) for one in (settings.text, *read_lines(settings))) == taken
    first = next(run(settings, Bench(OneModel(tiny_lm), seconds=600)))
    assert first.ranks is not None and first.ranks.caveat is not None
    assert f"视为{'中文' if language is Language.ZH else '英文'}" in first.ranks.caveat.zh
    assert "Lines taken as the other language: 2;" in first.ranks.caveat.en

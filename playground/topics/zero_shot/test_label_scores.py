"""The tree of endings against plain calls of the whole prompt, one label at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from playground.lab.text import Language
from playground.models.language_model import LanguageModel
from playground.topics.zero_shot import label_scores
from playground.topics.zero_shot.label_scores import LabelScorer, Tree
from playground.topics.zero_shot.settings import example_texts
from playground.topics.zero_shot.templates import Template, in_front, own_template, templates
from playground.topics.zero_shot.verbalizer import Verbalizer, read_labels

LABELS = Verbalizer(("up", "down"), (("up", "upper"), ("down",)))
TEXTS = ["a tall tree", "", "x", "N/A"]


def plain_call(lm: LanguageModel, prompt: str, label: str) -> float:
    """Sums the label's token log-probabilities of one plain pass."""
    start, ids = lm.encode(prompt), list(lm.tokenizer.encode(label, add_special_tokens=False))
    logs = torch.log_softmax(lm.logits([*start, *ids]).double(), -1)
    return float(sum(logs[len(start) - 1 + place, token] for place, token in enumerate(ids)))


def test_scores_are_sums_of_token_log_probabilities_of_plain_calls(
    tiny_lm: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [*templates(LABELS, Language.EN)[::5], Template("Of all: ", "\nso:")]
    scorer = LabelScorer(tiny_lm, LABELS.all_words, Language.EN)
    assert scorer.exact and scorer.lengths == (3, 6, 5)
    # With little room each text is in a pass of its own: padding must change nothing.
    for room in (8, 1000):
        monkeypatch.setattr(label_scores, "MOST_PADDED", room)
        found = scorer.score(TEXTS, every)
        for place, template in enumerate(every):
            for row, text in enumerate(TEXTS):
                expected = [
                    plain_call(tiny_lm, template.written(text), in_front(word, Language.EN))
                    for word in LABELS.all_words
                ]
                if template.before and not text:
                    continue  # "Of all: " without a text loses its space
                np.testing.assert_allclose(found[place, row], expected, atol=2e-3)


def test_of_single_tokens_logits_give_the_same_probabilities(tiny_lm: LanguageModel) -> None:
    scorer = LabelScorer(tiny_lm, ["u", "d", "x"], Language.ZH)
    assert not scorer.exact
    (template,) = templates(LABELS, Language.ZH)[:1]
    found = scorer.score(TEXTS, [template])[0]
    for row, text in enumerate(TEXTS):
        expected = np.exp([plain_call(tiny_lm, template.written(text), word) for word in ("u", "d", "x")])
        np.testing.assert_allclose(np.exp(found[row]) / np.exp(found[row]).sum(), expected / expected.sum(), atol=1e-5)
    likely, first = scorer.next_tokens(TEXTS[0], template, 3)
    assert len(likely) == 3 and likely[0][1] >= likely[1][1] >= likely[2][1]
    for token, word in zip(scorer.first_tokens, ("u", "d", "x"), strict=True):
        assert np.log(first[token]) == pytest.approx(plain_call(tiny_lm, template.written(TEXTS[0]), word), abs=1e-4)


def test_the_tree_shares_beginnings_and_sees_ancestors_only() -> None:
    tree = Tree.of([[1, 2], [1, 2, 3], [1, 4], [5]])
    assert tree.tokens == (1, 2, 3, 4, 5) and tree.parents == (-1, 0, 1, 0, -1) and tree.depths == (0, 1, 2, 1, 0)
    assert tree.ancestors().int().tolist() == [
        [1, 0, 0, 0, 0], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0], [1, 0, 0, 1, 0], [0, 0, 0, 0, 1],
    ]  # fmt: skip


def test_long_texts_are_cut_and_cost_is_counted_before(tiny_lm: LanguageModel) -> None:
    scorer = LabelScorer(tiny_lm, ["u", "d"], Language.ZH)
    every = templates(LABELS, Language.ZH)[:1]
    long, cut = (scorer.score(["x" * n], every) for n in (400, label_scores.MOST_TOKENS))
    np.testing.assert_array_equal(long, cut)
    assert scorer.cost(["x" * 400], every) == scorer.cost(["x" * 160], every) == 1 + 160 + len("\n类别：".encode())


def test_options_are_listed_with_their_words_where_these_are_others() -> None:
    fixed = templates(LABELS, Language.EN)
    assert len(fixed) == len(set(fixed)) == 24
    assert (
        fixed[8].after == "\nOptions: up = up / upper, down\nCategory:" and "down, up = up / upper" in fixed[16].after
    )
    assert own_template("{text}\nCategory: ", LABELS, Language.EN) == fixed[0]
    assert in_front("up", Language.EN) == " up" and in_front("上", Language.EN) == "上"


@pytest.mark.model
@pytest.mark.parametrize("language", Language)
def test_the_parts_of_a_prompt_are_cut_as_the_whole_would_be(real_lm: LanguageModel, language: Language) -> None:
    """The ids of opening, text, ending and label, each encoded alone, are those of the whole prompt."""
    words = {Language.ZH: "体育\n财经\n美食\n天气", Language.EN: "sports\nmoney\nfood\nweather"}[language]
    labels = read_labels(words)
    scorer = LabelScorer(real_lm, labels.all_words, language)
    assert not scorer.exact
    texts = [line.split("\t")[1] for line in example_texts("topic", language).splitlines()][:4]
    for template in templates(labels, language):
        for text in texts:
            label = in_front(labels.names[0], language)
            parts = [*scorer._start(template.before, text), *scorer._ids(template.after), scorer.first_tokens[0]]
            assert real_lm.encode(template.written(text) + label) == parts


def test_one_pass_reads_a_text_and_all_its_endings(tiny_lm: LanguageModel) -> None:
    every = templates(LABELS, Language.EN)
    assert len(every) == 24
    passes: list[int] = []
    LabelScorer(tiny_lm.heard_by(passes.append), LABELS.all_words, Language.EN).score(["a tall tree"], every)
    endings = [tiny_lm.encode(template.after, bos=False) for template in every]
    apart = sum(len(ending) + len(tiny_lm.encode("a tall tree")) for ending in endings)
    assert len(passes) == 1 and passes[0] < apart / 2

"""Tests the counts and the run around them on tiny random models, and the students on the real teacher's labels."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
import torch
from scipy.stats import binomtest

from playground.compression.quantize import fake_quantize
from playground.lab.bench import Bench
from playground.lab.codec import decode, encode
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.variant import Variant
from playground.learning.distillation import Vocabulary, learn
from playground.learning.teacher_labels import parts, teacher, teacher_labels
from playground.models import kernels, structure, variants
from playground.models.language_model import LanguageModel
from playground.topics.compression import lab, mixes
from playground.topics.compression.conftest import TEXT, compress, numbers, point, returned, weights
from playground.topics.compression.counting import Count, count, scheme_of
from playground.topics.compression.findings import Findings
from playground.topics.compression.settings import Settings

# ---- counting


def test_counts_by_hand(store: variants.VariantStore) -> None:
    base = store.base()
    total = sum(weight.numel() for weight in weights(base))
    assert count(base, None) == Count(total, total, total)
    pruned = mixes.pruned(base, "unstructured", 0.75, "")
    found = count(pruned, None)
    assert found.nonzero == sum(int((weight != 0).sum()) for weight in weights(pruned))
    # A bitmap of one bit for each weight, 32 bits for each that isn't 0.
    assert found.effective == pytest.approx((total + 32 * found.nonzero) / 32)
    for quantization in ("int8", "int4", "simulated"):
        scheme = scheme_of(Variant(quantization, bits=3))
        assert scheme is not None
        rounded = sum(int((fake_quantize(weight, scheme) != 0).sum()) for weight in weights(pruned))
        assert count(pruned, scheme).nonzero == rounded <= found.nonzero
    dense = count(base, kernels.INT8)
    assert dense.effective == pytest.approx(sum(w.numel() + 2 * len(w) for w in weights(base)) / 4, rel=0.01)


# ---- the run around it


def test_calibration_by_the_text_itself_is_said(store: variants.VariantStore) -> None:
    blank, same, other = (compress(store, plan={}, calibration=text) for text in ("", TEXT, "another text"))
    assert (blank.same_text, same.same_text, other.same_text) == (True, False, False)
    # Neurons by activations, shown beside the mix, don't need the text where it is blank.
    shown = {name: getattr(same, name) for name in ("neurons", "counts", "contributions_removed")}
    assert dataclasses.replace(blank, same_text=False, **shown) == same
    assert blank.counts.mix == same.counts.mix


def test_a_text_of_one_token_names_its_field(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LanguageModel, "encode", lambda self, text: [1])
    with pytest.raises(PlaygroundError) as caught:
        next(lab.run(Settings(text="a"), Bench(store)))
    assert caught.value.field == "text"


def test_a_run_can_be_stopped_in_the_grid(store: variants.VariantStore, monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench(store)
    steps = lab.compress(Settings(text=TEXT), bench)
    while next(steps).mixes is None:
        pass

    def stop() -> None:
        raise Cancelled

    monkeypatch.setattr(bench, "checkpoint", stop)
    with pytest.raises(Cancelled):
        next(steps)


def test_findings_go_to_json_and_back() -> None:
    found = numbers(point("wanda", 0.5, 7.0), grid=(point("layers", 0.1, 8.0, quantization="int4"),))
    assert decode(Findings, json.loads(json.dumps(encode(found)))) == found
    assert found.measured.speedup == pytest.approx(300)


# ---- the student, on the real teacher


@pytest.mark.model
def test_the_students_figures_by_hand(real_lm: LanguageModel) -> None:
    settings = Settings()
    found, times = returned(lab.distil(settings, Bench(variants.store())))
    texts, labels = parts(), teacher_labels(teacher(), real_lm)
    report = teacher().report["held_out"]
    assert found.teacher.accuracy == pytest.approx(report["chinese"]["accuracy"], abs=0.01)
    assert found.teacher.english == pytest.approx(report["english"]["accuracy"], abs=0.02)
    assert found.teacher.agreement == 1

    # The same students again, by the parts of the library alone.
    read = {
        name: [real_lm.tokenizer.encode(item.text, add_special_tokens=False) for item in items]
        for name, items in texts.items()
    }
    truth = {name: torch.tensor([float(item.label) for item in items]) for name, items in texts.items()}
    vocabulary = Vocabulary.of(read["train"])
    rows, soft = vocabulary.encode(read["train"]), torch.from_numpy(labels.train)
    answers = torch.from_numpy(labels.held_out) > 0
    recipe = settings.distillation.recipe
    right = {}
    for name, one, learned_by in (
        ("alone", found.alone, dataclasses.replace(recipe, teacher_weight=0.0)),
        ("pseudo", found.pseudo, dataclasses.replace(recipe, soft=False)),
        ("soft", found.distilled, recipe),
    ):
        *_, last = learn(rows, soft, truth["train"], learned_by)
        with torch.no_grad():
            log_odds = last.student(vocabulary.encode(read["held_out"])).double().numpy()
            positive = torch.from_numpy(log_odds) > 0
            english = last.student(vocabulary.encode(read["english"])) > 0
        assert one.accuracy == pytest.approx(float((positive == (truth["held_out"] > 0)).float().mean()))
        assert one.english == pytest.approx(float((english == (truth["english"] > 0)).float().mean()))
        assert one.agreement == pytest.approx(float((positive == answers).float().mean()))
        right[name] = (positive == (truth["held_out"] > 0)).numpy()
        sure = 1 / (1 + np.exp(-np.where(truth["held_out"] > 0, log_odds, -log_odds)))
        assert one.log_loss == pytest.approx(float(-np.log(sure).mean()), rel=1e-4)
        assert one.low < one.accuracy < one.high
        assert one.parameters == (len(vocabulary.rows) + 1) * recipe.width + recipe.width + 1
        assert one.held_bytes == 4 * one.parameters
    only = [int((right[a] & ~right[b]).sum()) for a, b in (("soft", "pseudo"), ("pseudo", "soft"))]
    assert [found.soft_against_pseudo.only_soft, found.soft_against_pseudo.only_pseudo] == only
    assert found.soft_against_pseudo.p_value == pytest.approx(binomtest(only[0], sum(only)).pvalue)
    assert found.teacher_texts == found.transfer_texts == teacher().report["sizes"]["train"]
    assert found.reordered.student[0] == pytest.approx(found.reordered.student[1], abs=1e-6)
    layers = structure.layer_list(real_lm.module)[: teacher().layer]
    read_by_teacher = structure.held_bytes(layers) + structure.held_bytes(real_lm.module.get_input_embeddings())
    assert found.teacher.held_bytes == pytest.approx(read_by_teacher + 4 * (real_lm.hidden_size + 1), rel=1e-3)
    assert [one.temperature for one in found.temperatures] == [1.0, 2.0, 8.0]
    own = next(one for one in found.temperatures if one.temperature == recipe.temperature)
    assert (own.accuracy, own.agreement) == (found.distilled.accuracy, found.distilled.agreement)
    assert found.transfer_texts == len(texts["train"]) and found.drift < 0.05
    assert all((one.teacher > 0.5) != (one.student > 0.5) for one in found.disputes) and found.disputes
    assert times.teacher.median > 5 * times.student.median, "the student is faster by more than five times"

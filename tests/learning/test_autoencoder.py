"""The sparse autoencoder against sums by hand, its training on features that are known, and what is stored."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from playground.learning import autoencoder, train_autoencoder
from playground.learning.autoencoder import Autoencoder, dequantized, quantized
from playground.learning.autoencoder_report import Window, loss_recovered, measure, strongest_texts
from playground.learning.train_autoencoder import Trainer, read_states
from playground.models.language_model import LanguageModel


def made(hidden: int = 8, size: int = 12, active: int = 3) -> Autoencoder:
    torch.manual_seed(1)
    decoder = torch.nn.functional.normalize(torch.randn(size, hidden), dim=1)
    return Autoencoder(
        1,
        active,
        torch.randn(hidden),
        torch.rand(hidden) + 0.5,
        torch.randn(size, hidden),
        torch.randn(size) * 0.1,
        decoder,
        {},
    )


def test_encoding_and_decoding_by_hand() -> None:
    found = made()
    x = torch.randn(8)
    scores = torch.relu((x - found.center) / found.spread @ found.encoder.T + found.bias)
    best = scores.argsort(descending=True)[:3]
    codes = found.encode(x)
    torch.testing.assert_close(codes.values, scores[best])
    expected = found.center + found.spread * sum(scores[number] * found.decoder[number] for number in best)
    torch.testing.assert_close(found.decode(codes), expected)
    for number in range(12):
        assert float(found.activation(codes, number)) == pytest.approx(float(scores[number] if number in best else 0.0))


def test_multiplying_a_feature_keeps_the_error_term() -> None:
    found = made()
    x = torch.randn(2, 5, 8)
    number = int(found.encode(x[0, 0]).indices[0])
    torch.testing.assert_close(found.multiplied(x, number, 1.0), x)
    without = found.multiplied(x, number, 0.0)
    part = found.activation(found.encode(x), number)[..., None] * found.decoder[number] * found.spread
    torch.testing.assert_close(without, x - part)


def test_int8_rows_are_within_half_a_step() -> None:
    rows = torch.randn(5, 40) * torch.tensor([[0.001], [1.0], [100.0], [0.0], [3.0]])
    numbers, scales = quantized(rows)
    assert numbers.dtype == np.int8
    error = abs(dequantized(numbers, scales) - rows)
    assert (error <= torch.from_numpy(scales)[:, None] * 0.501).all()


def test_training_finds_features_that_the_data_are_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train_autoencoder, "FEATURES", 48)
    monkeypatch.setattr(train_autoencoder, "ACTIVE", 3)
    monkeypatch.setattr(train_autoencoder, "DEAD_AFTER", 2000)
    torch.manual_seed(0)
    true = torch.nn.functional.normalize(torch.randn(24, 16), dim=1)
    trainer = Trainer(16)

    def batch() -> torch.Tensor:
        code = torch.zeros(128, 24)
        code.scatter_(1, torch.rand(128, 24).topk(3).indices, torch.rand(128, 3) + 0.5)
        return code @ true

    first = trainer.step(batch(), 1e-3)[0]
    for step in range(300):
        left, _ = trainer.step(batch(), 5e-3 * min(1.0, (300 - step) / 150))
    assert left < 0.25 * first
    torch.testing.assert_close(trainer.decoder.norm(dim=1), torch.ones(48))
    cosines = (true @ trainer.decoder.detach().T).max(1).values
    assert float(cosines.median()) > 0.85


def test_states_are_those_of_plain_passes_without_the_start_token(tiny_lm: LanguageModel, tmp_path: object) -> None:
    cut = [
        Window((256, 5, 9), "en", "sets", False),
        Window((256, 7), "zh", "sets", True),
        Window((256, 1, 2, 3), "en", "sets", False),
    ]
    file = tmp_path / "states.npy"  # type: ignore[operator]
    list(read_states(tiny_lm, cut, 1, file))
    expected = torch.cat([tiny_lm.hidden_states(one.ids)[2, 1:] for one in cut])
    np.testing.assert_allclose(np.load(file), expected.numpy(), atol=5e-3)


def test_figures_and_strongest_texts_by_hand(tiny_lm: LanguageModel) -> None:
    start = tiny_lm.encode("")[0]
    cut = [
        Window((start, *tiny_lm.encode("ab", bos=False)), "en", "sets", False),
        Window((start, *tiny_lm.encode("cd", bos=False)), "zh", "handbook", False),
        Window((start, *tiny_lm.encode("ef", bos=False)), "en", "sets", True),
    ]
    values = np.array([[1.0, 0], [3.0, 2], [9.0, 0], [0, 0], [5.0, 1], [0, 0]], np.float16)
    indices = np.array([[4, 0], [4, 7], [4, 0], [0, 0], [4, 7], [0, 0]], np.int16)
    texts = strongest_texts(tiny_lm, 12, cut, values, indices)
    # Of two tokens of a window the stronger; nothing of the handbook, nothing held out.
    assert texts[4] == [["a", "b", "", 3.0, "en"]] and texts[7] == [["a", "b", "", 2.0, "en"]]
    assert sum(map(len, texts)) == 2
    found = made()
    states = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float16)
    figures = measure(found, states, cut, np.array([4, 5]), values, indices)
    x = torch.from_numpy(states[4:].astype(np.float32))
    left = x - found.decode(found.encode(x))
    expected = left.square().sum() / (x - found.center).square().sum()
    scaled = (left / found.spread).square().sum() / ((x - found.center) / found.spread).square().sum()
    assert figures["fvu"]["unscaled"] == pytest.approx(float(expected), rel=1e-5)
    assert figures["fvu"]["all"] == figures["fvu"]["en"] == pytest.approx(float(scaled), rel=1e-5)
    assert figures["l0"] == 1.0  # two active in one of the two held-out tokens, none in the other
    assert figures["dead"] == pytest.approx(10 / 12)
    assert figures["density"]["en"][4] == pytest.approx(0.75) and figures["density"]["zh"][4] == pytest.approx(0.5)


def test_another_model_has_none(tiny_lm: LanguageModel) -> None:
    assert autoencoder.of(tiny_lm) is None


def test_what_is_stored_fits_together() -> None:
    found = autoencoder.load()
    assert found is not None
    assert found.encoder.shape == found.decoder.shape == (found.features, len(found.center))
    assert len(autoencoder.snippets()) == found.features
    torch.testing.assert_close(found.decoder.norm(dim=1), torch.ones(found.features), rtol=0, atol=5e-3)
    report = json.loads(autoencoder.REPORT.read_text(encoding="utf-8"))
    assert 0 < report["fvu"]["all"] < 1 and report["l0"] <= found.active
    size = sum(file.stat().st_size for file in (autoencoder.WEIGHTS, autoencoder.REPORT, autoencoder.SNIPPETS))
    assert size < 12_000_000


@pytest.mark.model
def test_on_the_real_model_the_reconstruction_recovers_most_of_the_loss(real_lm: LanguageModel) -> None:
    found = autoencoder.of(real_lm)
    assert found is not None
    ids = tuple(real_lm.encode("昨天我们去了一家新开的餐厅，菜很好吃，服务也很周到，就是价格有点贵。"))
    measured = loss_recovered(real_lm, found, [Window(ids, "zh", "sets", True)])
    assert measured["recovered"] > 0.6
    assert measured["plain"] < measured["reconstructed"] < measured["erased"]

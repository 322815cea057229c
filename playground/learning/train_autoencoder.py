"""Trains the sparse autoencoder and writes its weights, its report and its texts: python -m playground.learning.train_autoencoder FOLDER

FOLDER holds the Debian packages that `playground.data.mixed_texts` names, extracted, and receives `states.npy`, the residual stream of
the texts (float16, 150 MB), which is read if it is there already:

    cd FOLDER && apt-get download debian-handbook debian-reference-en debian-reference-zh-cn wordnet-base
    for package in *.deb; do dpkg-deb --extract $package . ; done

Top-k (Gao et al. 2024): encoder and decoder start as each other's transpose, decoder rows have norm 1, dead features are revived by an
auxiliary loss on the error. One passage in twenty is held out; everything in the report is measured on those. Deterministic but for the
order of sums in threads.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.data.mixed_texts import Passage, passages
from playground.data.sets import translations
from playground.language.units import pieces
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder, quantized
from playground.learning.sentiment import fingerprint
from playground.models.editing import EditableModel, Place
from playground.models.language_model import LanguageModel
from playground.models.variants import store

FEATURES, ACTIVE = 4096, 32
# A middle layer, counted from 0: after half of the layers.
DEPTH = 0.5
# Tokens of a passage that are read together, after the start token, whose state isn't used: its norm is many times the others'.
WINDOW = 96
MOST_TOKENS = {"daily": 160_000, "wordnet": 240_000, "reviews": 140_000}
# Of all these texts the first windows in the order of a hash, up to so many tokens: what two busy cores read in some minutes.
TOKENS = 114_000
BATCH, RATE, EPOCHS = 1024, 1e-3, 12
# A feature is dead while it hasn't been active for this many tokens; 1 / 32 of the loss is that of 256 dead features on the error.
DEAD_AFTER, REVIVED, AUXILIARY = 100_000, 256, 1 / 32
SNIPPETS, AROUND = 4, 10
# Sentences of a language in which a feature must be active for its agreement to mean something.
LEAST_SENTENCES = 4
# Held-out windows of each language on which the loss is measured.
EVALUATED = 16


@dataclass(frozen=True)
class Window:
    """Token ids of a part of a passage, after the start token."""

    ids: tuple[int, ...]
    language: str
    source: str
    held_out: bool


def windows(lm: LanguageModel, found: Sequence[Passage]) -> list[Window]:
    """Returns the passages' windows; of a source in MOST_TOKENS only as many tokens."""
    start = lm.encode("")[:1]
    used: collections.Counter[str] = collections.Counter()
    cut = []
    for passage, ids in zip(found, lm.encode_all([item.text for item in found]), strict=True):
        if used[passage.source] > MOST_TOKENS.get(passage.source, 10**9):
            continue
        used[passage.source] += len(ids)
        for at in range(0, len(ids), WINDOW):
            own = (*start, *ids[at : at + WINDOW])
            cut.append(Window(own, passage.language, passage.source, passage.held_out))
    ends = np.cumsum([len(one.ids) - 1 for one in cut])
    return cut[: int((ends <= TOKENS).sum())]


def read_states(lm: LanguageModel, found: Sequence[Window], layer: int, file: Path) -> Iterator[float]:
    """Writes the states (tokens, hidden), float16, after `layer` of all windows' tokens but the start tokens, in order, to a file;
    yields the finished share now and then."""
    tokens = sum(len(one.ids) - 1 for one in found)
    starts = np.concatenate([[0], np.cumsum([len(one.ids) - 1 for one in found])])
    states = np.lib.format.open_memmap(file.with_suffix(".part"), "w+", np.float16, (tokens, lm.hidden_size))
    for at in range(0, len(found), 256):
        some = found[at : at + 256]
        for index, state in enumerate(lm.token_states([one.ids for one in some], layer + 1), at):
            states[starts[index] : starts[index + 1]] = state[1:].half().numpy()
        yield at / len(found)
    states.flush()
    file.with_suffix(".part").rename(file)


class Trainer:
    """The autoencoder while it is trained, on states scaled to mean 0 and deviation 1 in each dimension. All tensors float32.

    `learned`: tokens seen, those of later epochs included.
    """

    def __init__(self, hidden: int, seed: int = 0) -> None:
        torch.manual_seed(seed)
        decoder = torch.randn(FEATURES, hidden)
        self.decoder = (decoder / decoder.norm(dim=1, keepdim=True)).requires_grad_()
        self.encoder = self.decoder.detach().clone().requires_grad_()
        self.bias = torch.zeros(FEATURES, requires_grad=True)
        self.idle = torch.zeros(FEATURES)
        self.learned = 0
        self._adam = torch.optim.Adam([self.encoder, self.decoder, self.bias], lr=RATE, betas=(0.9, 0.99))

    def step(self, x: Tensor, rate: float) -> tuple[float, int]:
        """Learns from a batch (tokens, hidden); returns the share of variance left and the number of dead features."""
        with torch.autocast("cpu", torch.bfloat16):
            before = x @ self.encoder.T
        before = before.float() + self.bias
        values, indices = torch.relu(before).topk(ACTIVE, -1)
        error = x - self._decoded(values, indices, before.shape)
        loss = error.square().sum() / x.square().sum()
        left = float(loss.detach())
        self.idle += len(x)
        self.learned += len(x)
        self.idle[indices[values > 0].unique()] = 0
        dead = (self.idle > DEAD_AFTER).nonzero()[:, 0]
        if len(dead):
            revived = torch.relu(before[:, dead]).topk(min(REVIVED, len(dead)), -1)
            guess = self._decoded(revived.values, dead[revived.indices], before.shape)
            loss = loss + AUXILIARY * (error.detach() - guess).square().sum() / error.detach().square().sum()
        loss.backward()
        for group in self._adam.param_groups:
            group["lr"] = rate
        with torch.no_grad():
            # The part of the gradient along a row would only change its norm, which is set back to 1.
            gradient = self.decoder.grad
            assert gradient is not None
            gradient -= (gradient * self.decoder).sum(1, keepdim=True) * self.decoder
            self._adam.step()
            self._adam.zero_grad()
            self.decoder /= self.decoder.norm(dim=1, keepdim=True)
        return left, len(dead)

    def _decoded(self, values: Tensor, indices: Tensor, shape: torch.Size) -> Tensor:
        dense = torch.zeros(shape).scatter(-1, indices, values)
        with torch.autocast("cpu", torch.bfloat16):
            return (dense @ self.decoder).float()


def train(
    states: npt.NDArray[np.float16], kept: npt.NDArray[np.int64], seconds: float
) -> tuple[Trainer, Tensor, Tensor]:
    """Trains on the rows `kept` of the states for EPOCHS, or as many as `seconds` allow; returns trainer, center and spread."""
    drawn = np.random.default_rng(0)
    sample = torch.from_numpy(
        states[np.sort(drawn.choice(kept, min(len(kept), 60_000), replace=False))].astype(np.float32)
    )
    center = sample.mean(0)
    spread = sample.std(0)
    trainer = Trainer(states.shape[1])
    begun, steps = time.monotonic(), EPOCHS * (len(kept) // BATCH)
    order = np.concatenate([drawn.permutation(kept) for _ in range(EPOCHS)])
    for step in range(steps):
        # The rate falls to 0 in the last third, of the steps or of the time, whichever ends first.
        share = max(step / steps, (time.monotonic() - begun) / seconds)
        if share >= 1:
            break
        rows = torch.from_numpy(states[np.sort(order[step * BATCH : (step + 1) * BATCH])].astype(np.float32))
        left, dead = trainer.step((rows - center) / spread, RATE * min(1.0, 3 * (1 - share), (step + 1) / 50))
        if step % 25 == 0:
            print(
                f"step {step} of {steps}: {left:.3f} of the variance left, {dead} dead, {time.monotonic() - begun:.0f} s",
                flush=True,
            )
    print(f"learned from {trainer.learned} tokens", flush=True)
    return trainer, center, spread


def rounded(
    trainer: Trainer, center: Tensor, spread: Tensor, report: dict[str, Any]
) -> tuple[Autoencoder, dict[str, Any]]:
    """Returns the autoencoder with int8 weights, as it is stored, and the arrays to store."""
    encoder, decoder = quantized(trainer.encoder.detach()), quantized(trainer.decoder.detach())
    arrays = {
        "encoder": encoder[0], "encoder_scale": encoder[1], "decoder": decoder[0], "decoder_scale": decoder[1],
        "bias": trainer.bias.detach().numpy(), "center": center.numpy(), "spread": spread.numpy(),
    }  # fmt: skip
    found = Autoencoder(
        report["layer"], ACTIVE, center, spread, autoencoder.dequantized(*encoder), trainer.bias.detach(),
        autoencoder.dequantized(*decoder), report,
    )  # fmt: skip
    return found, arrays


def activations(
    found: Autoencoder, states: npt.NDArray[np.float16]
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int16]]:
    """Returns the values and indices (tokens, active) of all states' features."""
    values, indices = [], []
    for at in range(0, len(states), 8192):
        some = found.encode(torch.from_numpy(states[at : at + 8192].astype(np.float32)))
        values.append(some.values.half().numpy())
        indices.append(some.indices.short().numpy())
    return np.concatenate(values), np.concatenate(indices)


def strongest_texts(
    lm: LanguageModel, cut: Sequence[Window], values: npt.NDArray[np.float16], indices: npt.NDArray[np.int16]
) -> list[list[list[Any]]]:
    """Returns for each feature the texts on which it is strongest, one of a window. Texts of Debian's books aren't taken: their licences
    ask for more than the project's."""
    owner = np.repeat(np.arange(len(cut)), [len(one.ids) - 1 for one in cut])
    place = np.concatenate([np.arange(1, len(one.ids)) for one in cut])
    free = np.array([one.source not in ("handbook", "reference") and not one.held_out for one in cut])[owner]
    rows, columns = np.nonzero((values > 0) & free[:, None])
    feature, strength = indices[rows, columns], values[rows, columns].astype(np.float32)
    order = np.lexsort((-strength, feature))
    found: list[list[list[Any]]] = [[] for _ in range(FEATURES)]
    seen: set[tuple[int, int]] = set()
    names: dict[int, list[str]] = {}
    for index in order:
        number, row = int(feature[index]), int(rows[index])
        texts, window = found[number], int(owner[row])
        if len(texts) == SNIPPETS or (number, window) in seen:
            continue
        seen.add((number, window))
        if window not in names:
            names[window] = ["", *pieces(lm, cut[window].ids[1:])]
        at, all_ = int(place[row]), names[window]
        texts.append([
            "".join(all_[max(1, at - AROUND) : at]), all_[at], "".join(all_[at + 1 : at + 1 + AROUND // 2]),
            round(float(strength[index]), 2), cut[window].language,
        ])  # fmt: skip
    return found


def in_both_languages(lm: LanguageModel, found: Autoencoder) -> list[float]:
    """Returns for each feature how well its activity agrees over 150 sentences and their translations: the correlation (φ) of "active in
    the Chinese sentence" with "active in the English one"; 0 for features active in fewer than LEAST_SENTENCES of a language, where a
    single pair would be full agreement."""
    active = {}
    for side, texts in enumerate(zip(*translations(), strict=True)):
        states = lm.token_states([lm.encode(text) for text in texts], found.layer + 1)
        rows = torch.zeros(len(texts), found.features, dtype=torch.bool)
        for row, state in enumerate(states):
            features = found.encode(state[1:])
            rows[row, features.indices[features.values > 0].flatten()] = True
        active[side] = rows.double()
    zh, en = (active[side] - active[side].mean(0) for side in (0, 1))
    spread = (zh.square().sum(0) * en.square().sum(0)).sqrt().clamp(min=1e-12)
    enough = (active[0].sum(0) >= LEAST_SENTENCES) & (active[1].sum(0) >= LEAST_SENTENCES)
    return [round(float(value), 3) for value in torch.where(enough, (zh * en).sum(0) / spread, 0.0)]


def loss_recovered(lm: LanguageModel, found: Autoencoder, cut: Sequence[Window]) -> dict[str, float]:
    """Returns the mean loss (nats a token) on held-out windows: as it is, with the layer's states replaced by their reconstruction, and
    by the center; and the share of the difference that the reconstruction recovers. The start token's state stays as it is."""
    model, place = EditableModel(lm), Place("residual", found.layer)

    def reconstruct(value: Tensor) -> Tensor:
        return torch.cat([value[:, :1], found.decode(found.encode(value[:, 1:])).to(value)], 1)

    def erase(value: Tensor) -> Tensor:
        return torch.cat([value[:, :1], found.center.to(value).expand_as(value[:, 1:])], 1)

    totals: collections.Counter[str] = collections.Counter()
    tokens = 0
    for one in cut:
        ids = torch.tensor([one.ids])
        tokens += len(one.ids) - 2
        for name, edits in (("plain", {}), ("reconstructed", {place: reconstruct}), ("erased", {place: erase})):
            with model.editing(edits):
                logits = model.lm.forward(ids, use_cache=False).logits[0, 1:-1].float()
            totals[name] += float(torch.nn.functional.cross_entropy(logits, ids[0, 2:], reduction="sum"))  # type: ignore[assignment]
    losses = {name: total / tokens for name, total in totals.items()}
    losses["recovered"] = (losses["erased"] - losses["reconstructed"]) / (losses["erased"] - losses["plain"])
    return {"tokens": tokens, **{name: round(value, 4) for name, value in losses.items()}}


def measure(
    found: Autoencoder, states: npt.NDArray[np.float16], cut: Sequence[Window], held: npt.NDArray[np.int64],
    values: npt.NDArray[np.float16], indices: npt.NDArray[np.int16],
) -> dict[str, Any]:  # fmt: skip
    """Returns what is measured without the model: on held-out tokens the share of variance that isn't explained (FVU; each dimension
    counts alike, and unscaled), the number of
    active features (L0); over all tokens the share of features that are never active, and each feature's share of tokens by language."""
    owner = np.repeat(np.arange(len(cut)), [len(one.ids) - 1 for one in cut])
    language = np.array([one.language for one in cut])[owner]
    x = torch.from_numpy(states[held].astype(np.float32))
    guess = found.decode(found.encode(x))

    def unexplained(rows: npt.NDArray[np.bool_], scale: Tensor) -> float:
        mine = torch.from_numpy(rows)
        left, whole = ((x[mine] - other) / scale for other in (guess[mine], found.center))
        return float(left.square().sum() / whole.square().sum())

    every = language[held] != ""
    counts = {}
    for name in ("zh", "en"):
        rows = language == name
        counts[name] = np.bincount(indices[rows][values[rows] > 0], minlength=FEATURES) / rows.sum()
    return {
        "fvu": {
            "all": unexplained(every, found.spread),
            **{name: unexplained(language[held] == name, found.spread) for name in ("zh", "en")},
            "unscaled": unexplained(every, torch.ones_like(found.spread)),
        },
        "l0": float((values[held] > 0).sum(1).mean()),
        "dead": float(((counts["zh"] + counts["en"]) == 0).mean()),
        "held_out_tokens": len(held),
        "density": {name: [round(float(share), 6) for share in shares] for name, shares in counts.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=900, help="at most so long for the training alone")
    parser.add_argument("--read-only", action="store_true", help="stop once the states are there")
    asked, lm = parser.parse_args(), store().base()
    layer = round(lm.layers * DEPTH) - 1
    cached = asked.folder / "states.npy"
    cut = windows(lm, passages(asked.folder))
    if not cached.exists():
        for share in read_states(lm, cut, layer, cached):
            print(f"read {share:.0%}", flush=True)
    if asked.read_only:
        return
    states = np.load(cached, mmap_mode="r")
    held_out = np.repeat([one.held_out for one in cut], [len(one.ids) - 1 for one in cut])
    kept, held = (~held_out).nonzero()[0], held_out.nonzero()[0]
    trainer, center, spread = train(states, kept, asked.seconds)
    torch.save(
        {
            "encoder": trainer.encoder,
            "decoder": trainer.decoder,
            "bias": trainer.bias,
            "center": center,
            "spread": spread,
        },
        asked.folder / "trained.pt",
    )
    report: dict[str, Any] = {
        "layer": layer, "active": ACTIVE, "features": FEATURES,
        "model": {"name": lm.name, "fingerprint": fingerprint(lm), "layers": lm.layers, "hidden_size": lm.hidden_size},
        "tokens": {name: sum(len(one.ids) - 1 for one in cut if f"{one.source} {one.language}" == name) for name in sorted({f"{one.source} {one.language}" for one in cut})},
        "learned": trainer.learned, "batch": BATCH, "rate": RATE, "seed": 0,
    }  # fmt: skip
    found, arrays = rounded(trainer, center, spread, report)
    values, indices = activations(found, states)
    report |= measure(found, states, cut, held, values, indices)
    held_windows = [one for one in cut if one.held_out and len(one.ids) > 8]
    report["loss"] = {
        name: loss_recovered(lm, found, [one for one in held_windows if one.language == name][:EVALUATED])
        for name in ("zh", "en")
    }
    report["both_languages"] = in_both_languages(lm, found)
    folder = autoencoder.WEIGHTS.parent
    np.savez_compressed(folder / autoencoder.WEIGHTS.name, **arrays)
    with gzip.GzipFile(folder / autoencoder.SNIPPETS.name, "wb", mtime=0) as file:
        file.write(json.dumps(strongest_texts(lm, cut, values, indices), ensure_ascii=False).encode())
    (folder / autoencoder.REPORT.name).write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    print(
        json.dumps(
            {name: value for name, value in report.items() if name not in ("density", "both_languages")}, indent=1
        )
    )


if __name__ == "__main__":
    main()

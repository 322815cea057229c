"""Trains the sparse autoencoder and writes its weights, its report and its texts: python -m playground.learning.train_autoencoder FOLDER

FOLDER holds the Debian packages that `playground.data.mixed_texts` names, extracted, and receives `states.npy`, the residual stream of
the texts (float16, 150 MB), which is read if it is there already:

    cd FOLDER && apt-get download debian-handbook debian-reference-en debian-reference-zh-cn wordnet-base
    for package in *.deb; do dpkg-deb --extract $package . ; done

Top-k (Gao et al. 2024): encoder and decoder start as each other's transpose, decoder rows have norm 1, dead features are revived by an
auxiliary loss on the error. One passage in twenty is held out; what is measured in the report is measured on those, but for the share of
features never active and each feature's density, which are over all texts.

Two runs give equal weights only on a machine that takes all EPOCHS within `--seconds`, but for the order of sums in threads: the rate falls
by the time too, so a slower one learns from fewer tokens (`learned` in the report) and has other weights.
"""

from __future__ import annotations

import argparse
import collections
import gzip
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from playground.data.mixed_texts import Passage, passages
from playground.learning import autoencoder
from playground.learning.autoencoder import Autoencoder, quantized
from playground.learning.autoencoder_report import (
    EVALUATED,
    Window,
    activations,
    in_both_languages,
    loss_recovered,
    measure,
    strongest_texts,
)
from playground.learning.sentiment import fingerprint
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
        file.write(json.dumps(strongest_texts(lm, FEATURES, cut, values, indices), ensure_ascii=False).encode())
    (folder / autoencoder.REPORT.name).write_text(json.dumps(report, ensure_ascii=False) + "\n", encoding="utf-8")
    print(
        json.dumps(
            {name: value for name, value in report.items() if name not in ("density", "both_languages")}, indent=1
        )
    )


if __name__ == "__main__":
    main()

"""Reads the language of each layer's next token off the logit lens, on one text. Knows no panel."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from playground.explanation.logit_lens import logit_lens
from playground.lab.text import Language
from playground.language.scripts import SCRIPTS, main_language
from playground.language.token_scripts import vocabulary_scripts
from playground.language.units import pieces
from playground.models.language_model import LanguageModel
from playground.topics.multilingual.findings import Layer, Lens

MOST_POSITIONS = 16


@dataclass(frozen=True)
class Reading:
    """`tokens`: what a reader sees of the tokens read, in order. `best`: each layer's likeliest next token after each.

    `scripts`: those tokens' scripts, as indices into SCRIPTS; `mass`: probability by script; (layers + 1, positions, …).
    """

    tokens: tuple[str, ...]
    best: tuple[tuple[str, ...], ...]
    scripts: Tensor
    mass: Tensor
    found: Lens


def read_layers(lm: LanguageModel, text: str) -> Reading:
    """Computes the lens at the last MOST_POSITIONS tokens of a text; the start token, which says nothing, isn't read."""
    ids = lm.encode(text)
    own = len(lm.encode(text, bos=False))
    first = len(ids) - min(own, MOST_POSITIONS)
    positions = range(first, len(ids))
    groups = vocabulary_scripts(lm)
    lens = logit_lens(lm, ids, positions, groups)
    assert lens.mass is not None
    scripts = groups[lens.tokens]
    best = tuple(tuple(shown(lm, int(token)) for token in row) for row in lens.tokens)
    layers = tuple(
        Layer(
            {str(name): float(mass[:, index].mean()) for index, name in enumerate(SCRIPTS)},
            {str(name): float((kinds == index).float().mean()) for index, name in enumerate(SCRIPTS)},
        )
        for mass, kinds in zip(lens.mass, scripts, strict=True)
    )
    vocabulary = torch.bincount(groups, minlength=len(SCRIPTS)).float() / len(groups)
    return Reading(
        tokens=tuple(pieces(lm, ids)[first:]),
        best=best,
        scripts=scripts,
        mass=lens.mass,
        found=Lens(
            layers=layers,
            positions=len(positions),
            cut=own > MOST_POSITIONS,
            vocabulary=dict(zip(map(str, SCRIPTS), vocabulary.tolist(), strict=True)),
            chosen=tuple(row[-1] for row in best),
            text_is_chinese=main_language(text) is Language.ZH,
        ),
    )


def shown(lm: LanguageModel, token: int) -> str:
    """Returns what a reader sees of a token: spaces and line ends as escapes, a special token by its name."""
    name = lm.decode([token]) or str(lm.tokenizer.convert_ids_to_tokens(token))
    return repr(name)[1:-1]

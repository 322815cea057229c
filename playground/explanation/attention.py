"""Extracts a prefill's attention: a panel of all heads, and one number per token by head, mean or rollout.

Attention weights aren't a faithful account of what the output depends on (Jain and Wallace 2019). Knows no target.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from playground.explanation.attribution import Weights
from playground.explanation.head_kinds import NAMED_FROM, named
from playground.explanation.removal import Removable
from playground.explanation.values import Target
from playground.lab.text import Text, joined
from playground.lab.token_panels import Attention, KnownHead
from playground.language.parts_of_speech import last_content_word
from playground.language.units import characters, pieces, words
from playground.models.language_model import LanguageModel

# 96 tokens, 18 layers and 4 heads are 0.9 MB to transfer to the page.
MOST_TOKENS = 96
Floats = npt.NDArray[np.floating]


def attention_panel(lm: LanguageModel, text: str, most_tokens: int = MOST_TOKENS) -> Attention:
    """Returns a panel of all heads over the text's first `most_tokens` tokens, opened at its last content word and at the head of
    `busiest_head`."""
    return record_panel(lm, text, most_tokens)[0]


def record_panel(lm: LanguageModel, text: str, most_tokens: int = MOST_TOKENS) -> tuple[Attention, Floats]:
    """Returns `attention_panel` and the weights that it draws, (layers, heads, length, length)."""
    ids = lm.encode(text)
    kept = ids[:most_tokens]
    caveat = _cut_caveat(len(ids), len(kept)) if len(kept) < len(ids) else None
    weights = lm.attentions(kept).numpy()
    return recorded_panel(lm, kept, weights, content_token(lm, kept), caveat), weights


def target_panel(
    lm: LanguageModel, target: Target, text: str, most_tokens: int = MOST_TOKENS
) -> tuple[Attention, Floats]:
    """Returns a panel of the pass that a target's value is computed from, its own prompt and the layers up to its own, with
    the weights (layers, heads, length, length) over the whole prompt. Opened at the prompt's last token, which the value is read from."""
    ids, _ = target.prompt(text)
    weights = lm.attentions(ids).numpy()[: target.layer]
    kept = ids[:most_tokens]
    caveats = []
    if target.layer < lm.layers:
        caveats.append(
            Text(
                zh="这是探针所读的提示；探针取第 {layer} 层末位词元的状态，后面的层没有参与。",
                en="This is the prompt that the probe reads; it takes the last token's state after layer {layer}, and the layers above aren't involved.",
            ).format(layer=target.layer)
        )
    if len(kept) < len(ids):
        caveats.append(_cut_caveat(len(ids), len(kept)))
    caveat = joined(*caveats) if caveats else None
    return recorded_panel(lm, kept, weights[:, :, : len(kept), : len(kept)], len(kept) - 1, caveat), weights


def _cut_caveat(count: int, kept: int) -> Text:
    return Text(
        zh="文本有 {all} 个词元，这里画前 {kept} 个。", en="The text has {all} tokens; the first {kept} are drawn."
    ).format(all=count, kept=kept)


def recorded_panel(
    lm: LanguageModel, ids: list[int], weights: Floats, selected: int, caveat: Text | None = None
) -> Attention:
    """Returns a panel of attention weights (layers, heads, length, length) recorded over ids, opened at the token `selected`."""
    layer, head = busiest_head(weights, selected)
    return Attention(
        pieces=tuple(pieces(lm, ids)), layers=weights.shape[0], heads=weights.shape[1], packed=Attention.pack(weights),
        characters=characters(lm, ids), words=words(lm, ids),
        full_layers=tuple(number for number in lm.full_layers if number < weights.shape[0]),
        layer=layer, head=head, selected=selected,
        known=tuple(KnownHead(*found) for found in named(weights.astype(np.float64), ids)), known_from=NAMED_FROM, caveat=caveat,
    )  # fmt: skip


def content_token(lm: LanguageModel, ids: list[int]) -> int:
    """Returns the last token of the last content word: what a reader looks at, where the last token is a full stop. Without such a word,
    the last token."""
    special = set(lm.tokenizer.all_special_ids)
    # A character that is split over several tokens is the first one's; the others are empty.
    texts = ["" if token in special else piece for token, piece in zip(ids, pieces(lm, ids), strict=True)]
    word = last_content_word("".join(texts))
    if word is None:
        return len(ids) - 1
    ends = np.cumsum([len(text) for text in texts])
    token = int(np.searchsorted(ends, word.end))
    if ends[token] == word.end:
        while token + 1 < len(ids) and not texts[token + 1] and ids[token + 1] not in special:
            token += 1
    return token


def busiest_head(weights: Floats, query: int) -> tuple[int, int]:
    """Returns layer and head whose token at `query` attends most to tokens other than the first (the sink) and itself."""
    moved = weights[:, :, query, 1:query].sum(-1)
    layer, head = np.unravel_index(int(moved.argmax()), moved.shape)
    return int(layer), int(head)


def rollout(weights: Floats) -> Floats:
    """Computes attention rollout (Abnar and Zuidema 2020), (length, length): heads averaged, mixed half and half with the
    residual, layers multiplied. Rows sum to 1."""
    length = weights.shape[-1]
    total = np.eye(length)
    for layer in weights.astype(np.float64).mean(1):
        mixed = 0.5 * layer + 0.5 * np.eye(length)
        total = mixed / mixed.sum(-1, keepdims=True) @ total
    return total


def attention_weights(lm: LanguageModel, target: Target, parts: Removable, weights: Floats, way: str) -> Weights:
    """Returns the last prompt token's attention to each unit, by `way`: "head" (see `text_head`), "mean" (over layers and
    heads) or "rollout". `weights`: recorded over `target.prompt`; layers above the target's are ignored."""
    _, own = target.prompt(parts.text)
    below = weights[: target.layer]
    if way == "head":
        layer, head = text_head(below, own)
        row = below[layer, head, -1]
    elif way == "mean":
        row = below.mean((0, 1))[-1]
    elif way == "rollout":
        row = rollout(below)[-1]
    else:
        raise ValueError(f"no way {way!r}")
    caveat = Text(
        zh="权重是注意力的份额，不是概率的变化：首词元（注意力汇点）得 {sink}，本文得 {own}，其余归提示语。",
        en="Weights are shares of attention, not changes of the probability: the first token (the attention sink) gets {sink}, the text"
        " {own}, the rest of the prompt what remains.",
    ).format(sink=f"{row[0]:.0%}", own=f"{row[own.start : own.stop].sum():.0%}")
    units = parts.shares(lm).T @ row[own.start : own.stop].astype(np.float64)
    value = float(target.value([parts.text])[0])
    return Weights(units, value, caveat=caveat)


def text_head(weights: Floats, own: range) -> tuple[int, int]:
    """Returns layer and head whose last token attends most to the text's own tokens."""
    read = weights[:, :, -1, own.start : own.stop].sum(-1)
    layer, head = np.unravel_index(int(read.argmax()), read.shape)
    return int(layer), int(head)

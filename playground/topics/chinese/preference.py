"""What the language model prefers among segmentations of a text. Knows nothing of how they were found."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from playground.models.language_model import LanguageModel
from playground.models.output_head import log_probabilities

SEPARATOR = " / "
# Two worked examples, then the question; the candidates are compared as answers to it.
FRAME = "句子：我爱北京天安门\n分词：我 / 爱 / 北京 / 天安门\n\n句子：今天天气很好\n分词：今天 / 天气 / 很 / 好\n\n句子：{text}\n分词："


def segmented_log_probabilities(
    lm: LanguageModel, text: str, segmentations: Sequence[Sequence[str]], framed: bool
) -> list[float]:
    """Returns log p (natural) of each segmentation written with SEPARATOR and a line end, after FRAME or after nothing.

    A sum over its tokens, not a mean: the candidates are whole answers.
    """
    start = lm.encode(FRAME.format(text=text) if framed else "")
    if not start:
        start = lm.encode("\n", bos=False)
    answers = [lm.encode(SEPARATOR.join(words) + "\n", bos=False) for words in segmentations]
    return sequence_log_probabilities(lm, [(start, answer) for answer in answers])


def sequence_log_probabilities(
    lm: LanguageModel, sequences: Sequence[tuple[Sequence[int], Sequence[int]]]
) -> list[float]:
    """Returns for each (start, answer) Σ log p of the tokens of `answer` after those of `start` (natural), read in batches.

    Neither may be empty.
    """
    states = lm.token_states([[*start, *answer][:-1] for start, answer in sequences], lm.layers)
    answers = [answer for _, answer in sequences]
    rows = torch.cat([state[-len(answer) :] for state, answer in zip(states, answers, strict=True)])
    found = log_probabilities(lm, rows, [token for answer in answers for token in answer])
    return [float(part.double().sum()) for part in torch.split(found, [len(answer) for answer in answers])]

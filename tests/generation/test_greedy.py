"""Many prompts in one padded batch give what each gives alone."""

from __future__ import annotations

import torch

from playground.generation.decode import decode
from playground.generation.greedy import MOST_ROWS, continue_greedily
from playground.generation.prefix_cache import PrefixCache
from playground.generation.settings import Decoding
from playground.models.language_model import LanguageModel

BEFORE = [256, 10, 11, 12]


def test_a_batch_gives_the_greedy_continuation_of_each_prompt(tiny_lm: LanguageModel) -> None:
    reads = [[20 + at, *range(30, 30 + at % 5)] for at in range(MOST_ROWS + 3)]
    prefix = PrefixCache().after(tiny_lm, [BEFORE])
    found = dict(continue_greedily(tiny_lm, prefix, reads, most=6, ends=lambda token: token == 257))
    assert sorted(found) == list(range(len(reads)))
    for at, read in enumerate(reads):
        *_, (alone,) = decode(tiny_lm, [*BEFORE, *read], (Decoding(),), max_tokens=6, end_ids=frozenset((257,)))
        assert found[at].ids == alone.ids
        wanted = [step.log_probability for step in alone.steps][: len(alone.ids)]
        torch.testing.assert_close(torch.tensor(found[at].log_probabilities), torch.tensor(wanted), atol=1e-4, rtol=0)


def test_a_row_ends_where_it_is_told_and_the_others_go_on(tiny_lm: LanguageModel) -> None:
    reads = [[256, 40], [256, 50, 51], [256, 60]]
    free = dict(continue_greedily(tiny_lm, None, reads, most=5, ends=lambda token: False))
    stop = free[1].ids[2]
    found = dict(continue_greedily(tiny_lm, None, reads, most=5, ends=lambda token: token == stop))
    for at, one in free.items():
        wanted = one.ids[: one.ids.index(stop)] if stop in one.ids else one.ids
        assert found[at].ids == wanted
        assert len(found[at].log_probabilities) == len(wanted)

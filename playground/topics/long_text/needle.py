"""Hides one sentence in a long text and asks for it: at several depths and lengths, in the needle's words and in other words,
and with sentences of the same form scattered in the haystack.

The haystack is read once, and once more with those sentences in it; at each depth its KV cache is copied and continued with the
needle and the rest. A question is asked at several depths in one batch. Knows no panel.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data import sets
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.models.output_head import head_logits, log_probabilities_and_likeliest, token_logits
from playground.topics.long_text.reading import read, start_of

# How a question is asked, after one worked example that shows a base model the form; and what comes before an answer.
FORMS = {
    Language.ZH: ("周岚喜欢喝茶。\n问题：谁喜欢喝茶？\n答案：周岚\n问题：{}\n答案：", ""),
    Language.EN: ("Ruth likes tea.\nQuestion: Who likes tea?\nAnswer: Ruth\nQuestion: {}\nAnswer:", " "),
}
# The haystack's first line names every candidate: else the answer would be the only one that the text mentions, and any mention
# of it would look like a find.
ROLLS = {Language.ZH: ("文中会提到：{}。", "、"), Language.EN: ("Mentioned in this text: {}.", ", ")}
WRITTEN = 4
SHORTEST = 16
# Tokens per forward pass over a haystack, and of all caches that a batch of questions copies, one for each candidate.
CHUNK, MOST_TOKENS = 512, 8192
CONDITIONS = ("literal", "reworded", "distracted")
# Words that two sentences may share without sharing content.
_FUNCTION_WORDS = frozenset(
    "the a an of in on at to is are was were who what which where when whose person has have had does do did and or by for with"
    " that this it his her their next from 谁 的 是 了 在 把 被 有 哪 哪里 什么 哪个 人 就 里 上 中 和 与 那个 个 吗 呢".split()
)


@dataclass(frozen=True)
class Quest:
    """What is hidden and asked. `answer` and `others`: the candidates; `distractors`: sentences scattered in the haystack."""

    needle: str
    literal: str
    reworded: str
    answer: str
    others: tuple[str, ...]
    distractors: tuple[str, ...]

    @property
    def language(self) -> Language:
        """The language that the questions are asked in."""
        return main_language(self.needle)

    @property
    def roll(self) -> str:
        """The line that names every candidate, the answer in the middle."""
        form, comma = ROLLS[self.language]
        middle = (len(self.others) + 1) // 2
        return form.format(comma.join([*self.others[:middle], self.answer, *self.others[middle:]]))

    @property
    def candidates(self) -> tuple[str, ...]:
        """The answer first."""
        return (self.answer, *self.others)


@dataclass(frozen=True)
class Asked:
    """One question. `depth`: share (0 to 1) of the haystack before the needle, None without a needle. `tokens`: of the prompt.

    `margin`: log p of the answer minus that of the likeliest other candidate, nats. `greedy`: whether greedy decoding begins with
    the answer. `written`: what greedy decoding continues with, "" where it wasn't asked to.
    """

    condition: str
    length: int
    depth: float | None
    tokens: int
    margin: float
    greedy: bool
    written: str

    @property
    def found(self) -> bool:
        """Whether the answer is more likely than every other candidate."""
        return self.margin > 0


def shared_words(a: str, b: str) -> tuple[str, ...]:
    """Returns the content words of `a` that are in `b`, in order, without case."""
    there = {part.text.lower() for part in segment(b, "word") if part.is_content}
    words = [part.text.lower() for part in segment(a, "word") if part.is_content]
    return tuple(dict.fromkeys(word for word in words if word in there and word not in _FUNCTION_WORDS))


def extra_tokens(lm: LanguageModel, quest: Quest) -> int:
    """Returns how many tokens a prompt has at most beside the haystack, the answer included."""
    lines = [quest.roll, quest.needle, *quest.distractors, FORMS[quest.language][0], *quest.candidates]
    asked = max(len(_encode(lm, question)) for question in (quest.literal, quest.reworded))
    return sum(len(_encode(lm, line + "\n")) for line in lines) + asked + WRITTEN


def lengths_of(longest: int, count: int) -> list[int]:
    """Lists `count` lengths of haystacks in tokens, the longest last, each half of the next and none below `SHORTEST`."""
    return sorted({max(SHORTEST, longest // 2**halved) for halved in range(count)})


def haystack(lm: LanguageModel, text: str, language: Language, length: int) -> list[list[int]]:
    """Returns lines as token ids, `length` tokens together: the text's own sentences, then the project's documents."""
    lines: list[list[int]] = []
    left = length
    for sentence in _sentences(text, language):
        ids = _encode(lm, sentence + "\n")[-left:] if left else []
        if not ids:
            return lines
        lines.append(ids)
        left -= len(ids)
    return lines


def scattered(lines: Sequence[list[int]], extra: Sequence[list[int]], seed: int) -> list[list[int]]:
    """Returns `lines` with those of `extra` put between them: where, and in which order, is drawn by the seed."""
    generator = np.random.default_rng(seed)
    places = np.sort(generator.integers(0, len(lines) + 1, len(extra)))
    found = list(lines)
    # From the end, so that the places before stay as they are.
    for place, line in zip(places[::-1], generator.permutation(len(extra)), strict=True):
        found.insert(int(place), extra[int(line)])
    return found


def _sentences(text: str, language: Language) -> Iterator[str]:
    yield from (part.text.strip() for part in sentences(text) if part.text.strip())
    while True:
        for document in sets.documents(language):
            yield from (part.text.strip() for part in sentences(document.text))


def _encode(lm: LanguageModel, text: str) -> list[int]:
    return lm.encode(text, bos=False)


def ask_all(
    lm: LanguageModel,
    text: str,
    quest: Quest,
    lengths: Sequence[int],
    depths: int,
    seed: int,
    checkpoint: Callable[[], None],
    tell: Callable[[float], None] = lambda share: None,
) -> Iterator[tuple[Asked, ...]]:
    """Yields what was found so far, after each length. The seed scatters the distractors, in every depth of a length alike."""
    found: list[Asked] = []
    extra = [_encode(lm, line + "\n") for line in quest.distractors]
    done, all_tokens = 0.0, float(sum(lengths)) * (1 + (depths + 1) / 2) * (2 if extra else 1)
    for length in lengths:
        plain = haystack(lm, text, quest.language, length)
        write_at = depths // 2 if length == lengths[-1] else None
        asked: list[tuple[list[list[int]], tuple[str, ...]]] = [(plain, CONDITIONS[:2])]
        if extra:
            asked.append((scattered(plain, extra, seed), CONDITIONS[2:]))
        for lines, conditions in asked:
            cache: Any = read(lm, [*start_of(lm), *_encode(lm, quest.roll + "\n")], chunk=CHUNK).cache
            at, forks = 0, []
            for place in _places(lines, depths):
                before = [token for line in lines[at:place] for token in line]
                if before:
                    cache = read(lm, before, cache=cache, chunk=CHUNK).cache
                at = place
                rest = [*_encode(lm, quest.needle + "\n"), *(token for line in lines[place:] for token in line)]
                depth = sum(map(len, lines[:place])) / sum(map(len, lines))
                forks.append((depth, read(lm, rest, cache=copy.deepcopy(cache), chunk=CHUNK).cache))
                done += len(before) + len(rest)
                tell(min(1.0, done / all_tokens))
            found += _ask_in_batches(lm, quest, conditions, length, forks, checkpoint, write_at)
            if lines is plain:
                # The last depth is the end of the haystack, so that all of it is in the cache, without the needle.
                found += _ask(
                    lm, quest, "literal", length, [(None, cache)], checkpoint, None if write_at is None else 0
                )
        yield tuple(found)


def _ask_in_batches(
    lm: LanguageModel,
    quest: Quest,
    conditions: Sequence[str],
    length: int,
    forks: Sequence[tuple[float, Any]],
    checkpoint: Callable[[], None],
    write_at: int | None,
) -> list[Asked]:
    """Asks in every condition at every depth, by depth: `forks` are the depths' caches, of as many tokens each."""
    at_once = max(1, MOST_TOKENS // (len(quest.candidates) * int(forks[0][1].get_seq_length())))
    found = []
    for first in range(0, len(forks), at_once):
        some = forks[first : first + at_once]
        write = None if write_at is None or not first <= write_at < first + len(some) else write_at - first
        by_condition = [_ask(lm, quest, condition, length, some, checkpoint, write) for condition in conditions]
        found += [one for depth in zip(*by_condition, strict=True) for one in depth]
    return found


def _places(lines: Sequence[Sequence[int]], depths: int) -> list[int]:
    """Returns before which line the needle comes: `depths` places evenly spread by tokens, from the start to the end."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    wanted = [starts[-1] * number / (depths - 1) for number in range(depths)]
    return [min(range(len(starts)), key=lambda place: abs(starts[place] - goal)) for goal in wanted]


@torch.inference_mode()
def _ask(
    lm: LanguageModel,
    quest: Quest,
    condition: str,
    length: int,
    forks: Sequence[tuple[float | None, Any]],
    checkpoint: Callable[[], None],
    write: int | None,
) -> list[Asked]:
    """Asks one question after each cache, in one batch. `write`: the place among `forks` where the answer is written out."""
    form, space = FORMS[quest.language]
    question = _encode(lm, form.format(quest.reworded if condition == "reworded" else quest.literal))
    hidden, cache = lm.extend(torch.tensor([question] * len(forks)), stacked([cache for _, cache in forks]))
    candidates = [_encode(lm, space + name) for name in quest.candidates]
    scored = score_candidates(lm, hidden[:, -1], cache, candidates, checkpoint)
    tokens = int(cache.get_seq_length())
    written = ""
    if write is not None:
        cache.batch_select_indices(torch.tensor([write]))
        written = _write(lm, hidden[write, -1], cache, checkpoint)
    return [
        Asked(condition, length, depth, tokens, totals[0] - max(totals[1:]), greedy, written if row == write else "")
        for row, ((depth, _), (totals, greedy)) in enumerate(zip(forks, scored, strict=True))
    ]


def stacked(caches: Sequence[Any]) -> Any:
    """Copies caches of one row and as many tokens each to a cache with a row for each."""
    found = copy.deepcopy(caches[0])
    for number, layer in enumerate(found.layers):
        layer.keys, layer.values = (
            torch.cat([getattr(cache.layers[number], name) for cache in caches]) for name in ("keys", "values")
        )
    return found


def score_candidates(
    lm: LanguageModel,
    states: Tensor,
    cache: Any,
    candidates: Sequence[Sequence[int]],
    checkpoint: Callable[[], None],
) -> list[tuple[list[float], bool]]:
    """Returns for each row log p of each candidate's tokens after `cache`, and whether greedy decoding gives the first candidate's
    tokens. `states` (rows, hidden): the last of each row."""
    rows, count, longest = len(states), len(candidates), max(map(len, candidates))
    firsts = [tokens[0] for tokens in candidates]
    # All candidates begin after the same state, which goes through the output head once.
    after, targets = [states], [firsts[0]] * rows
    if longest > 1:
        # Padded on the right, where causal attention doesn't see it.
        ids = torch.tensor([[*tokens[:-1], *[tokens[-1]] * (longest - len(tokens))] for tokens in candidates])
        many = copy.deepcopy(cache)
        many.batch_repeat_interleave(count)
        read = lm.extend(ids.repeat(rows, 1), many)[0]
        after += [row[: len(one) - 1] for row, one in zip(read, [*candidates] * rows, strict=True)]
        targets += [token for one in candidates for token in one[1:]] * rows
    logs, likeliest = log_probabilities_and_likeliest(lm, torch.cat(after), targets, checkpoint)
    ahead = token_logits(lm, states, firsts)
    logs_of_firsts = logs[:rows, None] + (ahead - ahead[:, :1]).cpu()
    sizes = [len(one) - 1 for one in candidates]
    found = []
    for row, (own, best) in enumerate(zip(logs[rows:].view(rows, -1), likeliest[rows:].view(rows, -1), strict=True)):
        totals = [
            float(first.double() + part.double().sum())
            for first, part in zip(logs_of_firsts[row], torch.split(own, sizes), strict=True)
        ]
        found.append((totals, bool(likeliest[row] and best[: sizes[0]].all())))
    return found


def _write(lm: LanguageModel, state: Tensor, cache: Any, checkpoint: Callable[[], None]) -> str:
    """Returns the first line that greedy decoding writes, at most `WRITTEN` tokens."""
    ids: list[int] = []
    for _ in range(WRITTEN):
        checkpoint()
        token = int(head_logits(lm, state[None])[0].argmax())
        if token in lm.end_ids:
            break
        ids.append(token)
        if "\n" in lm.decode(ids).lstrip():
            break
        hidden, cache = lm.extend(torch.tensor([[token]]), cache)
        state = hidden[0, -1]
    return (lm.decode(ids).strip().splitlines() or [""])[0]

"""Hides one sentence in a long text and asks for it: at several depths and lengths, in the needle's words and in other words,
and with sentences of the same form scattered in the haystack.

The haystack is read once, and once more with those sentences in it; at each depth its KV cache is copied and continued with the
needle and the rest. Knows no panel.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from playground.data import sets
from playground.explanation.values import head_logits
from playground.lab.text import Language
from playground.language.scripts import main_language
from playground.language.segmentation import segment
from playground.language.sentences import sentences
from playground.models.language_model import LanguageModel
from playground.topics.long_text.reading import read, score, start_of

# How a question is asked, after one worked example that shows a base model the form; and what comes before an answer.
FORMS = {
    Language.ZH: ("周岚喜欢喝茶。\n问题：谁喜欢喝茶？\n答案：周岚\n问题：{}\n答案：", ""),
    Language.EN: ("Ruth likes tea.\nQuestion: Who likes tea?\nAnswer: Ruth\nQuestion: {}\nAnswer:", " "),
}
# The haystack's first line names every candidate: else the answer would be the only one that the text mentions, and any mention
# of it would look like a find.
ROLLS = {Language.ZH: ("文中会提到：{}。", "、"), Language.EN: ("Mentioned in this text: {}.", ", ")}
WRITTEN = 6
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
            cache: Any = read(lm, [*start_of(lm), *_encode(lm, quest.roll + "\n")]).cache
            at = 0
            for number, place in enumerate(_places(lines, depths)):
                before = [token for line in lines[at:place] for token in line]
                if before:
                    cache = read(lm, before, cache=cache).cache
                at = place
                rest = [token for line in lines[place:] for token in line]
                forked = read(lm, [*_encode(lm, quest.needle + "\n"), *rest], cache=copy.deepcopy(cache)).cache
                depth = sum(map(len, lines[:place])) / sum(map(len, lines))
                for condition in conditions:
                    one = _ask(lm, quest, condition, length, depth, forked, checkpoint, write=number == write_at)
                    found.append(one)
                done += len(before) + len(rest)
                tell(min(1.0, done / all_tokens))
            if lines is plain:
                # The last depth is the end of the haystack, so that all of it is in the cache, without the needle.
                found.append(_ask(lm, quest, "literal", length, None, cache, checkpoint, write=write_at is not None))
        yield tuple(found)


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
    depth: float | None,
    cache: Any,
    checkpoint: Callable[[], None],
    *,
    write: bool,
) -> Asked:
    form, space = FORMS[quest.language]
    asked = form.format(quest.reworded if condition == "reworded" else quest.literal)
    question = _encode(lm, asked)
    done = read(lm, question, cache=copy.deepcopy(cache))
    candidates = [_encode(lm, space + name) for name in quest.candidates]
    totals, greedy = score_candidates(lm, done.hidden[-1], done.cache, candidates, checkpoint)
    return Asked(
        condition, length, depth, int(done.cache.get_seq_length()), totals[0] - max(totals[1:]), greedy,
        _write(lm, done.hidden[-1], done.cache, checkpoint) if write else "",
    )  # fmt: skip


def score_candidates(
    lm: LanguageModel,
    state: torch.Tensor,
    cache: Any,
    candidates: Sequence[Sequence[int]],
    checkpoint: Callable[[], None],
) -> tuple[list[float], bool]:
    """Returns log p of each candidate's tokens after `cache`, whose last hidden state is `state`, and whether greedy decoding gives
    the first candidate's tokens."""
    longest = max(map(len, candidates))
    rows = state.expand(len(candidates), 1, -1)
    if longest > 1:
        # Padded on the right, where causal attention doesn't see it.
        ids = torch.tensor([[*tokens[:-1], *[tokens[-1]] * (longest - len(tokens))] for tokens in candidates])
        many = copy.deepcopy(cache)
        many.batch_repeat_interleave(len(candidates))
        rows = torch.cat([rows, lm.extend(ids, many)[0]], 1)
    states = torch.cat([rows[number, : len(tokens)] for number, tokens in enumerate(candidates)])
    logs, likeliest = score(lm, states, [token for tokens in candidates for token in tokens], checkpoint)
    sizes = [len(tokens) for tokens in candidates]
    return [float(part.double().sum()) for part in torch.split(logs, sizes)], bool(likeliest[: sizes[0]].all())


def _write(lm: LanguageModel, state: torch.Tensor, cache: Any, checkpoint: Callable[[], None]) -> str:
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

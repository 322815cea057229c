"""Summarises old turns in one sentence, by the model itself after two examples. Knows nothing of when that is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from playground.generation.settings import Decoding
from playground.models.language_model import LanguageModel
from playground.topics.dialogue.frames import Words, in_one_line
from playground.topics.dialogue.reading import SUMMARY_TOKENS
from playground.topics.dialogue.replying import Said, reply
from playground.topics.dialogue.turns import Exchange

# Tokens that a summary is made of at most: those of the latest of the old turns, where they are very many.
MOST_READ = 1024


def summarise(lm: LanguageModel, exchanges: Sequence[Exchange], words: Words) -> Iterator[Said]:
    """Generates the summary, greedily and in one line, and yields it after each token."""
    opening, chat = summary_prompt(exchanges, words)
    frame = lm.encode(opening)
    rest = lm.encode(chat, bos=False)
    room = min(MOST_READ, lm.context - SUMMARY_TOKENS - 1) - len(frame)
    chunks = [frame, rest[-room:]] if room > 0 else [rest[-(lm.context - SUMMARY_TOKENS - 1) :]]
    return reply(lm, chunks, Decoding(), most=SUMMARY_TOKENS, stops=("\n",))


def summary_prompt(exchanges: Sequence[Exchange], words: Words) -> tuple[str, str]:
    """Returns the instruction with its examples, and the chat to summarise."""
    opening = words.summing + "".join(
        f"{words.chat}\n{_lines(chat, words)}{words.sums}{words.space}{sentence}\n\n" for chat, sentence in words.summed
    )
    said = [(one.user, one.reply) for one in exchanges]
    return opening, f"{words.chat}\n{_lines(said, words)}{words.sums}"


def _lines(chat: Sequence[tuple[str, str]], words: Words) -> str:
    return "".join(
        f"{name}{words.mark}{words.space}{in_one_line(text)}\n"
        for both in chat
        for name, text in zip((words.user, words.assistant), both, strict=True)
    )

"""Reads the visitor's words and cuts a text by jieba's modes with them. Touches no shared dictionary."""

from __future__ import annotations

import jieba

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text

MOST_WORDS, LONGEST_WORD, MOST_FREQUENT = 50, 20, 10**8
MODES = ("precise", "full", "search")


def read_words(lines: str) -> dict[str, int | None]:
    """Returns the words with their frequencies, None where a line has none. Of a word that comes twice the last line counts."""
    words: dict[str, int | None] = {}
    for number, line in enumerate(lines.splitlines(), 1):
        parts = line.replace("\u3000", " ").split()
        if not parts:
            continue
        valid = len(parts) == 1 or (len(parts) == 2 and parts[1].isascii() and parts[1].isdigit())
        if not valid or len(parts[0]) > LONGEST_WORD or (len(parts) == 2 and len(parts[1]) > 9):
            raise _refusal(
                "“自定义词”第 {n} 行应是“词 频率”：词不超过 {long} 字，中间一个空格，频率是 0 到 {most} 的整数，也可省略。",
                "Line {n} of “Your words” should be “word frequency”: a word of at most {long} characters, a space, a whole number from 0 to {most}; the number may be left out.",
                n=number, long=LONGEST_WORD, most=MOST_FREQUENT,
            )  # fmt: skip
        count = int(parts[1]) if len(parts) == 2 else None
        if count is not None and count > MOST_FREQUENT:
            raise _refusal(
                "“自定义词”第 {n} 行的频率超过 {most}，请改小。",
                "The frequency in line {n} of “Your words” is above {most}; make it smaller.",
                n=number, most=MOST_FREQUENT,
            )  # fmt: skip
        words[parts[0]] = count
    if len(words) > MOST_WORDS:
        raise _refusal(
            "“自定义词”最多 {most} 个，请删去一些。",
            "“Your words” takes at most {most}; remove some.",
            most=MOST_WORDS,
        )
    return words


def _refusal(zh: str, en: str, **values: object) -> PlaygroundError:
    return PlaygroundError(Text(zh, en).format(**values), "words")


def cuts(tokenizer: jieba.Tokenizer, text: str, hmm: bool) -> dict[str, tuple[str, ...]]:
    """Cuts a text by each of MODES. In the full and search modes words overlap; the full mode has no hidden Markov model."""
    found = {
        "precise": tokenizer.cut(text, HMM=hmm),
        "full": tokenizer.cut(text, cut_all=True),
        "search": tokenizer.cut_for_search(text, HMM=hmm),
    }
    return {mode: tuple(word for word in words if word.strip()) for mode, words in found.items()}

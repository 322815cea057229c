"""What a run will cost, from its settings alone: work in units that all labs share, and seconds of it at a machine's pace.

Each topic's cost.py counts its own work with these. Knows no topic, no model and no clock.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, replace

from playground.lab.text import Text

# Tokens a character, of Gemma's tokenizer on the project's own texts: Chinese, Japanese and Korean, and everything else.
TOKENS_PER_WIDE_CHARACTER = 0.7
TOKENS_PER_CHARACTER = 0.25
_FIRST_WIDE = "\u2e80"


@dataclass(frozen=True)
class Work:
    """Amounts of work, which add up and multiply.

    `passes`: forward passes, each of which reads all weights once. `tokens`: tokens in them. `scored`: positions whose logits over
    the whole vocabulary are computed. `learned`: tokens that gradients are computed for. `seconds`: any other work, as seconds on
    the machine of `REFERENCE`.
    """

    passes: float = 0.0
    tokens: float = 0.0
    scored: float = 0.0
    learned: float = 0.0
    seconds: float = 0.0

    def __add__(self, other: Work) -> Work:
        return Work(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __rmul__(self, times: float) -> Work:
        return Work(*(times * amount for amount in astuple(self)))


@dataclass(frozen=True)
class Pace:
    """Seconds that a machine takes for one unit of each kind of `Work`."""

    passes: float
    tokens: float
    scored: float
    learned: float
    seconds: float = 1.0

    def seconds_of(self, work: Work) -> float:
        """Returns the seconds of some work at this pace."""
        return float(sum(amount * pace for amount, pace in zip(astuple(work), astuple(self), strict=True)))


# How much longer a pass of one token and each token of a long text take with packed weights (benchmarks/README.md, cost by the length
# of a text).
_PASS = {"int8": 0.57, "int4": 0.38}
_TOKEN = {"int8": 1.1, "int4": 4.0}

# Tokens around a text in the sentiment probe's prompt. Time of a token there against one of a long text in bfloat16 through all layers: in
# short texts, in float32, through 12 of 18.
_FRAME = 14
_PROBED = 1.5 * 2 * 12 / 18

# Two idle cores of the machine that benchmarks/README.md was measured on (growth: reads, perplexity, one more token).
REFERENCE = Pace(passes=0.040, tokens=0.00032, scored=0.0012, learned=0.0012)


def tokens_of(text: str) -> float:
    """Estimates the tokens of a text from its characters, the start token included."""
    wide = sum(character >= _FIRST_WIDE for character in text)
    return 1 + wide * TOKENS_PER_WIDE_CHARACTER + (len(text) - wide) * TOKENS_PER_CHARACTER


def reads(tokens: float, passes: float = 1) -> Work:
    """Returns the work of reading so many tokens in so many passes, of which only the last logits or the states are used."""
    return Work(passes=passes, tokens=tokens)


def reads_many(tokens: float, passes: float = 1) -> Work:
    """Returns the work of reading many short texts in batches: with padding and small matrices a token takes twice the time."""
    return Work(passes=passes, tokens=2 * tokens)


def scores(tokens: float, passes: float = 1) -> Work:
    """Returns the work of reading tokens with the logits after every one, as for a perplexity."""
    return Work(passes=passes, tokens=tokens, scored=tokens)


def writes(steps: float, rows: float = 1, prompt: float = 0) -> Work:
    """Returns the work of generating so many tokens after a prompt, `rows` texts in one batch."""
    return Work(passes=steps, tokens=rows * (prompt + steps), scored=rows * steps)


def learns(tokens: float, steps: float) -> Work:
    """Returns the work of so many training steps through the whole model on so many tokens in all."""
    return Work(passes=2 * steps, learned=tokens)


def packed(quantization: str, work: Work) -> Work:
    """Returns some work with weights of that quantization ("int8", "int4", or one that isn't packed): passes cost less, tokens more."""
    return replace(
        work, passes=_PASS.get(quantization, 1.0) * work.passes, tokens=_TOKEN.get(quantization, 1.0) * work.tokens
    )


def asks_probe(texts: float, tokens: float, passes: float = 1) -> Work:
    """Returns the work of asking the sentiment probe about so many texts with so many tokens in all, besides those of its prompt."""
    return _PROBED * reads(tokens + _FRAME * texts, passes)


def about(seconds: float) -> Text:
    """Says roughly how long something takes ("about 6 s"): to a second up to ten, to five up to a minute, then to ten."""
    if seconds < 1:
        return Text(zh="不到 1 秒", en="under 1 s")
    step = 1 if seconds <= 10 else 5 if seconds <= 60 else 10
    return Text(zh="约 {n} 秒", en="about {n} s").format(n=step * round(seconds / step))

"""Reads what `measure` recorded of the embedded model on the project's question set, which would take minutes. Knows no question.

Another model, or prompts in other words, have no record: then everything is computed in the run.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from playground.lab.text import Language
from playground.learning.sentiment import fingerprint
from playground.models.language_model import LanguageModel
from playground.topics.question_answering.prompts import CLOSED, OPEN, Frame

FILE = Path(__file__).with_name("answers.json")


def prompts_hash() -> str:
    """Names the prompts that answers were recorded with: another wording needs other answers."""
    frames = [Frame(language, OPEN, refusal) for language in Language for refusal in (False, True)]
    frames += [Frame(language, CLOSED) for language in Language]
    return hashlib.sha256("".join(one.before() + one.asked("?", "!") for one in frames).encode()).hexdigest()[:16]


@functools.cache
def read() -> Mapping[str, Any]:
    """Returns the file's content; empty where there is none."""
    data: Mapping[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return data


def of(lm: LanguageModel) -> Mapping[str, Any]:
    """Returns what was recorded of this very model with these prompts; else nothing."""
    data = read()
    known = bool(data) and data["prompts"] == prompts_hash() and data["fingerprint"] == fingerprint(lm)
    return data if known else {}

"""How many tokens a text costs with the model's tokenizer, with one that has seen no Chinese, and in bytes. Knows no panel."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from playground.data.sets import documents, examples, questions
from playground.lab.text import Language
from playground.language.units import pieces
from playground.models.language_model import LanguageModel

ENGLISH_VOCABULARY = 2000
CHINESE_SAMPLE = "春眠不觉晓，处处闻啼鸟。"


@dataclass(frozen=True)
class Count:
    """Tokens of a text, and the first of them as a reader sees them: a byte that is no character shows as its number."""

    vocabulary: int
    tokens: int
    first: tuple[str, ...]


@functools.cache
def english_tokenizer() -> Tokenizer:
    """Trains a byte-level BPE (the kind of GPT-2) on this project's English sets and nothing else."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=ENGLISH_VOCABULARY, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    texts = [
        *(item.text for item in documents(Language.EN)),
        *dict.fromkeys(item.passage for item in questions(Language.EN)),
        *(item.text for item in examples(Language.EN)),
    ]
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def by_english(text: str, most: int = 12) -> Count:
    """Counts a text's tokens by the English tokenizer."""
    tokenizer, data = english_tokenizer(), text.encode()
    ids, first, start = tokenizer.encode(text).ids, [], 0
    for token in ids[:most]:
        # A byte-level token is written with one character for each of its bytes.
        end = start + len(str(tokenizer.id_to_token(token)))
        first.append(_seen(data[start:end]))
        start = end
    return Count(tokenizer.get_vocab_size(), len(ids), tuple(first))


def _seen(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return "".join(f"<{byte:02X}>" for byte in data)


def by_model(lm: LanguageModel, text: str, most: int = 12) -> Count:
    """Counts a text's tokens by the model's own tokenizer."""
    ids = lm.encode(text, bos=False)
    return Count(lm.vocabulary, len(ids), tuple(piece or "·" for piece in pieces(lm, ids[:most])))


def by_bytes(text: str, most: int = 12) -> Count:
    """Counts a text's bytes in UTF-8, which any byte tokenizer falls back to."""
    data = text.encode()
    return Count(256, len(data), tuple(f"<{byte:02X}>" for byte in data[:most]))

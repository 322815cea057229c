"""Trains small tokenizers on a list of texts with the `tokenizers` library. Knows no language model.

All of them cut at spaces and punctuation first; a run of Chinese characters is one piece.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

UNKNOWN = "[UNK]"
KINDS = ("bpe", "wordpiece", "unigram", "byte_bpe")
LONGEST = 4  # characters in a piece of Unigram or BPE
_POLL_SECONDS = 0.05


class _Stopped(Exception):
    """The run that wanted the tokenizer is over."""


def train(kind: str, texts: Sequence[str], vocabulary: int, checkpoint: Callable[[], None]) -> Tokenizer:
    """Trains a tokenizer of a kind (one of KINDS) with at most `vocabulary` entries; the same texts give the same tokens.

    `checkpoint` is called twenty times a second and may raise: the iterator that feeds the trainer then stops too. At most half of
    the entries are single characters, the most frequent ones; for WordPiece each counts twice, with ## and without. Byte-level BPE
    needs none but the 256 bytes.
    """
    if kind not in KINDS:
        raise ValueError(f"no kind {kind!r}; there are {KINDS}")
    stopped = threading.Event()
    made: list[Tokenizer] = []
    failed: list[Exception] = []

    def work() -> None:
        try:
            made.append(_train(kind, texts, vocabulary, stopped))
        except Exception as error:  # noqa: BLE001 - raised again in the run's thread
            failed.append(error)

    # The trainer's own part, after the texts are read, can't be stopped: the run leaves it behind.
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            checkpoint()
            thread.join(_POLL_SECONDS)
    finally:
        stopped.set()
    if failed:
        raise failed[0]
    return made[0]


def _train(kind: str, texts: Sequence[str], vocabulary: int, stopped: threading.Event) -> Tokenizer:
    alphabet = _alphabet(texts, vocabulary // 2)
    tokenizer, trainer = _of_kind(kind, alphabet, vocabulary)
    if kind == "unigram":
        # This trainer has no limit of its own and refuses a vocabulary that is smaller than the alphabet.
        known = frozenset(alphabet)
        texts = ["".join(character if character in known else " " for character in text) for text in texts]
    tokenizer.train_from_iterator(_watched(texts, stopped), trainer)
    if kind == "wordpiece":
        # Rebuilt from the vocabulary: the trainer's special tokens would be extracted before the model sees the text.
        fresh = Tokenizer(models.WordPiece(tokenizer.get_vocab(), unk_token=UNKNOWN))
        fresh.pre_tokenizer = tokenizer.pre_tokenizer
        return fresh
    # "[UNK]" written out in a text is plain text.
    tokenizer.encode_special_tokens = True
    return tokenizer


def _of_kind(kind: str, alphabet: list[str], vocabulary: int) -> tuple[Tokenizer, trainers.Trainer]:
    marks = pre_tokenizers.Punctuation("isolated")
    spaces = pre_tokenizers.Metaspace(prepend_scheme="never")
    if kind == "byte_bpe":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
            [marks, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
        )
        tokenizer.decoder = decoders.ByteLevel()
        every_byte = pre_tokenizers.ByteLevel.alphabet()
        return tokenizer, trainers.BpeTrainer(
            vocab_size=vocabulary, initial_alphabet=every_byte, max_token_length=3 * LONGEST, show_progress=False
        )
    trainer: trainers.Trainer
    if kind == "bpe":
        tokenizer = Tokenizer(models.BPE(unk_token=UNKNOWN))
        trainer = trainers.BpeTrainer(
            vocab_size=vocabulary, special_tokens=[UNKNOWN], initial_alphabet=alphabet, limit_alphabet=len(alphabet),
            max_token_length=LONGEST, show_progress=False,
        )  # fmt: skip
    elif kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNKNOWN))
        half = alphabet[: len(alphabet) // 2]
        # Declared, so that their numbers, by which the trainer breaks ties, don't depend on the order of a hash table.
        declared = [UNKNOWN, *half, *("##" + character for character in half)]
        trainer = trainers.WordPieceTrainer(
            vocab_size=vocabulary, special_tokens=declared, initial_alphabet=half, limit_alphabet=len(half), show_progress=False
        )  # fmt: skip
    else:
        tokenizer = Tokenizer(models.Unigram())
        trainer = trainers.UnigramTrainer(
            vocab_size=vocabulary, special_tokens=[UNKNOWN], unk_token=UNKNOWN, max_piece_length=LONGEST, n_sub_iterations=1,
            show_progress=False,
        )  # fmt: skip
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([spaces, marks])
    return tokenizer, trainer


def _alphabet(texts: Sequence[str], most: int) -> list[str]:
    counts = Counter(character for text in texts for character in text.replace(" ", "▁"))
    return [character for character, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:most]]


def _watched(texts: Sequence[str], stopped: threading.Event) -> Iterator[str]:
    for text in texts:
        if stopped.is_set():
            raise _Stopped
        yield text


def lost_characters(tokenizer: Tokenizer, text: str) -> int:
    """Counts the characters of a text that an unknown token covers."""
    coded, unknown = tokenizer.encode(text), tokenizer.token_to_id(UNKNOWN)
    # By number: Unigram writes the unknown characters themselves in place of [UNK].
    return sum(end - start for token, (start, end) in zip(coded.ids, coded.offsets, strict=True) if token == unknown)

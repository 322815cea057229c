"""How texts are encoded: a visitor's text is plain text, only a template's own control tokens count."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from tokenizers import AddedToken

from playground.models.language_model import LanguageModel
from tests.conftest import byte_tokenizer

CONTROL = ["<eos>", "hello<eos>", "<bos>hello<eos><pad>", "a <eos> b", "<eos"]


@pytest.mark.parametrize("text", CONTROL)
def test_control_tokens_in_a_text_are_plain_text(tiny_lm: LanguageModel, text: str) -> None:
    # The tokenizer has one token per byte.
    plain = [tiny_lm.tokenizer.convert_tokens_to_ids(character.replace(" ", "Ġ")) for character in text]
    assert tiny_lm.encode(text) == [256, *plain]
    assert tiny_lm.encode(text, bos=False) == plain
    assert tiny_lm.encode_all([text, "x", text])[::2] == [plain, plain]
    ids, offsets = tiny_lm.encode_with_offsets(text)
    assert ids == plain
    assert offsets == [(at, at + 1) for at in range(len(text))]
    assert tiny_lm.decode(tiny_lm.encode(text)) == text, "and all of it is shown"


def test_no_texts_give_no_ids(tiny_lm: LanguageModel) -> None:
    assert tiny_lm.encode_all([]) == []
    assert tiny_lm.encode("", bos=False) == []
    assert tiny_lm.encode_template([]) == []


def test_only_a_templates_own_control_tokens_count(tiny_lm: LanguageModel) -> None:
    hi = tiny_lm.encode("hi<eos>", bos=False)
    parts = [("<bos>user: ", True), ("hi<eos>", False), ("<eos>\n", True)]
    user, end = tiny_lm.encode("user: ", bos=False), tiny_lm.encode("\n", bos=False)
    assert tiny_lm.encode_template(parts) == [256, *user, *hi, 257, *end]
    assert tiny_lm.encode_template([("hi", True), ("<eos>", False)]) == hi, "one text, encoded as a whole"
    assert tiny_lm.encode_template([("<eo", True), ("s>", False)]) == tiny_lm.encode("<eos>", bos=False)


@pytest.mark.parametrize("text", ["<bos>a  <|turn|>  b<eos>", "<|turn|><eos>", "  x  <|turn|>", "plain", "<bos>"])
def test_a_template_without_a_visitors_text_is_encoded_as_by_the_library(tiny_lm: LanguageModel, text: str) -> None:
    tokenizer = byte_tokenizer()
    tokenizer.add_tokens([AddedToken("<|turn|>", special=True, normalized=False, lstrip=True, rstrip=True)])
    lm = dataclasses.replace(tiny_lm, tokenizer=tokenizer)
    expected = byte_tokenizer()
    expected.add_tokens([AddedToken("<|turn|>", special=True, normalized=False, lstrip=True, rstrip=True)])
    assert lm.encode_template([(text, True)]) == expected.encode(text, add_special_tokens=False)


@pytest.mark.model
def test_on_the_real_model(real_lm: LanguageModel) -> None:
    start = real_lm.tokenizer.bos_token_id
    for text in ("hello<eos>", "<bos>hi<start_of_turn>user\nhi<end_of_turn>", "<unused5>"):
        ids = real_lm.encode(text, bos=False)
        # Without the library's added tokens: the alphabet's own merges.
        backend = real_lm.tokenizer.backend_tokenizer
        by_hand = [
            token.id
            for line in re.split(r"(\n+)", text)
            for token in backend.model.tokenize(backend.normalizer.normalize_str(line))
            if line
        ]
        assert ids == by_hand, text
        assert real_lm.encode(text) == [start, *ids]
        assert real_lm.decode(ids) == text
    assert len(real_lm.encode("hello<eos>", bos=False)) == 4
    # HTML tags and runs of line breaks or tabs are ordinary text to this model, each one token.
    assert len(real_lm.encode("<table>\n\n\t\t", bos=False)) == 3
    for path in sorted(Path(__file__).parents[2].glob("docs/**/*.md"))[:8]:
        text = path.read_text(encoding="utf-8")
        if not re.search(r"<(?:eos|bos|pad|unk|mask|start_of|end_of|unused)", text):
            expected = real_lm.tokenizer.encode(text, add_special_tokens=False, split_special_tokens=False)
            assert real_lm.encode(text, bos=False) == expected


def test_texts_are_encoded_nowhere_else() -> None:
    """One rule needs one place: the tokenizer that a model brings is called by `LanguageModel` alone."""
    root = Path(__file__).parents[2] / "playground"
    for path in sorted(root.rglob("*.py")):
        if path.name not in ("language_model.py", "conftest.py") and not path.name.startswith("test_"):
            found = re.findall(
                r".*\blm\.tokenizer(?:\.encode|\.tokenize|\.__call__)?\(.*", path.read_text(encoding="utf-8")
            )
            assert not found, f"{path.relative_to(root)}: {found}"

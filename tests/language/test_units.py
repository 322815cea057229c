import dataclasses

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, normalizers
from transformers import PreTrainedTokenizerFast

from playground.language.units import characters, pieces, token_name, words
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_llama, wrap

TEXTS = [
    "这家酒店的房间很干净，但是服务太差了。",
    "It's a well-known 3.14% deal  with GPT-4\n\nnext",
    "混排 mixed 文本，𠀀𪚥 e\u0301 👨‍👩‍👧 end ",
    "�真的替换符",
]


def sentence_piece() -> PreTrainedTokenizerFast:
    """Builds a SentencePiece tokenizer like Gemma's: ▁ for a space, byte tokens for unknown characters."""
    known = ["<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), *"▁这家酒店aehilnt，", "这家", "▁hi"]
    tokenizer = Tokenizer(
        models.BPE(
            {piece: index for index, piece in enumerate(known)}, [("这", "家")], byte_fallback=True, unk_token="<unk>"
        )
    )
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", unk_token="<unk>")


@pytest.fixture(params=["byte level", "sentence piece"])
def lm(request: pytest.FixtureRequest, tiny_lm: LanguageModel) -> LanguageModel:
    if request.param == "byte level":
        return tiny_lm
    return dataclasses.replace(wrap(tiny_llama()), tokenizer=sentence_piece())


@pytest.mark.parametrize("text", TEXTS)
def test_pieces_join_to_the_text_and_split_characters_stand_whole_on_their_first_token(
    lm: LanguageModel, text: str
) -> None:
    ids = lm.encode(text)
    seen = pieces(lm, ids)
    assert len(seen) == len(ids)
    assert seen[0] == "<bos>"
    assert "".join(seen[1:]) == text == lm.decode(ids)


def test_bytes_of_one_character_are_empty_after_the_first(tiny_lm: LanguageModel) -> None:
    assert pieces(tiny_lm, tiny_lm.encode("中a")) == ["<bos>", "中", "", "", "a"]


def test_a_token_alone_is_named_by_its_text_or_by_its_bytes(lm: LanguageModel) -> None:
    ids = lm.encode("a龘", bos=False)
    assert token_name(lm, ids[0]).strip() == "a"
    assert [token_name(lm, token) for token in ids[-3:]] == ["<0xE9>", "<0xBE>", "<0x98>"]
    assert token_name(lm, lm.tokenizer.bos_token_id) == "<bos>"


def test_a_broken_character_reads_as_the_replacement_character(tiny_lm: LanguageModel) -> None:
    whole = tiny_lm.encode("中b")
    assert pieces(tiny_lm, whole[:2] + whole[4:]) == ["<bos>", "�", "b"]
    assert pieces(tiny_lm, whole[2:]) == ["�", "�", "b"]
    assert pieces(tiny_lm, []) == []


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("unit", [characters, words])
def test_shares_of_every_token_add_up_to_one(lm: LanguageModel, text: str, unit: object) -> None:
    ids = lm.encode(text)
    total = torch.zeros(len(ids))
    for item in unit(lm, ids):  # type: ignore[operator]
        assert all(0 < share <= 1 for _, share in item.shares)
        for token, share in item.shares:
            total[token] += share
    torch.testing.assert_close(total, torch.ones(len(ids)))


def test_words_are_jieba_words_and_take_the_space_before_them(tiny_lm: LanguageModel) -> None:
    units = words(tiny_lm, tiny_lm.encode("酒店很 good"))
    assert [unit.text for unit in units] == ["<bos>", "酒店", "很", "good"]
    assert units[1].shares == tuple((token, 1.0) for token in range(1, 7))
    assert units[3].shares == tuple((token, 1.0) for token in range(10, 15))


def test_a_token_of_two_characters_is_shared_by_them() -> None:
    lm = dataclasses.replace(wrap(tiny_llama()), tokenizer=sentence_piece())
    ids = lm.encode("这家店")
    assert len(ids) == 3
    assert [(unit.text, unit.shares) for unit in characters(lm, ids)[1:]] == [
        ("这", ((1, 0.5),)),
        ("家", ((1, 0.5),)),
        ("店", ((2, 1.0),)),
    ]

import dataclasses

import numpy as np
import pytest
import torch

from playground.explanation.attention import (
    attention_panel,
    attention_weights,
    busiest_head,
    recorded_panel,
    rollout,
    target_panel,
)
from playground.explanation.head_kinds import NAMED_FROM
from playground.explanation.removal import cut
from playground.explanation.values import next_token_target
from playground.models.language_model import LanguageModel
from tests.conftest import tiny_gpt2, tiny_llama, wrap

TEXT = "房间 clean!"


@pytest.fixture(params=["llama", "gpt2"])
def lm(request: pytest.FixtureRequest) -> LanguageModel:
    return wrap(tiny_llama(2) if request.param == "llama" else tiny_gpt2(2))


def test_the_panel_holds_what_the_model_returns_and_rows_add_up_to_one(lm: LanguageModel) -> None:
    panel = attention_panel(lm, TEXT)
    ids = torch.tensor([lm.encode(TEXT)])
    with torch.no_grad():
        out = lm.recorder(ids, output_attentions=True)
    expected = torch.stack(out.attentions)[:, 0].numpy()
    np.testing.assert_allclose(panel.weights(), expected, atol=1e-5)
    np.testing.assert_allclose(panel.weights().sum(-1), 1, atol=1e-3)
    assert (panel.layers, panel.heads, len(panel.pieces)) == expected.shape[:3]
    assert "".join(panel.pieces[1:]) == TEXT
    assert panel.caveat is None


def test_a_long_text_is_cut_and_it_is_said(lm: LanguageModel) -> None:
    panel = attention_panel(lm, "字" * 60, most_tokens=32)
    assert len(panel.pieces) == 32
    assert panel.caveat is not None
    assert "32" in panel.caveat.zh
    assert "181" in panel.caveat.en


def test_a_target_s_panel_is_of_its_own_prompt_and_layers(lm: LanguageModel) -> None:
    def prompt(text: str) -> tuple[list[int], range]:
        ids = lm.encode(f"Q: {text} A:")
        return ids, range(3, len(ids) - 3)

    target = dataclasses.replace(next_token_target(lm, 65), prompt=prompt, layer=1)
    panel, weights = target_panel(lm, target, TEXT)
    with torch.no_grad():
        out = lm.recorder(torch.tensor([prompt(TEXT)[0]]), output_attentions=True)
    np.testing.assert_allclose(weights, out.attentions[0].numpy(), atol=1e-5)
    np.testing.assert_allclose(panel.weights()[0], out.attentions[0][0].numpy(), atol=1e-4)
    assert panel.layers == 1
    assert all(layer < 1 for layer in panel.full_layers)
    assert panel.caveat is not None and "layer 1" in panel.caveat.en
    cut_short, whole = target_panel(lm, target, "字" * 60, most_tokens=32)
    assert len(cut_short.pieces) == 32 < whole.shape[-1]
    assert cut_short.caveat is not None and "32" in cut_short.caveat.zh
    assert target_panel(lm, next_token_target(lm, 65), TEXT)[0].caveat is None
    # The value is read from the prompt's last token, though it is punctuation.
    assert panel.selected == len(panel.pieces) - 1


def test_the_opened_head_reads_most_from_what_is_neither_first_nor_itself() -> None:
    weights = np.zeros((2, 2, 4, 4))
    weights[..., 0] = 1
    weights[1, 0, -1] = [0.3, 0.5, 0.1, 0.1]
    weights[0, 1, -1] = [0.1, 0.1, 0.0, 0.8]
    weights[0, 0, 2] = [0, 1, 0, 0]
    assert busiest_head(weights, 3) == (1, 0)
    assert busiest_head(weights, 2) == (0, 0)


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("昨晚的演出很安静了。", "静"), ("The hall was quiet, and so it is.", "t"), ("好！", "好"), ("。！", "！"), ("", ""),
    ],
)  # fmt: skip
def test_the_token_shown_first_is_the_last_of_the_last_content_word(lm: LanguageModel, text: str, last: str) -> None:
    """Bytes are the tiny models' tokens: a Chinese character is three of them, the last of which has read it."""
    panel = attention_panel(lm, text)
    ids = lm.encode(text)
    end = len(lm.encode(text[: text.rindex(last) + len(last)])) if last != "t" else len(lm.encode("The hall was quiet"))
    assert panel.selected == min(end, len(ids)) - 1
    assert (panel.layer, panel.head) == busiest_head(panel.weights(), panel.selected)


def test_a_text_that_is_cut_opens_at_a_word_that_is_drawn(lm: LanguageModel) -> None:
    panel = attention_panel(lm, "房间 quiet 。。。。 forest", most_tokens=14)
    assert panel.pieces[panel.selected] == "t"


def test_the_panel_names_the_heads_that_do_one_thing(lm: LanguageModel) -> None:
    ids = lm.encode("abcabcabcabc")
    weights = np.zeros((1, 3, len(ids), len(ids)))
    for at in range(len(ids)):
        weights[0, 0, at, max(0, at - 1)] = weights[0, 1, at, at] = 1
        weights[0, 2, at, : at + 1] = 1 / (at + 1)
    panel = recorded_panel(lm, ids, weights, 1)
    assert [(one.head, one.kind, one.share) for one in panel.known] == [(0, "previous", 1.0), (1, "same", 1.0)]
    assert panel.known_from == NAMED_FROM


def test_rollout_is_the_product_of_half_attention_half_residual() -> None:
    first = np.array([[[1.0, 0], [0.5, 0.5]], [[1, 0], [0.1, 0.9]]])
    second = np.array([[[1.0, 0], [0.8, 0.2]], [[1, 0], [0.4, 0.6]]])
    # Means [0.3, 0.7] and [0.6, 0.4]; with the residual [0.15, 0.85] and [0.3, 0.7].
    np.testing.assert_allclose(rollout(np.stack([first, second])), [[1, 0], [0.3 + 0.7 * 0.15, 0.7 * 0.85]])


def test_units_get_what_the_last_token_reads_from_their_tokens(lm: LanguageModel) -> None:
    target = next_token_target(lm, 65)
    parts = cut(TEXT, "word")
    ids, own = target.prompt(TEXT)
    weights = lm.attentions(ids).numpy()
    mean = attention_weights(lm, target, parts, weights, "mean")
    row = weights.mean((0, 1))[-1][own.start : own.stop]
    # 房间 is six byte tokens, a space and "clean" the next six, and the punctuation belongs to no unit.
    np.testing.assert_allclose(mean.weights, [row[:6].sum(), row[6:12].sum()], rtol=1e-5)
    head = attention_weights(lm, target, parts, weights, "head")
    read = [head[-1, own.start : own.stop] for layer in weights for head in layer]
    busiest = max(read, key=lambda row: row.sum())
    np.testing.assert_allclose(head.weights, [busiest[:6].sum(), busiest[6:12].sum()], rtol=1e-5)
    rolled = attention_weights(lm, target, parts, weights, "rollout")
    assert rolled.weights.sum() <= 1

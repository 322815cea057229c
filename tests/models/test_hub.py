"""Models from folders saved by transformers, of two families."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from playground.lab.errors import PlaygroundError
from playground.lab.variant import PRUNINGS, QUANTIZATIONS, Variant
from playground.models import device, hub, variants
from tests.conftest import byte_tokenizer, tiny_gpt2, tiny_llama

TEXT = "Hello 世界"


@pytest.fixture(params=["llama", "gpt2"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    module = tiny_llama(num_key_value_heads=1, num_attention_heads=8) if request.param == "llama" else tiny_gpt2()
    module.save_pretrained(tmp_path)
    byte_tokenizer().save_pretrained(tmp_path)
    return tmp_path


def test_the_store_loads_the_folder_named_by_the_operator(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MODEL", str(folder))
    monkeypatch.setattr(device, "placement", lambda: device.Placement(torch.device("cpu"), torch.float32, 1))
    base = variants.VariantStore(variants.load_base).base()
    kind = base.config.model_type
    assert (base.layers, base.heads, base.key_value_heads) == ((3, 8, 1) if kind == "llama" else (2, 2, 2))
    saved = {"llama": lambda: tiny_llama(num_key_value_heads=1, num_attention_heads=8), "gpt2": tiny_gpt2}[kind]()
    ids = base.encode(TEXT)
    with torch.inference_mode():
        expected = saved(input_ids=torch.tensor([ids])).logits[0]
    torch.testing.assert_close(base.logits(ids), expected)
    assert base.decode(base.encode(TEXT)) == TEXT


@pytest.mark.parametrize("quantization", QUANTIZATIONS)
@pytest.mark.parametrize("pruning", PRUNINGS)
def test_every_toggle_works_on_it(folder: Path, quantization: str, pruning: str) -> None:
    module, tokenizer = hub.load(str(folder), torch.bfloat16)
    store = variants.VariantStore(lambda progress: variants.wrap("x", module, tokenizer, Variant()))
    lm = store.get(Variant(quantization, 5, pruning, 0.3), TEXT)
    ids = lm.encode(TEXT)
    assert lm.next_logits([ids, ids[:3]]).isfinite().all()
    assert lm.attentions(ids).shape == (lm.layers, lm.heads, len(ids), len(ids))


@pytest.mark.parametrize("name", ["/no/such/folder", "{empty}", "{code}"])
def test_what_cannot_be_loaded_is_said_in_both_languages(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    # A repository with its own code, which must never run.
    (tmp_path / "config.json").write_text('{"model_type": "own", "auto_map": {"AutoConfig": "own.Config"}}')
    (tmp_path / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    (tmp_path / "empty").mkdir()
    with pytest.raises(PlaygroundError) as caught:
        hub.load(name.format(empty=tmp_path / "empty", code=tmp_path), torch.float32)
    assert "PLAYGROUND_MODEL" in caught.value.message.zh and "PLAYGROUND_MODEL" in caught.value.message.en
    assert not (tmp_path / "ran").exists()

"""Models for tests, a tiny random one made on the spot and the real one for tests marked `model`; and the session's results."""

from __future__ import annotations

import copy
import os
from pathlib import Path

import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import (
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
)

from playground.lab.bench import Bench
from playground.lab.variant import Variant
from playground.models import operators
from playground.models.language_model import LanguageModel
from playground.models.variants import store
from tests import runs


def byte_tokenizer() -> PreTrainedTokenizerFast:
    """One token per byte, so that Chinese characters split over three tokens; <bos> is 256, <eos> 257, <pad> 258."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {piece: index for index, piece in enumerate(alphabet)}
    vocabulary |= {"<bos>": 256, "<eos>": 257, "<pad>": 258}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<bos>", eos_token="<eos>", pad_token="<pad>")


def tiny_llama(seed: int = 0, **changes: object) -> LlamaForCausalLM:
    """Random Llama: 3 layers, 4 query heads in 2 groups, tied embeddings, float32."""
    torch.manual_seed(seed)
    shape = dict(
        vocab_size=259, hidden_size=64, intermediate_size=96, num_hidden_layers=3, num_attention_heads=4, num_key_value_heads=2,
        max_position_embeddings=512, tie_word_embeddings=True, bos_token_id=256, eos_token_id=257, pad_token_id=258, initializer_range=0.2,
    )  # fmt: skip
    return LlamaForCausalLM(LlamaConfig(**(shape | changes))).eval().requires_grad_(False)


def tiny_gpt2(seed: int = 0) -> GPT2LMHeadModel:
    """Random GPT-2: learned positions, fused projections (Conv1D), 2 layers, 2 heads."""
    torch.manual_seed(seed)
    config = GPT2Config(
        vocab_size=259,
        n_embd=32,
        n_layer=2,
        n_head=2,
        n_positions=256,
        bos_token_id=256,
        eos_token_id=257,
        pad_token_id=258,
    )
    return GPT2LMHeadModel(config).eval().requires_grad_(False)


def tiny_gemma() -> torch.nn.Module:
    """Random Gemma 3: five layers, of which the third attends fully and the others to a window of 8."""
    torch.manual_seed(0)
    kinds = ["sliding_attention"] * 2 + ["full_attention"] + ["sliding_attention"] * 2
    config = Gemma3TextConfig(
        vocab_size=259, hidden_size=32, intermediate_size=48, num_hidden_layers=5, num_attention_heads=2,
        num_key_value_heads=1, head_dim=16, max_position_embeddings=256, sliding_window=8, layer_types=kinds,
        bos_token_id=256, eos_token_id=257, pad_token_id=258, initializer_range=0.2,
    )  # fmt: skip
    return Gemma3ForCausalLM(config).eval().requires_grad_(False)


def wrap(module: torch.nn.Module, tokenizer: PreTrainedTokenizerBase | None = None) -> LanguageModel:
    """A LanguageModel around a module, with an eager twin that shares its parameters."""
    recorder = type(module)(copy.deepcopy(module.config))
    recorder.load_state_dict(module.state_dict(), assign=True)
    recorder.set_attn_implementation("eager")
    size = sum({p.data_ptr(): p.untyped_storage().nbytes() for p in module.parameters()}.values())
    return LanguageModel(
        "tiny", module, recorder.eval().requires_grad_(False), tokenizer or byte_tokenizer(), Variant(), size
    )


@pytest.fixture(scope="session", autouse=True)
def session_results(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The folder of this session's results, one for all processes of `pytest -n`; none of an earlier session is read."""
    own = tmp_path_factory.getbasetemp()
    folder = (own if worker_id == "master" else own.parent) / "results"
    os.environ[runs.VARIABLE] = str(folder)
    return folder


@pytest.fixture(autouse=True)
def no_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lab's run in a test isn't ended for its length, unless the test sets a limit: how long it takes is the machine's."""
    assert Bench.__init__.__kwdefaults__ is not None
    monkeypatch.setitem(Bench.__init__.__kwdefaults__, "seconds", 3600.0)


@pytest.fixture(autouse=True)
def exact_packed_layers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed layers of tiny models multiply the model's own type on every machine: a test has one right number."""
    if request.node.get_closest_marker("model") is None:
        monkeypatch.setattr(operators, "operand_type", lambda name, dtype, device="cpu": dtype)


@pytest.fixture(scope="session")
def tiny_lm() -> LanguageModel:
    return wrap(tiny_llama())


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny Llama and its tokenizer, as `save_pretrained` leaves it."""
    folder = tmp_path_factory.mktemp("tiny-llama")
    tiny_llama().save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def real_lm() -> LanguageModel:
    """The base of the process's own store: the embedded model, converted at its first use. For tests marked `model`."""
    return store().base()


@pytest.fixture(scope="session")
def float_lm(real_lm: LanguageModel) -> LanguageModel:
    """The embedded model in float32, where two orders of the same sums agree: bfloat16 may turn a near tie."""
    module = real_lm.module
    return wrap(module if module.dtype == torch.float32 else copy.deepcopy(module).float(), real_lm.tokenizer)  # type: ignore[arg-type]

"""Variants: shared tensors, memory, and isolation."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable

import pytest
import torch

from playground.compression.quantize import fake_quantize
from playground.lab.errors import Cancelled, PlaygroundError
from playground.lab.text import Text
from playground.lab.variant import PRUNINGS, QUANTIZATIONS, Variant
from playground.models import structure, variants
from playground.models.language_model import LanguageModel
from playground.models.variants import VariantStore, effective, simulated_scheme
from tests.conftest import byte_tokenizer, tiny_gemma, tiny_gpt2, tiny_llama

TEXT = "The cat sat 在垫子上。"
VARIANTS = [Variant(q, 4, p, 0.5) for q, p in itertools.product(QUANTIZATIONS, PRUNINGS)]
BASES: dict[str, Callable[[], torch.nn.Module]] = {"llama": tiny_llama, "gpt2": tiny_gpt2}


def base_of(module: torch.nn.Module) -> LanguageModel:
    return variants.wrap("tiny", module, byte_tokenizer(), Variant())


def store_of(module: torch.nn.Module, **options: int) -> VariantStore:
    return VariantStore(lambda progress: base_of(module), **options)


@pytest.fixture(params=BASES)
def store(request: pytest.FixtureRequest) -> VariantStore:
    return store_of(BASES[request.param]())


def addresses(module: torch.nn.Module) -> dict[str, int]:
    return {name: parameter.data_ptr() for name, parameter in module.named_parameters(remove_duplicate=False)}


# ---- keys


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Variant("int8", bits=2), Variant("int8", bits=7)),
        (Variant(sparsity=0.1), Variant()),
        (Variant("none", 4, "wanda", 0.0), Variant()),
        (Variant("int4", 4, "structured", 0.0), Variant("int4")),
    ],
)
def test_settings_that_do_not_act_make_no_other_variant(one: Variant, other: Variant) -> None:
    assert effective(one) == effective(other)
    store = store_of(tiny_llama())
    assert store.get(one).module is store.get(other).module


def test_wanda_goes_by_its_text_and_others_do_not() -> None:
    store = store_of(tiny_llama())
    wanda = Variant(pruning="wanda")
    assert store.get(wanda, "one text").module is store.get(wanda, "one text").module
    assert store.get(wanda, "one text").module is not store.get(wanda, "另一段文本").module
    assert store.get(Variant("int8"), "one text").module is store.get(Variant("int8"), "another").module
    with pytest.raises(PlaygroundError, match="text"):
        store.get(wanda, "  ")


# ---- contents of a variant


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_every_variant_runs_and_leaves_the_base_as_it_was(store: VariantStore, variant: Variant) -> None:
    base = store.base()
    before = {name: tensor.clone() for name, tensor in base.module.state_dict().items()}
    ids = base.encode(TEXT)
    reference = base.logits(ids)
    lm = store.get(variant, TEXT)
    assert lm.logits(ids).isfinite().all()
    assert torch.equal(lm.logits(ids), store.get(variant, TEXT).logits(ids))
    assert torch.equal(base.logits(ids), reference)
    assert torch.equal(lm.logits(ids), reference) == (effective(variant) == Variant())
    for name, tensor in base.module.state_dict().items():
        assert torch.equal(tensor, before[name]), name
    attention = lm.attentions(ids)
    assert attention.shape == (lm.layers, lm.heads, len(ids), len(ids))
    torch.testing.assert_close(attention.sum(-1), torch.ones(attention.shape[:-1]))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_what_is_unchanged_is_shared_and_the_twin_shares_all(store: VariantStore, variant: Variant) -> None:
    base, lm = store.base(), store.get(variant, TEXT)
    mine, others = addresses(lm.module), addresses(base.module)
    matrices = {f"{name}.weight" for name in structure.projections(base.module)}
    head = structure.head_name(base.module)
    pruning = effective(variant).pruning
    for name, address in mine.items():
        pruned = pruning != "none" and name in matrices
        # Removed neurons take their biases with them.
        shrunk = pruning in ("structured", "activations") and name.rpartition(".")[2] == "bias"
        rounded = variant.quantization == "simulated" and name in matrices | {f"{head}.weight"}
        if not (pruned or rounded or shrunk):
            assert address == others[name], name
    twin = {name: tensor.data_ptr() for name, tensor in lm.recorder.state_dict().items()}
    assert twin == {name: tensor.data_ptr() for name, tensor in lm.module.state_dict().items()}
    assert lm.recorder.config is not lm.module.config
    assert lm.module.config._attn_implementation != "eager"
    assert (lm.module.config is base.module.config) == (effective(variant) == Variant())


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_bytes_are_those_of_the_storages(store: VariantStore, variant: Variant) -> None:
    lm = store.get(variant, TEXT)
    storages = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in lm.module.state_dict().values()}
    held = {t.untyped_storage().data_ptr() for t in [*lm.module.parameters(), *lm.module.buffers()]}
    rest = sum(
        t.untyped_storage().nbytes() for t in lm.module.buffers() if t.untyped_storage().data_ptr() not in storages
    )
    assert held >= set(storages)
    assert lm.weight_bytes == sum(storages.values()) + rest


def test_simulated_is_rounding_to_nearest() -> None:
    store = store_of(tiny_llama())
    lm, base = store.get(Variant("simulated", 3)), store.base()
    for name, layer in structure.projections(lm.module).items():
        weight = structure.weight_of(base.module.get_submodule(name))
        assert torch.equal(structure.weight_of(layer), fake_quantize(weight, simulated_scheme(3)))
    # The head is rounded, its formerly tied embedding is not.
    assert not torch.equal(lm.module.lm_head.weight, lm.module.model.embed_tokens.weight)
    assert lm.module.model.embed_tokens.weight is base.module.model.embed_tokens.weight


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_a_tied_embedding_is_read_from_the_packed_head(store: VariantStore, quantization: str) -> None:
    base, lm = store.base(), store.get(Variant(quantization))
    ids = torch.tensor(base.encode(TEXT))[None]
    rows = lm.module.get_output_embeddings().dequantized()[ids]
    torch.testing.assert_close(lm.module.get_input_embeddings()(ids), rows)
    shared = {address for address, _ in structure.storages(base.module)}
    embedding = base.module.get_input_embeddings().weight
    assert embedding.untyped_storage().data_ptr() in shared
    assert embedding.untyped_storage().data_ptr() not in {address for address, _ in structure.storages(lm.module)}
    packed = structure.held_bytes(lm.module.get_output_embeddings())
    assert packed < {"int8": 0.6, "int4": 0.3}[quantization] * embedding.untyped_storage().nbytes()


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_rows_are_scaled_where_the_model_scales_its_embedding(quantization: str) -> None:
    store = store_of(tiny_gemma())
    lm = store.get(Variant(quantization))
    ids = torch.tensor(lm.encode(TEXT))[None]
    rows = lm.module.get_output_embeddings().dequantized()[ids]
    torch.testing.assert_close(lm.module.get_input_embeddings()(ids), rows * 32**0.5)


def test_an_embedding_of_its_own_stays() -> None:
    store = store_of(tiny_llama(tie_word_embeddings=False))
    lm = store.get(Variant("int4"))
    assert lm.module.get_input_embeddings().weight is store.base().module.get_input_embeddings().weight


def test_unstructured_zeroes_exactly_the_share_of_every_matrix(store: VariantStore) -> None:
    for pruning in ("unstructured", "wanda"):
        module = store.get(Variant(pruning=pruning, sparsity=0.25), TEXT).module
        for layer in structure.projections(module).values():
            weight = structure.weight_of(layer)
            zeros = (weight == 0).sum().item()
            by_row = weight.shape[0] * round(weight.shape[1] * 0.25)
            assert zeros == (by_row if pruning == "wanda" else round(weight.numel() * 0.25))


def test_wanda_by_hand_on_the_first_matrix() -> None:
    base = base_of(tiny_llama())
    ids = base.encode(TEXT)
    store = VariantStore(lambda progress: base)
    first = base.module.model.layers[0]
    x = first.input_layernorm(base.module.model.embed_tokens(torch.tensor(ids)))
    score = first.self_attn.q_proj.weight.abs() * x.square().sum(0).sqrt()
    pruned = store.get(Variant(pruning="wanda", sparsity=0.5), TEXT).module.model.layers[0].self_attn.q_proj.weight
    for row, values in zip(pruned, score, strict=True):
        assert set((row == 0).nonzero()[:, 0].tolist()) == set(values.argsort()[:32].tolist())


def test_removed_neurons_compute_what_masked_ones_do(store: VariantStore) -> None:
    base = store.base()
    lm = store.get(Variant(pruning="structured", sparsity=0.4))
    masked = structure.share(base.module)
    for block in structure.mlps(masked):
        outgoing = masked.get_submodule(block.outgoing)
        weight = structure.weight_of(outgoing)
        rows = structure.weight_of(masked.get_submodule(block.incoming[-1]))
        importance = rows.norm(dim=1) * weight.norm(dim=0)
        drop = importance.argsort()[: round(len(importance) * 0.4)]
        changed = weight.clone()
        changed[:, drop] = 0
        structure.set_weight(outgoing, changed)
        assert structure.weight_of(lm.module.get_submodule(block.outgoing)).shape[1] == len(importance) - len(drop)
    ids = base.encode(TEXT)
    torch.testing.assert_close(lm.logits(ids), wrap_shared(base, masked).logits(ids), rtol=1e-4, atol=1e-4)


def wrap_shared(base: LanguageModel, module: torch.nn.Module) -> LanguageModel:
    return variants.wrap("masked", module, base.tokenizer, Variant())


def test_pruned_first_then_quantized() -> None:
    store = store_of(tiny_llama())
    pruned = store.get(Variant(pruning="unstructured", sparsity=0.5)).module
    both = store.get(Variant("int4", 4, "unstructured", 0.5)).module
    for name, layer in structure.projections(pruned).items():
        zero = structure.weight_of(layer) == 0
        assert both.get_submodule(name).dequantized()[zero].abs().max() < 1e-6


# ---- isolation


def test_two_threads_with_different_variants_get_what_each_gets_alone() -> None:
    chosen = [
        Variant(),
        Variant("int8"),
        Variant("int4"),
        Variant("simulated", 3),
        Variant("int8", 4, "structured", 0.5),
    ]
    alone = {}
    for variant in chosen:
        lm = store_of(tiny_llama()).get(variant)
        alone[variant] = (lm.logits(lm.encode(TEXT)), lm.attentions(lm.encode(TEXT)))
    shared = store_of(tiny_llama())
    wrong: list[Variant] = []
    gate = threading.Barrier(len(chosen))

    def visit(variant: Variant) -> None:
        gate.wait()
        for _ in range(10):
            lm = shared.get(variant)
            ids = lm.encode(TEXT)
            if not (
                torch.equal(lm.logits(ids), alone[variant][0]) and torch.equal(lm.attentions(ids), alone[variant][1])
            ):
                wrong.append(variant)

    threads = [threading.Thread(target=visit, args=(variant,)) for variant in chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_each_run_counts_its_own_passes_on_shared_weights() -> None:
    store, counts = store_of(tiny_llama()), ([], [])
    one, other = (store.get(Variant("int8"), "", count.append) for count in counts)
    assert one.module is other.module
    one.logits([1, 2, 3])
    assert counts == ([3], [])


def test_a_writable_copy_is_private() -> None:
    store = store_of(tiny_llama())
    base, ids = store.base(), [256, 10, 20]
    before = base.logits(ids)
    copy = store.writable(Variant())
    assert not set(addresses(copy.module).values()) & set(addresses(base.module).values())
    assert copy.module.lm_head.weight is copy.module.model.embed_tokens.weight, "what is tied stays tied"
    for parameter in copy.module.parameters():
        parameter.requires_grad_(True)
    copy.module(input_ids=torch.tensor([ids]), labels=torch.tensor([ids])).loss.backward()
    with torch.no_grad():
        for parameter in copy.module.parameters():
            parameter.sub_(parameter.grad)
    assert torch.equal(base.logits(ids), before)
    assert not torch.equal(copy.logits(ids), before)
    assert torch.equal(
        copy.attentions(ids)[0], variants.wrap("x", copy.module, base.tokenizer, Variant()).attentions(ids)[0]
    )
    with pytest.raises(PlaygroundError, match="int8"):
        store.writable(Variant("int8"))


@pytest.mark.parametrize("variant", [Variant("int8"), Variant("simulated"), Variant(pruning="unstructured")], ids=str)
def test_gradients_flow_to_the_input_of_a_variant(variant: Variant) -> None:
    store = store_of(tiny_llama())
    with torch.inference_mode():
        lm = store.get(variant)
    embedded = lm.module.get_input_embeddings()(torch.tensor([[256, 1, 2]])).detach().clone().requires_grad_()
    lm.module(inputs_embeds=embedded).logits.sum().backward()
    assert embedded.grad is not None and embedded.grad.abs().sum() > 0


# ---- caching


def test_the_least_used_variants_go_when_the_bytes_are_full() -> None:
    module = tiny_llama()
    base_bytes = base_of(module).weight_bytes
    store = store_of(module, most_bytes=int(base_bytes * 1.5))
    first, second, third = (Variant(pruning="unstructured", sparsity=share) for share in (0.1, 0.2, 0.3))
    one = store.get(first)
    size = store.kept_bytes
    assert 0.5 * base_bytes < size < base_bytes, "the layers' matrices"
    store.get(second)
    assert store.get(first).module is one.module or store.kept_bytes == size
    for variant in (first, second, third) * 2:
        store.get(variant)
        assert store.kept_bytes <= base_bytes * 1.5
    assert store.get(third).module is store.get(third).module


def test_a_base_is_loaded_once_by_many_threads() -> None:
    loads = []

    def load(progress: Callable[[float, Text], None]) -> LanguageModel:
        loads.append(1)
        progress(0.5, Text(zh="中", en="half"))
        return base_of(tiny_llama())

    store = VariantStore(load)
    found: list[LanguageModel] = []
    threads = [threading.Thread(target=lambda: found.append(store.base())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
    assert len({id(lm.module) for lm in found}) == 1


def test_a_build_that_is_stopped_leaves_nothing_and_the_next_one_works() -> None:
    store = store_of(tiny_llama())

    def stop(fraction: float, text: Text) -> None:
        if "quantizing" in text.en:
            raise Cancelled

    with pytest.raises(Cancelled):
        store.get(Variant("int8"), progress=stop)
    assert store.kept_bytes == 0
    assert store.get(Variant("int8")).variant == Variant("int8")


def test_who_waits_for_another_build_can_be_stopped() -> None:
    started, leave = threading.Event(), threading.Event()

    def slow(progress: Callable[[float, Text], None]) -> LanguageModel:
        started.set()
        leave.wait(10)
        return base_of(tiny_llama())

    store = VariantStore(slow)
    builder = threading.Thread(target=store.base)
    builder.start()
    started.wait(10)

    def stop(fraction: float, text: Text) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        store.get(Variant(), progress=stop)
    leave.set()
    builder.join()
    assert store.base().layers == 3


def test_an_mlp_of_another_form_is_refused_with_a_reason() -> None:
    module = tiny_llama()
    for layer in module.model.layers:
        layer.mlp = torch.nn.Sequential(torch.nn.Linear(64, 64))
    with pytest.raises(PlaygroundError, match="neurons"):
        store_of(module).get(Variant(pruning="structured"))

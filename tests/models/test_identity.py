"""What a remembered number depends on besides code and settings."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.models import identity as module
from playground.models.identity import identity


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    identity.cache_clear()
    yield
    identity.cache_clear()


def again() -> dict[str, str] | None:
    identity.cache_clear()
    return identity()


def test_the_model_that_is_installed_is_named_with_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAYGROUND_MODEL", raising=False)
    found = identity()
    assert found and set(found) == {"weights", "dtype", "packed", "device", "threads", "processor"}
    monkeypatch.setattr(module.importlib.metadata, "version", lambda name: "0.0")
    changed = again()
    assert changed and {name for name in found if found[name] != changed[name]} == {"weights"}


def test_another_file_of_a_folder_is_another_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MODEL", str(tmp_path))
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    found = [identity()]
    (tmp_path / "model.safetensors").write_bytes(b"others, longer")
    found.append(again())
    os.utime(tmp_path / "model.safetensors", ns=(1, 1))
    found.append(again())
    (tmp_path / "config.json").write_bytes(b"{}")
    found.append(again())
    assert all(found) and len({str(one) for one in found}) == 4
    assert again() == found[-1]


def test_a_model_of_a_hub_has_no_identity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_MODEL", str(tmp_path / "owner/name"))
    assert identity() is None


def test_threads_and_the_number_type_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLAYGROUND_MODEL", raising=False)
    found = identity()
    place = module.placement()
    monkeypatch.setattr(module, "placement", lambda: dataclasses.replace(place, threads=place.threads + 1))
    changed = again()
    assert found and changed and {name for name in found if found[name] != changed[name]} == {"threads"}

"""The placement follows the measurements, within the allowed processors."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from playground.models import device


@pytest.mark.parametrize(
    ("float32", "bfloat16", "best"),
    [
        ((2.0, 2.0), (1.0, 1.0), torch.bfloat16),
        ((1.0, 1.0), (2.0, 2.0), torch.float32),
        ((1.0, 1.0), (0.5, 8.0), torch.float32),
    ],
)
def test_the_faster_type_is_taken(
    float32: tuple[float, float],
    bfloat16: tuple[float, float],
    best: torch.dtype,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("PLAYGROUND_CACHE", str(tmp_path))
    monkeypatch.setattr(device, "_seconds", lambda dtype: float32 if dtype is torch.float32 else bfloat16)
    monkeypatch.setattr(device.torch.cuda, "is_available", lambda: False)
    assert device.placement.__wrapped__().dtype is best


def test_both_types_are_really_measured() -> None:
    for dtype in (torch.float32, torch.bfloat16):
        assert all(seconds > 0 for seconds in device._seconds(dtype))


def test_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert device.usable_threads() == 3
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert 1 <= device.usable_threads() <= len(os.sched_getaffinity(0))
    monkeypatch.setattr(device, "_quota", lambda: 1)
    assert device.usable_threads() == 1

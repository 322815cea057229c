"""The machine's figures are measured, and the roofline is the lower of its two bounds."""

from __future__ import annotations

import pytest
import torch

from playground.models import machine as machines
from playground.models.machine import Machine, machine, product_timing


def test_measured_once_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    found = machine()
    assert machine() is found
    assert {"float32", "bfloat16"} <= set(found.peaks)
    # Plausible bounds: at least 100 MB read and 10⁸ operations per second, and less than ten thousand times that.
    assert 1e8 < found.bandwidth < 1e12
    assert all(1e8 < peak < 1e14 for peak in found.peaks.values())
    assert found.cores == torch.get_num_threads()


def test_a_slower_machine_has_lower_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    real, fast = machines.measure, machine()

    def ten_times(call, repeats, warm_up):  # type: ignore[no-untyped-def]
        return real(lambda: [call() for _ in range(10)], repeats, warm_up)

    monkeypatch.setattr(machines, "measure", ten_times)
    slow = machine.__wrapped__()
    assert slow.bandwidth < 0.5 * fast.bandwidth
    assert slow.peaks["float32"] < 0.5 * fast.peaks["float32"]


def test_a_number_type_that_torch_cannot_multiply_has_no_peak(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*arguments: object) -> None:
        raise RuntimeError("not implemented for 'Char'")

    monkeypatch.setattr(torch, "_int_mm", missing)
    assert product_timing(torch.int8, 64) is None


def test_the_roof() -> None:
    one = Machine(2, 10e9, {"float32": 100e9}, None)
    assert one.roof(1, "float32") == 10e9
    assert one.roof(10, "float32") == 100e9
    assert one.roof(1000, "float32") == 100e9

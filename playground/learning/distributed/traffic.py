"""Counts bytes sent between processes, by the kernel's socket counters and by formula. Knows no strategy's code."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import sys
from pathlib import Path

from playground.learning.distributed.job import LAYERS, Job

# tcpi_bytes_sent of struct tcp_info, linux/tcp.h, since Linux 4.19.
BYTES_SENT_OFFSET = 200
FLOAT_BYTES = 4


def bytes_sent() -> int | None:
    """Returns the payload bytes sent by this process's TCP sockets, which is gloo's traffic; None if unavailable."""
    if sys.platform != "linux":
        return None
    total = 0
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if str(descriptor.readlink()).startswith("socket:"):
                count = _sent_by(int(descriptor.name))
                if count is None:
                    return None
                total += count
    return total


def _sent_by(descriptor: int) -> int | None:
    """Returns a socket's sent bytes; 0 if it isn't TCP, None if the kernel's struct is too short."""
    with socket.socket(fileno=os.dup(descriptor)) as copy:
        if copy.family not in (socket.AF_INET, socket.AF_INET6) or copy.type != socket.SOCK_STREAM:
            return 0
        info = copy.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    if len(info) < BYTES_SENT_OFFSET + 8:
        return None
    return int(struct.unpack_from("=Q", info, BYTES_SENT_OFFSET)[0])


def all_reduce_bytes(size: float, processes: int) -> float:
    """Returns the bytes each process sends in a ring all-reduce of `size` bytes: 2(n−1)/n of it. Patarasuk and Yuan, 2009."""
    return 2 * (processes - 1) / processes * size


def gather_bytes(size: float, processes: int) -> float:
    """Returns the bytes each process sends in an all-gather or reduce-scatter of `size` bytes in total: (n−1)/n of it."""
    return (processes - 1) / processes * size


def expected_bytes(job: Job, parameters: int, block_parameters: int, rank: int) -> float:
    """Returns the bytes that a process sends in one step, by formula. `block_parameters`: without embedding and head.

    DDP: one all-reduce of the gradients. FSDP: an all-gather of the weights for forward, another for backward if they were
    freed, a reduce-scatter of the gradients (Rajbhandari 2020, section 7). Tensor parallel: two all-reduces of the states
    per layer in forward and two in backward (Shoeybi 2019, figure 4). Pipeline: the states once to the next process,
    their gradients once to the previous one.
    """
    states = job.batch * job.context * job.hidden * FLOAT_BYTES
    weights = parameters * FLOAT_BYTES
    if job.strategy == "ddp":
        return all_reduce_bytes(weights, job.processes) if job.exchange else 0.0
    if job.strategy == "fsdp":
        gathered_again = block_parameters * FLOAT_BYTES if job.reshard else 0
        return gather_bytes(weights + gathered_again + weights, job.processes)
    if job.strategy == "tensor":
        return 4 * LAYERS * all_reduce_bytes(states, job.processes)
    return float(states * ((rank < job.processes - 1) + (rank > 0)))

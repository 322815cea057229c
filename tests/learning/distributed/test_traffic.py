"""The kernel's count against bytes actually sent; the formulas against counted messages."""

from __future__ import annotations

import dataclasses
import socket
import sys

import pytest

from playground.learning.distributed.job import LAYERS, STRATEGIES, Job
from playground.learning.distributed.traffic import all_reduce_bytes, bytes_sent, expected_bytes, gather_bytes


@pytest.mark.skipif(sys.platform != "linux", reason="Linux counts the bytes of a connection")
def test_what_a_socket_sends_is_counted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        other, _ = server.accept()
        with other:
            before = bytes_sent()
            client.sendall(b"x" * 12_345)
            received = 0
            while received < 12_345:
                received += len(other.recv(65536))
            other.sendall(b"y" * 55)
            assert client.recv(100)
            after = bytes_sent()
    assert before is not None and after is not None
    assert after - before == 12_345 + 55


@pytest.mark.parametrize("processes", [1, 2, 3, 8])
def test_a_ring_counted_message_by_message(processes: int) -> None:
    size = 24 * 5 * 7
    chunk, sent, values = size // processes, [0] * processes, [[{rank}] * processes for rank in range(processes)]
    for step in range(processes - 1):  # reduce-scatter: a chunk is passed on and accumulated
        moving = [values[rank][(rank - step) % processes] for rank in range(processes)]
        for rank in range(processes):
            place = (rank - step) % processes
            to = (rank + 1) % processes
            values[to][place] = values[to][place] | moving[rank]
            sent[rank] += chunk
    halfway = list(sent)
    for step in range(processes - 1):  # all-gather: the sums are passed on
        moving = [values[rank][(rank + 1 - step) % processes] for rank in range(processes)]
        for rank in range(processes):
            values[(rank + 1) % processes][(rank + 1 - step) % processes] = moving[rank]
            sent[rank] += chunk
    assert all(one == set(range(processes)) for row in values for one in row), "everyone has everyone's sum"
    assert sent == [all_reduce_bytes(size, processes)] * processes
    assert halfway == [gather_bytes(size, processes)] * processes


def test_formulas_of_the_strategies_by_hand() -> None:
    job = Job(text="", processes=2, batch=16, context=32, hidden=96)
    states = 16 * 32 * 96 * 4
    assert expected_bytes(job, 1000, 800, 0) == 4000
    assert expected_bytes(dataclasses.replace(job, exchange=False), 1000, 800, 0) == 0
    sharded = dataclasses.replace(job, strategy="fsdp")
    assert expected_bytes(sharded, 1000, 800, 0) == (4000 + 3200 + 4000) / 2
    assert expected_bytes(dataclasses.replace(sharded, reshard=False), 1000, 800, 0) == (4000 + 4000) / 2
    assert expected_bytes(dataclasses.replace(job, strategy="tensor"), 1000, 800, 0) == 4 * LAYERS * states
    for rank in (0, 1):
        assert expected_bytes(dataclasses.replace(job, strategy="pipeline"), 1000, 800, rank) == states
    assert expected_bytes(dataclasses.replace(job, strategy="pipeline", processes=1), 1000, 800, 0) == 0


def test_only_what_sends_activations_sends_more_with_the_batch() -> None:
    sent = {
        strategy: [
            expected_bytes(Job(text="", processes=2, batch=batch, strategy=strategy), 1000, 800, 0) for batch in (8, 32)
        ]
        for strategy in STRATEGIES
    }
    for strategy, (small, large) in sent.items():
        assert (large == small) == (strategy in ("ddp", "fsdp")), strategy

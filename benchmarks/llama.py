"""Runs llama.cpp in a separate process: in ours, its threads and torch's compete for the cores, and both are twice as slow."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

THREADS = 2


class LlamaCpp:
    """llama.cpp, from a wheel built for generic x86-64, on the file from which our weights are converted."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self) -> None:
        """Generates one continuation; raises RuntimeError if the process has exited."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "done\n":
            raise RuntimeError("llama.cpp has ended")


@contextlib.contextmanager
def started(model: Path, prompt: str, tokens: int) -> Iterator[LlamaCpp]:
    """Starts llama.cpp, loads the model, and terminates it at the end of the block."""
    command = [sys.executable, "-m", "benchmarks.llama", str(model), prompt, str(tokens)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        peer = LlamaCpp(process)
        peer()  # the first call waits until the model is loaded
        yield peer
    finally:
        process.kill()
        process.wait()


def main(model: str, prompt: str, tokens: str) -> None:
    """Generates a continuation for each input line."""
    # llama.cpp also writes to standard output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = THREADS
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 1024, 1, True, -1
    server = xllamacpp.Server(params)
    request = {
        "prompt": prompt, "n_predict": int(tokens), "max_tokens": int(tokens), "temperature": 0, "ignore_eos": True,
        "cache_prompt": False,
    }  # fmt: skip
    for _ in sys.stdin:
        answer = server.handle_completions(request)
        assert answer["usage"]["completion_tokens"] == int(tokens), answer
        print("done", file=answers, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])

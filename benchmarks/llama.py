"""llama.cpp in a process of its own: in ours, its threads and torch's take turns on the same cores, and both lose by half."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

THREADS = 2


class LlamaCpp:
    """llama.cpp, built for any x86-64 processor as its wheel is, on the file that our weights come from."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self) -> None:
        """One continuation; raises RuntimeError where the process has ended."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "done\n":
            raise RuntimeError("llama.cpp has ended")


@contextlib.contextmanager
def started(model: Path, prompt: str, tokens: int) -> Iterator[LlamaCpp]:
    """llama.cpp with the model loaded, until the block ends."""
    command = [sys.executable, "-m", "benchmarks.llama", str(model), prompt, str(tokens)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        peer = LlamaCpp(process)
        peer()  # the first one waits until the model is loaded
        yield peer
    finally:
        process.kill()
        process.wait()


def main(model: str, prompt: str, tokens: str) -> None:
    """Continues the prompt for each line that comes in."""
    # llama.cpp writes to the standard output too.
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

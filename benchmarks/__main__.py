"""`python -m benchmarks [NAME…]` prints the tables; `--write` also writes them to benchmarks/README.md."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

NAMES = (
    "page",
    "interaction",
    "defaults",
    "estimates",
    "longest",
    "decoding",
    "growth",
    "compressing",
    "explaining",
    "memory",
    "load",
)
README = Path(__file__).parent / "README.md"
INTRODUCTION = """# Benchmarks

`make bench` measures again and renews this page. Contenders take turns in one run, a table gives medians; the ratios say more than
the times, which are those of one machine. Every peer does the same work on the same weights unless its name says otherwise.
"""


def machine() -> str:
    """Describes the processor, the number of cores and the relevant versions."""
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    libraries = ", ".join(
        f"{name} {version(name)}" for name in ("torch", "transformers", "gradio", "xllamacpp", "lime")
    )
    name = found.group(1) if found else platform.processor()
    return f"{datetime.datetime.now(datetime.UTC).date()} · {len(os.sched_getaffinity(0))} × {name} · Python {platform.python_version()} · {libraries}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    pages = [INTRODUCTION, machine() + "\n"]
    print(pages[1])
    failed = False
    for name in arguments.names:
        # Each in its own process: none inherits another's memory, threads or caches.
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], stdout=subprocess.PIPE, text=True, check=False
        )
        print(done.stdout, flush=True)
        failed |= done.returncode != 0
        pages.append(done.stdout)
    if arguments.write and not failed:
        README.write_text("\n".join(pages).rstrip() + "\n", encoding="utf-8")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

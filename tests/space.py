"""Starts a checkout as a Space does and asks for what its visitors do: `python -m tests.space CHECKOUT HOME LOG`, as root.

Started by `test_space.py` in namespaces of its own: a network without a way out, and mounts. Prints the answers as JSON.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

USER = 1000
PORT = 7860
# What the image of a Gradio Space sets, as far as it is known from public Dockerfiles, and what the Hub adds.
ENVIRONMENT = {
    "GRADIO_ALLOW_FLAGGING": "never", "GRADIO_NUM_PORTS": "1", "GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_THEME": "huggingface",
    "PYTHONUNBUFFERED": "1", "SYSTEM": "spaces", "SPACE_ID": "someone/playground", "SPACE_HOST": "someone-playground.hf.space",
    "SPACE_AUTHOR_NAME": "someone", "SPACE_REPO_NAME": "playground", "SPACE_TITLE": "LLM Interview Playground",
    "CPU_CORES": "2", "MEMORY": "16Gi", "ACCELERATOR": "none",
}  # fmt: skip
_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # SIOCSIFFLAGS; IFF_UP and IFF_RUNNING of linux/if.h


def loopback_up() -> None:
    """Turns on the loopback interface of a new network namespace."""
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sH14x", b"lo", _UP_AND_RUNNING))


def readable_python(folder: Path) -> dict[str, str]:
    """Mounts this Python and its packages where `USER` may read them, and returns the variables that it is started with.

    A Python in root's own home is hidden from other users.
    """
    base, packages = folder / "python", folder / "packages"
    for place, source in ((base, sys.base_prefix), (packages, sysconfig.get_path("purelib"))):
        place.mkdir()
        subprocess.run(["mount", "--bind", source, place], check=True)
    return {"PYTHONHOME": str(base), "PYTHONPATH": str(packages), "LD_LIBRARY_PATH": str(base / "lib")}


def has_a_way_out() -> bool:
    """Whether the machine's own network could carry a packet to an address outside (of TEST-NET-1, which nobody has)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside:
        try:
            outside.connect(("192.0.2.1", 9))  # looks up a route, sends nothing
        except OSError:
            return False
    return True


def ask(path: str, data: Any = None) -> tuple[int, str]:
    """Returns status and text of an answer; status 0 where nobody answers."""
    body = None if data is None else json.dumps(data).encode()
    asked = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def run(*arguments: Any) -> Any:
    """Runs a topic over the API and returns its answer."""
    _, asked = ask("/gradio_api/call/run", {"data": arguments})
    _, stream = ask(f"/gradio_api/call/run/{json.loads(asked)['event_id']}")
    return json.loads(stream.partition("event: complete\ndata: ")[2].split("\n")[0])[0]


def answers(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Asks for the page, waits for the model, runs a topic in both languages."""
    seen: dict[str, Any] = {"way_out": has_a_way_out(), "before_ready": 0}
    while (page := ask("/"))[0] != 200:
        if server.poll() is not None:
            return seen | {"ended": server.returncode}
        time.sleep(0.2)
    seen["page"], seen["english"], seen["health"] = page, ask("/en"), ask("/healthz")
    while (ready := ask("/readyz"))[0] != 200 and server.poll() is None:
        seen["before_ready"] = ready[0]
        time.sleep(0.5)
    seen["ready"] = ready
    seen["runs"] = {language: run("chinese", {}, language) for language in ("zh", "en")}
    return seen


def main() -> None:
    """Starts the app as `USER`, prints what it answers, and ends it."""
    checkout, home, log = map(Path, sys.argv[1:])
    loopback_up()
    python = readable_python(home.parent)
    own = {"HOME": str(home), "TMPDIR": str(home.parent / "tmp")}
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "OMP_NUM_THREADS") if name in os.environ}
    with log.open("wb") as out:
        server = subprocess.Popen(
            [f"{python['PYTHONHOME']}/bin/python3", "app.py"], cwd=checkout, stdout=out, stderr=out,
            env=kept | ENVIRONMENT | python | own, user=USER, group=USER, extra_groups=[],
        )  # fmt: skip
        try:
            sys.stdout.write(json.dumps(answers(server)))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()

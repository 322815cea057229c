"""Drives Debian's own Firefox by Marionette, the protocol that it speaks itself: Playwright drives a build of its own, or by WebDriver BiDi
a Firefox that knows more commands than the long-term one. Knows nothing of the page.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.servers import ended

FIREFOX = shutil.which("firefox-esr")
# Errors of scripts come to the log; nothing is asked for or sent by the browser itself.
PREFERENCES = {
    "marionette.port": 0,
    "browser.dom.window.dump.enabled": True,
    "app.update.auto": False,
    "browser.startup.homepage": "about:blank",
    "datareporting.policy.dataSubmissionEnabled": False,
    "services.settings.server": "data:,#no-server",
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.enabled": False,
    "ui.prefersReducedMotion": 1,
}
# Seconds until a browser on a busy machine has begun, or has done what it was asked.
LONGEST = 180
# Keys as WebDriver writes them.
ENTER, ESCAPE, CONTROL, RIGHT = "\ue007", "\ue00c", "\ue009", "\ue014"
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"


class Firefox:
    """A browser with one window. `log`: what it says."""

    def __init__(self, port: int, log: Path) -> None:
        self.log = log
        self._socket = socket.create_connection(("127.0.0.1", port), LONGEST)
        self._socket.settimeout(LONGEST)
        self._unread = b""
        self._number = 0
        self._read()
        self.ask("WebDriver:NewSession", capabilities={})

    def _read(self) -> Any:
        while b":" not in self._unread:
            self._unread += self._received()
        length, _, rest = self._unread.partition(b":")
        while len(rest) < int(length):
            rest += self._received()
        self._unread = rest[int(length) :]
        return json.loads(rest[: int(length)])

    def _received(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise RuntimeError("Firefox closed the connection")
        return chunk

    def close(self) -> None:
        """Closes the connection."""
        self._socket.close()

    def ask(self, command: str, **parameters: Any) -> Any:
        """Returns the answer to a command; raises RuntimeError for a refusal."""
        self._number += 1
        text = json.dumps([0, self._number, command, parameters]).encode()
        self._socket.sendall(str(len(text)).encode() + b":" + text)
        _, _, error, answer = self._read()
        if error:
            raise RuntimeError(f"{command}: {error['error']}: {error['message']}")
        return answer["value"] if isinstance(answer, dict) and set(answer) == {"value"} else answer

    def open(self, address: str) -> None:
        """Opens a page; returns once it is loaded."""
        self.ask("WebDriver:Navigate", url=address)

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        """Returns what a JavaScript expression is in the page; `arguments[…]` are the others."""
        return self.ask("WebDriver:ExecuteScript", script=f"return ({expression});", args=list(arguments), sandbox=None)

    def wait(self, expression: str, seconds: float = LONGEST) -> Any:
        """Returns the first true value of an expression."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = self.evaluate(expression)
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"never true: {expression}")

    def click(self, selector: str) -> None:
        """Clicks the first visible element of a selector, as a mouse does."""
        self.wait(f"[...document.querySelectorAll({json.dumps(selector)})].some(node => node.getClientRects().length)")
        found = self.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].find(node => node.getClientRects().length)"
        )
        self.ask("WebDriver:ElementClick", id=found[ELEMENT])

    def press(self, *keys: str) -> None:
        """Presses keys together: the first ones are held while the last is pressed."""
        down = [{"type": "keyDown", "value": key} for key in keys]
        up = [{"type": "keyUp", "value": key} for key in reversed(keys)]
        self._act({"type": "key", "id": "keyboard", "actions": down + up})

    def type(self, text: str) -> None:
        """Types a text where the keyboard is."""
        for letter in text:
            self.press(letter)

    def drag(self, *points: tuple[float, float]) -> None:
        """Moves the mouse from the first point to the last with its button down; points are pixels of the window."""
        moves = [
            {"type": "pointerMove", "x": round(x), "y": round(y), "duration": 20, "origin": "viewport"}
            for x, y in points
        ]
        pressed = [moves[0], {"type": "pointerDown", "button": 0}, *moves[1:], {"type": "pointerUp", "button": 0}]
        self._act({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": pressed})

    def _act(self, source: dict[str, Any]) -> None:
        self.ask("WebDriver:PerformActions", actions=[source])

    def errors(self) -> list[str]:
        """Returns what the pages' scripts have failed with so far."""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return [line for line in lines if re.match(r"JavaScript error: (?!resource:|chrome:)", line)]


@contextmanager
def firefox(folder: Path, width: int = 1440, height: int = 1000) -> Iterator[Firefox]:
    """Yields a Firefox with a fresh profile in a folder, without a display."""
    assert FIREFOX is not None
    profile = folder / "profile"
    profile.mkdir(parents=True)
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines), encoding="utf-8")
    log = folder / "firefox.log"
    size = [f"--width={width}", f"--height={height}"]
    with log.open("wb") as out:
        # A home that is somebody else's stops it.
        process = subprocess.Popen(
            [FIREFOX, "--marionette", "--headless", "--no-remote", "--profile", str(profile), *size],
            stdout=out, stderr=out, env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
        with ended(process), closing(Firefox(_port(profile, process, log), log)) as browser:
            yield browser


def _port(profile: Path, process: subprocess.Popen[bytes], log: Path) -> int:
    written = profile / "MarionetteActivePort"
    end = time.monotonic() + LONGEST
    while time.monotonic() < end and process.poll() is None:
        if written.exists() and written.read_text().strip():
            return int(written.read_text())
        time.sleep(0.1)
    raise RuntimeError(f"Firefox did not begin:\n{log.read_text(errors='replace')[-2000:]}")

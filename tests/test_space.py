"""The app on a Hugging Face Space: an unprivileged user, a checkout that can't be written, no network, a Space's variables."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.servers import ROOT
from tests.space import USER

# The Hub refuses others: https://huggingface.co/docs/hub/spaces-config-reference
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}
LONGEST_DESCRIPTION = 60
APART = ("unshare", "--net", "--mount")
# Changes nothing outside its namespaces.
REHEARSAL = (*APART, "mount", "--bind", "/usr", "/mnt")


def _why_not() -> str:
    """Returns what keeps this machine from standing in for a Space, "" if nothing does."""
    if os.geteuid() != 0:
        return "only root may start the app as another user in a network of its own"
    if shutil.which("unshare") is None or subprocess.run(REHEARSAL, check=False).returncode:
        return "this machine gives no namespaces"
    return ""


@pytest.fixture(scope="module")
def seen() -> Iterator[dict[str, Any]]:
    """What the app answered, with its log. The model's weights are converted as at a Space's first start."""
    if reason := _why_not():
        pytest.skip(reason)
    # pytest's own folders are root's alone.
    folder = Path(tempfile.mkdtemp(prefix="playground-space-"))
    try:
        checkout, home, log = folder / "app", folder / "home", folder / "log.txt"
        shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".*", "__pycache__", "tests"), symlinks=False)
        home.mkdir()
        for path in (folder, checkout, home, *checkout.rglob("*")):
            path.chmod(0o555 if path.is_dir() else 0o444)
        for writable in (home / ".cache", folder / "tmp"):
            writable.mkdir()
            os.chown(writable, USER, USER)
        command = [*APART, sys.executable, "-m", "tests.space", str(checkout), str(home), str(log)]
        found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
        written = [str(path.relative_to(folder)) for path in folder.rglob("*") if path.stat().st_uid == USER]
        yield json.loads(found) | {"log": log.read_text(errors="replace"), "written": written}
    finally:
        shutil.rmtree(folder)


@pytest.mark.model
def test_it_serves_and_computes(seen: dict[str, Any]) -> None:
    assert "ended" not in seen, seen["log"]
    assert seen["way_out"] is False, "the app could have asked other hosts: this shows nothing"
    assert (seen["page"][0], seen["english"][0]) == (200, 200)
    assert seen["health"] == [200, "ok"]
    assert seen["ready"] == [200, "ready"], seen["log"]
    assert seen["before_ready"] in (0, 503)
    assert re.search(r"\d", seen["runs"]["zh"]["verdict"]) and re.search(r"\d", seen["runs"]["en"]["verdict"]), seen[
        "runs"
    ]
    # Gradio's reloading for developers of a Space needs a package of the Hub's image, and says in a thread of its own that it lacks.
    lacking = seen["log"].count("`spaces` package is required")
    assert seen["log"].count("Traceback") == lacking == 1, seen["log"]


@pytest.mark.model
def test_it_writes_into_its_cache_alone(seen: dict[str, Any]) -> None:
    assert all(path.startswith(("home/.cache", "tmp")) for path in seen["written"]), seen["written"]
    assert any(path.endswith(".safetensors") for path in seen["written"])


def test_the_front_matter_is_what_the_hub_takes() -> None:
    front = yaml.safe_load((ROOT / "README.md").read_text(encoding="utf-8").split("---\n")[1])
    pins = dict(re.findall(r"^([\w-]+)==(\S+)$", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert front["sdk"] == "gradio" and front["sdk_version"] == pins["gradio"]
    assert (ROOT / front["app_file"]).is_file()
    assert isinstance(front["python_version"], str) and front["python_version"] == "3.11"
    assert {front["colorFrom"], front["colorTo"]} <= COLOURS
    assert len(front["short_description"]) <= LONGEST_DESCRIPTION

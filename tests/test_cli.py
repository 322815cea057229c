import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground import catalog, cli
from playground.desk import Desk
from playground.lab.bench import Bench
from playground.lab.cost import Work
from playground.lab.text import Language
from playground.results import ResultStore
from tests.fakes import NoModels, Result, Settings, make_topic
from tests.learning.distributed.test_processes import gone


@pytest.fixture(autouse=True)
def counting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fills the catalog with the counting topic and one whose lab has a bug; no models are loaded."""

    def broken(settings: Settings, bench: Bench) -> Iterator[Result]:
        yield Result()
        raise ZeroDivisionError

    def dear(settings: Settings) -> Work:
        return Work(seconds=10.0 * settings.times)

    topics = (
        make_topic(),
        make_topic(number=901, slug="broken", run=broken),
        make_topic(number=902, slug="dear", cost=dear),
    )
    monkeypatch.setattr(catalog, "_entries", lambda: tuple(catalog.Entry(topic, Path()) for topic in topics))
    desk = Desk(lambda progress: NoModels(), store=ResultStore(None, 0), identity=dict)  # type: ignore[arg-type,return-value]
    monkeypatch.setattr(catalog, "desk", lambda: desk)


def call(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = cli.main(arguments)
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out
    return code, captured.out, captured.err


def test_topics_lists_slugs_and_titles(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "topics", "--language", "en")
    assert code == 0 and "counting" in out and "Counting" in out


def test_topics_as_json_is_what_the_catalog_describes(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "topics", "--json")
    assert code == 0 and json.loads(out) == catalog.describe("zh")


def test_run_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(
        capsys,
        "run",
        "counting",
        "--set",
        "text=a=b",
        "--set",
        "times=3",
        "--set",
        "b.quantization=int4",
        "--language",
        "en",
        "--json",
    )
    data = json.loads(out)
    assert code == 0
    assert (data["settings"]["text"], data["settings"]["times"], data["settings"]["b"]["quantization"]) == (
        "a=b",
        3,
        "int4",
    )
    assert (data["findings"], data["verdict"]) == ({"count": 3}, "3 in all")
    assert set(data["result"]) == {"first", "counts"}
    assert data["language"] == "en"


def test_run_as_text_shows_titles_and_figures(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = call(capsys, "run", "counting", "--set", "text=天气", "--language", "zh")
    assert code == 0 and "计数" in out and "天气" in out and "4.00" in out
    assert out.splitlines()[0] == "共 2 个", "the verdict comes first"
    assert "count" in out.splitlines()[-1], "the findings last, by name"
    assert "0 个词元" in err and "记住的结果" not in err


def test_a_second_run_is_remembered_and_says_when_it_was_computed(capsys: pytest.CaptureFixture[str]) -> None:
    _, first, _ = call(capsys, "run", "counting")
    _, second, err = call(capsys, "run", "counting")
    assert second == first
    assert "记住的结果" in err and cli.moment(time.time())[:13] in err
    _, again, err = call(capsys, "run", "counting", "--no-cache")
    assert again == first and "记住的结果" not in err


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("run", "counting", "--set", "times=10"), "times"),
        (("run", "counting", "--set", "times=two"), "times"),
        (("run", "counting", "--set", "share=nan"), "share"),
        (("run", "counting", "--set", "b.quantization=int3"), "b.quantization"),
        (("run", "counting", "--set", "loud=perhaps"), "loud"),
        (("run", "counting", "--set", "text="), "text"),
        (("run", "counting", "--set", "text=" + "字" * 51), "text"),
        (("run", "counting", "--set", "colour=red"), "colour"),
        (("run", "counting", "--set", "times"), "set"),
        (("run", "counting", "--set", "=3"), "set"),
        (("run", "nothing"), "topic"),
        (("run", "../../etc"), "topic"),
        (("run", "counting", "--language", "fr"), "language"),
        (("topics", "--language", "fr"), "language"),
        (("run", "counting", "--colour", "red"), "command"),
        (("run", "counting", "--lang", "en"), "command"),
        (("run",), "command"),
        (("fly",), "command"),
        ((), "command"),
    ],
)
def test_a_bad_request_exits_with_2_and_one_line_of_json(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], field: str
) -> None:
    code, out, err = call(capsys, *arguments, "--json")
    assert (code, err) == (2, "")
    error = json.loads(out)["error"]
    assert set(error) == {"field", "message"} and error["field"] == field and error["message"]
    code, out, err = call(capsys, *arguments)
    assert (code, out) == (2, "") and err.startswith(field)


@pytest.mark.parametrize(("language", "word"), [(Language.ZH, "次数"), (Language.EN, "Times")])
@pytest.mark.parametrize("spelling", [("--language", "{}"), ("--language={}",)])
def test_messages_are_in_the_language_asked(
    capsys: pytest.CaptureFixture[str], language: Language, word: str, spelling: tuple[str, ...]
) -> None:
    _, out, _ = call(
        capsys, "run", "counting", "--set", "times=0", "--json", *(part.format(language) for part in spelling)
    )
    assert word in json.loads(out)["error"]["message"]


def test_a_run_that_would_take_too_long_is_refused_by_field(capsys: pytest.CaptureFixture[str]) -> None:
    assert call(capsys, "run", "dear", "--set", "times=6", "--json")[0] == 0
    for language, advice in (("en", "take 6 at most"), ("zh", "改成最多 6")):
        code, out, _ = call(capsys, "run", "dear", "--set", "times=8", "--json", "--language", language)
        error = json.loads(out)["error"]
        assert (code, error["field"]) == (2, "times")
        assert advice in error["message"]


def test_a_bug_exits_with_1_and_its_traceback_stays_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = call(capsys, "run", "broken", "--json")
    error = json.loads(out)["error"]
    assert code == 1 and error["field"] == "" and "ZeroDivision" not in error["message"]


@pytest.mark.parametrize("arguments", [("topics", "--json"), ("run", "no-such-topic", "--json")])
def test_as_a_process(arguments: tuple[str, ...]) -> None:
    # A C locale and a byte on the command line that isn't UTF-8.
    done = subprocess.run(
        [sys.executable, "-m", "playground", *arguments, *([] if arguments[0] == "topics" else [b"--set", b"text=\xff"])],
        capture_output=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}, cwd=Path(__file__).parent.parent, check=False,
    )  # fmt: skip
    data = json.loads(done.stdout)
    assert b"Traceback" not in done.stderr
    if arguments[0] == "topics":
        assert done.returncode == 0 and isinstance(data, list)
    else:
        assert done.returncode == 2 and data["error"]["field"] == "topic"


@pytest.mark.parametrize("debug", [False, True])
def test_where_an_internal_error_came_from_is_told_only_when_asked(debug: bool) -> None:
    code = (
        "import sys; from pathlib import Path; from playground import catalog, cli; from tests.fakes import make_topic\n"
        "from playground.desk import Desk\n"
        "catalog.desk = lambda: Desk(lambda progress: None)\n"
        "topic = make_topic(run=lambda settings, bench: iter([1 / 0]))\n"
        "catalog._entries = lambda: (catalog.Entry(topic, Path()),)\n"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "run", "counting", *(["--debug"] if debug else [])],
        capture_output=True, text=True, cwd=Path(__file__).parent.parent, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert ("ZeroDivisionError: division by zero" in done.stderr) is debug
    assert "编号" in done.stderr


# A lab whose processes heed nothing but being killed; it says which they are.
INTERRUPTED = """
import runpy, sys
from pathlib import Path
from playground import catalog
from playground.desk import Desk
from playground.learning.distributed.processes import run_module
from tests.fakes import NoModels, Result, make_topic

def train(settings, bench):
    yield Result()
    for report in run_module("tests.learning.distributed.misbehaving", {"how": "hang"}, bench.checkpoint):
        print(*report["pids"], flush=True)

topic = make_topic(run=train)
catalog._entries = lambda: (catalog.Entry(topic, Path()),)
catalog.desk = lambda: Desk(lambda progress: NoModels())
sys.argv = ["playground", "run", "counting"]
runpy.run_module("playground", run_name="__main__")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_control_c_ends_a_run_within_a_second_and_leaves_no_process() -> None:
    laps: list[float] = []
    while not laps or (min(laps) >= 1 and len(laps) < 3):  # a busy machine takes its time
        process = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTED], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=Path(__file__).parent.parent, start_new_session=True,
        )  # fmt: skip
        assert process.stdout is not None
        children = [int(pid) for pid in process.stdout.readline().split()]
        start = time.monotonic()
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=60)
        laps.append(time.monotonic() - start)
        assert (process.returncode, out, errors) == (130, "", "")
        assert len(children) == 2 and gone(children)
    assert min(laps) < 1

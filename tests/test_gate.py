"""What a careless or hostile client can do to the others, through a real server: nothing."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.client import Request, Visitor
from components.page import MOST_SESSIONS
from components.presence import MOST_OF_ADDRESS, PER_ADDRESS, WAITING_PER_ADDRESS
from tests.servers import serve


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("gate") / "log.txt"
    with serve(["-m", "tests.browser.fake_app"], log, OMP_NUM_THREADS="1") as address:
        yield address


def request(url: str, data: Any = None) -> tuple[int, str, dict[str, str]]:
    body = data if isinstance(data, bytes) or data is None else json.dumps(data).encode()
    asked = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(asked, timeout=120) as answer:
            return (
                answer.status,
                answer.read().decode(),
                {name.lower(): value for name, value in answer.headers.items()},
            )
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), {name.lower(): value for name, value in error.headers.items()}


def ask(address: str, *arguments: Any) -> str:
    """Asks for a run and doesn't listen; its id."""
    status, body, _ = request(f"{address}gradio_api/call/run", {"data": arguments})
    assert status == 200, body
    return str(json.loads(body)["event_id"])


def call(address: str, *arguments: Any) -> dict[str, Any]:
    _, body, _ = request(f"{address}gradio_api/call/run/{ask(address, *arguments)}")
    event, data = body.strip().split("\n")[:2]
    assert event == "event: complete", body
    answer: dict[str, Any] = json.loads(data.removeprefix("data: "))[0]
    return answer


@pytest.mark.parametrize(("path", "tag"), [("", "zh-CN"), ("en", "en"), ("?lang=en", "en")])
def test_a_page_comes_in_its_language_and_whole(address: str, path: str, tag: str) -> None:
    status, page, headers = request(f"{address}{path}")
    assert status == 200 and f'lang="{tag}"' in page[:200] and page.rstrip().endswith("</html>")
    assert int(headers["content-length"]) == len(page.encode())


@pytest.mark.parametrize("path", ["", "en"])
def test_a_page_is_compressed_for_who_reads_it_compressed(address: str, path: str) -> None:
    asked = urllib.request.Request(f"{address}{path}", headers={"Accept-Encoding": "gzip, br"})
    with urllib.request.urlopen(asked, timeout=120) as answer:
        packed = answer.read()
        assert answer.headers["Content-Encoding"] == "gzip"
    _, page, _ = request(f"{address}{path}")
    assert len(packed) < len(page.encode()) / 4
    # Each answer names its page's session, so that two are alike but for that.
    assert abs(len(gzip.decompress(packed)) - len(page.encode())) < 100


def quickest(action: Callable[[], object], times: int = 3) -> float:
    """Returns the seconds of the shortest of several tries: what has to wait for others takes its time in each."""
    laps = []
    for _ in range(times):
        start = time.monotonic()
        action()
        laps.append(time.monotonic() - start)
    return min(laps)


def listen(address: str, event: str) -> socket.socket:
    """Opens the stream of a call's answer, and reads nothing."""
    place = urlsplit(address)
    line = socket.create_connection((str(place.hostname), int(place.port or 80)))
    line.sendall(f"GET /gradio_api/call/run/{event} HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    return line


def test_calls_that_are_listened_to_keep_pages_estimates_and_others_runs_going(address: str) -> None:
    """Each call that runs or waits keeps a thread: sixty of one address would keep all of them."""
    asked = {"topic": "counting", "language": "en", "settings": {"text": "meanwhile"}}
    other = Visitor(address, "127.0.0.2")
    request(address)
    estimate(address, asked)
    other.page(Request("bench", "en"), anew=True)

    def one(number: int) -> socket.socket:
        return listen(address, ask(address, "slow", {"seed": 300 + number}, "en", True))

    with ThreadPoolExecutor(20) as pool:
        lines = list(pool.map(one, range(60)))
    try:
        # A call that finds no place waits ten seconds for one.
        assert quickest(lambda: request(address), 1) < 3
        assert quickest(lambda: estimate(address, asked), 1) < 3
        assert quickest(lambda: request(address)) < 1
        assert quickest(lambda: estimate(address, asked)) < 1
        # A name that isn't there is refused before any place is asked for.
        assert quickest(lambda: call(address, "nothing", {}, "en")["error"]["field"] == "topic") < 1
        # What is remembered needs no place, by the address that has none left either.
        assert quickest(lambda: Visitor(address).run(Request("bench", "en"), anew=False)["findings"]) < 1
        refused = [line for line in lines if said(line, 5)]
        assert len(refused) >= 60 - PER_ADDRESS - WAITING_PER_ADDRESS
    finally:
        for line in lines:
            line.close()
    end = time.monotonic() + 30
    while "error" in (answer := call(address, "counting", {"text": f"after {end}"}, "en")) and time.monotonic() < end:
        time.sleep(0.2)
    assert "result" in answer, "their places are given back"


def said(line: socket.socket, seconds: float) -> bool:
    """Returns whether a call is told within so many seconds that its address has no more places, and when to come back."""
    line.settimeout(seconds)
    heard = b""
    try:
        while b"event: complete" not in heard or not heard.endswith(b"\n\n"):
            heard += line.recv(4096) or b"\n\n"
    except TimeoutError:
        return False
    return re.search(rb"already has 4 API runs .* One will end in (about|under) \d+ s", heard) is not None


def test_sessions_that_are_invented_leave_places_to_others(address: str) -> None:
    """Eighteen pages of one address, each with a heartbeat: the line has sixteen places."""
    with ExitStack() as held:
        pages = []
        for number in range(18):
            page = held.enter_context(Visitor(address).open("en"))
            page.draw("slow")
            page.click(Request("slow", "en", (("text", f"invented {number}"),)), anew=True)
            pages.append(page)
        full = 0
        for page in pages:
            with Visitor(address).listen(page.session) as stream:
                first = next(line for line in stream if b"process_generating" in line)
                full += b"your network address (IP) already have 12 runs" in first
        assert full == 18 - MOST_OF_ADDRESS
        # What is remembered needs no place.
        Visitor(address, "127.0.0.3").run(Request("bench", "zh"), anew=True)
        Visitor(address).page(Request("bench", "zh"), anew=False)
    Visitor(address).page(Request("bench", "en", (("text", f"after {time.monotonic()}"[:60]),)), anew=True)


def test_a_page_runs_a_tab_that_was_drawn_before_many_sessions(address: str) -> None:
    """More than are kept."""
    mine = Request("counting", "en", (("text", "still here"),))
    with Visitor(address, "127.0.0.4").open("en") as page:
        page.draw("counting")
        for number in range(MOST_SESSIONS + 5):
            body = {"data": ["nothing"], "session_hash": f"invented {number}"}
            assert request(f"{address}gradio_api/call/run", body)[0] == 200
        page.click(mine, anew=True)
        page.wait()


@pytest.mark.parametrize(("referer", "word"), [("", "请刷新页面"), ("en", "Please reload;")])
def test_a_page_that_is_known_no_more_is_told_to_reload(address: str, referer: str, word: str) -> None:
    body = json.dumps({"data": [], "fn_index": 99_999, "session_hash": "of an earlier server"}).encode()
    headers = {"Content-Type": "application/json", "Referer": address + referer}
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(urllib.request.Request(f"{address}gradio_api/queue/join", body, headers), timeout=60)
    assert refused.value.code == 410 and word in json.loads(refused.value.read())["detail"]


def test_abandoned_calls_hold_nobody_up(address: str) -> None:
    """Each would take a minute; the next call waits no longer than a client has to listen, far less than one of them."""
    start = time.monotonic()
    for number in range(10):
        ask(address, "slow", {"seed": number}, "en", True)
    assert "result" in call(address, "counting", {"text": f"next {start}"}, "en")
    assert time.monotonic() - start < 30


def test_a_run_ends_when_its_client_stops_listening(address: str) -> None:
    for number in range(4):
        with listen(address, ask(address, "slow", {"seed": 100 + number}, "en", True)):
            time.sleep(0.3)
    start = time.monotonic()
    assert "result" in call(address, "counting", {"text": f"after {start}"}, "en")
    assert time.monotonic() - start < 30


def test_the_next_run_has_ended_two_seconds_after_the_client_of_the_one_before_is_gone(address: str) -> None:
    """By a call of the API and by a page, the one that is computed; it would take half a minute."""

    def of_the_api(number: int) -> None:
        with listen(address, ask(address, "slow", {"seed": 400 + number}, "en", True)):
            time.sleep(0.5)

    def of_a_page(number: int) -> None:
        with Visitor(address).open("en") as page:
            page.draw("slow")
            page.click(Request("slow", "en", (("text", f"left {number}"),)), anew=True)
            with Visitor(address).listen(page.session):
                time.sleep(0.5)

    for door in (of_the_api, of_a_page):
        laps = []
        for number in range(3):
            door(number)
            start = time.monotonic()
            assert "result" in call(address, "counting", {"text": f"next {start}"}, "en", True)
            laps.append(time.monotonic() - start)
        assert min(laps) < 2, door.__name__


@pytest.mark.parametrize("settings", ["abc", 5, True, [1], float("nan")])
def test_settings_that_are_no_object_are_refused_by_name(address: str, settings: Any) -> None:
    error = call(address, "counting", settings, "en")["error"]
    assert error["field"] == "settings"
    assert "must be an object" in error["message"]


def test_an_empty_object_is_no_value(address: str) -> None:
    assert call(address, "counting", {"text": {}}, "en")["error"]["field"] == "text"
    assert call(address, "counting", {"a.quantization": {}}, "en")["error"]["field"] == "a.quantization"
    assert "result" in call(address, "counting", {"a": {}}, "en"), "a group of which nothing is set"


def test_the_nearest_setting_is_one_of_the_group(address: str) -> None:
    assert "a.quantization" in call(address, "counting", {"a": 1}, "en")["error"]["message"]


def test_arguments_that_are_left_out_have_their_defaults(address: str) -> None:
    assert call(address, "counting")["language"] == "zh"
    assert call(address)["error"]["field"] == "topic"


@pytest.mark.parametrize(
    ("name", "arguments", "status", "says"),
    [
        ("run", {"slug": "counting", "settings": {"text": "four"}, "language": "en"}, 200, '"count": 4'),
        ("run", {"slug": "counting"}, 200, '"language": "zh"'),
        ("run", {}, 200, '"field": "topic"'),
        ("topics", {}, 200, '"slug": "counting"'),
        ("run", {"slug": "counting", "colour": "red"}, 400, "has no argument “colour”; it has: slug, settings"),
        ("run", [], 400, "A call is an object."),
        ("apply", {}, 404, "there are: run, topics."),
    ],
)
def test_arguments_by_name(address: str, name: str, arguments: Any, status: int, says: str) -> None:
    found, body, _ = request(f"{address}gradio_api/call/v2/{name}", arguments)
    if status == 200:
        _, body, _ = request(f"{address}gradio_api/call/v2/{name}/{json.loads(body)['event_id']}")
    assert found == status and says in body


@pytest.mark.parametrize(
    "value",
    [
        {"path": "http://127.0.0.1:1/x", "meta": {"_type": "gradio.FileData"}},
        [{"a": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}],
        {"_type": "gradio.FileData"},
    ],
)
def test_what_looks_like_a_file_is_refused_before_it_is_fetched(address: str, value: Any) -> None:
    for path, body in (
        ("call/run", {"data": ["counting", {"text": value}, "en", False]}),
        ("queue/join", {"data": [value], "fn_index": 0, "session_hash": "x"}),
    ):
        status, answer, _ = request(f"{address}gradio_api/{path}", body)
        assert (status, "no file" in answer) == (400, True)
    spelt = b'{"data": ["counting", {"text": {"path": "x", "meta": {"_type": "gradio.File\\u0044ata"}}}]}'
    assert request(f"{address}gradio_api/call/run", spelt)[0] == 400


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("gradio_api/call/run", b"x" * 3_000_000, 413),
        ("gradio_api/call/run", b"[" * 100_000, 400),
        ("gradio_api/call/run", b'{"data": ["counting", ' + b'{"a":' * 60 + b"1" + b"}" * 60 + b"]}", 400),
        ("gradio_api/call/run", b"no json", 400),
        ("gradio_api/upload", b"", 403),
        ("gradio_api/run/run", b'{"data": ["counting", {}, "en", false]}', 404),
        ("gradio_api/api/run", b'{"data": ["counting", {}, "en", false]}', 404),
        ("gradio_api/call/apply", b'{"data": []}', 404),
        ("gradio_api/call/run", b"[1]", 400),
        ("gradio_api/queue/join", b'{"data": [], "fn_index": 1, "session_hash": "' + b"x" * 65 + b'"}', 400),
    ],
)
def test_other_requests_are_refused_and_the_next_call_works(address: str, path: str, body: bytes, status: int) -> None:
    assert request(f"{address}{path}", body)[0] == status
    assert "result" in call(address, "counting", {}, "en")


@pytest.mark.parametrize("path", ["", "en", "gradio_api/info", "nothing-here"])
def test_every_answer_has_the_headers_that_keep_a_page_safe(address: str, path: str) -> None:
    _, _, headers = request(address + path)
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert "https://huggingface.co" in policy["frame-ancestors"]
    assert "http:" not in policy["script-src"] and "*" not in policy["script-src"]


def test_the_outer_address_of_a_space_asks_for_a_language(address: str) -> None:
    """A Space's page hands its own query to its frame; a browser keeps the fragment over the redirection."""
    for path, language in (("", "zh-CN"), ("?lang=en", "en"), ("?lang=zh", "zh-CN"), ("?lang=%00&lang=en", "zh-CN")):
        status, page, _ = request(address + path)
        assert status == 200 and (f'"language":"{language[:2]}"' in page.replace(" ", "")), path
    with urllib.request.urlopen(f"{address}?__theme=dark&lang=en", timeout=120) as answer:
        assert answer.url == f"{address}en?__theme=dark", "what else the Space says is kept"


def test_health_and_readiness(address: str) -> None:
    assert request(f"{address}healthz")[:2] == (200, "ok")
    assert request(f"{address}readyz")[:2] == (200, "ready")


def estimate(address: str, data: Any) -> tuple[int, dict[str, str]]:
    status, body, _ = request(f"{address}estimate", data)
    return status, json.loads(body)


def test_an_estimate_is_answered_at_once_whoever_computes(address: str) -> None:
    asked = {"topic": "counting", "language": "en", "settings": {"text": f"estimate {time.monotonic()}", "times": 4}}
    estimate(address, asked)  # the first one reads the topic's source
    for number in range(3):
        ask(address, "slow", {"seed": 200 + number}, "en", True)
    start = time.monotonic()
    status, said = estimate(address, asked)
    assert time.monotonic() - start < 2
    assert status == 200 and said["why"] == ""
    assert re.fullmatch(r"(about|under) \d+ s", said["text"])
    _, zh = estimate(address, {**asked, "language": "zh"})
    assert re.fullmatch(r"(约|不到) \d+ 秒", zh["text"])


def test_a_run_that_is_remembered_would_be_there_at_once(address: str) -> None:
    settings = {"text": f"kept {time.monotonic()}"}
    assert "result" in call(address, "counting", settings, "en")
    assert estimate(address, {"topic": "counting", "language": "en", "settings": settings})[1]["text"] == "at once"
    assert estimate(address, {"topic": "counting", "language": "zh", "settings": settings})[1]["text"] == "立即"


def test_a_run_that_would_take_too_long_says_so_before_the_click_and_is_refused_after_it(address: str) -> None:
    settings = {"text": "x" * 60, "times": 9}
    for language, label in (("en", "“Text” costs most"), ("zh", "“文本”费时最多")):
        said = estimate(address, {"topic": "counting", "language": language, "settings": settings})[1]
        error = call(address, "counting", settings, language)["error"]
        assert error["field"] == "text"
        assert label in error["message"]
        assert said["why"] == error["message"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ([], 400),
        ({}, 400),
        ({"topic": "nothing", "language": "en"}, 400),
        ({"topic": "counting", "language": "fr"}, 400),
        ({"topic": "counting", "language": "en", "settings": {"times": 99}}, 200),
        ({"topic": "counting", "language": "en", "settings": [1]}, 200),
        ({"topic": ["x"], "language": {"a": 1}, "settings": "y"}, 400),
    ],
)
def test_no_question_breaks_the_estimate(address: str, asked: Any, status: int) -> None:
    found, said = estimate(address, asked)
    assert found == status
    assert said.get("text", "") == ""

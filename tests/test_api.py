"""The public HTTP endpoints through a real server, as `gradio_client` calls them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from tests.servers import serve


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serves the page with small topics that need no model; yields its address."""
    log = tmp_path_factory.mktemp("api") / "log.txt"
    with serve(["-m", "tests.browser.fake_app"], log, OMP_NUM_THREADS="1") as address:
        yield address


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    return Client(address, verbose=False, analytics_enabled=False)


def run(client: Client, slug: str, settings: Any, language: str = "zh") -> dict[str, Any]:
    answer = client.predict(slug, settings, language, api_name="/run")
    json.dumps(answer)
    return answer  # type: ignore[no-any-return]


def test_run_and_topics_are_all_there_is(client: Client) -> None:
    described: Any = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {"/run", "/topics"}
    assert described["unnamed_endpoints"] == {}
    parameters = [parameter["parameter_name"] for parameter in described["named_endpoints"]["/run"]["parameters"]]
    assert parameters == ["slug", "settings", "language", "anew"]


def test_private_endpoints_cannot_be_called(client: Client) -> None:
    callable_ones = {endpoint.api_name for endpoint in client.endpoints.values() if endpoint.is_valid}
    assert callable_ones == {"/run", "/topics"}


def test_topics_lists_every_setting_with_its_bounds(client: Client) -> None:
    listed = client.predict("en", api_name="/topics")
    assert [topic["slug"] for topic in listed] == ["bench", "counting", "slow", "broken"]
    settings = {setting["name"]: setting for setting in listed[1]["settings"]}
    assert settings["times"] == {
        "name": "times",
        "label": "Times",
        "default": 2,
        "type": "integer",
        "low": 1,
        "high": 9,
    }
    assert settings["b.quantization"]["default"] == "int8"


def test_a_run_answers_with_the_whole(client: Client) -> None:
    answer = run(client, "counting", {"text": "四个汉字", "b": {"quantization": "int4"}, "times": 3}, "zh")
    assert answer.keys() == {"topic", "language", "settings", "verdict", "findings", "result", "cost", "computed"}
    assert (answer["topic"], answer["language"]) == ("counting", "zh")
    assert answer["settings"]["b"]["quantization"] == "int4"
    assert answer["settings"]["seed"] == 0
    assert answer["findings"] == {"count": 4}
    assert answer["verdict"] == "共 4 个字"
    assert answer["result"]["counts"]["kind"] == "side_by_side"
    assert "findings" not in answer["result"]
    assert answer["cost"].keys() == {"seconds", "forward_passes", "tokens"}


def test_the_same_call_is_remembered_unless_it_is_asked_for_anew(client: Client) -> None:
    asked = {"text": "twice"}
    first, second = run(client, "counting", asked), run(client, "counting", asked)
    assert second == first, "the time when it was computed included"
    client.predict("counting", asked, "zh", True, api_name="/run")
    third = run(client, "counting", asked)
    assert {**third, "computed": "", "cost": {}} == {**first, "computed": "", "cost": {}}
    assert third["cost"] != first["cost"] or third["computed"] != first["computed"]


def test_what_is_left_out_has_the_default_of_the_language(client: Client) -> None:
    assert run(client, "counting", {}, "en")["settings"]["text"] == "Fine weather"
    assert run(client, "counting", None, "zh")["settings"]["text"] == "今天天气很好"


@pytest.mark.parametrize(
    ("slug", "settings", "language", "field", "words"),
    [
        ("counting", {"times": 99}, "zh", "times", "应在 1 到 9 之间"),
        ("counting", {"times": 99}, "en", "times", "must be from 1 to 9"),
        ("counting", {"text": ""}, "zh", "text", "是空的"),
        ("counting", {"text": "x" * 61}, "en", "text", "the limit is 60"),
        ("counting", {"text": ["a"]}, "en", "text", "must be text"),
        ("counting", {"b": {"quantization": "float9"}}, "en", "b.quantization", "no option"),
        ("counting", {"nothing": 1}, "en", "nothing", "There is no setting"),
        ("no-such", {}, "en", "topic", "no topic"),
        ("../../etc/passwd", {}, "zh", "topic", "没有名为"),
        ("counting", {}, "fr", "language", "没有语言"),
    ],
)
def test_a_refusal_names_the_field(
    client: Client, slug: str, settings: Any, language: str, field: str, words: str
) -> None:
    answer = run(client, slug, settings, language)
    assert answer.keys() == {"error"}
    assert answer["error"]["field"] == field
    assert words in answer["error"]["message"]


def test_a_bug_gives_one_sentence_and_the_next_call_works(client: Client) -> None:
    answer = run(client, "broken", {}, "en")
    assert answer["error"]["field"] == ""
    assert "secret" not in json.dumps(answer)
    assert "result" in run(client, "counting", {}, "en")


def test_calls_at_the_same_time_get_their_own_numbers(address: str) -> None:
    found: dict[int, float] = {}

    def call(length: int) -> None:
        mine = Client(address, verbose=False, analytics_enabled=False)
        found[length] = run(mine, "counting", {"text": "x" * length})["findings"]["count"]

    threads = [threading.Thread(target=call, args=(length,)) for length in (1, 2, 3, 4, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == {length: length for length in (1, 2, 3, 4, 5)}


def test_the_page_says_nothing_of_the_servers_folders(address: str) -> None:
    import urllib.request

    with urllib.request.urlopen(address, timeout=20) as answer:
        assert str(Path.home()) not in answer.read().decode()

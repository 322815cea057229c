"""The page in the frame of a Space's own page, and in the frame of anybody else's.

The Hub's page shows a Space in a frame of another origin: it hands its own fragment to the frame when it loads, and takes what the
frame posts as {queryString, hash} into its own address (https://huggingface.co/docs/hub/spaces-handle-url-parameters). Here a page of
a few lines under the Hub's origin does the same.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Frame, Page, Route, expect

from tests.browser.conftest import watch

HUB = "https://huggingface.co/spaces/someone/playground"
ELSEWHERE = "https://elsewhere.example/"
# The page of the Hub, which alone may put {hash} and {queryString} of its frame into its address.
OUTER = """<!doctype html><title>outer</title><iframe id="space" style="width:1300px;height:900px" allow="local-network-access"></iframe><script>
const inner = "ADDRESS";
addEventListener("message", ({ origin, data }) => {
  if (origin !== new URL(inner).origin) return;
  const address = new URL(location);
  if (typeof data?.hash === "string") address.hash = data.hash;
  if (typeof data?.queryString === "string") address.search = data.queryString;
  history.replaceState(null, "", address);
});
document.getElementById("space").src = inner + location.search + location.hash;
</script>"""


@pytest.fixture
def outer(context: BrowserContext, fake_server: str) -> Iterator[Page]:
    """A page that frames the app; the app's own page is watched for errors."""

    def answer(route: Route) -> None:
        route.fulfill(body=OUTER.replace("ADDRESS", fake_server), content_type="text/html")

    hosts = (f"{HUB}*", f"{ELSEWHERE}*")
    for host in hosts:
        context.route(host, answer)
        # Chromium asks before a public page may load anything from this machine; a Space isn't on it.
        context.grant_permissions(["local-network-access"], origin=host.rstrip("*"))
    yield context.new_page()
    context.clear_permissions()
    for host in hosts:
        context.unroute(host)


def space(page: Page) -> Frame:
    """The app inside the frame, once its first topic can be run."""
    handle = page.wait_for_selector("#space")
    frame = handle.content_frame() if handle else None
    assert frame is not None
    return frame


def test_topic_and_settings_are_in_the_outer_address_and_come_back(outer: Page) -> None:
    watched = watch(outer)
    outer.goto(HUB)
    frame = space(outer)
    expect(frame.locator("#pg-run-bench .pg-run-button")).to_be_visible()
    frame.locator(".pg-rail-box").get_by_role("tab", name="计数").click()
    text = frame.locator("#pg-counting--text textarea")
    text.fill("你好 & #2")
    outer.wait_for_url(lambda url: "#counting?" in url and "%E4%BD%A0" in url)
    shared = outer.url
    assert shared.startswith(f"{HUB}#counting?")

    # Somebody else opens that address.
    outer.goto("about:blank")
    outer.goto(shared)
    frame = space(outer)
    expect(frame.locator("#pg-run-counting .pg-run-button")).to_be_visible()
    expect(frame.locator("#pg-counting--text textarea")).to_have_value("你好 & #2")
    frame.locator("#pg-run-counting .pg-run-button").click()
    expect(frame.locator("#pg-panel-counting-words")).to_contain_text("你好 & #2")
    assert [error for error in watched.errors if "favicon" not in error] == []


def test_the_language_is_in_the_outer_address_and_comes_back(outer: Page) -> None:
    outer.goto(f"{HUB}#counting")
    frame = space(outer)
    expect(frame.locator("#pg-run-counting .pg-run-button")).to_have_text("运行")
    frame.locator(".pg-language").click()
    outer.wait_for_url(f"{HUB}?lang=en#counting**")
    shared = outer.url

    outer.goto("about:blank")
    outer.goto(shared)
    frame = space(outer)
    expect(frame.locator("#pg-run-counting .pg-run-button")).to_have_text("Run")
    frame.locator(".pg-language").click()
    expect(frame.locator("#pg-run-counting .pg-run-button")).to_have_text("运行")
    outer.wait_for_url(lambda url: "lang=" not in url and "#counting" in url)


def test_no_other_page_may_frame_it(outer: Page) -> None:
    outer.goto(ELSEWHERE)
    with outer.expect_console_message(lambda message: "frame-ancestors" in message.text):
        outer.reload()
    assert space(outer).locator("#pg-run-bench").count() == 0

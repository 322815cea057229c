"""Keeps what Gradio has drawn for each open page, its session: so many at most, and none for calls over `/call`. Knows no topic and no route."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from copy import copy
from typing import Any

from gradio.state_holder import SessionState, StateHolder


class Sessions(StateHolder):
    """Sessions by name. A page's is opened by its first request and kept as long as there is room.

    Where there is none, Gradio drops the oldest, and a page whose tabs were drawn in it can't run them any more. Here an address that
    has more than half of all loses one of its own; else one that nobody listens by goes first, and of several one of the address that
    has most of them. `gradio_client` opens a session for each of its clients, as a page does. `listens`: whether somebody listens by a name.
    """

    def __init__(self, listens: Callable[[str], bool]) -> None:
        super().__init__()
        self._listens = listens
        self._addresses: dict[str, str] = {}
        self._pattern: SessionState | None = None

    def open(self, name: str, address: str) -> None:
        """Keeps the session of a page at an address from now on."""
        self._addresses.setdefault(name, address)
        if name not in self:
            self.session_data[name] = self._fresh()
        super().__getitem__(name)

    def lacks(self, name: str, index: Any) -> bool:
        """Returns whether an event, by Gradio's number, is neither in a session nor on every page: the tab was drawn in an earlier one."""
        events = self.session_data[name].blocks_config.fns if name in self else self.blocks.fns
        return isinstance(index, int) and index not in events

    def __getitem__(self, name: str) -> SessionState:
        """Returns a session; for a name that no page has, as each call over `/call` has one, a fresh one that isn't kept."""
        return super().__getitem__(name) if name in self else self._fresh()

    def update(self, name: str) -> None:
        """Makes a session the last that was used, and drops those beyond the capacity."""
        with self.lock:
            if name in self.session_data:
                self.session_data.move_to_end(name)
            while len(self.session_data) > self.capacity:
                dropped = self._first_to_go()
                del self.session_data[dropped]
                self.time_last_used.pop(dropped, None)
                self._addresses.pop(dropped, None)

    def _fresh(self) -> SessionState:
        """Returns a session in which nothing is drawn. Gradio's own begins with a description of every component of the page, which
        deep links alone read: it takes a tenth of a second and half a megabyte."""
        if self._pattern is None:
            self._pattern = SessionState(self.blocks)
        found = copy(self._pattern)
        found.blocks_config, found.config_values, found.state_data = copy(self.blocks.default_config), {}, {}
        found._state_ttl = {}
        return found

    def _first_to_go(self) -> str:
        # The newest has only just asked: its streams are still to come.
        *others, _ = self.session_data
        ((most, count),) = Counter(self._addresses[name] for name in others).most_common(1)
        if count > self.capacity / 2:
            # An open stream is cheap to invent: it saves no more than that.
            others = [name for name in others if self._addresses[name] == most]
        among = [name for name in others if not self._listens(name)] or others
        ((most, _),) = Counter(self._addresses[name] for name in among).most_common(1)
        return next(name for name in among if self._addresses[name] == most)

    def lifespan(self) -> Callable[[Any], AbstractAsyncContextManager[None]]:
        """Returns what puts these sessions in the place of Gradio's before the server answers its first request."""

        @asynccontextmanager
        async def start(app: Any) -> AsyncIterator[None]:
            self.set_blocks(app.get_blocks())
            app.state_holder = self
            yield

        return start

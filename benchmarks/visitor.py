"""A visitor of the app without a browser: opens the page, moves a lever, sees when the measures change.

It speaks with the server as the page does, through the notebook's websocket, so that many visitors cost little beside
the server that is measured.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

OPEN_SECONDS = 300
ASK_AGAIN_SECONDS = 20
MODEL = "IPY_MODEL_"


# What a widget shows is in one of these.
CONTENT = {"value", "outputs", "children"}


@dataclass(frozen=True)
class Change:
    """What the notebook told the page: when, about which model, and what has changed."""

    at: float
    model: str
    method: str
    state: dict[str, Any]


class NoAnswerError(Exception):
    """The measures did not change in time."""


class Visitor:
    """One page, open at ``address`` (token included)."""

    def __init__(self, address: str) -> None:
        self.base = address.split("?")[0]
        self.address = address
        self.cookies = ""
        self.kernel = ""
        self.session = uuid.uuid4().hex
        self.models: dict[str, dict[str, Any]] = {}
        self._socket: WebSocketClientConnection | None = None
        self._reader: asyncio.Task[None] | None = None
        self._come: asyncio.Queue[Change | None] = asyncio.Queue()

    async def open(self) -> None:
        """Load the page, which runs the notebook, and learn which widgets it has."""
        await self.load()
        await self.connect()
        control = uuid.uuid4().hex
        about = {"comm_id": control, "target_name": "jupyter.widget.control", "data": {}}
        await self.send("comm_open", about, {"version": "1.0.0"})
        async with asyncio.timeout(OPEN_SECONDS):
            while not self.models:
                await self.send("comm_msg", {"comm_id": control, "data": {"method": "request_states"}})
                with contextlib.suppress(TimeoutError):  # then ask again: the notebook may have been busy
                    async with asyncio.timeout(ASK_AGAIN_SECONDS):
                        await self.until(lambda change: change.method == "update_states")

    async def __aenter__(self) -> Visitor:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()

    async def load(self) -> None:
        """Load the page."""
        request = HTTPRequest(self.address, request_timeout=OPEN_SECONDS)
        answer = await AsyncHTTPClient(force_instance=True).fetch(request)
        self.cookies = "; ".join(cookie.split(";")[0] for cookie in answer.headers.get_list("Set-Cookie"))
        page = answer.body.decode()
        settings = re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, flags=re.DOTALL)
        if settings is None:
            raise NoAnswerError(f"{self.base} did not send the app's page")
        self.kernel = json.loads(settings[1])["kernelId"]

    async def connect(self) -> None:
        """Connect to the page's notebook."""
        where = urlsplit(self.base)
        url = f"ws://{where.netloc}{where.path}api/kernels/{self.kernel}/channels?session_id={self.session}"
        request = HTTPRequest(url, headers={"Cookie": self.cookies})
        self._socket = await websocket_connect(request, max_message_size=2**28)
        self._reader = asyncio.create_task(self._read())

    async def send(
        self, kind: str, content: dict[str, Any], metadata: dict[str, Any] | None = None, channel: str = "shell"
    ) -> None:
        """Send a message to the notebook."""
        assert self._socket is not None
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "username": "", "session": self.session}
        message = {"header": {**header, "version": "5.3"}, "parent_header": {}, "metadata": metadata or {}}
        await self._socket.write_message(json.dumps({**message, "content": content, "channel": channel}))

    async def _read(self) -> None:
        """Take in what the notebook sends, as long as the page is open."""
        assert self._socket is not None
        try:
            while (raw := await self._socket.read_message()) is not None:
                self._take(raw)
        finally:
            self._come.put_nowait(None)

    def _take(self, raw: str | bytes) -> None:
        if isinstance(raw, bytes):  # with data beside the message: the places of all parts come first
            parts, start = int.from_bytes(raw[:4], "big"), int.from_bytes(raw[4:8], "big")
            raw = raw[start : int.from_bytes(raw[8:12], "big") if parts > 1 else None].decode()
        message = json.loads(raw)
        content, kind = message["content"], message["header"]["msg_type"]
        data = content.get("data", {})
        if kind == "comm_open":
            self.models[content["comm_id"]] = dict(data.get("state", {}))
        elif kind == "comm_msg" and data.get("method") == "update_states":
            self.models |= {name: dict(one["state"]) for name, one in data["states"].items()}
        elif kind == "comm_msg" and data.get("method") == "update":
            self.models.setdefault(content["comm_id"], {}).update(data["state"])
        if kind == "comm_msg":
            change = Change(time.perf_counter(), content["comm_id"], data.get("method", ""), data.get("state", {}))
            self._come.put_nowait(change)

    async def until(self, good: Callable[[Change], bool]) -> Change:
        """Return the next change that is good."""
        while (change := await self._come.get()) is not None:
            if good(change):
                return change
        if self._reader is not None:
            await self._reader  # which says why, if it could not read on
        raise NoAnswerError("the connection was closed")

    def within(self, marked: str) -> list[str]:
        """Return the models that have the class ``marked``, and those shown inside them."""
        top = [name for name, state in self.models.items() if marked in state.get("_dom_classes", ())]
        if not top:
            raise NoAnswerError(f"the page shows nothing with the class {marked}")
        return list(dict.fromkeys(inner for name in top for inner in self._inside(name)))

    def _inside(self, name: str) -> Iterator[str]:
        yield name
        for child in self.models.get(name, {}).get("children", ()):
            yield from self._inside(child.removeprefix(MODEL))

    def lever(self, marked: str) -> str:
        """Return the model of the slider that has the class ``marked``, or stands inside what has it."""
        for name in self.within(marked):
            if {"value", "min", "max"} <= set(self.models[name]):
                return name
        raise NoAnswerError(f"what has the class {marked} holds no slider")

    async def move(self, lever: str, value: float, answer: list[str], seconds: float) -> float:
        """Move a lever, wait until one of the models in ``answer`` changes, and return the seconds that took."""
        while not self._come.empty():
            self._come.get_nowait()
        began = time.perf_counter()
        update = {"method": "update", "state": {"value": value}, "buffer_paths": []}
        await self.send("comm_msg", {"comm_id": lever, "data": update})
        async with asyncio.timeout(seconds):
            # The notebook repeats what it was told. What comes before that belongs to an earlier move.
            await self.until(
                lambda change: (
                    change.method == "echo_update" and change.model == lever and change.state.get("value") == value
                )
            )
            found = await self.until(lambda change: change.model in answer and bool(CONTENT & set(change.state)))
        return found.at - began

    async def leave(self, beacon: bool = True) -> None:
        """Close the page; without ``beacon`` as a laptop does that is shut."""
        if self._socket is not None and self._reader is not None:
            self._socket.close()
            await self._reader
            self._socket = None
        if beacon:
            url = f"{self.base}voila/api/shutdown/{self.kernel}"
            request = HTTPRequest(url, method="POST", body="", headers={"Cookie": self.cookies})
            await AsyncHTTPClient(force_instance=True).fetch(request)

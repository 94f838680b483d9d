"""The app lets in who has the token, gives each visitor a notebook of their own, and leaves nothing running."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from jupyter_server.auth.identity import IdentityProvider
from support import served
from tornado.httpclient import HTTPClientError

from benchmarks.visitor import Visitor
from sim.app.server import SETTINGS, App, title

NO_SUCH_KERNEL = "00000000-0000-4000-8000-000000000000"


class Refuse(urllib.request.HTTPRedirectHandler):
    """Redirections are answers here, not to be followed."""

    def redirect_request(self, *_):
        return None


def status(url, **more):
    """Return the code of the answer to a request, and the answer."""
    try:
        with urllib.request.build_opener(Refuse).open(urllib.request.Request(url, **more), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers.get("Location", "") + error.read().decode()


def eventually(true, seconds=60):
    """Wait until ``true()`` is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "it did not come to that"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def stand_in(tmp_path_factory):
    """A small notebook, with a picture beside it."""
    folder = tmp_path_factory.mktemp("stand-in")
    (folder / "plan.png").write_bytes(b"not for everyone")
    return served.notebook(folder / "a stand-in.ipynb", heading="How many <people>, when?")


@pytest.fixture(scope="module")
def app(stand_in, tmp_path_factory):
    """The stand-in, served; who is gone for three seconds loses the notebook (on a busy computer a page needs one)."""
    soon = ["--MappingKernelManager.cull_idle_timeout=3", "--MappingKernelManager.cull_interval=1"]
    with served.app(stand_in, tmp_path_factory.mktemp("app"), *soon) as running:
        yield running


def test_it_is_on_this_computer_only_and_makes_a_token_of_its_own(app):
    assert app.base.startswith("http://127.0.0.1:")
    token = app.address.split("?token=")[1]
    assert len(token) >= 40
    assert "Ctrl-C" in app.said()


@pytest.mark.parametrize("token", ["", "?token=", "?token=wrong"])
def test_nobody_gets_in_without_the_token(app, token):
    code, answer = status(app.base + token)
    assert code == 302
    assert answer.startswith("/login")
    before = len(app.kernels())
    code, page = status(app.base + "login" + token)
    assert code == 200
    assert "The token, please" in page
    assert len(app.kernels()) <= before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "api/kernels/{}"),
        ("DELETE", "api/kernels/{}"),
        ("POST", "api/kernels/{}/interrupt"),
        ("GET", "api/kernels/{}/channels"),
        ("POST", "voila/api/shutdown/{}"),
        ("GET", "voila/query/{}"),
        ("GET", "voila/files/plan.png"),
        ("GET", "voila/files/a%20stand-in.ipynb"),
        ("GET", "api/contents"),
    ],
)
def test_no_request_that_tells_or_does_something_is_answered_without_the_token(app, method, path):
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers = {**upgrade, "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="} if path.endswith(("channels", "}")) else {}
    data = b"" if method == "POST" else None
    code, answer = status(app.base + path.format(NO_SUCH_KERNEL), method=method, headers=headers, data=data)
    assert code in (302, 403, 404, 405), answer
    assert code != 302 or answer.startswith("/login")
    assert code != 404 or path == "api/contents"


def test_a_stranger_cannot_listen_to_a_visitor(app):
    async def both():
        stranger = Visitor(app.base)
        async with Visitor(app.address) as visitor:
            stranger.kernel = visitor.kernel
            with pytest.raises(HTTPClientError, match="403"):
                await stranger.connect()
            with pytest.raises(HTTPClientError, match="403"):
                await stranger.leave()
            await visitor.move(visitor.lever("studio-lever-agents"), 4, visitor.within("studio-measures"), 30)

    asyncio.run(both())


def test_a_visitor_moves_levers_and_runs_no_code(app, tmp_path):
    written = tmp_path / "written.txt"

    async def try_it():
        async with Visitor(app.address) as visitor:
            for channel in ("shell", "control"):
                code = f"open({str(written)!r}, 'w').close()"
                await visitor.send("execute_request", {"code": code, "silent": False}, channel=channel)
            # Both are in the queue before this one, and would have been done when it is answered.
            await visitor.move(visitor.lever("studio-lever-agents"), 3, visitor.within("studio-measures"), 30)

    asyncio.run(try_it())
    assert not written.exists()


def test_the_page_is_named_and_shows_no_code_and_fetches_nothing_from_elsewhere(app):
    code, page = status(app.address)
    assert code == 200
    assert "<title>How many &lt;people&gt;, when?</title>" in page
    assert "lever.observe" not in page
    assert "jsdelivr" not in page


def test_each_visitor_moves_a_lever_of_their_own(app):
    async def two():
        async with Visitor(app.address) as one, Visitor(app.address) as other:
            assert one.kernel != other.kernel
            answers = {}
            for visitor, value in ((one, 2), (other, 7)):
                shown = visitor.within("studio-measures")
                await visitor.move(visitor.lever("studio-lever-agents"), value, shown, 30)
                answers[visitor] = [visitor.models[name].get("value") for name in shown]
            assert answers == {one: ["<b>222</b>"], other: ["<b>777</b>"]}

    asyncio.run(two())


def alive(app, kernel):
    """Return whether a kernel runs, as the page itself asks."""
    token = app.address.split("?")[1]
    code, _ = status(f"{app.base}api/kernels/{kernel}?{token}")
    assert code in (200, 404)
    return code == 200


def test_who_closes_the_page_ends_the_kernel_at_once_and_who_is_cut_off_a_little_later(app):
    async def three():
        closes, cut_off, stays = (Visitor(app.address) for _ in range(3))
        for visitor in (stays, closes, cut_off):  # who stays has been idle for longest
            await visitor.open()
        await closes.leave()
        assert not alive(app, closes.kernel)
        await closes.leave()  # a second farewell, as some browsers send, is no error
        await cut_off.leave(beacon=False)
        await asyncio.to_thread(eventually, lambda: not alive(app, cut_off.kernel))
        assert alive(app, stays.kernel), "a page that is open keeps its kernel, however long nobody touches it"
        await stays.leave()

    asyncio.run(three())


def test_without_options_too_a_kernel_that_was_left_ends_and_one_that_is_looked_at_stays():
    culling = SETTINGS["MappingKernelManager"]
    assert 60 <= culling["cull_idle_timeout"] <= 3600
    assert culling["cull_interval"] <= culling["cull_idle_timeout"]
    assert not culling["cull_connected"]


def test_a_notebook_waits_for_the_next_visitor_and_is_not_culled(app):
    eventually(lambda: len(app.kernels()) == 1)
    (waiting,) = app.kernels()
    time.sleep(6)  # twice as long as a kernel that was left may live
    assert waiting in app.kernels()


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no Ctrl-C to one process")
def test_places_are_counted_and_ctrl_c_leaves_nothing_running(stand_in, tmp_path):
    async def come_and_go():
        first = Visitor(app.address)
        await first.open()
        code, page = await asyncio.to_thread(status, app.address)
        assert code == 503
        assert "All 1 places are taken" in page
        await first.leave()
        second = Visitor(app.address)
        await second.open()
        await second.leave(beacon=False)

    options = [
        "--visitors=1",
        "--token=known",
        "--Voila.base_url=/studio/",
    ]  # below a page of others, as behind a proxy
    with served.app(stand_in, tmp_path / "app", *options) as app:
        assert app.address.endswith("/studio/?token=known")
        assert status(app.base) == (302, "/studio/login?next=%2Fstudio%2F")
        assert "The token, please" in status(app.base + "login")[1]
        asyncio.run(come_and_go())
        kernels = app.kernels()
        assert kernels
        assert app.interrupt() == 0
        assert not any(kernel.is_running() and kernel.status() != "zombie" for kernel in kernels)
        assert "Traceback" not in app.said()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.ipynb"], "There is no notebook nowhere.ipynb"),
        (["{}", "--prot=8000"], "Did you mean '--port'?"),
        (["{}", "--no-browsr"], "Did you mean '--no-browser'?"),
    ],
)
def test_a_slip_on_the_command_line_is_told(stand_in, arguments, said):
    with pytest.raises(SystemExit, match=re.escape(said)):
        App().check([argument.format(stand_in) for argument in arguments])


def test_options_that_exist_are_passed_over(stand_in):
    App().check([str(stand_in), "--port=8000", "--ip=0.0.0.0", "--visitors", "3", "--debug", "--Voila.base_url=/x/"])


def test_a_notebook_has_to_be_named(stand_in):
    command = [sys.executable, "-m", "sim.app", str(stand_in.parent)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 1
    assert told.stderr.startswith("Say which notebook to serve")


@pytest.mark.parametrize(
    ("ip", "token", "shown", "said"),
    [
        ("127.0.0.1", "abc", "http://127.0.0.1:8866/?token=abc", "Ctrl-C"),
        ("192.0.2.7", "abc", "http://192.0.2.7:8866/?token=abc", "not encrypted"),
        ("0.0.0.0", "abc", "?token=abc", "not encrypted"),
        ("127.0.0.1", "", "http://127.0.0.1:8866/\n", "whoever can reach this address gets in"),
    ],
)
def test_the_address_is_one_that_others_can_use_and_risks_are_named(ip, token, shown, said, capsys):
    app = App(ip=ip)
    app.identity_provider = IdentityProvider(token=token)
    app.welcome()
    told = capsys.readouterr().out
    assert shown in told
    assert said in told
    assert "0.0.0.0" not in told


def test_behind_a_proxy_the_address_is_the_one_that_is_told(capsys):
    app = App(custom_display_url="https://service.example/studio")
    app.identity_provider = IdentityProvider(token="abc")
    assert app.address() == "https://service.example/studio/?token=abc"


def test_a_title_is_the_notebooks_own_or_its_heading_or_its_name(tmp_path):
    path = served.notebook(tmp_path / "plan.ipynb", heading="Who comes when?")
    assert title(path) == "Who comes when?"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, "metadata": {"title": "Staff plan"}}), encoding="utf-8")
    assert title(path) == "Staff plan"
    path.write_text(json.dumps({**content, "cells": []}), encoding="utf-8")
    assert title(path) == "plan"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"cells": []}', b'{"metadata": {}}'])
def test_what_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "plan.ipynb"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"plan\.ipynb is not a notebook that can be served"):
        title(path)


def test_without_voila_the_reader_is_told_what_to_install(tmp_path):
    (tmp_path / "voila.py").write_text("raise ModuleNotFoundError('gone', name='voila')")
    variables = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(served.ROOT)])}
    command = [sys.executable, "-m", "sim.app", "studio.ipynb"]
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False, timeout=60)
    assert told.returncode == 1
    assert "python run.py app" in told.stderr
    assert "Traceback" not in told.stderr

"""Voilà with the workbook's settings. An option on the command line comes before each of them.

Three things are not settings but code: the address that is shown and opened holds the token, a page that is closed
ends its kernel at once, and one request that Voilà would answer without a token is not offered.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import webbrowser
from pathlib import Path
from typing import Any, ClassVar

import jinja2
import tornado.web
import zmq
from jupyter_core.utils import ensure_async
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from jupyter_server.utils import url_path_join
from tornado.ioloop import IOLoop
from traitlets import Integer, default
from traitlets.config import Config
from voila.app import Voila
from voila.request_info_handler import RequestInfoSocketHandler
from voila.shutdown_kernel_handler import VoilaShutdownKernelHandler
from voila.tornado.handler import TornadoVoilaHandler

from sim.base import unknown_name

# Templates lie where Jupyter would look for them under a data folder.
SHARE = Path(__file__).with_name("share")
TEMPLATE = SHARE / "voila" / "templates" / "workbook"

SETTINGS = Config(
    {
        "VoilaConfiguration": {
            "template": "workbook",
            "strip_sources": True,
            # One notebook that has already been run waits for the next visitor.
            "preheat_kernel": True,
            "default_pool_size": 1,
            # What a visitor may not choose in the address.
            "allow_template_override": "NO",
            "allow_theme_override": "NO",
            # Voilà hands out pictures from the notebook's folder without asking for the token: none here.
            "file_allowlist": [],
            # What JupyterLab adds to its own pages is of no use here, and takes seconds to load.
            "extension_allowlist": [
                "@jupyter-widgets/jupyterlab-manager",
                "@voila-dashboards/widgets-manager8",
                "anywidget",
            ],
        },
        # Or whoever has the token could set the password of this user's Jupyter.
        "PasswordIdentityProvider": {"allow_password_change": False},
        # A page that is closed ends its kernel. This is for those that cannot say so: a laptop shut, a lost network.
        "MappingKernelManager": {"cull_idle_timeout": 15 * 60, "cull_interval": 60, "cull_connected": False},
    }
)

FULL = """<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>No free place</title><body style="font-family: sans-serif; max-width: 34em; margin: 3em auto; padding: 0 1em">
<h1>All {places} places are taken</h1>
<p>Each visitor has a simulation of their own, and this computer is set to hold {places} at a time. Please come back in
a few minutes: a place is free as soon as somebody closes the page.</p>
<h1 lang="zh">{places} 个席位已满</h1>
<p lang="zh">每位访客使用各自独立的仿真，本机同时最多容纳 {places} 人。请过几分钟再来：
有人关闭页面后，席位即会空出。</p>
"""


class Visit(TornadoVoilaHandler):  # type: ignore[misc]
    """The page itself, for as many visitors at a time as there are places."""

    @tornado.web.authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page, or say that every place is taken."""
        app: App = self.settings["app"]
        if app.visitors and app.present() >= app.visitors and not path:
            self.set_status(503)
            self.set_header("Retry-After", "60")
            self.finish(FULL.format(places=app.visitors))
            return
        await super().get(path)


class Leave(VoilaShutdownKernelHandler):  # type: ignore[misc]
    """A page says that it is being closed, so its kernel may end."""

    def check_xsrf_cookie(self) -> None:
        """Ask for no second proof: a closing page cannot send one, and only the page knows its kernel's name."""

    @tornado.web.authenticated
    async def post(self, kernel_id: str) -> None:
        """End the kernel, unless it has ended already."""
        if kernel_id in self.kernel_manager:
            await ensure_async(self.kernel_manager.shutdown_kernel(kernel_id))
        self.set_status(204)
        self.finish()


class App(Voila):  # type: ignore[misc]
    """Voilà for the workbook; ``python -m sim.app --help-all`` lists its options."""

    name = "app"
    description = "Serve a notebook as an app: python -m sim.app NOTEBOOK [OPTIONS]"
    examples = "python -m sim.app studio.ipynb --port=8866 --no-browser"
    aliases: ClassVar = {**Voila.aliases, "ip": "Voila.ip", "visitors": "App.visitors"}
    classes: ClassVar = [*Voila.classes, AsyncMappingKernelManager]

    visitors = Integer(0, min=0, config=True, help="How many visitors there may be at a time; 0 for any number.")

    @default("log_level")
    def _log_level(self) -> str:
        return "ERROR"  # warnings are about notebooks that Jupyter has not seen before

    @default("ip")
    def _ip(self) -> str:
        return "127.0.0.1"

    @default("auto_token")
    def _auto_token(self) -> bool:
        return True

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.visited: set[str] = set()

    def initialize(self, argv: list[str] | None = None) -> None:
        """Read the options; ``argv`` are the command line's, unless given."""
        logging.getLogger("tornado").setLevel(logging.ERROR)  # it reports every page that is not found
        os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")]))
        self.update_config(SETTINGS)
        if zmq.has("curve"):  # without it, each kernel warns that others on this computer could listen
            self.update_config(Config({"KernelManager": {"transport_encryption": "auto"}}))
        self.check(sys.argv[1:] if argv is None else argv)
        super().initialize(argv)
        if not self.notebook_path:
            self.exit("Say which notebook to serve: python -m sim.app NOTEBOOK.ipynb [OPTIONS]")
        # Voilà takes a page's title from here.
        try:
            named = {"metadata": {"name": title(Path(self.notebook_path))}}
        except ValueError as error:
            self.exit(str(error))
        self.voila_configuration.config.VoilaConfiguration.resources = named

    def check(self, arguments: list[str]) -> None:
        """Stop at what Voilà would pass over: an option that it does not know, a notebook that is not there."""
        known = {"help", "help-all", *self.flags, *self.aliases}
        for argument in arguments:
            name = argument.removeprefix("--").split("=")[0]
            if argument.startswith("--") and "." not in name and name not in known:
                self.exit(unknown_name(f"--{name}", [f"--{one}" for one in sorted(known)], "option"))
            if argument.endswith(".ipynb") and not argument.startswith("-") and not Path(argument).is_file():
                self.exit(f"There is no notebook {argument}.")

    def init_settings(self) -> dict[str, Any]:
        """Voilà's settings, with this app for the pages and our own page that asks for the token."""
        settings = super().init_settings()
        self.note_who_comes(self.kernel_manager)
        pages = settings["jinja2_env"]
        pages.loader = jinja2.ChoiceLoader([jinja2.FileSystemLoader(TEMPLATE), pages.loader])
        return {**settings, "app": self}

    def init_handlers(self) -> list[Any]:
        """Voilà's requests, with ours in their places."""
        ours = {TornadoVoilaHandler: Visit, VoilaShutdownKernelHandler: Leave}
        handlers = [
            # Voilà forgets the base address for the page that asks for the token.
            (
                url_path_join(self.server_url, pattern) if pattern in ("/login", "/logout") else pattern,
                ours.get(handler, handler),
                *more,
            )
            for pattern, handler, *more in super().init_handlers()
            # It tells how a page was asked for, token included, and does not ask for a token itself.
            if handler is not RequestInfoSocketHandler
        ]
        # Voilà listens next. What is added to the loop runs when that has worked.
        IOLoop.current().add_callback(self.welcome)
        return handlers

    def note_who_comes(self, kernels: Any) -> None:
        """Note each kernel that a visitor gets, from those that wait or started for the visit; Voilà does not."""
        start, hand_over = kernels.start_kernel, getattr(kernels, "get_rendered_notebook", None)

        async def start_kernel(*arguments: Any, **more: Any) -> str:
            kernel = await ensure_async(start(*arguments, **more))
            self.visited.add(kernel)
            return kernel

        async def get_rendered_notebook(*arguments: Any, **more: Any) -> Any:
            assert hand_over is not None  # asked for only where kernels wait
            found = await hand_over(*arguments, **more)
            self.visited.add(found[2])
            return found

        kernels.start_kernel, kernels.get_rendered_notebook = start_kernel, get_rendered_notebook

    def present(self) -> int:
        """Return how many visitors there are: kernels, but for those that wait for a visitor."""
        self.visited.intersection_update(self.kernel_manager.list_kernel_ids())
        return len(self.visited)

    def address(self) -> str:
        """Return where the app is found, with the token."""
        token = self.identity_provider.token
        place = self.custom_display_url.rstrip("/") + "/" if self.custom_display_url else self._url(self._host())
        return f"{place}?token={token}" if token else place

    def _host(self) -> str:
        return outward() if self.ip in ("", "0.0.0.0", "::") else self.ip

    def welcome(self) -> None:
        """Say where the app is."""
        print(f"The app is open at\n\n    {self.address()}\n", flush=True)
        if not self.identity_provider.token:
            print("There is no token: whoever can reach this address gets in.", flush=True)
        elif self._host() not in ("127.0.0.1", "localhost"):
            print("Whoever has this address gets in. It is not encrypted: use it in a network you trust.", flush=True)
        print("Keep this window open; Ctrl-C ends the app.", flush=True)

    def launch_browser(self) -> None:
        """Open the address that works without asking: the one with the token."""
        IOLoop.current().run_in_executor(None, webbrowser.open, self.address())


def title(notebook: Path) -> str:
    """Return what a notebook is called: by its metadata, else its first heading, else its file."""
    try:
        content = json.loads(notebook.read_text(encoding="utf-8"))
        cells, metadata = content["cells"], content["metadata"]
    except (ValueError, KeyError, TypeError):
        raise ValueError(
            f"{notebook} is not a notebook that can be served; open it in JupyterLab and save it, or take another file"
        ) from None
    headings = (
        line.removeprefix("# ").strip()
        for cell in cells
        if cell["cell_type"] == "markdown"
        for line in "".join(cell["source"]).splitlines()  # a text, or a list of lines
        if line.startswith("# ")
    )
    return metadata.get("title") or next(headings, notebook.stem)


def outward() -> str:
    """Return this computer's address in its network, or its name. Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
            way.connect(("192.0.2.1", 9))  # an address kept for examples
            return str(way.getsockname()[0])
    except OSError:
        return socket.gethostname()

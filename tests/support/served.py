"""An app or a JupyterLab of its own for a test: started on a free port, ended with all its kernels."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120

# A notebook with a lever and a measure, named by the classes that those of the scenario studio have.
LEVER = """
import ipywidgets
lever = ipywidgets.IntSlider(value=1, min=0, max=9)
lever.add_class("studio-lever-agents")
measures = ipywidgets.HTML()
measures.add_class("studio-measures")
def show(change=None):
    measures.value = f"<b>{lever.value * 111}</b>"
lever.observe(show, "value")
show()
ipywidgets.VBox([lever, measures])
"""


def notebook(path, *cells, heading="A stand-in"):
    """Write a notebook with a heading and code ``cells``, and return its path."""
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# {heading}"), *map(nbformat.v4.new_code_cell, cells or [LEVER])],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}},
    )
    nbformat.write(made, path)
    return path


class Server:
    """A running server: its process, its address, and what it has said."""

    def __init__(self, process, log):
        self.process = process
        self.log = log
        self.address = ""

    @property
    def base(self):
        """The address without the token."""
        return self.address.split("?")[0]

    def said(self):
        """Return what the server has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def kernels(self):
        """Return the processes that run notebooks."""
        found = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in found if "ipykernel_launcher" in " ".join(_command(one))]

    def wait_for(self, pattern):
        """Return the first match of ``pattern`` in what the server prints."""
        until = time.monotonic() + START_SECONDS
        while not (match := re.search(pattern, self.said())):
            assert self.process.poll() is None, f"it ended at once:\n{self.said()}"
            assert time.monotonic() < until, f"it does not say {pattern!r}:\n{self.said()}"
            time.sleep(0.05)
        return match[0]

    def interrupt(self):
        """Press Ctrl-C, and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def _command(process):
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


@contextlib.contextmanager
def server(module, arguments, folder, announced):
    """Run ``python -m module`` with ``arguments`` and files of its own in ``folder``, until the test is done."""
    folder.mkdir(parents=True, exist_ok=True)
    own = {name: str(folder / name.lower()) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR")}
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    # A notebook's output does not wait for a progress bar, and kernels must find the same package as the tests.
    variables = {**os.environ, **own, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1", "JUPYTER_PREFER_ENV_PATH": "1"}
    variables.pop("JUPYTER_TOKEN", None)
    log = folder / "server.log"
    command = [sys.executable, "-m", module, *arguments]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, cwd=folder, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    made = Server(process, log)
    try:
        made.address = made.wait_for(announced)
        yield made
    finally:
        if process.poll() is None:
            family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            for one in [*family, psutil.Process(process.pid)] if process.poll() is None else family:
                with contextlib.suppress(psutil.Error):
                    one.kill()
            process.wait(20)


def app(path, folder, *options):
    """Serve the notebook at ``path`` as an app."""
    arguments = [str(path), "--no-browser", f"--port={free_port()}", *options]
    return server("sim.app", arguments, folder, r"http://[^\s]+")


def free_port():
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]

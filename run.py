"""Set up the workbook and run it: ``python run.py lab``, ``python run.py app`` or ``python run.py test``.

The first call makes a private Python environment in the folder ``.venv`` beside this file and installs the
workbook there. Later calls start at once, until ``pyproject.toml`` or ``constraints.txt`` changes. Nothing
outside the project's folder is changed, and nothing but Python is needed.
"""

# Old Pythons, even Python 2, must be able to read this file as far as the message below: no f-strings here.
from __future__ import print_function

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "This is Python {}.{}; the workbook needs Python 3.11 or newer.\n"
        "If you have one, name it: 'python3.12 run.py lab' (on Windows 'py -3.12 run.py lab').\n"
        "If not, install it from www.python.org and run the same command again.".format(*sys.version_info)
    )

import difflib
import hashlib
import json
import os
import shutil
import signal
import subprocess
from collections import namedtuple
from pathlib import Path

ROOT = Path(__file__).resolve().parent
PYTHON_VERSION = "{}.{}".format(*sys.version_info)

LAB_SETTINGS = {
    # Without this, JupyterLab greets everyone with the question whether it may fetch news.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # Lessons link to pages of docs/, which are for reading.
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}


# Browsers that the tests can steer, by the names of their programs.
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


class SetupFailed(Exception):
    """The environment could not be made; the message says what to do."""


class Environment:
    """The private Python environment of the project in the folder ``root``."""

    def __init__(self, root=ROOT):
        self.root = Path(root)
        self.folder = self.root / ".venv"
        self.scripts = self.folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = self.scripts / ("python.exe" if os.name == "nt" else "python")
        self.stamp = self.folder / "workbook-setup.json"

    def prepare(self, extras):
        """Make the environment, or bring it up to date, unless it is ready for a job that needs ``extras``.

        A set-up that was interrupted is never built upon: it starts again from an empty folder. An
        environment that someone else made in this place is used as it is, and added to.
        """
        stamp = self.read_stamp()
        usable = stamp["finished"] and stamp["python"] == PYTHON_VERSION and self.python.exists()
        inputs = self.hash_inputs()
        if usable and stamp["inputs"] == inputs and set(extras) <= set(stamp["extras"]):
            return
        if usable:
            extras = sorted(set(extras).union(stamp["extras"]))
        try:
            self.set_up(extras, afresh=not usable)
        except OSError as error:
            raise SetupFailed("{}\nClose what uses the folder .venv and run this again.".format(error))
        self.write_stamp(finished=True, python=PYTHON_VERSION, inputs=inputs, extras=extras)
        say("Ready.\n")

    def set_up(self, extras, afresh):
        """Install the project with ``extras``, ``afresh`` or into the environment that is there."""
        say("Setting up in {}{}".format(self.folder, ": allow about a minute." if afresh else "."))
        if afresh and self.folder.exists():
            say("  removing an outdated or unfinished set-up")
            shutil.rmtree(self.folder)
        self.folder.mkdir(exist_ok=True)
        self.write_stamp(finished=False)
        if afresh:
            say("  making an environment for Python {}".format(PYTHON_VERSION))
            self.make()
        say("  installing the workbook and what it needs")
        self.install(extras)
        self.quieten_lab()

    def make(self):
        """Make an environment without packages from the Python that runs this file."""
        # If that is .venv itself, which has just been removed, its parent has to do it.
        python = getattr(sys, "_base_executable", None) or sys.executable
        output = Output()
        if execute([python, "-m", "venv", str(self.folder)], self.variables(), self.root, output) != 0:
            raise SetupFailed("{}\nPython could not make an environment; it says why above.".format(output))

    def install(self, extras):
        """Install the project, editable, with ``extras``, at the versions in ``constraints.txt``."""
        command = [str(self.python), "-m", "pip", "install", "--progress-bar", "off"]
        if not sys.dont_write_bytecode:
            command.append("--no-compile")  # Python compiles what is used when it is used: a third faster
        command += ["--constraint", "constraints.txt", "--editable", ".[{}]".format(",".join(extras))]
        output = Output()
        if execute(command, self.variables(), self.root, output) != 0:
            raise SetupFailed(
                "{}\nThe installation did not finish; pip says why above. Often it is the connection to the\n"
                "internet. Run the same command again when that is mended: it starts afresh.".format(output)
            )

    def quieten_lab(self):
        """Give the JupyterLab of this environment, and no other, our settings."""
        folder = self.folder / "etc" / "jupyter" / "labconfig"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "default_setting_overrides.json").write_text(json.dumps(LAB_SETTINGS), encoding="utf-8")

    def hash_inputs(self):
        """Return a hash of what decides which packages are installed, and of the place they refer to."""
        digest = hashlib.sha256(str(self.root).encode())
        for name in ("pyproject.toml", "constraints.txt"):
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def read_stamp(self):
        """Return what the last set-up wrote about itself."""
        stamp = {"finished": True, "python": PYTHON_VERSION, "inputs": None, "extras": []}
        try:
            stamp.update(json.loads(self.stamp.read_text(encoding="utf-8")))
        except FileNotFoundError:
            pass  # no set-up was begun here, so none is unfinished
        except ValueError:
            stamp["finished"] = False
        return stamp

    def write_stamp(self, **stamp):
        """Replace the stamp in one step, so that an interruption cannot leave half of one."""
        draft = self.stamp.with_suffix(".new")
        draft.write_text(json.dumps(stamp), encoding="utf-8")
        draft.replace(self.stamp)

    def variables(self):
        """Return the environment variables of an activated environment that no other Python leaks into."""
        leaks = {"PYTHONHOME", "PYTHONPATH", "PIP_CONSTRAINT", "PIP_PREFIX", "PIP_ROOT", "PIP_TARGET"}
        variables = {name: value for name, value in os.environ.items() if name not in leaks}
        variables.update(
            VIRTUAL_ENV=str(self.folder),
            PATH=os.pathsep.join([str(self.scripts), os.environ.get("PATH", "")]),
            PIP_USER="0",
            PIP_DISABLE_PIP_VERSION_CHECK="1",
            JUPYTER_PREFER_ENV_PATH="1",  # the kernel of this environment comes before the user's others
        )
        return variables

    def run(self, arguments, **more):
        """Run this environment's Python with ``arguments``, ``more`` variables set, and return its exit code."""
        return execute([str(self.python)] + arguments, dict(self.variables(), **more), self.root)


class Output:
    """Takes the output of a set-up step line by line, and shows a few lines of it: how far it is."""

    def __init__(self):
        self.lines = []
        self.packages = 0

    def __call__(self, line):
        """Take one line."""
        self.lines.append(line)
        if line.startswith(("Collecting ", "Processing ")):
            self.packages += 1
            if self.packages % 25 == 0:
                say("  {} packages found".format(self.packages))
        elif line.startswith("Installing collected packages:") and self.packages >= 25:
            say("  unpacking {}: this takes longest".format(line.count(",") + 1))

    def __str__(self):
        return "\n".join(self.lines[-30:])


def say(text):
    """Print ``text`` at once, also when the output is a file."""
    print(text, flush=True)


def execute(command, variables, folder, on_line=None):
    """Run ``command`` in ``folder`` and return its exit code; ``on_line`` gets its output line by line.

    Ctrl-C reaches the command as well: it ends in its own way, and we wait for that. A request to end that
    reaches only us is handed on to it. Either way the end is a KeyboardInterrupt.
    """
    streams = {}
    if on_line:
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        streams.update(encoding="utf-8", errors="replace")
    stopped = []
    code = None
    with subprocess.Popen(command, env=variables, cwd=str(folder), **streams) as process:

        def stop(_signal, _frame):
            stopped.append(True)
            process.terminate()

        before = signal.signal(signal.SIGTERM, stop)
        try:
            while code is None:
                try:
                    for line in process.stdout or ():
                        on_line(line.rstrip())
                    code = process.wait()
                except KeyboardInterrupt:
                    stopped.append(True)
        finally:
            signal.signal(signal.SIGTERM, before)
    if stopped:
        raise KeyboardInterrupt
    return code if code >= 0 else 128 - code


def lab(environment, arguments):
    """Open JupyterLab on the first lesson; ``arguments`` are JupyterLab's own and come before ours."""
    notebooks = environment.root / "notebooks"
    first = sorted(notebooks.glob("[0-9][0-9]_*.ipynb"))[:1]
    options = ["--ServerApp.ip=127.0.0.1", "--Application.log_level=WARN", "--ServerApp.answer_yes=True"]
    given = {argument.lstrip("-").split("=")[0].split(".")[-1].replace("-", "_") for argument in arguments}
    elsewhere = given.intersection(["root_dir", "notebook_dir"])
    if not elsewhere and not any(argument.endswith(".ipynb") for argument in arguments):
        # What lies outside the first of these folders no lesson could link to.
        options.append("--ServerApp.root_dir={}".format(environment.root))
        options.append("--ServerApp.preferred_dir={}".format(notebooks))
        options.append("--LabApp.default_url=/lab" + "".join("/tree/notebooks/" + path.name for path in first))
    also_called = {"log_level": "debug", "answer_yes": "y"}
    for option in list(options):
        name = option.split("=")[0].split(".")[-1]
        if given.intersection([name, also_called.get(name)]):  # JupyterLab does not take an option twice
            options.remove(option)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in many containers there is no other user
    say("Starting JupyterLab. Keep this window open; Ctrl-C ends it.")
    try:
        return environment.run(["-m", "jupyterlab"] + options + arguments)
    except KeyboardInterrupt:
        say("JupyterLab has ended.")
        return 0


def app(environment, arguments):
    """Serve the scenario studio to browsers, or the notebook that ``arguments`` name; the rest are the app's own."""
    if not any(argument.endswith(".ipynb") for argument in arguments):
        arguments = [str(environment.root / "notebooks" / "studio.ipynb")] + arguments
    say("Starting the app. The first time on a computer takes a minute longer.")
    try:
        return environment.run(["-m", "sim.app"] + arguments)
    except KeyboardInterrupt:
        say("The app has ended.")
        return 0


def browser():
    """Return the path of a browser that the tests can steer, or None."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def test(environment, arguments):
    """Check style and types and run every test; with ``arguments``, only run pytest with them."""
    if arguments:
        return environment.run(["-m", "pytest"] + arguments)
    failed = []
    for title, command in checks(environment.root):
        say("\n{}: {}".format(title.capitalize(), command[0]))
        # A progress bar in a notebook's output would differ from the stored one.
        if environment.run(["-m"] + command, TQDM_DISABLE="1") != 0:
            failed.append(title)
    if failed:
        say("\nFailed: {}.".format(", ".join(failed)))
    return 1 if failed else 0


def checks(root):
    """Return a title and a command for every check, quick ones first."""
    two_at_a_time = ["-n2", "--dist=loadfile"]  # files of tests, notebooks: each as a whole
    found = [
        ("style", ["ruff", "check", "."]),
        ("format", ["ruff", "format", "--check", "."]),
        ("types", ["mypy"]),
        ("tests", ["pytest", "--cov"] + two_at_a_time),
    ]
    for title, how, folders in [
        ("solution notebooks, compared with their stored output", "--nbval", ["solutions"]),
        ("lesson notebooks, answers left blank", "--nbval-lax", ["", "zh"]),
    ]:
        paths = [path for folder in folders for path in sorted((root / "notebooks" / folder).glob("*.ipynb"))]
        if paths:
            command = ["pytest", how, "--nbval-current-env", "--nbval-cell-timeout=300"] + two_at_a_time
            found.append((title, command + [str(path.relative_to(root)) for path in paths]))
    return found


def bench(environment, arguments):
    """Measure how fast the engines are; ``arguments`` name cases and options."""
    return environment.run(["-m", "benchmarks"] + arguments)


# The tests of pages need a browser, and Playwright to steer it, which is large: not where no browser is.
PAGES = ["browser"] if browser() or os.environ.get("CI") else []

# What each job is for, which extras of pyproject.toml it needs, and what it does once they are installed.
Job = namedtuple("Job", "summary extras start")
JOBS = {
    "lab": Job("open the lessons in JupyterLab (with --no-browser: print the address)", ["lab"], lab),
    "app": Job("open the scenario studio in a browser, alone or for a class", ["app"], app),
    "test": Job("check style and types, run every test (or some: test -k WORD)", ["lab", "app", "test"] + PAGES, test),
    "bench": Job("measure how fast the engines are (bench --quick: in a minute)", ["fast", "bench", "app"], bench),
    "setup": Job("install what the other jobs need, and stop", ["lab", "app", "test"] + PAGES, lambda *_: 0),
}


def usage():
    """Return a description of the jobs."""
    jobs = "".join("  python run.py {:<6} {}\n".format(name, job.summary) for name, job in JOBS.items())
    return "The After-Sales Service Workbook\n\n{}\nMore arguments go to what the job runs.".format(jobs)


def main(arguments):
    """Do the job that ``arguments`` name and return the exit code."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        say(usage())
        return 0 if arguments else 2
    name = arguments[0]
    if name not in JOBS:
        near = difflib.get_close_matches(name, JOBS, n=1)
        hint = " Did you mean '{}'?".format(near[0]) if near else ""
        say("There is no job '{}'.{}\n\n{}".format(name, hint, usage()))
        return 2
    environment = Environment()
    try:
        environment.prepare(JOBS[name].extras)
        return JOBS[name].start(environment, arguments[1:])
    except SetupFailed as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("\nStopped. The same command starts again.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The files around the package agree with each other, and run.py sets up what it should, when it should."""

import ast
import importlib.util
import io
import json
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version


@pytest.fixture(scope="module")
def project(root):
    """The table [project] of pyproject.toml."""
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def requirements(project):
    """All requirements of the project and its extras, by name."""
    groups = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(line) for group in groups for line in group]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


@pytest.fixture(scope="module")
def environment(root):
    """The content of environment.yml."""
    return yaml.safe_load((root / "environment.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def conda_requirements(environment):
    """The packages that environment.yml takes from conda, by name, but for Python and pip."""
    lines = [line for line in environment["dependencies"] if isinstance(line, str)]
    found = [Requirement(line) for line in lines if line != "pip" and not line.startswith("python=")]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def test_environment_is_well_formed(environment, project):
    assert set(environment) == {"name", "channels", "dependencies"}
    assert environment["name"] == project["name"]
    assert environment["channels"] == ["conda-forge"]
    python = environment["dependencies"][0]
    assert re.fullmatch(r"python=3\.\d+", python), "Binder reads no other form"
    allowed = SpecifierSet(project["requires-python"])
    assert python.removeprefix("python=") in allowed


def test_environment_has_the_bounds_of_pyproject(conda_requirements, requirements):
    ours = {name: str(requirements[name].specifier) for name in conda_requirements if name in requirements}
    assert {name: str(found.specifier) for name, found in conda_requirements.items()} == ours


def test_environment_names_what_the_workbook_runs_on(conda_requirements, project):
    lab = {"ipywidgets", "jupyterlab", "nbval"}
    assert {Requirement(line).name for line in project["dependencies"]} | lab <= set(conda_requirements)


def test_environment_installs_the_project_itself(environment, project):
    (pip,) = (entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict))
    (line,) = pip
    assert "pip" in environment["dependencies"]
    extras = re.fullmatch(r"-e \.\[([a-z,]+)\]", line).group(1).split(",")
    assert set(extras) <= set(project["optional-dependencies"])
    assert "lab" in extras


@pytest.fixture(scope="module")
def constraints(root):
    """The lines of constraints.txt."""
    return (root / "constraints.txt").read_text(encoding="utf-8").splitlines()


def test_constraints_are_pins_without_addresses(constraints):
    assert constraints
    for line in constraints:
        (pin,) = Requirement(line).specifier
        assert pin.operator == "==", line
        assert Requirement(line).url is None, line


@pytest.mark.parametrize("python", ["3.11", "3.13"])
def test_constraints_hold_everything_that_pyproject_asks_for(constraints, requirements, python):
    there = {"python_version": python, "python_full_version": f"{python}.9"}
    pins = [Requirement(line) for line in constraints]
    chosen = {
        canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version)
        for pin in pins
        if pin.marker is None or pin.marker.evaluate(there)
    }
    missing = [
        str(requirement)
        for name, requirement in requirements.items()
        if name not in chosen or not requirement.specifier.contains(chosen[name])
    ]
    assert not missing, "make constraints.txt anew: see CONTRIBUTING.md"


def test_citation_names_the_current_version(root, project):
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    assert {"cff-version", "message", "title", "authors", "version"} <= set(citation)
    assert str(citation["version"]) == project["version"]


def test_changelog_describes_the_current_version(root, project):
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^##\s+\[?v?(\d[\w.]*)", changelog, flags=re.MULTILINE)
    assert project["version"] in headings


HOSTS = [".".join(parts) for parts in [("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org")]]
HOSTS += [".".join(parts) for parts in [("deb", "debian", "org"), ("anaconda", "org"), ("anaconda", "com")]]
FOREIGN = re.compile(
    "|".join(re.escape(host) for host in HOSTS)
    + r"|(?<![\w.~-])/(?:root|home|Users|work)/\w"
    + r"|\b[A-Z]:\\+Users\\"
    + r"|/ipykernel_\d"
)


def text_files(root):
    """Return the project's own files that hold text, with their text."""
    if (root / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=root, capture_output=True, check=True).stdout.decode()
        names = listed.split("\0")
    else:  # a downloaded archive
        hidden = re.compile(r"(?:^|/)(?:\.(?!ci/)|__pycache__/)")
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
        names = [name for name in names if not hidden.search(name)]
    files = [name for name in names if (root / name).is_file()]
    contents = {name: (root / name).read_bytes() for name in files}
    return {name: content.decode() for name, content in contents.items() if b"\0" not in content}


def test_no_file_names_a_package_host_or_a_place_on_one_machine(root):
    texts = text_files(root)
    assert {"run.py", "pyproject.toml", ".ci/run"} <= set(texts)
    found = {name: sorted(set(FOREIGN.findall(text))) for name, text in texts.items() if FOREIGN.search(text)}
    assert not found


@pytest.mark.parametrize(
    ("parts", "foreign"),
    [
        (["see https://files.", "pythonhosted.", "org/x.whl"], True),
        (['File "', "/ho", 'me/ada/x.py"'], True),
        (["/wor", "k/main/sim"], True),
        (["C:", "\\Users\\ada"], True),
        (["notebooks", "/ho", "me/plan.md and ../", "work/x and /usr/bin/chromium"], False),
    ],
)
def test_the_search_sees_such_places(parts, foreign):
    assert bool(FOREIGN.search("".join(parts))) is foreign


@pytest.fixture
def run(root):
    """The script run.py, as a module of its own."""
    spec = importlib.util.spec_from_file_location("workbook_run", root / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """Stands in for subprocess: keeps every command, and plays venv and pip.

    ``outcomes`` maps a word of a command to its exit code, or to KeyboardInterrupt for Ctrl-C while it runs.
    """

    def __init__(self, environment):
        self.environment = environment
        self.outcomes = {}
        self.commands = []
        self.variables = {}

    def __call__(self, command, env, cwd, **streams):
        self.commands.append(command)
        self.variables = env
        assert Path(cwd) == self.environment.root
        outcome = next((code for word, code in self.outcomes.items() if word in command), 0)
        if "venv" in command and outcome == 0:
            self.environment.python.parent.mkdir(parents=True)
            self.environment.python.touch()
        return Process(outcome, streams)

    def installs(self):
        """Return what was installed, one entry a call of pip, and forget the commands."""
        found = [command[-1] for command in self.commands if "pip" in command]
        self.commands.clear()
        return found


class Process:
    """A command that has ended, or that ends when Ctrl-C has been pressed once."""

    def __init__(self, outcome, streams):
        self.outcome = outcome
        self.stdout = io.StringIO("Collecting simpy\nthe last line\n") if "stdout" in streams else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def wait(self):
        if self.outcome is KeyboardInterrupt:
            self.outcome = -signal.SIGINT
            raise KeyboardInterrupt
        return self.outcome


@pytest.fixture
def place(run, root, tmp_path, monkeypatch):
    """An Environment for a copy of the project's set-up files, on a Machine that only pretends."""
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(root / name, tmp_path)
    environment = run.Environment(tmp_path)
    environment.machine = Machine(environment)
    monkeypatch.setattr(run, "Environment", lambda: environment)
    monkeypatch.setattr(run.subprocess, "Popen", environment.machine)
    return environment


def test_first_call_makes_an_environment_and_installs_with_constraints(place):
    place.prepare(["lab"])
    make, install = place.machine.commands
    assert make[1:] == ["-m", "venv", str(place.folder)]
    assert install[:4] == [str(place.python), "-m", "pip", "install"]
    assert install[install.index("--constraint") + 1] == "constraints.txt"
    assert install[-2:] == ["--editable", ".[lab]"]


def test_nothing_is_installed_twice(place):
    place.prepare(["lab"])
    place.prepare(["lab"])
    assert place.machine.installs() == [".[lab]"]


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_file_is_installed_into_the_same_environment(place, name):
    place.prepare(["lab"])
    place.machine.commands.clear()
    with (place.root / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    place.prepare(["lab"])
    assert not any("venv" in command for command in place.machine.commands)
    assert place.machine.installs() == [".[lab]"]
    place.prepare(["lab"])
    assert place.machine.installs() == []


def test_a_job_that_needs_more_keeps_what_others_need(place):
    place.prepare(["lab"])
    place.prepare(["test"])
    place.prepare(["lab"])
    assert place.machine.installs() == [".[lab]", ".[lab,test]"]


@pytest.mark.parametrize("step", ["venv", "pip"])
def test_an_interrupted_setup_starts_afresh(place, step):
    place.machine.outcomes[step] = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        place.prepare(["lab"])
    left_over = place.folder / "half-made"
    left_over.touch()
    place.machine.outcomes.clear()
    place.machine.commands.clear()

    place.prepare(["lab"])
    assert not left_over.exists()
    assert ["venv" in command for command in place.machine.commands] == [True, False]
    assert place.machine.installs() == [".[lab]"]


def test_an_interrupted_update_starts_afresh(place):
    place.prepare(["lab"])
    place.machine.outcomes["pip"] = KeyboardInterrupt
    with pytest.raises(KeyboardInterrupt):
        place.prepare(["lab", "test"])
    place.machine.outcomes.clear()
    place.machine.commands.clear()
    place.prepare(["lab"])
    assert ["venv" in command for command in place.machine.commands] == [True, False]


def test_a_failed_installation_is_told_and_not_trusted(place, run):
    place.machine.outcomes["pip"] = 1
    with pytest.raises(run.SetupFailed, match=r"the last line\nThe installation did not finish"):
        place.prepare(["lab"])
    place.machine.commands.clear()
    place.machine.outcomes.clear()
    place.prepare(["lab"])
    assert place.machine.installs() == [".[lab]"]


def test_a_damaged_stamp_is_not_trusted(place):
    place.prepare(["lab"])
    place.stamp.write_text("{", encoding="utf-8")
    place.machine.commands.clear()
    place.prepare(["lab"])
    assert place.machine.installs() == [".[lab]"]


def test_another_python_gets_another_environment(place, run, monkeypatch):
    place.prepare(["lab"])
    place.machine.commands.clear()
    monkeypatch.setattr(run, "PYTHON_VERSION", "3.99")
    place.prepare(["lab"])
    assert ["venv" in command for command in place.machine.commands] == [True, False]


def test_a_moved_project_is_installed_again(place, tmp_path):
    place.prepare(["lab"])
    place.machine.commands.clear()
    moved = type(place)(tmp_path / "moved")
    shutil.copytree(place.root, moved.root, ignore=shutil.ignore_patterns("moved"))
    place.machine.environment = moved
    moved.prepare(["lab"])
    assert place.machine.installs() == [".[lab]"]


def test_an_environment_made_by_hand_is_added_to(place):
    place.python.parent.mkdir(parents=True)
    place.python.touch()
    own = place.folder / "made-by-hand"
    own.touch()
    place.prepare(["lab"])
    assert own.exists()
    assert place.machine.installs() == [".[lab]"]


def test_other_pythons_do_not_leak_in(place, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PIP_USER", "1")
    place.prepare(["lab"])
    assert "PYTHONPATH" not in place.machine.variables
    assert place.machine.variables["PIP_USER"] == "0"
    assert place.machine.variables["PATH"].startswith(str(place.scripts))


def test_lab_does_not_ask_about_news_and_shows_pages_for_reading(place):
    place.prepare(["lab"])
    written = place.folder / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    settings = json.loads(written.read_text(encoding="utf-8"))
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    viewers = settings["@jupyterlab/docmanager-extension:plugin"]["defaultViewers"]
    assert viewers == {"markdown": "Markdown Preview"}


def test_every_job_needs_extras_that_exist(run, project):
    for job in run.JOBS.values():
        assert set(job.extras) <= set(project["optional-dependencies"])


@pytest.mark.parametrize(("word", "hint"), [("tets", "Did you mean 'test'?"), ("fly", "no job 'fly'")])
def test_an_unknown_job_is_refused_kindly(place, run, capsys, word, hint):
    assert run.main([word]) == 2
    told = capsys.readouterr().out
    assert hint in told
    assert all(f"python run.py {name}" in told for name in run.JOBS)
    assert not place.machine.commands


@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["--help"], 0)])
def test_the_jobs_are_listed(place, run, capsys, arguments, code):
    assert run.main(arguments) == code
    assert "python run.py lab" in capsys.readouterr().out
    assert not place.machine.commands


def test_lab_opens_the_first_lesson_on_this_computer_only(place, run):
    (place.root / "notebooks").mkdir()
    for name in ("README.md", "01_waiting.ipynb", "00_a_service_day.ipynb"):
        (place.root / "notebooks" / name).touch()
    assert run.main(["lab", "--no-browser"]) == 0
    command = place.machine.commands[-1]
    assert command[:3] == [str(place.python), "-m", "jupyterlab"]
    assert "--LabApp.default_url=/lab/tree/notebooks/00_a_service_day.ipynb" in command
    # Lessons link to pages of docs/: the folder that JupyterLab may show has to hold them.
    assert f"--ServerApp.root_dir={place.root}" in command
    assert f"--ServerApp.preferred_dir={place.root / 'notebooks'}" in command
    assert "--ServerApp.ip=127.0.0.1" in command
    assert not any("token" in argument for argument in command)
    assert command[-1] == "--no-browser"


def test_lab_opens_the_notebook_that_is_asked_for(place, run):
    assert run.main(["lab", "notebooks/01_waiting.ipynb"]) == 0
    assert not any("default_url" in argument for argument in place.machine.commands[-1])


@pytest.mark.parametrize(
    ("argument", "replaced"),
    [
        ("--ip=0.0.0.0", "ServerApp.ip"),
        ("--notebook-dir=docs", "root_dir"),
        ("--ServerApp.root_dir=docs", "preferred_dir"),
        ("--log-level=INFO", "log_level"),
        ("-y", "yes"),
    ],
)
def test_arguments_of_lab_replace_our_own(place, run, argument, replaced):
    run.main(["lab"])
    assert any(replaced in option for option in place.machine.commands[-1])
    run.main(["lab", argument])
    assert not any(replaced in option for option in place.machine.commands[-1])
    assert place.machine.commands[-1][-1] == argument


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="this system knows no root user")
@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_runs_as_root_only_where_root_starts_it(place, run, monkeypatch, user, allowed):
    monkeypatch.setattr(run.os, "geteuid", lambda: user)
    run.main(["lab"])
    assert ("--allow-root" in place.machine.commands[-1]) is allowed


def test_ctrl_c_ends_lab_and_all_is_well(place, run):
    place.machine.outcomes["jupyterlab"] = KeyboardInterrupt
    assert run.main(["lab"]) == 0


def test_app_serves_the_studio_or_the_notebook_that_is_asked_for(place, run):
    studio = str(place.root / "notebooks" / "studio.ipynb")
    assert run.main(["app", "--no-browser", "--port=8000"]) == 0
    assert place.machine.commands[-1] == [str(place.python), "-m", "sim.app", studio, "--no-browser", "--port=8000"]
    assert run.main(["app", "mine.ipynb"]) == 0
    assert place.machine.commands[-1][2:] == ["sim.app", "mine.ipynb"]


def test_ctrl_c_ends_the_app_and_all_is_well(place, run):
    place.machine.outcomes["sim.app"] = KeyboardInterrupt
    assert run.main(["app"]) == 0


@pytest.mark.parametrize(
    ("ci", "program", "installed"),
    [("", None, False), ("", "chromium", True), ("", "google-chrome", True), ("true", None, True)],
)
def test_what_steers_a_browser_is_installed_where_there_is_one_and_always_in_ci(
    root, monkeypatch, ci, program, installed
):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(shutil, "which", lambda name: name if name == program else None)
    fresh = runpy.run_path(str(root / "run.py"))
    for job in ("test", "setup"):
        assert ("browser" in fresh["JOBS"][job].extras) is installed
    assert "browser" not in fresh["JOBS"]["lab"].extras + fresh["JOBS"]["app"].extras


def test_ctrl_c_ends_the_whole_test_run(place, run):
    place.machine.outcomes["ruff"] = KeyboardInterrupt
    assert run.main(["test"]) == 130
    assert not any("pytest" in command for command in place.machine.commands)


def test_arguments_of_test_go_to_pytest_alone(place, run):
    place.machine.outcomes["pytest"] = 5
    assert run.main(["test", "-k", "theory"]) == 5
    assert place.machine.commands[2:] == [[str(place.python), "-m", "pytest", "-k", "theory"]]


@pytest.mark.parametrize("failing", ["ruff", "mypy", "pytest", "--nbval", "--nbval-lax"])
def test_a_failing_check_fails_the_run_and_hides_no_other(place, run, capsys, failing):
    for folder in ("", "solutions", "zh"):
        (place.root / "notebooks" / folder).mkdir()
        (place.root / "notebooks" / folder / "00_day.ipynb").touch()
    assert run.main(["test"]) == 0
    ran = len(place.machine.commands) - 2
    place.machine.commands.clear()
    place.machine.outcomes[failing] = 1
    assert run.main(["test"]) == 1
    assert len(place.machine.commands) == ran == 6
    assert "Failed: " in capsys.readouterr().out


def test_coverage_is_asked_of_full_runs_only(place, run):
    assert [command[:2] for _, command in run.checks(place.root) if "--cov" in command] == [["pytest", "--cov"]]
    run.main(["test", "-k", "theory"])
    assert "--cov" not in place.machine.commands[-1]


def test_exit_codes_are_passed_on(run, root):
    assert run.execute([sys.executable, "-c", "raise SystemExit(7)"], os.environ, root) == 7


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals of this kind")
def test_a_request_to_end_is_handed_on(run, root):
    lines = []
    program = "import os, signal, time; print('up', flush=True); os.kill(os.getppid(), signal.SIGTERM); time.sleep(60)"
    with pytest.raises(KeyboardInterrupt):
        run.execute([sys.executable, "-c", program], os.environ, root, lines.append)
    assert lines == ["up"]


def test_an_older_python_is_told_so(root):
    program = (
        "import runpy, sys; sys.version_info = (3, 10, 13, 'final', 0); runpy.run_path('run.py', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, "lab"]
    told = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("This is Python 3.10; the workbook needs Python 3.11 or newer.")


def newer_syntax(source):
    """Return the lines of ``source`` that Python 2.7 cannot even read."""
    unknown = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Nonlocal, ast.AsyncFunctionDef, ast.Match)
    lines = set()
    for node in ast.walk(ast.parse(source)):
        starred = isinstance(node, (ast.List, ast.Tuple, ast.Set)) and any(
            isinstance(element, ast.Starred) for element in node.elts
        )
        annotated = (isinstance(node, ast.arg) and node.annotation) or getattr(node, "returns", None)
        keyword_only = isinstance(node, ast.arguments) and node.kwonlyargs
        if isinstance(node, unknown) or starred or annotated or getattr(node, "cause", None):
            lines.add(node.lineno)
        if keyword_only:
            lines.add(node.kwonlyargs[0].lineno)
        if isinstance(node, ast.Call) and any(isinstance(given, ast.Starred) for given in node.args[:-1]):
            lines.add(node.lineno)
    return sorted(lines)


def test_an_older_python_can_read_run_py(root):
    source = (root / "run.py").read_bytes()
    assert source.isascii()
    assert newer_syntax(source) == []
    assert newer_syntax("a = f'{b}'\nc = [*d]\ndef e(f: g): pass\nh(*i, *j)\nk(*l)") == [1, 2, 3, 4]


def test_need_skips_at_home_and_fails_in_ci(need, monkeypatch):
    need(True, "never seen")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no browser"):
        need(False, "no browser")
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no browser"):
        need(False, "no browser")

"""The workbook without Python: scenarios, simulations, comparisons and calibration from a shell.

A thin layer: every command reads its arguments, calls what a notebook would call, and prints. Results go to
standard output or a file, all else (progress, notes, errors) to standard error. What a person got wrong ends with
one sentence and exit code 2, never with a traceback.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import sys
import textwrap
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from sim import __version__, experiment, report, sweeps
from sim.base import show, unknown_name
from sim.measures import DIMENSIONS, MEASURES
from sim.scenario import load
from sim.scenario import scenarios as shipped

if TYPE_CHECKING:
    from sim.experiment import Replications
    from sim.scenario import Scenario

COMMANDS = (
    "simulate",
    "compare",
    "sweep",
    "staff",
    "calibrate",
    "validate",
    "scenarios",
    "show",
    "levers",
    "measures",
)
FIGURES = (".png", ".svg", ".pdf")
MISTAKE, STOPPED, PIPE_CLOSED = 2, 130, 141

_T = TypeVar("_T")

EXAMPLES = """\
examples:
  python -m sim scenarios                                  what is there to simulate
  python -m sim simulate baseline                          a week, 30 times over
  python -m sim simulate baseline --by hour                hour by hour
  python -m sim compare baseline --set teams.phone_desk.extra_agents=1
                                                           is one more agent worth it?
  python -m sim staff baseline --on "90 % of days" -o plan.csv
                                                           how many people, when?
  python -m sim sweep baseline --set teams.phone_desk.extra_agents=0,1,2
                                                           how many are worth it?
  python -m sim show baseline -o shop.yaml                 a file to edit, then:
  python -m sim simulate shop.yaml -o result.csv           numbers for a spreadsheet
  python -m sim calibrate calls.csv --mapping mine.yaml -o shop.yaml
                                                           a scenario from your own calls
"""


class Mistake(ValueError):
    """Something the person at the keyboard can put right; the message says how."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows ``python -m sim``; by default what this process was started with.

    Returns
    -------
    int
        Exit code: 0 done, 2 something to put right, 130 stopped by Ctrl-C, 141 nobody reads on.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without Chinese shows ?, it does not crash
    parser = _parser()
    given = sys.argv[1:] if arguments is None else list(arguments)
    if not given:
        parser.print_help(sys.stderr)
        return MISTAKE
    if not given[0].startswith("-") and given[0] not in COMMANDS:
        parser.error(unknown_name(given[0], COMMANDS, "command"))
    options = parser.parse_args(given)
    try:
        code: int = options.do(options) or 0
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        _say("Stopped. Nothing was finished.")
        return STOPPED
    except BrokenPipeError:
        # Python would complain once more when it closes the stream.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PIPE_CLOSED
    except (ValueError, OSError, ImportError) as error:
        _say(f"{parser.prog}: {_sentence(error)}")
        return MISTAKE
    except MemoryError:
        _say(f"{parser.prog}: there is not enough memory for this; simulate fewer days or replications")
        return MISTAKE


# Commands


def simulate(options: argparse.Namespace) -> int:
    """Replications of one scenario."""
    output = _Output(options)
    scenario = _changed(load(options.scenario), options.set)
    _window(options, scenario)
    runs = _with_notes(lambda: experiment.replicate(scenario, options.replications, options.seed, **_how(options)))
    output.write(report.of_replications(runs, output.form, **_view(options)))
    return _complete(runs, options)


def compare(options: argparse.Namespace) -> int:
    """Several scenarios on the same customers."""
    output = _Output(options)
    chosen = [load(name) for name in options.scenarios]
    if options.set and len(chosen) > 1:
        raise Mistake("--set makes the second scenario out of a single one; give one scenario, or leave --set out")
    if options.set:
        changed = _changed(chosen[0], options.set)
        named = any(text.split("=")[0].strip() == "name" for text in options.set)
        chosen.append(changed if named else changed.with_(name=f"{changed.name}, {', '.join(options.set)}"))
    if len(chosen) < 2:
        raise Mistake("compare needs two scenarios, or one and a change, such as --set teams.phone_desk.extra_agents=1")
    for scenario in chosen:
        _window(options, scenario)
    duel = _with_notes(lambda: experiment.compare(chosen, options.replications, options.seed, **_how(options)))
    output.write(report.of_comparison(duel, output.form, **_view(options)))
    return _complete(duel.replications[0], options)


def staff(options: argparse.Namespace) -> int:
    """Agents by team and slot, shifts, a plan lived through, or what changes do."""
    from sim import staffing
    from sim.staffing import report as planning

    output = _Output(options)
    plan_file = _Target(options.plan, options.overwrite)
    scenario = _changed(load(options.scenario), options.set)
    if options.rules and options.show != "shifts":
        raise Mistake("--rules are for --show shifts; add it, or leave --rules out")
    rules = planning.read_rules(options.rules) if options.rules else None
    plan = _with_notes(
        lambda: staffing.requirement(
            scenario,
            planning.read_target(options.target),
            on=options.on,
            method="simulation" if options.by_simulation else "formula",
            served_by=dict(planning.pair("--served-by", text) for text in options.served_by),
            replications=max(options.replications, 2),
            seed=options.seed,
        )
    )
    done: staffing.Requirement | staffing.ShiftPlan = plan
    if options.show == "shifts":
        done = _with_notes(lambda: staffing.shifts(plan, rules))
    if options.show == "check":
        table = staffing.check_plan(plan, options.replications, options.seed + 1000)
    elif options.show == "what-if":
        table = staffing.what_if(plan.staffed(), replications=options.replications, seed=options.seed).table()
    else:
        table = done.table
    output.write(planning.text(done, table, options.show, output.form))
    if plan_file.path is not None:
        plan_file.write(done.staffed().to_yaml)
    return 0


def sweep(options: argparse.Namespace) -> int:
    """Settings of one scenario on the same customers."""
    output = _Output(options)
    base = load(options.scenario)
    _window(options, base)
    grid = _grid(options.set)
    plans = _with_notes(lambda: sweeps.sweep(base, grid, options.replications, options.seed, **_how(options)))
    output.write(report.of_sweep(plans, output.form, measures=options.measure, **_view(options)))
    return _complete(plans.replications[0], options)


def calibrate(options: argparse.Namespace) -> int:
    """A scenario from calls."""
    from sim import calibrate as calibration

    output, figure = _Output(options, forms=("yaml",)), _figure(options)
    how: dict[str, Any] = {"name": options.name or _stem(options), "desks": _desks(options.desk)}
    if options.keep:
        how |= {"keep": load(options.keep)} | ({"renew": options.renew} if options.renew else {})
    elif options.renew:
        raise Mistake("--renew says what to take anew into an earlier scenario; name that with --keep")
    calls = calibration.read_calls(options.calls, mapping=options.mapping)
    shop = calibration.fit(calls, **how)
    output.write(shop.to_yaml())
    if options.validate or options.figure:
        _judge(shop, calls, options, figure, sys.stderr if output.target.is_stdout else sys.stdout)
    return 0


def validate(options: argparse.Namespace) -> int:
    """A scenario beside calls."""
    from sim import calibrate as calibration

    figure, shop = _figure(options), load(options.scenario)
    calls = calibration.read_calls(options.calls, mapping=options.mapping)
    _judge(shop, calls, options, figure, sys.stdout)
    return 0


def scenarios(options: argparse.Namespace) -> int:
    """The shipped scenarios and their stories."""
    for name in shipped():
        scenario = load(name)
        days = f"{scenario.days} day{'s' if scenario.days > 1 else ''}"
        print(f"{name}  ({days}, {', '.join(scenario.channels)})")
        print(
            textwrap.fill(scenario.story.strip(), _width(), initial_indent="  ", subsequent_indent="  "),
            end="\n\n",
        )
    print("python -m sim show NAME prints one, python -m sim simulate NAME runs it.")
    return 0


def show_scenario(options: argparse.Namespace) -> int:
    """A scenario as YAML, to read or to start one's own from."""
    output = _Output(options, forms=("yaml",))
    output.write(_changed(load(options.scenario), options.set).to_yaml())
    return 0


def levers(options: argparse.Namespace) -> int:
    """The levers of a scenario: where they stand, and how far they go."""
    from sim.policies import GROUPS
    from sim.policies import levers as levers_of

    output = _Output(options, forms=("text", "csv"))
    scenario = _changed(load(options.scenario), options.set)
    if output.form == "csv":
        from sim.policies import table

        output.write(table(scenario).to_csv(lineterminator="\n"))
        return 0
    found = levers_of(scenario)
    wide = max(map(len, found))
    lines = []
    for group in GROUPS:
        lines += [group, *(report.of_lever(one, wide) for one in found.values() if one.group == group), ""]
    lines.append('In Python: sim.pull("baseline", {"agents.phone_desk": 2}). docs/levers.md explains each.')
    output.write("\n".join(lines) + "\n")
    return 0


def measures(options: argparse.Namespace) -> int:
    """What is measured, and how."""
    print(report.of_measures(_width()), end="")
    return 0


def _judge(shop: Scenario, calls: Any, options: argparse.Namespace, figure: _Target, stream: Any) -> None:
    from sim import calibrate as calibration

    verdict = calibration.validate(shop, calls, options.replications, options.seed, progress=_progress())
    print(verdict, file=stream)
    if figure.path is not None:
        drawing, kind = verdict.plot(), figure.path.suffix[1:].lower()
        figure.write(lambda path: drawing.savefig(path, format=kind))


# What the options mean


def _changed(scenario: Scenario, changes: list[str]) -> Scenario:
    """The scenario with every KEY=VALUE of --set in it."""
    import yaml

    from sim.yamlfile import Loader

    nested: dict[str, Any] = {}
    for text in changes:
        key, equals, written = text.partition("=")
        steps = [step.strip() for step in key.split(".")]
        if not equals or not all(steps):
            raise Mistake(f"--set holds {text!r}; write KEY=VALUE, such as teams.phone_desk.extra_agents=2")
        try:
            value = yaml.load(written, Loader=Loader)
        except (yaml.YAMLError, ValueError) as error:
            raise Mistake(
                f"--set {key}: {show(written)} cannot be read as YAML ({str(error).splitlines()[0]})"
            ) from None
        if value is None and not written.strip():
            raise Mistake(f"--set {key} gives no value; write {key}=VALUE, or {key}=null to take it away")
        here = nested
        for step in steps[:-1]:
            here = here.setdefault(step, {})
            if not isinstance(here, dict):
                raise Mistake(f"--set gives {key} and also something that it is part of; keep one of them")
        if steps[-1] in here:
            raise Mistake(f"--set gives {key} twice; keep one of them")
        here[steps[-1]] = value
    return scenario.with_(**nested) if nested else scenario


def _grid(changes: list[str]) -> dict[str, list[Any]]:
    """The values of every KEY=VALUE,VALUE of --set."""
    import yaml

    from sim.yamlfile import Loader

    grid: dict[str, list[Any]] = {}
    for text in changes:
        key, equals, written = (part.strip() for part in text.partition("="))
        if not equals or not key or not written:
            raise Mistake(f"--set holds {text!r}; write KEY=VALUE,VALUE, such as teams.phone_desk.extra_agents=0,1,2")
        if key in grid:
            raise Mistake(f"--set gives {key} twice; give all its values at once: {key}=VALUE,VALUE")
        try:
            values = yaml.load(f"[{written}]", Loader=Loader)
        except (yaml.YAMLError, ValueError) as error:
            raise Mistake(
                f"--set {key}: {show(written)} cannot be read as YAML ({str(error).splitlines()[0]})"
            ) from None
        grid[key] = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    return grid


def _desks(given: list[str]) -> dict[str, list[str]] | None:
    """Desks and the types that they serve, from every NAME=TYPE,TYPE of --desk."""
    desks = {}
    for text in given:
        name, equals, types = (part.strip() for part in text.partition("="))
        if not (name and equals and types):
            raise Mistake(f"--desk holds {text!r}; write NAME=TYPE or NAME=TYPE,TYPE, such as support=internet")
        desks[name] = [part.strip() for part in types.split(",")]
    return desks or None


def _window(options: argparse.Namespace, scenario: Scenario) -> None:
    """Refuse a wrong window before the run, not after it."""
    last = scenario.days if options.to_day is None else options.to_day
    if not 0 <= options.from_day < last <= scenario.days:
        raise Mistake(
            f"--from-day {options.from_day:g} and --to-day {last:g} leave nothing of the {scenario.days} days of "
            f"{scenario.name!r}; choose 0 <= from < to <= {scenario.days}"
        )


def _view(options: argparse.Namespace) -> dict[str, Any]:
    return {"by": options.by, "from_day": options.from_day, "to_day": options.to_day, "width": _width()}


def _how(options: argparse.Namespace) -> dict[str, Any]:
    return {"workers": options.workers, "folder": options.folder, "progress": _progress()}


def _stem(options: argparse.Namespace) -> str:
    return Path(options.output or options.calls[0]).stem or "fitted"


def _complete(runs: Replications, options: argparse.Namespace) -> int:
    return 0 if len(runs) == options.replications else STOPPED


def _with_notes(work: Callable[[], _T]) -> _T:
    """Do it, and pass what Python warns of on as a plain note."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("default")
        result = work()
    for warning in caught:
        _say(f"Note: {warning.message}")
    return result


def _progress() -> bool:
    return sys.stderr.isatty()


def _width() -> int:
    return max(60, min(shutil.get_terminal_size((80, 24)).columns, 100))


# Where results go


class _Target:
    """A file to write, or standard output; refuses to replace a file before any work is done."""

    def __init__(self, name: str | None, overwrite: bool) -> None:
        self.path = None if name in (None, "-") else Path(str(name)).expanduser()
        if self.path is None:
            return
        if self.path.is_dir():
            raise Mistake(f"{str(self.path)!r} is a folder; name a file in it")
        if not self.path.parent.is_dir():
            raise Mistake(f"there is no folder {str(self.path.parent)!r} to write {self.path.name!r} in")
        if self.path.suffix.lower() in (".xlsx", ".xls", ".ods"):
            raise Mistake(f"{self.path.name!r} would be no spreadsheet file; write a .csv, which spreadsheets open")
        if self.path.is_file() and not overwrite:
            raise Mistake(f"there is a file {str(self.path)!r} already; choose another name, or add --overwrite")

    @property
    def is_stdout(self) -> bool:
        """Whether there is no file to write."""
        return self.path is None

    def write(self, fill: Callable[[Path], object]) -> None:
        """Let `fill` write the file, which appears complete or not at all."""
        assert self.path is not None
        place = Path(os.path.realpath(self.path))
        if place.exists() and not place.is_file():  # a device or a pipe
            fill(place)
            return
        draft = place.with_name(f".{place.name}.{os.getpid()}.part")
        try:
            fill(draft)
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
        _say(f"Written: {self.path}")


def _figure(options: argparse.Namespace) -> _Target:
    if options.figure and Path(options.figure).suffix.lower() not in FIGURES:
        raise Mistake(f"--figure holds {options.figure!r}; it may hold a file that ends in {' or '.join(FIGURES)}")
    return _Target(options.figure, options.overwrite)


class _Output:
    """The result of a command: in which form, and where to."""

    def __init__(self, options: argparse.Namespace, forms: Sequence[str] = ("text", "json", "csv")) -> None:
        self.target = _Target(options.output, getattr(options, "overwrite", False))
        suffix = "" if self.target.path is None else self.target.path.suffix.lstrip(".").lower()
        asked = [form for form in forms if getattr(options, form, False)]
        self.form = asked[0] if asked else suffix if suffix in forms else forms[0]

    def write(self, text: str) -> None:
        """Print the text, or write it to the file."""
        if self.target.is_stdout:
            sys.stdout.write(text)
        else:
            self.target.write(lambda path: path.write_text(text, encoding="utf-8", newline="\n"))


def _say(text: str) -> None:
    with contextlib.suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {str(error.filename)!r}" if error.filename else error.strerror
    return str(error) or type(error).__name__


# The arguments


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, without a wall of usage before it."""

    def error(self, message: str) -> NoReturn:
        if message.startswith("unrecognized arguments") and "=" in message:
            message += " (every change needs its own --set)"
        self.exit(MISTAKE, f"{self.prog}: {message}\nTry: {self.prog} --help\n")


def _whole(least: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise argparse.ArgumentTypeError(f"holds {text!r}; it may hold a whole number of at least {least}")
        return number

    return read


def _day(text: str) -> float:
    try:
        day = float(text)
    except ValueError:
        day = -1.0
    if not 0 <= day < float("inf"):
        raise argparse.ArgumentTypeError(f"holds {text!r}; it may hold a number of days since the start, 0 or more")
    return day


def _dimensions(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in DIMENSIONS:
            raise argparse.ArgumentTypeError(unknown_name(name, DIMENSIONS, "dimension"))
    if len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"names a dimension twice: {text}")
    return names


def _measures(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in MEASURES:
            raise argparse.ArgumentTypeError(unknown_name(name, MEASURES, "measure"))
    return names


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m sim",
        description="Simulate the after-sales service of an online shop.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"after-sales-workbook {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, do: Callable[[argparse.Namespace], int], help_: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help_, description=help_[0].upper() + help_[1:] + ".")
        added.set_defaults(do=do)
        return added

    one = command("simulate", simulate, "run a scenario many times and print its measures with intervals")
    one.add_argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a YAML file")
    two = command("compare", compare, "let scenarios meet the same customers and print the differences")
    two.add_argument("scenarios", metavar="SCENARIO", nargs="+", help="the first is what the others are compared with")
    many = command("sweep", sweep, "try settings of a scenario on the same customers")
    many.add_argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a YAML file")
    many.add_argument("--set", action="append", required=True, metavar="KEY=VALUE,VALUE", help="values to try, such as "
                      "teams.phone_desk.extra_agents=0,1,2; given again, every combination is tried")  # fmt: skip
    many.add_argument("--measure", type=_measures, default=[], metavar="NAME,NAME", help="show only these; "
                      "python -m sim measures lists them")  # fmt: skip
    for added in (one, two, many):
        _add_runs(added)
        added.add_argument("--workers", type=_whole(1), metavar="N", help="how many work at once; what is fastest "
                           "unless given; the result is the same")  # fmt: skip
        added.add_argument("--folder", metavar="DIR", help="keep finished work there: the same command goes on where "
                           "it was stopped")  # fmt: skip
        added.add_argument("--by", type=_dimensions, help="group by slot, hour, day, weekday, channel, team, type or "
                           "segment, or by several: --by channel,hour")  # fmt: skip
        added.add_argument("--from-day", type=_day, default=0.0, metavar="DAY", help="leave out a warm-up: days since "
                           "the start, 0 unless given")  # fmt: skip
        added.add_argument("--to-day", type=_day, metavar="DAY", help="leave out what comes later")
        if added is not many:
            _add_set(added)
        form = added.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="for programs: all measures, shares as fractions")
        form.add_argument("--csv", action="store_true", help="for spreadsheets: the same, one row a measure")
        _add_output(added, "write the result to FILE; .json and .csv choose the form")

    plan = command("staff", staff, "say how many people each team needs when, in which shifts, and at what price")
    plan.add_argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a YAML file")
    plan.add_argument("--target", action="append", default=[], metavar="[CHANNEL.]MEASURE=VALUE", help="such as "
                      "service_level=0.8 or phone.abandonment=0.05; can be given again; the scenario's targets unless "
                      "given")  # fmt: skip
    plan.add_argument("--on", default="average", metavar="DAYS", help='"average", or a share such as "90 %% of days"')
    plan.add_argument("--by-simulation", action="store_true", help="put the formulas right by simulation")
    plan.add_argument("--served-by", action="append", default=[], metavar="WORK=TEAM", help="the team that is planned "
                      "for a channel or a task; can be given again")  # fmt: skip
    plan.add_argument("--show", choices=["requirement", "shifts", "check", "what-if"], default="requirement",
                      help="agents by slot (unless given), shifts that cover them, the plan lived through, or what "
                      "changes of it do and cost")  # fmt: skip
    plan.add_argument("--rules", metavar="FILE", help="YAML file with the rules of the house, for shifts")
    plan.add_argument("--plan", metavar="FILE", help="write the scenario with the plan in it to this YAML file")
    _add_runs(plan)
    _add_set(plan)
    planned = plan.add_mutually_exclusive_group()
    planned.add_argument("--json", action="store_true", help="for programs")
    planned.add_argument("--csv", action="store_true", help="for spreadsheets")
    _add_output(plan, "write the result to FILE; .json and .csv choose the form")

    fit = command("calibrate", calibrate, "estimate a scenario from an export of calls")
    judge = command("validate", validate, "put a scenario beside an export of calls")
    judge.add_argument("scenario", metavar="SCENARIO", help="a calibrated scenario, such as shop.yaml")
    for added in (fit, judge):
        added.add_argument("calls", metavar="CALLS.csv", nargs="+", help="the export, in one or more files")
        added.add_argument("--mapping", required=True, help="which columns hold what: a YAML file, or bank_1999")
        added.add_argument(
            "--figure", metavar="FILE", help="draw observed beside simulated into FILE (.png, .svg, .pdf)"
        )
        _add_runs(added)
    fit.add_argument("--name", help="name of the scenario; the file's name unless given")
    fit.add_argument("--desk", action="append", default=[], metavar="NAME=TYPE,TYPE", help="types of call that have "
                     "agents of their own; can be given again")  # fmt: skip
    fit.add_argument("--keep", metavar="SCENARIO", help="keep the customers of an earlier scenario; take demand and "
                     "head-count from the calls")  # fmt: skip
    fit.add_argument("--renew", action="append", choices=["demand", "agents"], help="with --keep: take only this from "
                     "the calls; can be given again")  # fmt: skip
    fit.add_argument("--validate", action="store_true", help="then simulate it, and print it beside the calls")
    _add_output(fit, "write the scenario to FILE; without it, it is printed")
    judge.add_argument("--overwrite", action="store_true", help="replace the figure if there is one")

    command("scenarios", scenarios, "list the shipped scenarios with their stories")
    view = command("show", show_scenario, "print a scenario as YAML, to read or to edit")
    view.add_argument("scenario", metavar="SCENARIO", help="name of a shipped scenario, or a YAML file")
    _add_set(view)
    _add_output(view, "write it to FILE")
    pulls = command("levers", levers, "list the policies that can be changed, with their ranges")
    pulls.add_argument("scenario", metavar="SCENARIO", nargs="?", default="baseline", help="name of a shipped "
                       "scenario, or a YAML file; baseline unless given")  # fmt: skip
    _add_set(pulls)
    pulls.add_argument("--csv", action="store_true", help="for spreadsheets, with what each does")
    _add_output(pulls, "write the list to FILE; .csv chooses the form")
    command("measures", measures, "list what is measured, and how")
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--replications", type=_whole(1), default=30, metavar="N", help="runs, each with other "
                        "customers and other luck; 30 unless given")  # fmt: skip
    parser.add_argument("--seed", type=_whole(0), default=1, metavar="N", help="the same seed gives the same "
                        "result; 1 unless given")  # fmt: skip


def _add_set(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="change the scenario, such as "
                        "teams.phone_desk.extra_agents=2; can be given again")  # fmt: skip


def _add_output(parser: argparse.ArgumentParser, help_: str) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help=help_)
    parser.add_argument("--overwrite", action="store_true", help="replace FILE if there is one")

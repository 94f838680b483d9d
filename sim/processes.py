"""Worker processes: each is a Python of its own that takes tasks from a pipe and writes batches back.

The standard library's process pool runs the caller's script again in every worker, so that a script without the
``if __name__ == "__main__"`` line starts workers that start workers, and it leaves its processes behind when the
caller is killed. These workers import the package and nothing else, and end when the pipe from their caller does.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import weakref
from typing import IO, Any, cast

from sim.batch import Batch, Task, work
from sim.scenario import Scenario

_PROGRAM = "import sys; sys.path[:] = {path!r}; from sim.processes import serve; serve()"


class Crew:
    """One worker process for each thread that asks for work."""

    def __init__(self) -> None:
        self._own = threading.local()
        self._members: list[subprocess.Popen[bytes]] = []
        self._dismissed = False
        self._lock = threading.Lock()
        # Whoever forgets to dismiss the crew leaves no process behind.
        weakref.finalize(self, _end, self._members, now=True)

    def work(self, scenario: Scenario, task: Task) -> Batch:
        """Let this thread's process do the task; another takes over once if that process dies."""
        for attempt in (1, 2):
            member = self._member()
            try:
                pickle.dump((scenario, task), cast("IO[bytes]", member.stdin), protocol=5)
                cast("IO[bytes]", member.stdin).flush()
                worked, result = pickle.load(cast("IO[bytes]", member.stdout))
                break
            except (EOFError, OSError, pickle.UnpicklingError):
                member.kill()
                member.wait()
                if self._dismissed:
                    raise
                if attempt == 2:
                    raise RuntimeError(
                        f"two worker processes in a row ended while they ran replication {task.first} of "
                        f"{scenario.name!r}; perhaps memory is short: try fewer workers"
                    ) from None
        if not worked:
            raise result
        return cast("Batch", result)

    def dismiss(self, *, now: bool = False) -> None:
        """End all processes; `now` does not let them finish."""
        with self._lock:
            self._dismissed = self._dismissed or now
            _end(self._members, now=now)

    def _member(self) -> subprocess.Popen[bytes]:
        member: subprocess.Popen[bytes] | None = getattr(self._own, "member", None)
        if member is None or member.poll() is not None:
            with self._lock:
                if self._dismissed:
                    raise EOFError("the workers have been dismissed")
                member = self._own.member = _start()
                self._members.append(member)
        return member


def serve() -> None:
    """The life of a worker process: do tasks from standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tasks = os.fdopen(os.dup(0), "rb")
    results = os.fdopen(os.dup(1), "wb")
    # Whatever prints must not get between the results.
    os.dup2(2, 1)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            scenario, task = pickle.load(tasks)
            try:
                answer: tuple[bool, Any] = True, work(scenario, task)
            except Exception as error:
                answer = False, _sendable(error)
            pickle.dump(answer, results, protocol=5)
            results.flush()


def _start() -> subprocess.Popen[bytes]:
    # Ctrl-C is for the caller, who then ends its workers.
    apart: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        apart = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM.format(path=sys.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **apart
    )


def _end(members: list[subprocess.Popen[bytes]], *, now: bool) -> None:
    for member in members:
        if now:
            member.kill()
        # Closing the pipe is the sign to end.
        with contextlib.suppress(OSError, ValueError):
            cast("IO[bytes]", member.stdin).close()
    for member in members:
        member.wait()
        cast("IO[bytes]", member.stdout).close()
    members.clear()


def _sendable(error: Exception) -> Exception:
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error

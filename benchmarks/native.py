"""Compile the C programs of this folder, and run them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from benchmarks.race import NotThereError

FLAGS = ("-O2", "-std=c11")


def compiler() -> str:
    """The C compiler's path."""
    for name in ("gcc", "cc", "clang"):
        found = shutil.which(name)
        if found:
            return found
    raise NotThereError("no C compiler: gcc, cc or clang")


def version() -> str:
    """The first line of what the compiler says about itself."""
    told = subprocess.run([compiler(), "--version"], capture_output=True, text=True, check=True).stdout
    return told.splitlines()[0]


@cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="bench-")


def folder() -> Path:
    """A folder for programs and their files, gone when Python ends."""
    return Path(_folder().name)


@cache
def program(name: str) -> Path:
    """The compiled program of ``name.c``."""
    source, made = Path(__file__).with_name(f"{name}.c"), folder() / f"{name}.exe"
    done = subprocess.run(
        [compiler(), *FLAGS, "-o", str(made), str(source), "-lm"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise NotThereError(f"{name}.c does not compile here: {done.stderr.strip()[-300:]}")
    return made


def numbers(name: str, *arguments: object) -> list[float]:
    """Run a program and read the numbers that it prints, one a line."""
    command = [str(program(name)), *map(str, arguments)]
    return [float(line) for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]

"""Finished batches on disk, so that an interrupted experiment goes on where it was.

A folder holds a subfolder for each thing that was counted, named after a key made of all that the sums depend on: the
content of the scenario, the seed, the software and what was counted. Whatever changes, changes the key, so an old
result is never taken for a new one. Every file is one stretch of replications in Parquet, with a checksum; it is
written beside its place and then moved there, so several processes can share the folder. Files hold numbers and
text, and reading one never executes anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import uuid
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from sim.batch import Counted, View
from sim.scenario import Scenario
from sim.versions import content, versions

_NAME = re.compile(r"(\d{7,})-(\d{7,})\.parquet")
_LABEL = b"after-sales-workbook"


class Store:
    """A folder of finished batches.

    Parameters
    ----------
    folder : str or Path
        Made if it is not there.

    Raises
    ------
    ImportError
        If pyarrow is not installed.
    ValueError
        If it is a file, or cannot be written to.
    """

    def __init__(self, folder: str | Path) -> None:
        try:
            import pyarrow.parquet  # noqa: F401
        except ImportError:
            raise ImportError(
                "folder= keeps results in Parquet files and needs pyarrow, which is not installed; install it with: "
                'pip install "after-sales-workbook[cluster]"'
            ) from None
        if not isinstance(folder, (str, os.PathLike)):
            raise ValueError(f"folder holds {folder!r}; it may hold the path of a folder")
        self.folder = Path(folder).expanduser()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(f"results cannot be kept in {str(folder)!r}: {error.strerror}") from None

    def get(self, scenario: Scenario, seed: int, view: View, first: int, last: int) -> list[tuple[int, Counted]]:
        """Stretches that are there and hold some of the replications `first` to `last` - 1.

        Returns
        -------
        list of (int, Counted)
            The first replication of each stretch, and what was counted. A damaged file is removed with a warning.
        """
        place, key = self._place(scenario, seed, view)
        found = []
        for path in sorted(place.glob("*.parquet")) if place.is_dir() else ():
            match = _NAME.fullmatch(path.name)
            begin, end = map(int, match.groups()) if match else (last, first)
            if begin < last and end >= first:
                counted = self._read(path, key, end - begin + 1)
                if counted is not None:
                    found.append((begin, counted))
        return found

    def put(self, scenario: Scenario, seed: int, view: View, first: int, counted: Counted) -> None:
        """Keep a stretch. If that fails, a warning says so and the work goes on."""
        place, key = self._place(scenario, seed, view)
        name = f"{first:07d}-{first + len(counted) - 1:07d}.parquet"
        try:
            if not (place / "about.json").exists():
                place.mkdir(exist_ok=True)
                about = {"scenario": scenario.to_yaml(), "seed": seed, "counted": _asked(view)}
                text = json.dumps(about | {"versions": dict(versions())}, indent=1, ensure_ascii=False)
                _into_place(place / "about.json", lambda draft: draft.write_text(text, encoding="utf-8"))
            _into_place(place / name, lambda draft: _write(draft, key, first, counted))
        except OSError as error:
            warnings.warn(f"a finished batch could not be kept in {str(place)!r}: {error}", stacklevel=2)

    def _place(self, scenario: Scenario, seed: int, view: View) -> tuple[Path, str]:
        about = {"seed": int(seed), "counted": _asked(view), "versions": dict(versions())}
        text = json.dumps(about, sort_keys=True) + content(scenario)
        key = hashlib.sha256(text.encode()).hexdigest()
        return self.folder / key[:24], key

    def _read(self, path: Path, key: str, count: int) -> Counted | None:
        """What a file holds; None if it is not whole, or just gone."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            # The whole file at once, so that it is not held open while another process replaces it.
            raw = path.read_bytes()
        except OSError:
            return None
        try:
            table = pq.read_table(pa.BufferReader(raw))
            about = json.loads(table.schema.metadata[_LABEL])
            groups = [tuple(labels) for labels in about["groups"]]
            values = {name: table[name].to_numpy().reshape(count, len(groups)) for name in about["sums"]}
            if about["key"] != key or about["checksum"] != _checksum(values):
                raise ValueError("its content is not what was written")
            return Counted(tuple(about["by"]), groups, values)
        except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
            reason = (str(error).splitlines() or [type(error).__name__])[0]
            warnings.warn(f"the file {str(path)!r} is damaged ({reason}); its part is worked out again", stacklevel=2)
            with contextlib.suppress(OSError):
                path.unlink()
            return None


def _write(path: Path, key: str, first: int, counted: Counted) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    about = {
        "key": key,
        "by": counted.by,
        "groups": counted.groups,
        "sums": list(counted.values),
        "checksum": _checksum(counted.values),
    }
    groups = len(counted.groups)
    columns: dict[str, Any] = {
        "replication": np.repeat(np.arange(first, first + len(counted)), groups),
        "group": np.tile(np.arange(groups), len(counted)),
    }
    columns |= {name: sums.ravel() for name, sums in counted.values.items()}
    table = pa.table(columns).replace_schema_metadata({_LABEL: json.dumps(about).encode()})
    pq.write_table(table, path)


def _into_place(path: Path, fill: Any) -> None:
    """Let `fill` write a file that appears complete or not at all."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.part")
    try:
        fill(draft)
        # Windows does not replace a file that another process reads; then that process has the same one.
        with contextlib.suppress(PermissionError):
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _asked(view: View) -> dict[str, Any]:
    window = {name: float(value) for name, value in view.window}
    return {"by": list(view.by), "window": window, "measures": view.measures and list(view.measures)}


def _checksum(values: dict[str, np.ndarray]) -> str:
    digest = hashlib.sha256()
    for name, sums in values.items():
        digest.update(name.encode() + b"\0" + np.ascontiguousarray(sums).tobytes())
    return digest.hexdigest()

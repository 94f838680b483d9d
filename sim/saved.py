"""Results that can be repeated: a table in a file, together with all that it takes to make it again.

The table is tidy, a row a measure and group. With it go the scenarios as YAML, the seed, the number of replications,
what was asked and which software answered: inside a Parquet file, or in a JSON file beside a CSV file.
"""

from __future__ import annotations

import json
import platform
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.base import show
from sim.scenario import Scenario, load
from sim.versions import PACKAGE, versions

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison, Replications


@dataclass(frozen=True)
class Saved:
    """A result that was saved.

    Attributes
    ----------
    table : pandas.DataFrame
        Columns scenario, minus (the base in rows that are differences from it, else empty), those of the groups,
        measure, estimate, low and high; before them, in a sweep, one for each path that was changed.
    about : dict
        scenarios, seed, replications, engine, by, window, confidence, settings, versions.
    """

    table: pd.DataFrame
    about: dict[str, Any]

    @property
    def scenarios(self) -> list[Scenario]:
        """What was simulated, the base first."""
        import yaml

        return [load(yaml.safe_load(text)) for text in self.about["scenarios"]]

    def rerun(self, **how: Any) -> Replications | Comparison:
        """Run it again; `how` goes to `sim.replicate` and can hold workers, client, folder or progress.

        A warning says if other software runs it now, for then the numbers may differ.
        """
        from sim.experiment import Comparison, experiment
        from sim.sweeps import Sweep

        now, then = dict(versions()), self.about["versions"]
        changed = [f"{name} {now[name]}, then {then.get(name)}" for name in now if now[name] != then.get(name)]
        if changed:
            warnings.warn(f"other software than then, so numbers may differ: {'; '.join(changed)}", stacklevel=2)
        runs = experiment(self.scenarios, self.about["replications"], self.about["seed"], **how)
        if self.about["settings"] is not None:
            return Sweep(runs, tuple(self.about["settings"]))
        return Comparison(runs) if len(runs) > 1 else runs[0]


def save(
    result: Replications | Comparison,
    path: str | Path,
    by: str | Sequence[str] | None = None,
    *,
    confidence: float = 0.95,
    **window: Any,
) -> Path:
    """Save the measures of an experiment, and of a comparison the differences too.

    Parameters
    ----------
    result : Replications, Comparison or Sweep
    path : str or Path
        Ends in .parquet, or in .csv for a spreadsheet; beside a CSV file a second one ends in .csv.json.
    by, confidence, **window
        As in `Replications.measures`.

    Returns
    -------
    Path
        Where the table is.

    Raises
    ------
    ValueError
        For another kind of file.
    """
    place = _place(path)
    table, about = _flat(result, by, confidence, window)
    if place.suffix == ".csv":
        table.to_csv(place, index=False, lineterminator="\n")
        _beside(place).write_text(json.dumps(about, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    else:
        pa, pq = _parquet()
        columns = pa.Table.from_pandas(table, preserve_index=False)
        label = {PACKAGE.encode(): json.dumps(about).encode()}
        pq.write_table(columns.replace_schema_metadata((columns.schema.metadata or {}) | label), place)
    return place


def load_results(path: str | Path) -> Saved:
    """Read what `save` wrote.

    Parameters
    ----------
    path : str or Path
        The .parquet or .csv file.

    Returns
    -------
    Saved

    Raises
    ------
    ValueError
        If the file is not a saved result, or the one beside a CSV file is missing.

    Examples
    --------
    >>> import sim, tempfile
    >>> desk = sim.one_queue(arrivals_per_hour=20, handle_minutes=5, agents=2)
    >>> runs = sim.replicate(desk, replications=3, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = sim.load_results(runs.save(f"{folder}/desk.csv"))
    >>> saved.about["replications"], saved.scenarios == [desk]
    (3, True)
    """
    import pandas as pd

    place = _place(path)
    if not place.is_file():
        raise ValueError(f"there is no file {str(path)!r}")
    try:
        if place.suffix == ".csv":
            about = json.loads(_beside(place).read_text(encoding="utf-8"))
            table = pd.read_csv(place, dtype=str, keep_default_na=False)
            for name in ("estimate", "low", "high"):
                table[name] = [float(text or "nan") for text in table[name]]
            for name in set(_NUMBERS) & set(about["by"]):
                table[name] = table[name].astype(int)
        else:
            pa, pq = _parquet()
            try:
                read = pq.read_table(place)
            except (pa.ArrowException, OSError) as error:
                raise ValueError(str(error).splitlines()[0]) from None
            about = json.loads(read.schema.metadata[PACKAGE.encode()])
            table = read.to_pandas()
        _ = about["versions"], about["scenarios"], about["seed"], about["replications"]
        for path in _paths(about["settings"]):
            table[path] = [json.loads(text) for text in table[path]]
    except FileNotFoundError:
        raise ValueError(
            f"{_beside(place).name!r} is missing beside {str(path)!r}; it says which scenario and seed the table is of"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{str(path)!r} is not a result that sim saved, or is damaged ({error})") from None
    return Saved(table, about)


# Groups that are numbers in tables.
_NUMBERS = ("hour", "day")


def _flat(
    result: Any, by: str | Sequence[str] | None, confidence: float, window: dict[str, Any]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    import pandas as pd

    from sim.experiment import Comparison

    many = isinstance(result, Comparison)
    replications = result.replications if many else (result,)
    names = result.names if many else [result.scenario.name]
    view = {"by": by, "confidence": confidence} | window
    parts = [runs.measures(**view).reset_index().assign(scenario=name, minus="") for name, runs in zip(
        names, replications, strict=True)]  # fmt: skip
    if len(replications) > 1:
        parts.append(result.differences(**view).reset_index().assign(minus=names[0]))
    groups = [by] if isinstance(by, str) else list(by or ())
    table = pd.concat(parts, ignore_index=True)
    columns = ["scenario", "minus", *groups, "measure", "estimate", "low", "high"]
    settings = getattr(result, "settings", None)
    if settings is not None:
        # As JSON, because one path may hold a number here and a mapping there.
        of_name = dict(zip(names, result.columns(), strict=True))
        paths = _paths(settings)
        table = table.assign(
            **{path: [json.dumps(of_name[name][path]) for name in table["scenario"]] for path in paths}
        )
        columns = paths + columns
    study = replications[0].study
    about = {
        "scenarios": [runs.scenario.to_yaml() for runs in replications],
        "settings": settings and list(settings),
        "seed": int(study.seed),
        "replications": len(replications[0]),
        "engine": study.engine,
        "by": groups,
        "window": window,
        "confidence": confidence,
        "versions": dict(versions()),
        "python": platform.python_version(),
    }
    return table[columns], about


def _paths(settings: Sequence[dict[str, Any]] | None) -> list[str]:
    return list(dict.fromkeys(path for setting in settings or () for path in setting))


def _place(path: str | Path) -> Path:
    if not isinstance(path, (str, Path)) or Path(path).suffix.lower() not in (".csv", ".parquet"):
        raise ValueError(f"path holds {show(str(path))}; it may hold a file name that ends in .csv or .parquet")
    return Path(path).expanduser()


def _beside(place: Path) -> Path:
    return place.with_name(place.name + ".json")


def _parquet() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise ImportError(
            "a .parquet file needs pyarrow, which is not installed; save a .csv, or install it with: "
            f'pip install "{PACKAGE}[cluster]"'
        ) from None
    return pyarrow, pyarrow.parquet

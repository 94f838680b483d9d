"""What is saved can be read, and run again to the same numbers."""

import json

import numpy as np
import pandas as pd
import pytest

import sim
from sim.measures import MEASURES


@pytest.fixture(scope="module")
def desk():
    """A desk where some hang up."""
    return sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="desk")


@pytest.fixture(scope="module")
def results(desk):
    """One of each kind."""
    more = desk.with_(name="02", teams={"agents": {"extra_agents": 1}})
    return {
        "replications": sim.replicate(desk, 3, seed=2, progress=False),
        "comparison": sim.compare([desk, more], 3, seed=2, progress=False),
        "sweep": sim.sweep(desk, {"days": [1, 2], "channels.phone.lines": [None, 3]}, 3, seed=2, progress=False),
    }


@pytest.mark.parametrize("form", ["csv", "parquet"])
@pytest.mark.parametrize("kind", ["replications", "comparison", "sweep"])
@pytest.mark.parametrize("by", [None, "hour", ["channel", "weekday"]])
def test_a_result_is_read_back_and_run_again(results, tmp_path, kind, by, form):
    result = results[kind]
    path = result.save(tmp_path / f"result.{form}", by, confidence=0.9, from_day=0.25)
    found = sim.load_results(path)
    assert (found.about["seed"], found.about["replications"], found.about["confidence"]) == (2, 3, 0.9)
    first = result.replications[0] if hasattr(result, "replications") else result
    groups = [by] if isinstance(by, str) else by or []
    mine = found.table[(found.table["scenario"] == "desk") & (found.table["minus"] == "")]
    expected = first.measures(by, confidence=0.9, from_day=0.25)
    table = mine.set_index([*groups, "measure"])[["estimate", "low", "high"]]
    pd.testing.assert_frame_equal(table, expected, check_exact=True, check_index_type=False)
    if hasattr(result, "differences"):
        against = found.table[found.table["minus"] == "desk"].set_index(["scenario", *groups, "measure"])
        np.testing.assert_array_equal(
            against[["estimate", "low", "high"]], result.differences(by, confidence=0.9, from_day=0.25)
        )
    again = found.rerun(progress=False)
    assert type(again) is type(result)
    again.save(tmp_path / f"again.{form}", by, confidence=0.9, from_day=0.25)
    pd.testing.assert_frame_equal(sim.load_results(tmp_path / f"again.{form}").table, found.table, check_exact=True)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_sweep_keeps_its_settings(results, tmp_path, form):
    results["sweep"].save(tmp_path / f"sweep.{form}")
    found = sim.load_results(tmp_path / f"sweep.{form}")
    assert found.rerun(progress=False).settings == results["sweep"].settings
    rows = found.table[found.table["measure"] == "cases"].drop_duplicates("scenario")
    pairs = rows[["days", "channels.phone.lines"]].to_numpy().tolist()
    assert [[days, None if lines is None or lines != lines else lines] for days, lines in pairs] == [
        [1, None],
        [1, None],
        [1, 3],
        [2, None],
        [2, 3],
    ]


def test_other_software_is_said_when_it_is_run_again(results, tmp_path):
    path = results["replications"].save(tmp_path / "result.csv")
    beside = tmp_path / "result.csv.json"
    about = json.loads(beside.read_text(encoding="utf-8"))
    assert set(about["versions"]) == {"after-sales-workbook", "code", "numpy", "scipy"}
    about["versions"]["numpy"] = "2.0"
    beside.write_text(json.dumps(about), encoding="utf-8")
    with pytest.warns(UserWarning, match=r"other software than then, so numbers may differ: numpy .*, then 2\.0"):
        sim.load_results(path).rerun(progress=False)


def test_a_csv_file_opens_in_a_spreadsheet(results, tmp_path):
    results["comparison"].save(tmp_path / "result.csv")
    lines = (tmp_path / "result.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "scenario,minus,measure,estimate,low,high"
    assert len(lines) == 1 + 3 * len(MEASURES)


@pytest.mark.parametrize("name", ["result.xlsx", "result", "result.txt"])
def test_another_kind_of_file_is_refused(results, tmp_path, name):
    with pytest.raises(ValueError, match=r"it may hold a file name that ends in \.csv or \.parquet"):
        results["replications"].save(tmp_path / name)


def test_what_is_no_saved_result_is_refused(results, tmp_path):
    with pytest.raises(ValueError, match=r"there is no file '.*gone\.csv'"):
        sim.load_results(tmp_path / "gone.csv")
    path = results["replications"].save(tmp_path / "result.csv")
    (tmp_path / "result.csv.json").unlink()
    with pytest.raises(ValueError, match=r"'result\.csv\.json' is missing beside"):
        sim.load_results(path)
    (tmp_path / "result.csv.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="is not a result that sim saved, or is damaged"):
        sim.load_results(path)
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "other.parquet")
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    for name in ("other", "broken"):
        with pytest.raises(ValueError, match="is not a result that sim saved, or is damaged"):
            sim.load_results(tmp_path / f"{name}.parquet")

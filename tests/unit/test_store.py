"""Finished work on disk: found again, never mistaken, redone where it is damaged, shared by two."""

import json
import subprocess
import sys
import warnings

import pyarrow.parquet as pq
import pytest

import sim
from sim import batch, store, study, versions
from sim.batch import View
from sim.store import Store


@pytest.fixture(scope="module")
def pair():
    """Two plans for a desk where some hang up."""
    desk = sim.one_queue(arrivals_per_hour=12, handle_minutes=6, agents=2, patience_minutes=4, name="two")
    return [desk, desk.with_(name="three", teams={"agents": {"extra_agents": 1}})]


@pytest.fixture(scope="module")
def whole(pair):
    """The bytes of ten replications that were never interrupted nor kept."""
    return all_bytes(sim.compare(pair, 10, workers=1, progress=False))


@pytest.fixture(autouse=True)
def short_tasks(monkeypatch):
    """Files of a few replications each."""
    monkeypatch.setattr(study, "SECONDS_A_TASK", 0.01)


@pytest.fixture
def ran(monkeypatch):
    """The replications that are really run."""
    seen = []
    true_simulate = batch.simulate

    def simulate(scenario, seed, *, replication, engine):
        seen.append((scenario.name, replication))
        return true_simulate(scenario, seed, replication=replication, engine=engine)

    monkeypatch.setattr(batch, "simulate", simulate)
    return seen


def all_bytes(duel):
    return [table.to_numpy().tobytes() for table in (duel.measures(), duel.differences(by="hour"))]


def kept(pair, folder, replications=10, **options):
    return sim.compare(pair, replications, workers=1, folder=folder, progress=False, **options)


def test_what_is_kept_is_not_run_again(pair, whole, ran, tmp_path):
    first = kept(pair, tmp_path)
    assert all_bytes(first) == whole
    assert len(ran) == 40, "ten runs of two plans, for two views"
    again = kept(pair, tmp_path)
    assert all_bytes(again) == whole
    assert len(ran) == 40
    more = kept(pair, tmp_path, 12)
    assert sorted(ran[40:]) == [("three", 10), ("three", 11), ("two", 10), ("two", 11)]
    assert more.measures().equals(sim.compare(pair, 12, workers=1, progress=False).measures())
    assert kept(pair, tmp_path, 4).measures().equals(sim.compare(pair, 4, workers=1, progress=False).measures())


def test_an_interrupted_experiment_goes_on_where_it_was(pair, whole, ran, tmp_path, monkeypatch):
    true_work = study.work
    calls = iter(range(100))

    def interrupted(*arguments):
        if next(calls) == 5:
            raise KeyboardInterrupt
        return true_work(*arguments)

    monkeypatch.setattr("sim.workers.work", interrupted)
    with pytest.warns(UserWarning, match="stopped after"):
        part = kept(pair, tmp_path)
    count = len(part.replications[0])
    assert 0 < count < 10
    assert part.measures().equals(sim.compare(pair, count, workers=1, progress=False).measures())
    monkeypatch.setattr("sim.workers.work", true_work)
    done = len(ran)
    ran.clear()
    resumed = kept(pair, tmp_path)
    assert len(set(ran)) == len(ran) < 20
    assert len(ran) <= 20 - 2 * count < done + 20
    assert all_bytes(resumed) == whole


@pytest.mark.parametrize(
    "change",
    [
        {"teams": {"agents": {"agents": 3}}},
        {"demand": {"factor": 1.0000000001}},
        {"channels": {"phone": {"answer_within_seconds": 21}}},
        {"first_day": "2026-03-03"},
    ],
)
def test_a_changed_scenario_is_not_mistaken_for_the_old_one(pair, ran, tmp_path, change):
    sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    changed = pair[0].with_(**change)
    ran.clear()
    runs = sim.replicate(changed, 3, workers=1, folder=tmp_path, progress=False)
    assert len(ran) == 3
    assert runs.measures().equals(sim.replicate(changed, 3, workers=1, progress=False).measures())


def test_the_order_of_teams_and_channels_counts(pair, ran, tmp_path):
    data = sim.load("baseline").model_dump(exclude_unset=True)
    base = sim.load({"name": "x", **data, "days": 1})
    turned = sim.load({"name": "x", **data, "days": 1, "teams": dict(reversed(data["teams"].items()))})
    assert base == turned, "equal as mappings are; but ties go to the first team"
    place = Store(tmp_path)
    assert place._place(base, 1, View()) != place._place(turned, 1, View())


def test_another_name_changes_nothing(pair, ran, tmp_path):
    sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    ran.clear()
    sim.replicate(pair[0].with_(name="the same", story="again"), 3, workers=1, folder=tmp_path, progress=False)
    assert not ran


@pytest.mark.parametrize(
    "other", [{"code": "0123456789ab"}, {"numpy": "9.9"}, {"scipy": "9.9"}, {"after-sales-workbook": "9"}]
)
def test_other_software_is_not_mistaken_for_the_same(pair, ran, tmp_path, monkeypatch, other):
    sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    ran.clear()
    changed = tuple((dict(versions.versions()) | other).items())
    monkeypatch.setattr(store, "versions", lambda: changed)
    sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    assert len(ran) == 3


def test_another_seed_or_view_is_not_mistaken_for_the_same(pair, ran, tmp_path):
    sim.replicate(pair[0], 3, seed=1, workers=1, folder=tmp_path, progress=False)
    ran.clear()
    runs = sim.replicate(pair[0], 3, seed=2, workers=1, folder=tmp_path, progress=False)
    assert len(ran) == 3
    tables = [runs.measures(from_day=0.5), runs.measures(answer_within_seconds=60), runs.measures(by="hour")]
    assert len(ran) == 12
    plain = sim.replicate(pair[0], 3, seed=2, workers=1, progress=False)
    others = [plain.measures(from_day=0.5), plain.measures(answer_within_seconds=60), plain.measures(by="hour")]
    assert all(table.equals(other) for table, other in zip(tables, others, strict=True))


def test_the_fingerprint_follows_the_code(tmp_path, monkeypatch):
    (tmp_path / "model.py").write_bytes(b"a = 1\nb = 2\n")
    monkeypatch.setattr(versions, "__file__", str(tmp_path / "versions.py"))
    first = versions._fingerprint()
    (tmp_path / "model.py").write_bytes(b"a = 1\r\nb = 2\r\n")
    assert versions._fingerprint() == first, "line ends change nothing"
    (tmp_path / "plots").mkdir()
    (tmp_path / "plots" / "page.py").touch()
    assert versions._fingerprint() == first, "nor do figures"
    (tmp_path / "measures").mkdir()
    (tmp_path / "measures" / "cases.py").touch()
    with_cases = versions._fingerprint()
    (tmp_path / "model.py").write_bytes(b"a = 1\nb = 3\n")
    assert len({first, with_cases, versions._fingerprint()}) == 3


def cut_short(raw):
    return raw[: len(raw) // 2]


def emptied(raw):
    return b""


def one_bit_turned(raw):
    # In the first page of numbers: after the magic word and the page's header.
    place = len(raw) // 8
    return raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]


def something_else(raw):
    return b"replication,contacts\n0,5\n"


@pytest.mark.parametrize("harm", [cut_short, emptied, one_bit_turned, something_else])
def test_a_damaged_file_is_found_and_redone(pair, ran, tmp_path, harm):
    expected = sim.replicate(pair[0], 4, workers=1, folder=tmp_path, progress=False).measures()
    files = sorted(tmp_path.glob("*/*.parquet"))
    files[0].write_bytes(harm(files[0].read_bytes()))
    ran.clear()
    with pytest.warns(UserWarning, match=r"0000000-.*\.parquet' is damaged .*; its part is worked out again"):
        runs = sim.replicate(pair[0], 4, workers=1, folder=tmp_path, progress=False)
    assert ran
    assert runs.measures().equals(expected)
    ran.clear()
    assert sim.replicate(pair[0], 4, workers=1, folder=tmp_path, progress=False).measures().equals(expected)
    assert not ran


def test_every_single_turned_bit_is_found_or_harmless(pair, tmp_path):
    runs = sim.replicate(pair[0], 2, workers=1, keep_logs=False, progress=False)
    counted = runs.study.counted([0], View())[0]
    place = Store(tmp_path)
    place.put(pair[0], 1, View(), 0, counted)
    (path,) = tmp_path.glob("*/*.parquet")
    raw, key = path.read_bytes(), place._place(pair[0], 1, View())[1]
    found = 0
    for at in range(0, len(raw), len(raw) // 150):
        path.write_bytes(raw[:at] + bytes([raw[at] ^ 16]) + raw[at + 1 :])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = place._read(path, key, 2)
        found += read is None
        if read is not None:
            assert all(read.values[name].tobytes() == sums.tobytes() for name, sums in counted.values.items())
    assert found > 50


def test_a_file_in_the_wrong_place_is_not_believed(pair, ran, tmp_path):
    sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    (there,) = tmp_path.iterdir()
    place = Store(tmp_path)._place(pair[1], 1, View())[0]
    there.rename(place)
    with pytest.warns(UserWarning, match="is damaged .its content is not what was written"):
        runs = sim.replicate(pair[1], 3, workers=1, folder=tmp_path, progress=False)
    assert runs.measures().equals(sim.replicate(pair[1], 3, workers=1, progress=False).measures())


def test_what_another_process_has_done_meanwhile_is_used(pair, whole, ran, tmp_path, monkeypatch):
    true_chosen = study._workers.chosen

    def chosen(*arguments):
        # While this one has just begun, another does everything.
        monkeypatch.setattr(study._workers, "chosen", true_chosen)
        kept(pair, tmp_path)
        ran.clear()
        return true_chosen(*arguments)

    monkeypatch.setattr(study._workers, "chosen", chosen)
    duel = kept(pair, tmp_path)
    assert not ran
    assert duel.measures().to_numpy().tobytes() == whole[0]


def test_two_processes_share_a_folder(pair, whole, tmp_path):
    program = (
        "import sys, sim\n"
        "from sim import study\n"
        "study.SECONDS_A_TASK = 0.01\n"
        "pair = [sim.load(path) for path in sys.argv[2:]]\n"
        "duel = sim.compare(pair, 10, engine='simpy', workers=1, folder=sys.argv[1], progress=False)\n"
        "tables = duel.measures(), duel.differences(by='hour')\n"
        "sys.stdout.write(' '.join(table.to_numpy().tobytes().hex() for table in tables))\n"
    )
    paths = [str(tmp_path / f"{scenario.name}.yaml") for scenario in pair]
    for scenario, path in zip(pair, paths, strict=True):
        scenario.to_yaml(path)
    command = [sys.executable, "-W", "error", "-c", program, str(tmp_path / "shared"), *paths]
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    for process in both:
        out, err = process.communicate()
        assert err == ""
        assert [bytes.fromhex(part) for part in out.split()] == whole
    assert not list((tmp_path / "shared").rglob("*.part"))
    assert all_bytes(kept(pair, tmp_path / "shared")) == whole


def test_a_folder_says_what_it_holds(pair, tmp_path):
    sim.replicate(pair[0], 3, seed=4, workers=1, folder=tmp_path, progress=False)
    (about,) = [json.loads(path.read_text(encoding="utf-8")) for path in tmp_path.glob("*/about.json")]
    assert about["seed"] == 4
    assert set(about["versions"]) == {"after-sales-workbook", "code", "numpy", "scipy"}
    (tmp_path / "two.yaml").write_text(about["scenario"], encoding="utf-8")
    assert sim.load(tmp_path / "two.yaml") == pair[0]
    replications = [
        n for path in sorted(tmp_path.glob("*/*.parquet")) for n in pq.read_table(path)["replication"].to_pylist()
    ]
    assert replications == [0, 1, 2]


def test_a_folder_that_cannot_be_one_is_refused(pair, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"results cannot be kept in .*file"):
        sim.replicate(pair[0], 2, folder=tmp_path / "file")
    with pytest.raises(ValueError, match="folder holds 5; it may hold the path of a folder"):
        sim.replicate(pair[0], 2, folder=5)


def test_a_full_disk_does_not_end_the_work(pair, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "_write", full)
    with pytest.warns(UserWarning, match="a finished batch could not be kept in .*No space left"):
        runs = sim.replicate(pair[0], 3, workers=1, folder=tmp_path, progress=False)
    assert len(runs) == 3
    assert not list(tmp_path.rglob("*.part"))


def test_without_pyarrow_it_says_what_to_install(pair, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(ImportError, match=r'pip install "after-sales-workbook\[cluster\]"'):
        sim.replicate(pair[0], 2, folder=tmp_path)

"""`ppo-desktop runs export`: in a format, under a name that says what it is, whole or not at all."""

from __future__ import annotations

import csv
import errno
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import gymnasium
import pytest

from ppo_desktop.cli.interruption import Interruption
from ppo_desktop.ending import INTERRUPTED, USER_ERROR
from ppo_desktop.exports.format import Format
from ppo_desktop.exports.formats import COPIED_AS, FORMATS
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.engines import PYTORCH
from ppo_desktop.runs.journal import KeptEvent
from ppo_desktop.user_files import runs_folder
from tests.command_line import complaint, desktop_here, lines
from tests.kept_runs import keep_run

Capsys = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the program is now."""
    folder = tmp_path / "Übungen ε"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("format", [*FORMATS, *COPIED_AS.values()], ids=lambda format: format.id)
def test_without_a_file_it_is_in_the_present_folder_under_a_name_that_says_what_it_is(
    capsys: Capsys, folder: Path, format: Format[ExportedRun]
) -> None:
    run = keep_run(4)
    done = desktop_here(capsys, "runs", "export", f"{run}@3", "--to", format.id, "--json=-")
    assert done.returncode == 0, done.stderr
    *on_the_way, told = lines(done.stdout)
    assert {line["event"] for line in on_the_way} <= {"exporting"}
    (written,) = folder.iterdir()
    assert told["file"] == str(written)
    assert (told["run"], told["update"], told["format"]) == (run, 3, format.id)
    assert written.name.startswith("CartPole-v1 PPO seed 1 update 3")
    assert written.name.endswith(format.suffix)


def test_a_text_goes_to_the_screen_and_nothing_else_does(capsys: Capsys, folder: Path) -> None:
    run = keep_run(4)
    done = desktop_here(capsys, "runs", "export", run, "--to", "csv", "-")
    assert (done.returncode, done.stderr) == (0, "")
    assert [row["update"] for row in csv.DictReader(done.stdout.splitlines())] == ["1", "2", "3", "4"]
    for arguments in (("--to=torch", "-"), ("--to=csv", "-", "--json=-")):
        refused = desktop_here(capsys, "runs", "export", run, *arguments)
        assert (refused.returncode, refused.stdout) == (USER_ERROR, "")
        assert complaint(refused)
    assert not list(folder.iterdir())


def test_a_file_that_holds_something_is_written_over_only_when_that_is_said(
    capsys: Capsys, folder: Path
) -> None:
    run, place = keep_run(4), folder / "Zahlen.csv"
    place.write_bytes(b"before")
    export = "runs", "export", run, "--to", "csv", str(place)
    refused = desktop_here(capsys, *export)
    assert (refused.returncode, place.read_bytes()) == (USER_ERROR, b"before")
    assert str(place) in complaint(refused)
    assert desktop_here(capsys, *export, "--force").returncode == 0
    assert place.read_bytes().startswith(b"update,")
    place.write_bytes(b"")
    assert desktop_here(capsys, *export).returncode == 0, "there was nothing to be lost"


def test_a_folder_does_not_take_the_place_of_a_file(capsys: Capsys, folder: Path) -> None:
    place = folder / "run"
    place.write_bytes(b"before")
    export = "runs", "export", keep_run(2), "--to", "tensorboard", str(place), "--force"
    refused = desktop_here(capsys, *export)
    assert (refused.returncode, place.read_bytes()) == (USER_ERROR, b"before")
    assert str(place) in complaint(refused)


def test_into_a_folder_it_gets_its_own_name(capsys: Capsys, folder: Path) -> None:
    run, below = keep_run(4), folder / "below"
    below.mkdir()
    assert desktop_here(capsys, "runs", "export", run, "--to", "json", str(below)).returncode == 0
    (written,) = below.iterdir()
    assert written.name == "CartPole-v1 PPO seed 1.jsonl"


MODULE = """
import gymnasium
from gymnasium.envs.classic_control import CartPoleEnv

gymnasium.register("Mine-v0", CartPoleEnv, max_episode_steps=20)
"""


@pytest.fixture
def environment_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An environment in a module of the user's, which can be found."""
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules" / "mine_alone.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path / "modules")
    yield "mine_alone:Mine-v0"
    _forget_module()


def _forget_module() -> None:
    sys.modules.pop("mine_alone", None)
    gymnasium.registry.pop("Mine-v0", None)


def test_a_module_that_a_run_names_is_imported_only_where_the_user_names_it(
    capsys: Capsys, folder: Path, environment_id: str
) -> None:
    run = keep_run(2, environment_id=environment_id, engine=PYTORCH)
    _forget_module()
    export = "runs", "export", run, "--to", "csv"
    refused = desktop_here(capsys, *export)
    assert refused.returncode == USER_ERROR
    assert "mine_alone" in complaint(refused)
    assert "mine_alone" not in sys.modules
    assert desktop_here(capsys, *export, "--env", environment_id).returncode == 0
    assert len(list(folder.iterdir())) == 1


def test_runs_may_be_in_another_folder(capsys: Capsys, folder: Path) -> None:
    run = keep_run(2)
    (runs_folder() / run).rename(folder / run)
    export = "runs", "export", run, "--to", "csv", "run.csv"
    assert desktop_here(capsys, *export).returncode == USER_ERROR
    assert desktop_here(capsys, *export, "--folder", str(folder)).returncode == 0
    assert (folder / "run.csv").exists()


@pytest.fixture
def with_little_room() -> Iterator[int]:
    """Let no file be larger than a little, as on a full disk; return what the system says then."""
    if sys.platform == "win32":
        pytest.skip("sets a limit that Windows does not have")
    import resource

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    yield errno.EFBIG
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("format_id", ["csv", "json", "torch", "onnx", "sb3", "python"])
def test_where_it_does_not_fit_one_line_says_so_and_nothing_is_left(
    capsys: Capsys, folder: Path, format_id: str, request: pytest.FixtureRequest
) -> None:
    run = keep_run(4)
    place = folder / "before"
    place.write_bytes(b"before")
    number = request.getfixturevalue("with_little_room")
    refused = desktop_here(capsys, "runs", "export", run, "--to", format_id, "before", "--force")
    assert refused.returncode == USER_ERROR
    assert os.strerror(number) in complaint(refused)
    assert [file.read_bytes() for file in folder.iterdir()] == [b"before"]


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="has no folder in which nobody can write")
def test_a_folder_in_which_nothing_can_be_written_is_said_in_one_line(capsys: Capsys) -> None:
    refused = desktop_here(capsys, "runs", "export", keep_run(2), "--to", "csv", "/proc/self/run.csv")
    assert refused.returncode == USER_ERROR
    assert "/proc/self/run.csv" in complaint(refused)


def test_ctrl_c_in_the_middle_leaves_nothing(
    capsys: Capsys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events, request = ExportedRun.events, Interruption._request
    is_noted = threading.Event()

    def note(self: Interruption) -> None:
        request(self)
        is_noted.set()

    def interrupted(self: ExportedRun) -> Iterator[KeptEvent]:
        for number, event in enumerate(events(self)):
            yield event
            if number == 3:
                signal.raise_signal(signal.SIGINT)
                assert is_noted.wait(60)
                assert list(folder.rglob("*.csv")), "it is being written"

    run = keep_run(100)
    monkeypatch.setattr(Interruption, "_request", note)
    monkeypatch.setattr(ExportedRun, "events", interrupted)
    done = desktop_here(capsys, "runs", "export", run, "--to", "csv")
    assert done.returncode == INTERRUPTED
    assert {line["event"] for line in lines(done.stdout)} == {"exporting"}
    assert not list(folder.iterdir())


def test_no_engine_is_prepared_where_nothing_is_learnt_again(
    capsys: Capsys, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = keep_run(4, total_steps=4 * 32)
    prepared: list[object] = []
    monkeypatch.setattr("ppo_desktop.exports.subject.is_loaded", lambda _engine: False)
    monkeypatch.setattr("ppo_desktop.cli.run_export.choose_engine", lambda *asked: prepared.append(asked))
    for moment, format, n_prepared in (
        ("", "python", 0),
        ("", "onnx", 0),
        ("@3", "onnx", 1),
        ("", "torch", 2),
    ):
        place = str(folder / f"{format}{moment}")
        done = desktop_here(capsys, "runs", "export", f"{run}{moment}", "--to", format, place)
        assert (done.returncode, len(prepared)) == (0, n_prepared)

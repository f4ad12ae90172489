"""Exports that are painted, by the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.command_line import complaint, desktop_here, lines
from tests.kept_runs import keep_run

Capsys = pytest.CaptureFixture[str]
SMALL = ("--seconds=0.4", "--fps=10", "--size=64x64")


@pytest.fixture
def run() -> str:
    return keep_run(4)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_film_is_as_the_flags_say(capsys: Capsys, run: str, tmp_path: Path, kind: str) -> None:
    place = tmp_path / f"film.{kind}"
    done = desktop_here(capsys, "runs", "export", run, f"--to={kind}", str(place), *SMALL, "--json=-")
    assert done.returncode == 0
    assert lines(done.stdout)[-1]["file"] == str(place)
    with Image.open(place) as film:
        assert (film.size, film.n_frames) == ((64, 64), 4)


@pytest.mark.usefixtures("qapp")
def test_of_a_moment_one_episode_is_filmed(capsys: Capsys, run: str, tmp_path: Path) -> None:
    places = [tmp_path / "moment.gif", tmp_path / "learning.gif"]
    for place, more in zip(places, ((), ("--film=learning",)), strict=True):
        asked = ("runs", "export", f"{run}@2", "--to=gif", str(place), *SMALL, *more, "--seconds=100")
        assert desktop_here(capsys, *asked).returncode == 0
    lengths = []
    for place in places:
        with Image.open(place) as film:
            lengths.append(film.n_frames)
    assert lengths[0] < lengths[1] == 1000


@pytest.mark.parametrize("flag", ["--size=63x64", "--size=large", "--seconds=0", "--speed=100", "--start=0"])
def test_a_film_that_cannot_be_is_refused_in_one_line(
    capsys: Capsys, run: str, flag: str, tmp_path: Path
) -> None:
    done = desktop_here(capsys, "runs", "export", run, "--to=gif", str(tmp_path / "film.gif"), flag)
    assert done.returncode == 2
    assert complaint(done)
    assert not list(tmp_path.glob("*.gif"))


def test_without_ffmpeg_there_is_no_mp4(
    capsys: Capsys, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = desktop_here(capsys, "runs", "export", run, "--to=mp4", str(tmp_path / "film.mp4"))
    assert done.returncode == 2
    assert "ffmpeg" in complaint(done)


@pytest.mark.slow
def test_no_display_is_needed(run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    place = tmp_path / "film.gif"
    command = (sys.executable, "-m", "ppo_desktop", "runs", "export", run, "--to=gif", str(place), *SMALL)
    subprocess.run(command, check=True)
    with Image.open(place) as film:
        assert film.n_frames == 4


def test_qt_and_what_reads_pictures_are_loaded_only_where_something_is_painted() -> None:
    script = (
        "import sys\nfrom ppo_desktop.cli import painted\npainted.formats()\n"
        "print(sorted({'PIL', 'PySide6', 'numpy'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"

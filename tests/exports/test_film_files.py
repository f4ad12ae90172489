"""Films as files, read back by other programs."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppo_desktop.exports import ffmpeg
from ppo_desktop.exports.film_files import FILM_WRITERS, Pixels, Reel, write_gif, write_mp4, write_webp
from ppo_desktop.exports.film_plan import FILM_KINDS, FRAME_RATES

GROUND, CAR = 0xFFEAEEF3, 0xFF18202B
needs_ffmpeg = pytest.mark.skipif(ffmpeg.ffmpeg() is None, reason="there is no ffmpeg")
KINDS = ["gif", "webp", pytest.param("mp4", marks=needs_ffmpeg)]


def frames() -> Iterator[Pixels]:
    """Yield a dark square that moves over a bright ground, and rests at the end."""
    for number in range(6):
        pixels = np.full((48, 82), GROUND, np.uint32)
        left = 10 * min(number, 4)
        pixels[20:30, left : left + 10] = CAR
        yield pixels


REEL = Reel(82, 48, 20, 6, frames)


def rgb(pixels: Pixels) -> np.ndarray:
    return np.stack([pixels >> shift & 0xFF for shift in (16, 8, 0)], axis=-1)


def test_every_kind_can_be_written() -> None:
    assert set(FILM_WRITERS) == set(FILM_KINDS)


@pytest.mark.parametrize("write", [write_gif, write_webp])
@pytest.mark.parametrize("frame_rate", FRAME_RATES)
def test_pillow_reads_every_frame_as_it_was(write, frame_rate: int, tmp_path: Path) -> None:
    write(tmp_path / "film", replace(REEL, frame_rate=frame_rate))
    with Image.open(tmp_path / "film") as film:
        assert film.size == (82, 48)
        assert film.n_frames == 6
        assert film.info["loop"] == 0
        milliseconds = 0
        for number, pixels in enumerate(frames()):
            film.seek(number)
            film.load()
            milliseconds += film.info["duration"]
            difference = np.abs(np.asarray(film.convert("RGB")).astype(int) - rgb(pixels))
            assert not difference[1:].any()  # one pixel may say that a frame is another
            assert difference.max() <= 1
    assert milliseconds == 6 * 1000 / frame_rate


def test_of_many_colours_a_gif_keeps_the_flat_ones_and_is_near_to_the_others(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 1 << 24, (48, 82), np.uint32) | 0xFF000000
    noise[:24] = GROUND
    write_gif(tmp_path / "film", replace(REEL, n_frames=1, frames=lambda: iter([noise])))
    with Image.open(tmp_path / "film") as film:
        shown = np.asarray(film.convert("RGB")).astype(int)
    np.testing.assert_array_equal(shown[:24], rgb(noise[:24]))
    assert np.abs(shown[24:] - rgb(noise[24:])).mean() < 40


@needs_ffmpeg
def test_a_gif_has_nothing_other_programs_complain_of(tmp_path: Path) -> None:
    write_gif(tmp_path / "film.gif", REEL)
    program = [str(ffmpeg.ffmpeg()), "-v", "error", "-i", str(tmp_path / "film.gif"), "-f", "null", "-"]
    assert subprocess.run(program, capture_output=True, check=True).stderr == b""


@needs_ffmpeg
def test_mp4_is_what_every_player_plays(tmp_path: Path) -> None:
    write_mp4(tmp_path / "film.mp4", REEL)
    probe = Path(str(ffmpeg.ffmpeg())).with_name("ffprobe")
    asked = ("-count_frames", "-show_streams", "-of", "json", str(tmp_path / "film.mp4"))
    said = subprocess.run([probe, "-v", "error", *asked], capture_output=True, check=True).stdout
    (stream,) = json.loads(said)["streams"]
    assert (stream["codec_name"], stream["pix_fmt"]) == ("h264", "yuv420p")
    assert (stream["width"], stream["height"]) == (82, 48)
    assert int(stream["nb_read_frames"]) == 6
    assert float(stream["duration"]) == pytest.approx(6 / 20)


class Enough(Exception):
    """Somebody has had enough."""


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """The programs that are started."""
    started: list[subprocess.Popen[bytes]] = []
    start = subprocess.Popen

    def noted(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(start(*arguments, **options))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", noted)
    return started


@pytest.mark.parametrize("kind", KINDS)
def test_what_ends_the_frames_ends_the_film_and_every_program(
    kind: str, tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    def two() -> Iterator[Pixels]:
        yield next(frames())
        raise Enough

    with pytest.raises(Enough):
        FILM_WRITERS[kind](tmp_path / "film", replace(REEL, frames=two))
    assert all(process.returncode is not None for process in started)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is full")
@pytest.mark.parametrize("write", [write_gif, write_webp])
def test_a_full_disk_is_an_error_of_the_system(write) -> None:
    with pytest.raises(OSError, match="No space left"):
        write(Path("/dev/full"), REEL)


@needs_ffmpeg
def test_what_ffmpeg_cannot_do_is_said_in_one_line(
    tmp_path: Path, started: list[subprocess.Popen[bytes]]
) -> None:
    with pytest.raises(OSError, match=r"^[^\n]+$"):
        write_mp4(tmp_path / "no such folder" / "film.mp4", REEL)
    assert started[0].returncode


def test_without_ffmpeg_it_is_said_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert FILM_KINDS["gif"].why_not() == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ffmpeg" in FILM_KINDS["mp4"].why_not()
    with pytest.raises(OSError, match="ffmpeg"):
        write_mp4(tmp_path / "film.mp4", REEL)


def test_a_program_in_the_present_folder_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ffmpeg", "ffmpeg.exe"):
        (tmp_path / name).write_text("#!/bin/sh\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ".")
    assert ffmpeg.ffmpeg() is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert ffmpeg.ffmpeg() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="needs a program that is a script")
def test_what_ffmpeg_complains_of_is_an_error_whatever_its_status(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text(
        "#!/bin/sh\ncat > /dev/null\necho 'film.mp4: No space left on device' >&2\n", encoding="utf-8"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(OSError, match="No space left") as raised:
        write_mp4(tmp_path / "film.mp4", REEL)
    assert raised.value.errno == errno.ENOSPC


@pytest.mark.skipif(sys.platform == "win32", reason="there it has no console")
def test_ctrl_c_of_the_terminal_is_not_for_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text('#!/bin/sh\ncat > /dev/null\nps -o pgid= -p $$ > "$GROUP"\n', encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("GROUP", str(tmp_path / "group"))
    write_mp4(tmp_path / "film.mp4", REEL)
    assert int((tmp_path / "group").read_text(encoding="utf-8")) != os.getpgrp()

"""Runs are saved whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from ppo_desktop import library
from ppo_desktop.cli import painted
from ppo_desktop.exports.format import Cancelled, CannotExport, Format, Offer, Progress, save, save_whole
from ppo_desktop.exports.formats import COMPARISON_FORMATS, COPIED_AS, FORMATS, STUDY_FORMATS
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.glossary import GLOSSARY
from tests.kept_runs import keep_run


@pytest.fixture
def subject() -> ExportedRun:
    return ExportedRun(library.open_run(keep_run(4)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "Ausgeführt"
    folder.mkdir()
    return folder


def format_with(write: object) -> Format[ExportedRun]:
    return Format("x", "X", ".x", "", write)  # type: ignore[arg-type]


def offered(subject: ExportedRun) -> Offer[ExportedRun]:
    return Offer("run", lambda: subject)


def told(_share: float) -> None:
    pass


def everything_in(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), Cancelled(), CannotExport("no")])
def test_an_error_in_the_middle_leaves_what_was_there(
    subject: ExportedRun, folder: Path, error: Exception
) -> None:
    def fail(_subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
        fresh.write_bytes(b"half")
        raise error

    place = folder / "Übung.x"
    place.write_bytes(b"before")
    with pytest.raises(type(error)):
        save(format_with(fail), offered(subject), place, told)
    assert everything_in(folder) == [place]
    assert place.read_bytes() == b"before"


def test_a_folder_takes_an_empty_one_s_place_and_no_other_s(subject: ExportedRun, folder: Path) -> None:
    def write(_subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
        fresh.mkdir()
        (fresh / "a").write_bytes(b"1")

    empty, full = folder / "empty", folder / "full"
    empty.mkdir()
    full.mkdir()
    (full / "b").touch()
    save(format_with(write), offered(subject), empty, told)
    assert (empty / "a").read_bytes() == b"1"
    with pytest.raises(OSError, match="not empty"):
        save(format_with(write), offered(subject), full, told)
    assert everything_in(full) == [full / "b"]


@pytest.mark.skipif(sys.platform == "win32", reason="has no such rights")
def test_who_may_read_and_write_what_was_there_stays(subject: ExportedRun, folder: Path) -> None:
    def write(_subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
        if fresh.name == "folder":
            fresh.mkdir()
        else:
            fresh.write_bytes(b"1")

    (folder / "folder").mkdir()
    (folder / "file").write_bytes(b"before")
    for name, mode in (("folder", 0o2770), ("file", 0o600)):
        (folder / name).chmod(mode)
        save(format_with(write), offered(subject), folder / name, told)
        assert (folder / name).stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(sys.platform == "win32", reason="may not make links")
def test_where_links_lead_in_a_circle_it_takes_the_place_of_one(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.symlink_to(second)
    second.symlink_to(first)
    save_whole(first, lambda fresh: fresh.write_text("whole"))
    assert first.read_text() == "whole"
    assert not list(tmp_path.glob(".ppo-desktop-*"))


@pytest.mark.skipif(sys.platform == "win32", reason="a link needs rights there, and a pipe has no path")
def test_a_link_is_followed_and_a_pipe_stays(subject: ExportedRun, folder: Path) -> None:
    def write(_subject: ExportedRun, fresh: Path, _progress: Progress) -> None:
        fresh.write_bytes(b"1")

    target, link, pipe = folder / "a" / "target", folder / "link", folder / "pipe"
    target.parent.mkdir()
    target.write_bytes(b"before")
    link.symlink_to(target)
    os.mkfifo(pipe)
    save(format_with(write), offered(subject), link, told)
    assert link.is_symlink()
    assert target.read_bytes() == b"1"
    with pytest.raises(OSError, match="pipe"):
        save(format_with(write), offered(subject), pipe, told)
    assert pipe.is_fifo()


def test_what_refuses_a_run_writes_nothing(subject: ExportedRun, folder: Path) -> None:
    refusing = Format("x", "X", ".x", "", lambda *_: None, lambda _: "Not this one.")
    with pytest.raises(CannotExport, match=r"Not this one\."):
        save(refusing, offered(subject), folder / "a.x", told)
    assert everything_in(folder) == []


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: format.id)
def test_every_format_ends_when_it_is_cancelled(
    format: Format[ExportedRun], subject: ExportedRun, folder: Path
) -> None:
    def cancel(_share: float) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        save(format, offered(subject), folder / "a", cancel)
    assert everything_in(folder) == []


AGREED = {"python", "sb3", "onnx", "torch", "tensorboard", "csv", "json", "gif", "mp4", "html"}
"""Ids on which scripts rely."""


def test_formats_differ_and_are_explained() -> None:
    of_runs = list(
        {format.id: format for format in (*FORMATS, *COPIED_AS.values(), *painted.formats())}.values()
    )
    assert {format.id for format in of_runs} >= AGREED
    for formats in (of_runs, COMPARISON_FORMATS, STUDY_FORMATS):
        names = {format.suffix for format in formats}  # else one would stand in the way of another
        for seen in ({format.label for format in formats}, {format.id for format in formats}, names):
            assert len(seen) == len(formats)
        assert all(format.explanation in GLOSSARY for format in formats)

"""Lines at the end of a file: all of them or none, however the disk fails and whoever writes too."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import ComparisonFile, load
from ppo_desktop.whole_files import append
from tests.comparisons import compared, ended_with

FIRST, LINE = b"first\n", b"a line\n"
ROOT = str(Path(__file__).resolve().parents[1])


def room_for(monkeypatch: pytest.MonkeyPatch, n_bytes: int) -> None:
    """Let the disk take so many bytes more, as a full one does: the last write is a part of one."""
    write, left = os.write, [n_bytes]

    def limited(descriptor: int, data: Any) -> int:
        if not left[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(descriptor, bytes(data)[: left[0]])
        left[0] -= written
        return written

    monkeypatch.setattr(os, "write", limited)


def test_the_first_line_stands_before_all_others_once(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "down" / "file"
    append(path, LINE, FIRST)
    append(path, LINE * 2, FIRST)
    assert path.read_bytes() == FIRST + LINE * 3


def test_a_line_that_was_cut_off_gets_its_end(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first\ncut o")
    append(path, LINE, FIRST)
    assert path.read_bytes() == b"first\ncut o\n" + LINE


@pytest.mark.parametrize("room", [0, 1, len(FIRST), len(FIRST) + 3])
def test_lines_for_which_there_is_no_room_leave_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "file"
    room_for(monkeypatch, room)
    with pytest.raises(OSError, match="No space"):
        append(path, LINE, FIRST)
    assert not path.exists()


@pytest.mark.parametrize("room", range(len(LINE)))
def test_lines_for_which_there_is_no_room_leave_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(FIRST)
    room_for(monkeypatch, room)
    with pytest.raises(OSError, match="No space"):
        append(path, LINE, FIRST)
    assert path.read_bytes() == FIRST


def test_a_disk_that_takes_lines_in_parts_gets_all_of_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:4]))
    append(tmp_path / "file", LINE, FIRST)
    assert (tmp_path / "file").read_bytes() == FIRST + LINE


def test_what_others_have_appended_is_not_cut_off_with_what_did_not_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / "file", os.write
    path.write_bytes(FIRST)

    def others_come_between(descriptor: int, data: Any) -> int:
        if path.read_bytes() != FIRST:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = write(descriptor, bytes(data)[:3])
        write(descriptor, b"\ntheirs\n")
        return written

    monkeypatch.setattr(os, "write", others_come_between)
    with pytest.raises(OSError, match="No space"):
        append(path, LINE, FIRST)
    assert b"\ntheirs\n" in path.read_bytes()


FILLER = """
import resource, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import ComparisonFile
from tests.comparisons import compared, ended_with

file = ComparisonFile(Path({path!r}), compared(n_seeds=2))
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
for room, key in ((300, RunKey(0, 1)), (most, RunKey(1, 1)), (file.path, RunKey(0, 2)), (most, RunKey(1, 2))):
    if isinstance(room, Path):
        room = room.stat().st_size + 300
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, most))
    try:
        file.add(key, ended_with(100.0))
    except OSError:
        print(key.variant, key.seed, file.path.exists(), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_a_disk_that_fills_up_in_the_middle_of_a_line_loses_no_run(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    script = FILLER.format(root=ROOT, path=str(path))
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.stdout.splitlines() == ["0 1 False", "0 2 True"], done.stderr
    kept = load(path)
    assert kept.n_left_out == 0
    assert list(kept.records) == [RunKey(0, 1), RunKey(1, 1), RunKey(0, 2), RunKey(1, 2)]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {root!r})
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import ComparisonFile
from tests.comparisons import compared, ended_with

file = ComparisonFile(Path({path!r}), compared(n_seeds=20))
sys.stdin.readline()
for seed in range(1, 21):
    file.add(RunKey({variant}, seed), ended_with(100.0))
"""


def test_lines_of_two_programs_that_append_at_once_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "kept.jsonl"
    ComparisonFile(path, compared(n_seeds=20)).add(RunKey(0, 1), ended_with(100.0))
    scripts = [WRITER.format(root=ROOT, path=str(path), variant=variant) for variant in (0, 1)]
    programs = [
        subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE)
        for script in scripts
    ]
    for program in programs:
        assert program.stdin is not None
        program.stdin.write(b"go\n")
        program.stdin.close()
    assert [program.wait(100) for program in programs] == [0, 0]
    kept = load(path)
    assert kept.n_left_out == 0
    assert len(kept.records) == 40

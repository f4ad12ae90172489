"""`ppo-desktop lesson`."""

from __future__ import annotations

from pathlib import Path

import pytest

from ppo_desktop.lessons.course import course, open_lesson
from tests.command_line import complaint, desktop_here, lines
from tests.lessons_written import line_of, written

Capsys = pytest.CaptureFixture[str]


def test_the_lessons_that_ship_are_listed_in_their_order(capsys: Capsys) -> None:
    done = desktop_here(capsys, "lesson", "list", "--json=-")
    assert [one["lesson"] for one in lines(done.stdout)] == [one.lesson.id for one in course()]


def test_a_file_that_is_no_lesson_is_refused_in_one_line_with_the_line(
    capsys: Capsys, tmp_path: Path
) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(written())
    assert desktop_here(capsys, "lesson", "check", str(path)).returncode == 0
    path.write_bytes(written("seeds: 3", "seeds: 2"))
    refused = desktop_here(capsys, "lesson", "check", str(path))
    assert f"mine.md, line {line_of('seeds: 3')}: " in complaint(refused)
    for elsewhere in (tmp_path / "none.md", tmp_path):
        assert complaint(desktop_here(capsys, "lesson", "check", str(elsewhere)))


def test_the_runs_of_a_lesson_are_recorded_beside_it(capsys: Capsys, tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_bytes(written())
    done = desktop_here(capsys, "lesson", "record", str(path), "--json=-")
    opened = open_lesson(path)
    told = [one["outcome"] for one in lines(done.stdout) if one["event"] == "claim"]
    kept = opened.recorded()
    assert told == [one.outcome(kept.comparison, kept.records).value for one in opened.lesson.claims]

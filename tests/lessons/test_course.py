"""The lessons that ship, and the runs recorded for a lesson."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.store import UnreadableComparison
from ppo_desktop.lessons import course as course_module
from ppo_desktop.lessons.course import Opened, course, open_lesson
from ppo_desktop.resource_files import resource_path
from tests.comparisons import ended_with
from tests.lessons_written import written


@pytest.fixture
def opened(tmp_path: Path) -> Opened:
    path = tmp_path / "01-small.md"
    path.write_bytes(written())
    return open_lesson(path)


def test_every_lesson_that_ships_is_read_and_has_the_id_of_its_file() -> None:
    files = sorted(resource_path("lessons").glob("*.md"))
    assert [
        f"{path.name[:2]}-{opened.lesson.id}.md" for path, opened in zip(files, course(), strict=True)
    ] == [path.name for path in files]


def test_a_lesson_that_somebody_has_spoilt_is_left_out_and_logged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "02-small.md").write_bytes(written())
    (tmp_path / "01-broken.md").write_bytes(written("seeds: 3", "seeds: none"))
    monkeypatch.setattr(course_module, "resource_path", lambda _name: tmp_path)
    with caplog.at_level(logging.WARNING):
        assert [one.path.name for one in course()] == ["02-small.md"]
    assert "01-broken.md" in caplog.text


def test_recorded_runs_come_back_with_their_results(opened: Opened) -> None:
    comparison = opened.lesson.comparison
    records = {key: ended_with(100.0 * key.variant + key.seed) for key in comparison.run_keys()}
    opened.record(records)
    kept = opened.recorded()
    assert kept.comparison == comparison
    outcomes = [claim.outcome(comparison, kept.records) for claim in opened.lesson.claims]
    assert outcomes == [claim.outcome(comparison, records) for claim in opened.lesson.claims]


def test_runs_of_other_settings_or_of_no_lesson_are_not_shown(opened: Opened) -> None:
    with pytest.raises(UnreadableComparison):
        opened.recorded()
    comparison = opened.lesson.comparison
    opened.record({key: ended_with(float(key.seed)) for key in comparison.run_keys()})
    opened.path.write_bytes(written("seeds: 3", "seeds: 4"))
    with pytest.raises(UnreadableComparison):
        open_lesson(opened.path).recorded()
    lines = opened.recorded_path.read_bytes().splitlines(keepends=True)
    opened.recorded_path.write_bytes(b"".join(lines[:-1]))
    with pytest.raises(UnreadableComparison):
        opened.recorded()
    assert RunKey(0, 1) in {*comparison.run_keys()}

"""The lessons that ship, in their order, and the runs recorded for a lesson."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path

from ppo_desktop.comparison.serialization import KeptComparison, first_line, run_line
from ppo_desktop.comparison.store import SUFFIX, UnreadableComparison, load
from ppo_desktop.comparison.summary import RunRecords
from ppo_desktop.lessons.blocks import LessonError
from ppo_desktop.lessons.lesson import Lesson
from ppo_desktop.lessons.reading import load_lesson
from ppo_desktop.resource_files import resource_path
from ppo_desktop.whole_files import write_whole

RECORDED = "recorded"
"""The folder beside lessons in which runs are recorded for them."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Opened:
    """A lesson, and the file it was read from."""

    lesson: Lesson
    path: Path

    @property
    def recorded_path(self) -> Path:
        """Where its recorded runs are, if it has any."""
        return self.path.parent / RECORDED / f"{self.lesson.id}{SUFFIX}"

    def recorded(self) -> KeptComparison:
        """Return its recorded runs, or raise UnreadableComparison where there are none of this lesson."""
        kept = load(self.recorded_path)
        ours = self.lesson.comparison
        if kept.comparison.titled(ours.title) != ours:
            raise UnreadableComparison(f"{self.recorded_path.name} was recorded with other settings.")
        ended = {key for key, record in kept.records.items() if record.end is not None}
        if not ended >= {*ours.run_keys()}:
            raise UnreadableComparison(f"{self.recorded_path.name} lacks runs of the lesson.")
        return kept

    def record(self, records: RunRecords) -> None:
        """Write runs of its comparison, all of which have ended, in the place of those recorded before.

        What they have learnt is left out: only their curves are shown.

        Raises:
            OSError: They cannot be written.
        """
        lines = [first_line(self.lesson.comparison)]
        for key in self.lesson.comparison.run_keys():
            lines.append(run_line(key, replace(records[key], policy=None)))
        write_whole(self.recorded_path, b"".join(lines))


def open_lesson(path: Path) -> Opened:
    """Return the lesson in a file.

    Raises:
        LessonError: It is none, or wrong.
        OSError: The file cannot be read.
    """
    return Opened(load_lesson(path), path)


def course() -> list[Opened]:
    """Return the lessons that ship, in the order of the names of their files.

    One that cannot be read, for somebody has changed it, is left out and logged.
    """
    lessons = []
    for path in sorted(resource_path("lessons").glob("*.md")):
        try:
            lessons.append(open_lesson(path))
        except (LessonError, OSError) as error:
            logger.warning("The lesson %s is left out: %s", path.name, error)
    return lessons

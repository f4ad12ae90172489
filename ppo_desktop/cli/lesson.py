"""`ppo-desktop lesson`: what lessons there are, and whether a file is one that does what it says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ppo_desktop.cli import flags

if TYPE_CHECKING:
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.lessons.course import Opened

SUMMARY = "list lessons, check one, record its runs"


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Declare what can be written after `lesson`."""
    parser.description = "Lessons: those that ship, and your own."
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="list those that ship", allow_abbrev=False)
    checking = actions.add_parser("check", help="say whether a file is a lesson", allow_abbrev=False)
    recording = actions.add_parser(
        "record",
        help="let its runs learn, keep them beside it, for where no run can learn, and say whether its "
        "claims hold",
        allow_abbrev=False,
    )
    for one in (checking, recording):
        one.add_argument("file", metavar="FILE", type=Path, help="the lesson's file")
    for one in (listing, checking, recording):
        flags.add_json(one)


def run(options: argparse.Namespace) -> int:
    """Do what is asked and return the exit status.

    Raises:
        Refused: The file is no lesson, or cannot be read.
    """
    from ppo_desktop.cli.reporter import Reporter
    from ppo_desktop.cli.screen import own_screen
    from ppo_desktop.lessons.course import course

    if options.action == "record":
        return _record(_opened(options.file), options.json)
    lessons = course() if options.action == "list" else [_opened(options.file)]
    with own_screen(options.json) as screen, Reporter(options.json, screen) as reporter:
        for opened in lessons:
            reporter.write("lesson", **_facts(opened))
            lesson = opened.lesson
            reporter.say(f"{lesson.id}  {lesson.part.label} · {lesson.title}  {lesson.minutes} min")
    return 0


def _record(opened: Opened, json_file: Path | None) -> int:
    """Let all runs of a lesson learn, write them beside it once all have ended, and report its claims."""
    from ppo_desktop.cli.reporter import foreground
    from ppo_desktop.comparison.experiment import Experiment

    comparison = opened.lesson.comparison
    with foreground(json_file, {}) as (reporter, noted), Experiment(comparison) as experiment:
        noted.cancel_at_once(experiment.cancel)
        reporter.begin(comparison.work, "steps", comparison.title)
        for _ in experiment.events():
            reporter.advance(experiment.done, "")
        if experiment.is_complete:
            opened.record(experiment.records)
            _report_claims(opened, experiment.records, reporter)
        reporter.write("finished", reason="completed" if experiment.is_complete else "interrupted")
    return 0


def _report_claims(opened: Opened, records: Any, reporter: Reporter) -> None:
    comparison = opened.lesson.comparison
    for claim in opened.lesson.claims:
        outcome = claim.outcome(comparison, records)
        gaps = [gap.mean for gap in claim.differences(comparison, records)]
        reporter.write("claim", measure=claim.measure_name, outcome=outcome.value, differences=gaps)
        reporter.say(f"{claim.measure.label}: {outcome.label}")


def _opened(path: Path) -> Opened:
    from ppo_desktop.lessons.blocks import LessonError
    from ppo_desktop.lessons.course import open_lesson

    try:
        return open_lesson(path)
    except LessonError as error:
        raise flags.Refused(f"{path.name}, {error}") from error
    except OSError as error:
        raise flags.Refused(f"{path} cannot be read: {error.strerror or error}.") from error


def _facts(opened: Opened) -> dict[str, Any]:
    lesson = opened.lesson
    return {
        "lesson": lesson.id,
        "title": lesson.title,
        "part": lesson.part.value,
        "minutes": lesson.minutes,
        "file": str(opened.path),
    }

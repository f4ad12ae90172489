"""The numbers of a run: JSON lines, and tables as CSV with decimal points and units in the header."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ppo_desktop.comparison.csv_text import Row, write_csv
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.json_lines import event_fields, json_line
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.events import EpisodeEnded, UpdateFinished
from ppo_desktop.ppo.quantities import BITS, NATS, UPDATE_QUANTITIES
from ppo_desktop.runs.journal import KeptEvent

_UPDATE_COLUMNS = {
    name: f"{name} ({NATS.name})" if quantity.unit in (BITS, NATS) else name
    for name, quantity in UPDATE_QUANTITIES.items()
}
"""{field of an update: its column}. Events have in nats what is shown in bits."""


def write_json(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write what the run has reported, as `train --json` does."""
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        for event in _told(subject, progress):
            if (fields := event_fields(event)) is not None:
                file.write(json_line(fields))


def write_updates(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a row for each update."""
    _write_rows(
        fresh, (_update_row(event) for event in _told(subject, progress) if isinstance(event, UpdateFinished))
    )


def write_episodes(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a row for each episode."""
    _write_rows(
        fresh, (_episode_row(event) for event in _told(subject, progress) if isinstance(event, EpisodeEnded))
    )


def _told(subject: ExportedRun, progress: Progress) -> Iterator[KeptEvent]:
    """Yield what has happened, and say how much of it that is."""
    progress(0.0)
    for event in subject.events():
        yield event
        if isinstance(event, UpdateFinished):
            progress(event.update / subject.update)


def _write_rows(fresh: Path, rows: Iterator[Row]) -> None:
    with fresh.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, rows)


def _update_row(event: UpdateFinished) -> Row:
    measured = {column: getattr(event, name) for name, column in _UPDATE_COLUMNS.items()}
    return {
        "update": event.update,
        "environment_steps": event.steps,
        "mean_return_100": event.mean_return_100,
        **measured,
    }


def _episode_row(event: EpisodeEnded) -> Row:
    return {
        "environment_steps": event.steps,
        "agent": event.agent,
        "return": event.episode_return,
        "length (steps)": event.length,
        "mean_return_100": event.mean_return_100,
    }

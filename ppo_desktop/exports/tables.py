"""The numbers of a run: JSON lines, and tables as CSV with decimal points and units in the header."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any

from ppo_desktop.comparison.csv_text import CsvCell, write_csv
from ppo_desktop.exports.format import Progress
from ppo_desktop.exports.json_lines import event_fields, json_line
from ppo_desktop.exports.subject import Change, ExportedRun
from ppo_desktop.library import labels_of
from ppo_desktop.ppo.events import (
    EngineChanged,
    EpisodeEnded,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.quantities import BITS, NATS, QUANTITIES, UPDATE_QUANTITIES
from ppo_desktop.runs.journal import KeptEvent


def with_unit(name: str) -> str:
    """Return the name of a quantity as a header; events have in nats what is shown in bits."""
    return f"{name} ({NATS.name})" if QUANTITIES[name].unit in (BITS, NATS) else name


def write_json(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write what the run is, then what it has reported, as `train --json` does, and what was changed."""
    with fresh.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json_line(_run_fields(subject)))
        changes = iter(subject.changes)
        for event in _told(subject, progress):
            for fields in _event_fields(event, changes):
                file.write(json_line(fields))


def _run_fields(subject: ExportedRun) -> dict[str, Any]:
    settings, parent = subject.settings, subject.kept.journal.parent
    return {
        "event": "run",
        "run": subject.kept.folder.name,
        "name": labels_of(subject.kept.folder).name,
        "environment_id": settings.environment_id,
        "algorithm": settings.algorithm.value,
        "seed": settings.seed,
        "engine": subject.engines[0],
        "parent": parent and {"run": parent.run, "update": parent.update},
        "update": subject.update,
        "hyperparameters": asdict(subject.first_settings.hyperparameters),
    }


def _event_fields(event: KeptEvent, changes: Iterator[Change]) -> Iterator[dict[str, Any]]:
    """Yield what there is to say of an event; the next `changes` are those that it tells of."""
    match event:
        case HyperparametersChanged():
            for change in islice(changes, len(event.changes)):
                yield {"event": "change", "steps": event.steps, **change._asdict()}
        case EngineChanged():
            yield {"event": "engine", "steps": event.steps, "update": event.update, "engine": event.engine}
        case RunFinished():
            yield {"event": "finished", "reason": event.reason.value, "steps": event.steps}
        case _:
            if (fields := event_fields(event)) is not None:
                yield fields


def write_updates(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a row for each update."""
    updates = (event for event in _told(subject, progress) if isinstance(event, UpdateFinished))
    _write_rows(fresh, _UPDATE_COLUMNS, updates)


def write_episodes(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write a row for each episode."""
    episodes = (event for event in _told(subject, progress) if isinstance(event, EpisodeEnded))
    _write_rows(fresh, _EPISODE_COLUMNS, episodes)


def _told(subject: ExportedRun, progress: Progress) -> Iterator[KeptEvent]:
    """Yield what has happened, and say how much of it that is."""
    progress(0.0)
    for event in subject.events():
        yield event
        if isinstance(event, UpdateFinished):
            progress(event.update / subject.update)


def _write_rows(
    fresh: Path, columns: Mapping[str, Callable[[Any], CsvCell]], events: Iterator[KeptEvent]
) -> None:
    rows = ({name: read(event) for name, read in columns.items()} for event in events)
    with fresh.open("w", encoding="utf-8", newline="") as file:
        write_csv(file, rows, columns)


_UPDATE_COLUMNS: Mapping[str, Callable[[UpdateFinished], CsvCell]] = {
    "update": attrgetter("update"),
    "environment_steps": attrgetter("steps"),
    "mean_return_100": attrgetter("mean_return_100"),
    **{with_unit(name): attrgetter(name) for name in UPDATE_QUANTITIES},
}
_EPISODE_COLUMNS: Mapping[str, Callable[[EpisodeEnded], CsvCell]] = {
    "environment_steps": attrgetter("steps"),
    "agent": lambda event: event.agent + 1,
    "return": attrgetter("episode_return"),
    "length (steps)": attrgetter("length"),
    "mean_return_100": attrgetter("mean_return_100"),
}
"""{column: what reads it}; agents are counted from 1, as in the window."""

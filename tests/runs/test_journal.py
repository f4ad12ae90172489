"""The file of a run: what its lines say, and what of them is not believed."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import EpisodeEnded
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import journal as journals
from ppo_desktop.runs import keeping
from ppo_desktop.runs.journal import (
    EPISODE_COLUMNS,
    UPDATE_COLUMNS,
    Journal,
    Row,
    episodes_line,
    first_line,
    journal_of,
    resumed_line,
    updates_line,
)
from ppo_desktop.runs.kept import KeptRun, begin
from ppo_desktop.runs.summary import summary_of
from ppo_desktop.schema import UnusableFile

MADE = RunSettings("CartPole-v1", Algorithm.PPO, Hyperparameters(rollout_length=16, hidden_units=8), 1)


def read(*lines: bytes) -> Journal:
    journal = Journal(MADE, COMPILED)
    for line in lines:
        journal.take(line)
    return journal


def updates(first: int, *steps: float) -> bytes:
    return updates_line(first, [(at, *[0.0] * (len(UPDATE_COLUMNS) - 1)) for at in steps])


def episodes(*rows: tuple[float, float]) -> bytes:
    return episodes_line([(steps, 0.0, episode_return, 5.0) for steps, episode_return in rows])


@pytest.mark.parametrize(
    "line",
    [
        episodes((10, math.inf), (11, -math.inf)),
        episodes((10, math.nan)),
        episodes((10, 1e305)),
        episodes((12, 1), (11, 1)),
        episodes((2, 1)),
        updates(2, 12, 11),
        updates(2, 3),
    ],
    ids=["infinite", "unknown", "huge", "backwards", "before others", "updates backwards", "before another"],
)
def test_numbers_that_cannot_be_are_left_out_and_what_is_there_is_read(line: bytes) -> None:
    journal = read(episodes((4, 7.0)), updates(1, 8), line, updates(2, 16))
    assert journal.n_left_out == 1
    assert [event.steps for event in journal.events()] == [4, 8, 16]
    summary = summary_of(journal)
    assert (summary.best, summary.updates, summary.steps, summary.episodes) == (7.0, 2, 16, 1)


def test_episodes_of_an_update_that_was_not_kept_happen_once_more_and_only_once() -> None:
    journal = read(
        episodes((4, 1.0)),
        updates(1, 8),
        episodes((12, 2.0)),
        resumed_line(1),
        episodes((12, 2.0)),
        updates(2, 16),
    )
    returns = [event.episode_return for event in journal.events() if isinstance(event, EpisodeEnded)]
    assert returns == [1.0, 2.0]
    assert journal.n_left_out == 0


def test_no_more_numbers_are_read_than_there_is_memory_for(monkeypatch: pytest.MonkeyPatch) -> None:
    block: list[Row] = [(1.0, 0.0, 1.0, 5.0)] * 10
    monkeypatch.setattr(journals, "MOST_NUMBERS", 30 * len(EPISODE_COLUMNS))
    journal = read(*[episodes_line(block)] * 100)
    assert 30 <= len(journal.episode_columns()["steps"]) <= 40


def test_a_run_that_has_become_as_long_as_can_be_read_learns_on_unkept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "MOST_NUMBERS", 5 * len(UPDATE_COLUMNS))
    monkeypatch.setattr(keeping, "FLUSH_SECONDS", 0.0)
    said: list[str] = []
    place = tmp_path / "runs"
    run = begin(place, MADE, said.append, PYTORCH)
    events = run.events()
    while run.update < 10:
        next(events)
        assert run.keeper is not None
        run.keeper.settle()
    events.close()
    assert len(said) == 1
    (folder,) = place.iterdir()
    assert 1 <= KeptRun(folder).restore().update <= 5


def test_an_engine_that_is_not_known_is_refused() -> None:
    values = json.loads(first_line(Journal(MADE, "os.system")))
    with pytest.raises(UnusableFile, match=r"os\.system"):
        journal_of(values)

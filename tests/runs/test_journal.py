"""The file of a run: what its lines say, and what of them is not believed."""

from __future__ import annotations

import json
import math
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.events import EpisodeEnded
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs import journal as journals
from ppo_desktop.runs import keeping
from ppo_desktop.runs.history import COLUMNS, History
from ppo_desktop.runs.journal import (
    EPISODE_COLUMNS,
    UPDATE_COLUMNS,
    Journal,
    Row,
    episodes_line,
    first_line,
    journal_of,
    resumed_line,
    update_row,
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
    assert 30 <= sum(block.rows for block in journal.episode_blocks) <= 40


def test_all_that_is_read_is_the_same_in_whatever_pieces_and_whether_it_stays_packed_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    random = np.random.default_rng(1)
    lines, episode_steps, steps = list[bytes](), list[float](), 0.0
    for update in range(1, 120):
        ended = np.sort(random.integers(int(steps), int(steps) + 9, random.integers(0, 4))).tolist()
        steps += 8
        if ended:
            lines.append(episodes_line([(at, 0.0, random.normal(), 5.0) for at in ended]))
            episode_steps += ended
        lines.append(updates_line(update, [(steps, *random.normal(size=len(UPDATE_COLUMNS) - 1))]))
    whole = read(*lines)
    monkeypatch.setattr(journals, "MOST_UNPACKED", 300)
    packed = read(*lines)
    known = {last: History.of_past(MADE, whole.pieces(last), []) for last in (1, 2, 60, 119)}
    for last, expected in known.items():
        assert (expected.updates, expected.steps) == (last, 8 * last)
        assert expected.episodes == sum(at <= 8 * last for at in episode_steps)
        for rows in (1, 7, 50):
            monkeypatch.setattr(journals, "MOST_ROWS", rows)
            history = History.of_past(MADE, packed.pieces(last), [])
            for name in COLUMNS:
                for ours, theirs in zip(
                    history.curve(name).means(), expected.curve(name).means(), strict=True
                ):
                    assert ours == pytest.approx(theirs, nan_ok=True)
            assert [update_row(event) for event in history.recent] == [
                update_row(event) for event in expected.recent
            ]
            assert [event.mean_return_100 for event in history.recent] == pytest.approx(
                [event.mean_return_100 for event in expected.recent], nan_ok=True
            )
            assert [*history.recent_returns] == [*expected.recent_returns]
            assert history.peak is not None
            assert expected.peak is not None
            assert history.peak.mean_return == pytest.approx(expected.peak.mean_return)
            assert history.first_mean_return == expected.first_mean_return
    assert repr([*packed.events()]) == repr([*whole.events()])
    assert [packed.row_of(update) for update in (1, 119, 120)] == [
        whole.row_of(update) for update in (1, 119, 120)
    ]


def test_a_small_file_that_unpacks_to_very_much_takes_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "MOST_ROWS", 10_000)
    monkeypatch.setattr(journals, "MOST_UNPACKED", 50_000)
    lines = [episodes_line([(0.0, 0.0, 0.0, 0.0)] * 10_000)] * 100
    n_bytes = 8 * len(EPISODE_COLUMNS) * 10_000 * len(lines)
    tracemalloc.start()
    summary = summary_of(read(*lines, updates(1, 8)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert summary.episodes == 1_000_000
    assert most < n_bytes / 4


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

"""The results as lines of text."""

from __future__ import annotations

from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.results_table import results_table
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import compared, ended_with, episode, finished, told


def solved_at(steps: int) -> RunRecord:
    """Return the record of a run of a hundred episodes that is solved after so many steps."""
    means = [500.0 if at >= steps else 0.0 for at in range(1, 1001)]
    return told([*(episode(at, 500.0, mean) for at, mean in enumerate(means, start=1)), finished()])


def test_every_value_has_its_mean_with_the_interval_and_how_many_seeds_got_there() -> None:
    comparison = compared([0.1, 0.2, None], n_seeds=2)
    records = {
        RunKey(0, 1): ended_with(100.0),
        RunKey(0, 2): ended_with(300.0),
        RunKey(1, 1): solved_at(400),
        RunKey(1, 2): solved_at(500),
        RunKey(2, 1): solved_at(600),
        RunKey(2, 2): ended_with(500.0),
    }
    assert results_table(comparison, records) == [
        "ε      Return                   Steps until solved   Entropy, bits   Collapsed",
        "0.10   200.0 (100.0 to 300.0)   — (0 of 2)           —               0 of 2",
        "0.20   500.0 (500.0 to 500.0)   450 (2 of 2)         —               0 of 2",
        "off    500.0 (500.0 to 500.0)   ≥ 800 (1 of 2)       —               0 of 2",
        "Means over seeds; return, with its 95 % interval, and entropy are of the last 20 % of training.",
    ]


def test_one_seed_has_no_interval_and_runs_that_failed_or_have_not_ended_do_not_count() -> None:
    comparison = compared([0.1, 0.2], n_seeds=2)
    records = {RunKey(0, 1): ended_with(100.0), RunKey(0, 2): ended_with(7.0, FinishReason.FAILED)}
    _, first, second, _ = results_table(comparison, records)
    assert first.split() == ["0.10", "100.0", "—", "(0", "of", "1)", "—", "0", "of", "1"]
    assert second.split() == ["0.20", "—", "—", "(0", "of", "0)", "—", "0", "of", "0"]


def test_where_a_collapse_is_not_defined_none_is_counted() -> None:
    comparison = compared([0.1], n_seeds=1, environment_id="Pendulum-v1")
    record = ended_with(-900.0)
    record.has_collapsed = None
    _, row, _ = results_table(comparison, {RunKey(0, 1): record})
    assert row.split() == ["0.10", "−900.0", "—", "—"]


def test_where_nothing_counts_as_solved_there_is_no_such_column() -> None:
    comparison = compared([0.1], n_seeds=1, environment_id="Pendulum-v1")
    header, *_ = results_table(comparison, {RunKey(0, 1): ended_with(-900.0)})
    assert "solved" not in header
    assert header.startswith("ε      Return")

"""The results as lines of text."""

from __future__ import annotations

from ppo_desktop.comparison.digest import Digester, Question
from ppo_desktop.comparison.export import results_table
from ppo_desktop.comparison.measures import FINAL_RETURN, MEASURES
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import compared, ended_with, episode, finished, record_of

QUESTION = Question(FINAL_RETURN, 0, Centre.MEAN, ())


def table(comparison: Comparison, records: dict[RunKey, RunRecord], width: int = 80) -> list[str]:
    return results_table(Digester(comparison).digest(records, QUESTION), width)


def solved_at(steps: int) -> RunRecord:
    """Return the record of a run of a hundred episodes that is solved after so many steps."""
    means = [500.0 if at >= steps else 0.0 for at in range(1, 1001)]
    return record_of([*(episode(at, 500.0, mean) for at, mean in enumerate(means, start=1)), finished()])


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
    assert table(comparison, records) == [
        "ε      Return, last 20 %        Steps until solved   Entropy, bits   Collapsed",
        "0.10   200.0 (100.0 to 300.0)   — (0 of 2)           —               0 of 2",
        "0.20   500.0 (500.0 to 500.0)   450 (2 of 2)         —               0 of 2",
        "off    500.0 (500.0 to 500.0)   ≥ 800 (1 of 2)       —               0 of 2",
        "Means over seeds, the first with its 95 % interval; figures of updates are of the last 20 % too.",
    ]


def test_one_seed_has_no_interval_and_runs_that_failed_or_have_not_ended_do_not_count() -> None:
    comparison = compared([0.1, 0.2], n_seeds=2)
    records = {RunKey(0, 1): ended_with(100.0), RunKey(0, 2): ended_with(7.0, FinishReason.FAILED)}
    _, first, second, footnote = table(comparison, records)
    assert first.split() == ["0.10", "100.0", "—", "(0", "of", "1)", "—", "0", "of", "1"]
    assert second.split() == ["0.20", "—", "—", "(0", "of", "0)", "—", "0", "of", "0"]
    assert "with 2 of 4 runs done" in footnote


def test_before_all_runs_have_ended_there_is_no_interval() -> None:
    comparison = compared([0.1, 0.2], n_seeds=2)
    records = {key: ended_with(100.0 * key.seed) for key in comparison.run_keys()}
    assert "(100.0 to 200.0)" in table(comparison, records)[1]
    del records[RunKey(1, 2)]
    lines = table(comparison, records)
    assert "150.0" in lines[1]
    assert not any(" to " in line or "95 %" in line for line in lines)


def test_where_a_collapse_is_not_defined_none_is_counted() -> None:
    comparison = compared([0.1], n_seeds=1, environment_id="Pendulum-v1")
    record = ended_with(-900.0)
    record.has_collapsed = None
    _, row, _ = table(comparison, {RunKey(0, 1): record})
    assert row.split()[:4] == ["0.10", "−900.0", "—", "—"]


def test_where_nothing_counts_as_solved_there_is_no_such_column() -> None:
    comparison = compared([0.1], n_seeds=1, environment_id="Pendulum-v1")
    header, *_ = table(comparison, {RunKey(0, 1): ended_with(-900.0)})
    assert "solved" not in header
    assert header.startswith("ε      Return")


def test_on_a_wide_terminal_there_is_every_result() -> None:
    comparison = compared([0.1], n_seeds=1)
    records = {RunKey(0, 1): ended_with(100.0)}
    header, *_ = table(comparison, records, width=1000)
    assert all(measure.header in header for measure in MEASURES.values())
    assert len(table(comparison, records, width=110)[0]) <= 110

"""What is copied can be read by any program, and loses no digit."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import pytest

from ppo_desktop.comparison.digest import Digest, Digester, Question
from ppo_desktop.comparison.export import effect_fields, results_table, run_fields, runs_csv, summary_csv
from ppo_desktop.comparison.measures import (
    FINAL_CLIP_FRACTION,
    FINAL_RETURN,
    MEASURES,
    STEPS_TO_THRESHOLD,
    measures_for,
)
from ppo_desktop.comparison.plan import PRESET, Comparison, RunKey
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import FinishReason
from tests.comparisons import compared, ended_with, episode, finished, record_of, update

THIRD = 100 / 3


def records() -> dict[RunKey, RunRecord]:
    return {
        RunKey(0, 1): ended_with(THIRD),
        RunKey(0, 2): ended_with(40),
        RunKey(1, 1): ended_with(THIRD + 1),
        RunKey(1, 2): ended_with(0, FinishReason.FAILED),
    }


def digested(comparison: Comparison, runs: dict[RunKey, RunRecord]) -> Digest:
    return Digester(comparison).digest(runs, Question(FINAL_RETURN, 0, Centre.MEAN, ()))


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_row_for_each_variant_with_every_digit() -> None:
    first, second = read(summary_csv(digested(compared(n_seeds=2), records())))
    assert (first["clip_range"], second["clip_range"]) == ("0.1", "0.2")
    assert first["label"] == "ε = 0.10"
    mean = (THIRD + 40) / 2
    assert math.isclose(float(first["final_return"]), mean, rel_tol=1e-15)
    assert float(first["final_return_low"]) <= mean <= float(first["final_return_high"])
    assert (first["seeds"], second["seeds"]) == ("2", "1")
    assert (first["failed_seeds"], second["failed_seeds"]) == ("0", "1")


def test_every_result_has_a_column_in_both_tables() -> None:
    comparison = compared(n_seeds=2)
    columns = {measure.column for measure in MEASURES.values()}
    assert columns <= read(summary_csv(digested(comparison, records())))[0].keys()
    assert columns <= read(runs_csv(comparison, records()))[0].keys()


def test_what_is_not_defined_is_empty() -> None:
    first, second = read(summary_csv(digested(compared(n_seeds=2), records())))
    assert second["final_return_low"] == ""
    assert first["final_entropy_bits"] == ""
    assert first["difference"] == ""


def test_the_difference_is_that_of_the_measure_asked_for_by_seed() -> None:
    _, second = read(summary_csv(digested(compared(n_seeds=2), records())))
    assert second["measure"] == "final_return"
    assert second["reference"] == "ε = 0.10"
    assert math.isclose(float(second["difference"]), 1, rel_tol=1e-12)
    assert (second["pairs"], second["half_width"]) == ("1", "")


def test_rows_stand_in_the_order_shown() -> None:
    rows = read(summary_csv(digested(compared(n_seeds=2), records()), [1, 0]))
    assert [row["clip_range"] for row in rows] == ["0.2", "0.1"]


def test_every_measure_has_its_column_in_both() -> None:
    comparison = compared(n_seeds=2)
    names = {measure.column for measure in measures_for("CartPole-v1")}
    assert names <= set(read(summary_csv(digested(comparison, records())))[0])
    assert names <= set(read(runs_csv(comparison, records()))[0])
    assert STEPS_TO_THRESHOLD.name in names


def test_no_number_has_a_decimal_comma_or_a_blank() -> None:
    runs = {RunKey(0, 1): record_of([episode(900, 12345.5), update(990, clip_fraction=0.125), finished()])}
    (row,) = read(runs_csv(compared(n_seeds=1), runs))
    assert row["final_return"] == "12345.5"
    assert row[FINAL_CLIP_FRACTION.name] == "0.125"


def test_a_row_for_each_run_that_has_begun_says_how_it_ended() -> None:
    rows = read(runs_csv(compared(n_seeds=2), records()))
    assert [(row["clip_range"], row["seed"]) for row in rows] == [
        ("0.1", "1"),
        ("0.1", "2"),
        ("0.2", "1"),
        ("0.2", "2"),
    ]
    assert [row["reason"] for row in rows] == ["completed", "completed", "completed", "failed"]
    assert rows[0]["engine"] == COMPILED
    assert math.isclose(float(rows[0]["final_return"]), THIRD, rel_tol=1e-15)


def test_a_run_that_is_not_solved_or_not_ended_leaves_that_empty() -> None:
    runs = {RunKey(0, 1): record_of([episode(100, 20), update(500)])}
    (row,) = read(runs_csv(compared(n_seeds=1), runs))
    assert (row["steps"], row["steps_to_threshold"], row["reason"]) == ("500", "", "")
    assert row["steps_to_threshold_censored"] == "true"
    assert row["final_return"] == "20.0"


def test_the_results_of_a_run_that_failed_are_empty() -> None:
    failed = read(runs_csv(compared(n_seeds=2), records()))[-1]
    assert failed["reason"] == "failed"
    assert failed["steps_to_threshold_censored"] == ""
    assert {failed[measure.column] for measure in measures_for("CartPole-v1")} == {""}


def test_a_difference_to_seeds_that_are_not_solved_is_not_given_as_if_it_were_known() -> None:
    question = Question(STEPS_TO_THRESHOLD, 0, Centre.MEAN, ())
    early = record_of([*(episode(n, 480, 480) for n in range(1, 100)), episode(300, 480, 480), finished()])
    runs = {RunKey(0, 1): early, RunKey(0, 2): early, RunKey(1, 1): early, RunKey(1, 2): ended_with(9)}
    _, row = read(summary_csv(Digester(compared(n_seeds=2)).digest(runs, question)))
    assert (row["difference"], row["half_width"]) == ("", "")
    assert (row["pairs"], row["pairs_above"], row["pairs_below"]) == ("2", "1", "0")


def solved_early() -> RunRecord:
    return record_of([*(episode(n, 480, 480) for n in range(1, 100)), episode(300, 480, 480), finished()])


def test_steps_of_seeds_that_are_not_solved_are_no_result_but_marked() -> None:
    runs = {
        RunKey(0, 1): solved_early(),
        RunKey(0, 2): solved_early(),
        RunKey(1, 1): solved_early(),
        RunKey(1, 2): ended_with(9),
        RunKey(2, 1): ended_with(9),
        RunKey(2, 2): ended_with(9),
    }
    comparison = compared((0.1, 0.2, 0.4), n_seeds=2)
    question = Question(STEPS_TO_THRESHOLD, 0, Centre.MEAN, ())
    rows = read(summary_csv(Digester(comparison).digest(runs, question)))
    assert [row["steps_to_threshold"] for row in rows] == ["300.0", "650.0", ""]
    assert [row["steps_to_threshold_censored"] for row in rows] == ["false", "true", "true"]
    assert [row["solved_seeds"] for row in rows] == ["2", "1", "0"]
    assert [row["steps_to_threshold_low"] for row in rows] == ["300.0", "", ""], "a bound has no interval"
    censored = [row["steps_to_threshold_censored"] for row in read(runs_csv(comparison, runs))]
    assert censored == ["false", "false", "false", "true", "true", "true"]


def test_where_nothing_counts_as_solved_there_is_no_such_column() -> None:
    comparison = compared((0.1,), n_seeds=1, environment_id="Pendulum-v1")
    runs = {RunKey(0, 1): ended_with(-900)}
    for (row,) in (read(runs_csv(comparison, runs)), read(summary_csv(digested(comparison, runs)))):
        assert not [name for name in row if "threshold" in name or "solved" in name]


def test_a_table_says_whether_all_runs_have_ended_and_has_no_intervals_before() -> None:
    comparison = compared(n_seeds=2)
    runs = {key: ended_with(5 * key.seed) for key in comparison.run_keys()}
    first, second = read(summary_csv(digested(comparison, runs)))
    assert (first["complete"], first["final_return_low"]) == ("true", "5.0")
    assert second["half_width"] == "0.0"
    del runs[RunKey(1, 2)]
    first, second = read(summary_csv(digested(comparison, runs)))
    assert (first["complete"], second["half_width"]) == ("false", "")
    assert "final_return_low" not in first


def test_a_preset_is_called_by_its_name() -> None:
    comparison = compared(("stepwise", "fastest"), n_seeds=1, field=PRESET)
    runs = {key: ended_with(1) for key in comparison.run_keys()}
    digest = digested(comparison, runs)
    for text in (summary_csv(digest), runs_csv(comparison, runs)):
        assert [row["preset"] for row in read(text)] == ["Stepwise", "Fastest"]
    fields = effect_fields(digest)
    assert [point["value"] for point in fields["effect"]] == ["Stepwise", "Fastest"]
    assert [point["value"] for point in fields["differences"]] == ["Fastest"]
    assert fields["reference"] == "Stepwise"
    assert run_fields(comparison, RunKey(1, 1), runs[RunKey(1, 1)])["value"] == "Fastest"


# ---- what others have written


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-A1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(text: str) -> None:
    comparison = compared(n_seeds=1)
    foreign = tuple(replace(variant, field=PRESET, name=text) for variant in comparison.variants)
    comparison = replace(comparison, variants=foreign, field="=2+2")
    runs = {RunKey(0, 1): record_of([finished(100, FinishReason.FAILED, text)]), RunKey(1, 1): ended_with(-5)}
    first, second = read(runs_csv(comparison, runs))
    assert first["label"] == first["message"] == f"'{text.strip()}"
    assert second["final_return"] == "-5.0", "numbers stay numbers"
    assert first["'=2+2"] == f"'{text.strip()}"
    assert read(summary_csv(digested(comparison, runs)))[1]["reference"] == f"'{text.strip()}"


def test_text_that_is_half_a_character_can_be_written() -> None:
    runs = {RunKey(0, 1): record_of([finished(100, FinishReason.FAILED, "broken \ud800 here")])}
    text = runs_csv(compared(n_seeds=1), runs)
    assert "broken ? here" in text
    assert text.encode()


def test_values_that_are_no_numbers_are_written_as_they_are_typed() -> None:
    def values(field: str, *given: Value) -> list[str]:
        runs = {RunKey(number, 1): ended_with(1) for number in range(len(given))}
        return [row[field] for row in read(runs_csv(compared(given, 1, field=field), runs))]

    assert values("clip_range", 0.2, None) == ["0.2", "off"]
    assert values("algorithm", "a2c", "ppo") == ["a2c", "ppo"]
    assert values("normalize_advantages", True, False) == ["true", "false"]


def test_without_any_run_there_is_nothing_to_write() -> None:
    assert runs_csv(compared(), {}) == ""


# ---- the table on a terminal

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


def test_where_nothing_counts_as_solved_the_terminal_has_no_such_column() -> None:
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

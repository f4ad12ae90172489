"""Searches: every trial is told once and kept, whatever happens to it, and none is lost."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from optuna.pruners import ThresholdPruner
from optuna.storages import RDBStorage
from optuna.trial import TrialState as OptunaState

from ppo_desktop.jobs.job import EndReason, Idle
from ppo_desktop.ppo.engines.compiled import CompiledEngine
from ppo_desktop.study import search as searching
from ppo_desktop.study.running_trial import RunningTrial
from ppo_desktop.study.samplers import RANDOM_TRIALS
from ppo_desktop.study.search import (
    MOST_FAILED,
    Search,
    SearchEnded,
    SearchEvent,
    TrialAdvanced,
    TrialBegun,
    TrialEnded,
)
from ppo_desktop.study.storage import OpenStudy
from ppo_desktop.study.study_plan import REPORTS, Objective, Strategy
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.command_line import posix_only
from tests.diverging import let_diverge
from tests.searches import STEPS, ended, new_study, planned, searched
from tests.studies import silence

LONG = 10_000_000
"""Steps of runs that a test has seen enough of before they end."""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., OpenStudy]]:
    """Return a function that makes studies, each in a file; they are closed after the test."""
    opened: list[OpenStudy] = []

    def make(*args: Any, **details: Any) -> OpenStudy:
        opened.append(new_study(tmp_path, *args, name=f"study {len(opened)}", **details))
        return opened[-1]

    yield make
    for study in opened:
        study.close()


def outcome(trial: TrialRecord) -> tuple[object, ...]:
    """What of a trial does not depend on the clock, nor on who did it."""
    return (
        trial.number,
        trial.state,
        dict(trial.values),
        trial.objective,
        trial.curve,
        trial.seed_objectives,
        trial.is_random,
        trial.reason,
        trial.retry_of,
    )


def outcomes(study: OpenStudy) -> list[tuple[object, ...]]:
    return [outcome(trial) for trial in study.trials()]


def stop_when(kind: type[SearchEvent]) -> Callable[[SearchEvent, Search], None]:
    """Return a watch that stops a search as soon as something has happened."""

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, kind):
            search.cancel()

    return watch


# ---- trials


def test_as_many_trials_as_wanted_are_done_told_and_kept(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(n_seeds=2))
    events = searched(study, 3, trials_at_once=2)
    trials = ended(events)
    assert sorted(outcome(trial) for trial in trials) == outcomes(study)
    assert [trial.number for trial in study.trials()] == [0, 1, 2]
    for trial in trials:
        assert trial.state is TrialState.COMPLETE
        assert trial.objective == fmean(trial.seed_objectives)
        assert len(trial.seed_objectives) == 2
        assert len(set(trial.seed_objectives)) == 2
        assert trial.worker == study.worker
        assert trial.seconds is not None
        assert trial.seconds > 0
    more = ended(searched(study, 2))
    assert [trial.number for trial in more] == [3, 4]


def test_a_trial_is_told_from_its_beginning_to_its_end(made: Callable[..., OpenStudy]) -> None:
    events = [e for e in searched(made(planned()), 1) if not isinstance(e, Idle)]
    begun, *advanced, over, last = events
    assert last == SearchEnded(EndReason.COMPLETED)
    assert isinstance(begun, TrialBegun)
    assert begun.record.state is TrialState.RUNNING
    assert list(begun.record.values) == ["learning_rate", "gae_lambda"]
    assert isinstance(over, TrialEnded)
    lengths = []
    for event in advanced:
        assert isinstance(event, TrialAdvanced)
        assert event.record.state is TrialState.RUNNING
        lengths.append(len(event.record.curve))
    assert lengths == sorted(lengths)
    assert over.record.curve == advanced[-1].record.curve  # type: ignore[union-attr]
    assert [steps for steps, _ in over.record.curve][-1] == STEPS
    assert {steps % (STEPS // REPORTS) for steps, _ in over.record.curve} == {0}


def test_one_trial_at_a_time_and_the_same_seed_give_the_same_study(made: Callable[..., OpenStudy]) -> None:
    studies = [made(planned(), Strategy("tpe", seed=7)) for _ in range(2)]
    for study in studies:
        searched(study, RANDOM_TRIALS + 3)
    first, second = map(outcomes, studies)
    assert first == second
    other = made(planned(), Strategy("tpe", seed=8))
    searched(other, 1)
    assert outcomes(other)[0] != first[0]


def test_a_run_that_ends_while_the_search_is_busy_loses_no_point(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a machine where the thread that searches waits for a processor while its runs have one."""
    studies = [made(planned(), Strategy("tpe", seed=7)) for _ in range(2)]
    searched(studies[0], 1)
    advance = RunningTrial.advance

    def advance_slowly(trial: RunningTrial) -> bool:
        has_another_point = advance(trial)
        while not has_another_point and not trial.has_value:
            time.sleep(0.01)
        return has_another_point

    monkeypatch.setattr(RunningTrial, "advance", advance_slowly)
    searched(studies[1], 1)
    assert outcomes(studies[1]) == outcomes(studies[0])


def test_a_study_that_goes_on_is_the_study_done_in_one_go(made: Callable[..., OpenStudy]) -> None:
    at_once, in_parts = (made(planned(), Strategy("tpe")) for _ in range(2))
    searched(at_once, RANDOM_TRIALS + 3)
    for n in (4, RANDOM_TRIALS - 1):
        searched(in_parts, n)
    assert outcomes(in_parts) == outcomes(at_once)


def test_the_first_trials_of_tpe_are_marked_as_random(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(), Strategy("tpe"))
    searched(study, RANDOM_TRIALS + 2)
    marks = [trial.is_random for trial in study.trials()]
    assert marks == [True] * RANDOM_TRIALS + [False] * 2


def test_no_more_trials_are_at_work_than_wanted(made: Callable[..., OpenStudy]) -> None:
    at_work: list[int] = []
    searched(
        made(planned()), 5, trials_at_once=3, watch=lambda event, search: at_work.append(len(search.running))
    )
    assert max(at_work) == 3


def test_a_grid_ends_when_every_combination_has_been_tried(made: Callable[..., OpenStudy]) -> None:
    study = made(planned("gae_lambda=0.8:1:2,activation"), Strategy("grid"))
    searched(study, 1)
    searched(study, None, trials_at_once=2)
    values = {(trial.values["gae_lambda"], trial.values["activation"]) for trial in study.trials()}
    assert values == {(gae, kind) for gae in (0.8, 1.0) for kind in ("tanh", "relu")}
    assert len(study.trials()) == 4
    assert ended(searched(study, 5)) == []


# ---- trials that come to nothing


def test_a_trial_that_diverges_has_failed_and_the_search_goes_on(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_diverge(monkeypatch, CompiledEngine, lambda settings: settings.learning_rate > 0.01)
    study = made(planned("learning_rate=0.001:0.1:2,activation", n_seeds=2), Strategy("grid"))
    searched(study, None)
    for trial in study.trials():
        if trial.values["learning_rate"] == 0.1:
            assert (trial.state, trial.objective) == (TrialState.FAILED, None)
            assert trial.reason
            assert "\n" not in trial.reason
        else:
            assert trial.state is TrialState.COMPLETE


def test_a_search_of_which_nothing_comes_ends(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    let_diverge(monkeypatch, CompiledEngine)
    study = made(planned())
    *before, last = searched(study, None)
    assert isinstance(last, SearchEnded)
    assert last.reason is EndReason.FAILED
    assert last.message.startswith("20 trials have failed in a row: ")
    assert [trial.state for trial in ended(before)] == [TrialState.FAILED] * MOST_FAILED
    assert len(study.trials()) == MOST_FAILED
    monkeypatch.undo()
    assert [trial.state for trial in ended(searched(study, 1))] == [TrialState.COMPLETE]


def test_a_search_of_which_something_comes_now_and_then_goes_on(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "MOST_FAILED", 3)
    let_diverge(monkeypatch, CompiledEngine, lambda settings: settings.learning_rate >= 0.01)
    study = made(planned())
    for rate in (0.05, 0.05, 0.001, 0.05, 0.05, 0.001, 0.05):
        study.optuna.enqueue_trial({"learning_rate": rate, "gae_lambda": 0.9})
    trials = ended(searched(study, 7))
    assert sum(trial.state is TrialState.FAILED for trial in trials) == 5
    assert sum(trial.state is TrialState.COMPLETE for trial in trials) == 2


def test_another_trial_is_done_in_the_place_of_one_that_was_given_up_elsewhere(
    made: Callable[..., OpenStudy],
) -> None:
    study = made(planned())
    counted: list[int] = []

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialBegun) and event.record.number == 0:
            study.fail_abandoned([0])  # as others do when this computer has slept
        counted.append(search.n_ended)

    trials = ended(searched(study, 2, watch=watch))
    assert [trial.state for trial in trials] == [
        TrialState.INTERRUPTED,
        TrialState.COMPLETE,
        TrialState.COMPLETE,
    ]
    assert trials[1].retry_of == 0
    assert counted[-1] == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"learning_rate": 5.0, "gae_lambda": 0.9}, "Learning rate α cannot be 5.0."),
        ({"learning_rate": "much", "gae_lambda": 0.9}, "much"),
        ({"gae_lambda": 0.9, "gravity": 9.8}, "It has values that this study does not search: gravity"),
    ],
)
def test_values_that_somebody_has_queued_and_are_none_have_failed(
    given: dict[str, Any], reason: str, made: Callable[..., OpenStudy]
) -> None:
    study = made(planned())
    study.optuna.enqueue_trial(given)
    first, second = ended(searched(study, 2))
    assert first.state is TrialState.FAILED
    assert reason in first.reason
    assert second.state is TrialState.COMPLETE
    assert [trial.state for trial in study.trials()] == [TrialState.FAILED, TrialState.COMPLETE]


def test_values_that_somebody_has_queued_are_tried_first(made: Callable[..., OpenStudy]) -> None:
    study = made(planned())
    study.optuna.enqueue_trial({"learning_rate": 0.02, "gae_lambda": 0.9})
    (trial,) = ended(searched(study, 1))
    assert trial.values == {"learning_rate": 0.02, "gae_lambda": 0.9}
    assert not trial.is_random


def test_what_the_pruner_ends_is_pruned_with_what_it_had_reached(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        searching, "make_pruner", lambda plan, strategy: ThresholdPruner(lower=1e9, n_warmup_steps=3000)
    )
    study = made(planned(total_steps=LONG // 1000, n_seeds=2), Strategy("random", pruner="median"))
    trials = ended(searched(study, 2))
    assert [outcome(trial) for trial in trials] == outcomes(study)
    for trial in trials:
        assert trial.state is TrialState.PRUNED
        assert trial.curve[-1] == (3000, trial.objective)
        assert trial.seed_objectives == ()


# ---- wishes


def test_a_paused_search_rests_and_goes_on_to_the_same_end(made: Callable[..., OpenStudy]) -> None:
    study, alone = made(planned(total_steps=6_000)), made(planned(total_steps=6_000))
    rests: list[list[int]] = []

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialAdvanced) and not rests:
            search.pause()
            rests.append([])
        elif isinstance(event, Idle) and rests:
            rests.append([run.record.steps for trial in search._running for run in trial.runs])
            if len(rests) == 4:
                search.resume()

    searched(study, 2, watch=watch)
    assert rests[2] == rests[3], "nothing goes on while it rests"
    searched(alone, 2)
    assert outcomes(study) == outcomes(alone)


def test_who_wants_to_finish_gets_the_trials_at_work_and_no_other(made: Callable[..., OpenStudy]) -> None:
    study = made(planned())

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialBegun) and event.record.number == 1:
            search.finish()

    searched(study, None, trials_at_once=2, watch=watch)
    assert [trial.state for trial in study.trials()] == [TrialState.COMPLETE] * 2


def test_what_is_stopped_is_tried_again_by_whoever_goes_on(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(total_steps=60_000))
    events = searched(study, 2, watch=stop_when(TrialAdvanced))
    (stopped,) = ended(events)
    assert (stopped.state, stopped.reason) == (TrialState.INTERRUPTED, "It was stopped.")
    kept, waiting = study.trials()
    assert (kept.state, waiting.state) == (TrialState.INTERRUPTED, TrialState.WAITING)
    assert waiting.values == stopped.values
    (again,) = ended(searched(study, 1))
    assert again.state is TrialState.COMPLETE
    assert (again.number, again.retry_of, again.values) == (1, 0, stopped.values)
    assert again.is_random == stopped.is_random


def test_a_search_can_be_stopped_while_it_rests(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(total_steps=LONG))

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialBegun):
            search.pause()
        elif isinstance(event, Idle):
            search.cancel()

    assert [trial.state for trial in ended(searched(study, 3, watch=watch))] == [TrialState.INTERRUPTED]


def test_wishes_may_come_from_another_thread(made: Callable[..., OpenStudy]) -> None:
    search = Search(made(planned(total_steps=LONG)), "compiled", None, 1)
    begun = threading.Event()
    told: list[SearchEvent] = []

    def follow() -> None:
        for event in search.events():
            told.append(event)
            begun.set()

    following = threading.Thread(target=follow)
    following.start()
    assert begun.wait(60)
    search.cancel()
    following.join(60)
    assert not following.is_alive()
    assert [trial.state for trial in ended(told)] == [TrialState.INTERRUPTED]


def test_a_search_that_is_cancelled_before_its_first_event_begins_no_trial(
    made: Callable[..., OpenStudy],
) -> None:
    study = made(planned())
    search = Search(study, "compiled", 1, 1)
    search.cancel()
    assert list(search.events()) == [SearchEnded(EndReason.CANCELLED)]
    assert study.trials() == []


def test_who_stops_listening_stops_the_search(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(total_steps=400_000))
    search = Search(study, "compiled", None, 2)
    with closing(search.events()) as events:
        for event in events:
            if isinstance(event, TrialAdvanced):
                break
    states = [trial.state for trial in study.trials()]
    assert states == [TrialState.INTERRUPTED] * 2 + [TrialState.WAITING] * 2
    assert search.running == []


def test_an_interrupted_combination_of_a_grid_is_not_left_out(made: Callable[..., OpenStudy]) -> None:
    study = made(planned("activation", total_steps=40_000), Strategy("grid"))
    searched(study, None, watch=stop_when(TrialAdvanced))
    searched(study, None)
    done = [t.values["activation"] for t in study.trials() if t.state is TrialState.COMPLETE]
    assert sorted(map(str, done)) == ["relu", "tanh"]


# ---- a storage that is lost


def test_a_storage_that_is_lost_ends_the_search_in_one_line(
    made: Callable[..., OpenStudy], caplog: pytest.LogCaptureFixture
) -> None:
    study = made(planned())
    path = study.place.location
    assert isinstance(path, Path)

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialEnded):
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("DROP TABLE trial_user_attributes")
                connection.commit()

    *before, last = searched(study, None, watch=watch)
    assert isinstance(last, SearchEnded)
    assert last.reason is EndReason.FAILED
    assert path.name in last.message
    assert "\n" not in last.message
    assert [trial.state for trial in ended(before)] == [TrialState.COMPLETE]
    with closing(sqlite3.connect(path)) as connection:
        (n_kept,) = connection.execute("SELECT count(*) FROM trials WHERE state = 'COMPLETE'").fetchone()
    assert n_kept == 1


def execute(study: OpenStudy, *statements: str) -> None:
    """Change a study's file behind its back."""
    with closing(sqlite3.connect(str(study.place.location))) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_trials_of_a_search_that_has_failed_are_put_back_as_soon_as_the_storage_answers(
    made: Callable[..., OpenStudy],
) -> None:
    study = made(planned())

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialEnded):
            execute(study, "ALTER TABLE trial_user_attributes RENAME TO away")

    *_, last = searched(study, None, trials_at_once=2, watch=watch)
    assert isinstance(last, SearchEnded)
    assert last.reason is EndReason.FAILED
    execute(study, "ALTER TABLE away RENAME TO trial_user_attributes")
    left = [trial.number for trial in study.trials() if trial.state is TrialState.RUNNING]
    assert left
    silence(study.place, *left)
    study.retry_stale_trials()
    again = {trial.retry_of for trial in study.trials() if trial.state is TrialState.WAITING}
    assert again == {*left}


def test_of_trials_that_are_stopped_each_is_told_that_can_be(
    made: Callable[..., OpenStudy], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = made(planned(total_steps=LONG))
    tell = RDBStorage.set_trial_state_values

    def fail_to_tell(storage: RDBStorage, trial_id: int, state: OptunaState, values: Any = None) -> bool:
        if trial_id == 1 and state.is_finished():  # the first in its file
            raise sqlite3.OperationalError("the disk is on fire")
        return tell(storage, trial_id, state, values)

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialBegun) and event.record.number == 1:
            search.cancel()

    with monkeypatch.context() as patch:
        patch.setattr(RDBStorage, "set_trial_state_values", fail_to_tell)
        *before, last = searched(study, None, trials_at_once=2, watch=watch)
    assert isinstance(last, SearchEnded)
    assert last.reason is EndReason.FAILED
    assert "the disk is on fire" in last.message
    assert [(trial.number, trial.state) for trial in ended(before)] == [(1, TrialState.INTERRUPTED)]
    assert [trial.state for trial in study.trials()][:2] == [TrialState.RUNNING, TrialState.INTERRUPTED]
    silence(study.place, 0)
    study.retry_stale_trials()
    assert study.trials()[0].state is TrialState.INTERRUPTED


def test_a_study_that_is_deleted_ends_the_search(
    made: Callable[..., OpenStudy], caplog: pytest.LogCaptureFixture
) -> None:
    study = made(planned())

    def watch(event: SearchEvent, search: Search) -> None:
        if isinstance(event, TrialEnded):
            execute(study, "DELETE FROM studies")

    *_, last = searched(study, None, watch=watch)
    assert last == SearchEnded(EndReason.FAILED, "The study has been deleted.", is_deleted=True)


# ---- engines


@posix_only
@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.replace(path.with_name("elsewhere.db"))])
def test_a_file_that_is_taken_away_ends_the_search_before_another_trial(
    harm: Callable[[Path], object], made: Callable[..., OpenStudy]
) -> None:
    study = made(planned())
    path = study.place.location
    assert isinstance(path, Path)

    def take_away(event: SearchEvent, _search: Search) -> None:
        if isinstance(event, TrialEnded) and event.record.number == 1:
            harm(path)

    events = searched(study, 20, watch=take_away)
    failed = events[-1]
    assert isinstance(failed, SearchEnded)
    assert failed.reason is EndReason.FAILED
    assert str(path) in failed.message
    assert [trial.number for trial in ended(events)] == [0, 1]


def test_the_other_engine_searches_too_one_trial_at_a_time(made: Callable[..., OpenStudy]) -> None:
    study = made(planned(objective=Objective.EVALUATION))
    search = Search(study, "pytorch", 1)
    assert search.trials_at_once == 1
    for _ in search.events():
        pass
    assert [trial.state for trial in study.trials()] == [TrialState.COMPLETE]

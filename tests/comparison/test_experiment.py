"""The runs of a comparison: each as if it were alone, none repeated, none lost."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import gymnasium
import numpy as np
import pytest
from gymnasium.spaces import Box, Discrete

from ppo_desktop.comparison.experiment import Experiment, RunAdvanced, RunEnded
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison, RunKey
from ppo_desktop.comparison.record import N_BINS, Recorder, RunRecord
from ppo_desktop.comparison.summary import bins_done, estimate
from ppo_desktop.jobs.job import Ended, EndReason, Idle
from ppo_desktop.ppo.engines import COMPILED, PYTORCH, choice
from ppo_desktop.ppo.engines.pytorch import PyTorchEngine
from ppo_desktop.ppo.events import FinishReason, UpdateFinished
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.quantities import RETURN
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.runner import Runner
from tests.comparisons import compared

STEPS = 3000

Finished = dict[RunKey, RunRecord]


def rates(n_seeds: int = 3, total_steps: int = 1000) -> Comparison:
    """Return a comparison whose runs all differ, as those of two clip ranges that hardly clip do not."""
    return compared((1e-3, 1e-2), n_seeds, total_steps, field="learning_rate")


@pytest.fixture
def make() -> Iterator[Callable[..., Experiment]]:
    """Return a function that makes experiments, which are closed after the test."""
    made: list[Experiment] = []

    def make(comparison: Comparison, **details: Any) -> Experiment:
        made.append(Experiment(comparison, **details))
        return made[-1]

    yield make
    for experiment in made:
        experiment.close()


Make = Callable[..., Experiment]


def done(experiment: Experiment) -> Experiment:
    *_, last = experiment.events()
    assert last == Ended(EndReason.COMPLETED)
    assert experiment.is_complete
    experiment.close()
    return experiment


def ended(events: Iterable[object]) -> list[RunKey]:
    """Return the runs that have ended, in that order."""
    return [event.key for event in events if isinstance(event, RunEnded)]


def fingerprints(experiment: Experiment) -> dict[RunKey, str]:
    ends = {key: record.end for key, record in experiment.records.items()}
    assert all(end is not None and end.parameters_sha256 for end in ends.values())
    return {key: end.parameters_sha256 for key, end in ends.items() if end is not None}


def assert_equal(first: Experiment, second: Experiment) -> None:
    assert fingerprints(first) == fingerprints(second)
    for key, record in first.records.items():
        other = second.records[key]
        np.testing.assert_array_equal(record.sums, other.sums)
        np.testing.assert_array_equal(record.counts, other.counts)
        assert (record.end, record.steps_to_threshold) == (other.end, other.steps_to_threshold)
        assert record.has_collapsed == other.has_collapsed


@pytest.fixture
def in_the_middle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], threading.Event]:
    """Return a function that has something done, once, by the first run to come half way."""

    def in_the_middle(act: Callable[[], None]) -> threading.Event:
        reached = threading.Event()
        take = Recorder.take

        def take_and_act(recorder: Recorder, *arguments: Any) -> None:
            take(recorder, *arguments)
            if recorder.record.steps >= STEPS // 2 and not reached.is_set():
                act()
                reached.set()

        monkeypatch.setattr(Recorder, "take", take_and_act)
        return reached

    return in_the_middle


InTheMiddle = Callable[[Callable[[], None]], threading.Event]


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs take turns: no other is far ahead, and none goes on after the one that has paused all."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)


# ---- the same numbers


def test_the_same_comparison_twice_gives_the_same_numbers(make: Make) -> None:
    first, second = (done(make(rates(total_steps=STEPS))) for _ in range(2))
    assert_equal(first, second)
    assert len(set(fingerprints(first).values())) == 6, "every run is another"
    assert all(record.curve(RETURN.name)[-1] > 0 for record in first.records.values())


@pytest.mark.parametrize("engine", [COMPILED, PYTORCH])
def test_a_run_of_a_comparison_is_the_same_as_alone(make: Make, engine: str) -> None:
    experiment = done(make(rates(n_seeds=2), engine=engine))
    for key in experiment.comparison.run_keys():
        settings = experiment.comparison.settings(key)
        trainer = Trainer(settings, choice.make_engine(settings, engine))
        recorder = Recorder(1000, "CartPole-v1")
        for event in trainer.events():
            recorder.take(event, trainer.parameters_sha256())
        record = experiment.records[key]
        assert record.end == recorder.record.end
        assert record.end is not None
        assert record.end.engine == engine
        np.testing.assert_array_equal(record.sums, recorder.record.sums)


def test_runs_learn_for_the_budget_to_the_end_of_a_rollout(make: Make) -> None:
    experiment = done(make(compared((16, 25), field="rollout_length", n_seeds=1)))
    ends = [experiment.records[key].end for key in experiment.comparison.run_keys()]
    assert [(end.reason, end.steps, end.message) for end in ends if end is not None] == [
        (FinishReason.COMPLETED, 1024, ""),
        (FinishReason.COMPLETED, 1000, ""),
    ]
    assert experiment.done == experiment.comparison.work == 2024


# ---- stopped and continued


def test_cancelled_in_the_middle_and_begun_anew_it_gives_the_same_numbers(
    make: Make, in_the_middle: InTheMiddle
) -> None:
    comparison = rates(total_steps=STEPS)
    whole = done(make(comparison))
    experiment = make(comparison)
    in_the_middle(experiment.cancel)
    first = list(experiment.events())
    experiment.close()
    assert first[-1] == Ended(EndReason.CANCELLED)
    assert 0 < experiment.done < comparison.work
    second = list(experiment.events())
    assert_equal(experiment, whole)
    assert sorted(ended([*first, *second])) == sorted(comparison.run_keys())


def test_continued_from_what_was_kept_it_runs_only_the_rest(make: Make) -> None:
    comparison = rates(n_seeds=2)
    whole = done(make(comparison))
    key = RunKey(1, 1)
    experiment = make(comparison, finished={key: whole.records[key]})
    assert not experiment.is_complete
    events = list(experiment.events())
    assert_equal(experiment, whole)
    assert sorted(ended(events)) == [RunKey(0, 1), RunKey(0, 2), RunKey(1, 2)]
    assert experiment.records[key] is whole.records[key]


def test_what_was_finished_stays_the_property_of_who_gave_it(make: Make) -> None:
    finished: Finished = {}
    done(make(compared((0.2,), n_seeds=1), finished=finished))
    assert finished == {}


def test_nothing_is_left_to_do_when_all_is_done(make: Make) -> None:
    experiment = done(make(rates(n_seeds=1)))
    assert list(experiment.events()) == [Ended(EndReason.COMPLETED)]


def test_more_seeds_do_not_repeat_those_that_are_done(make: Make) -> None:
    experiment = done(make(rates(n_seeds=2)))
    before = dict(experiment.records)
    experiment.extend(3)
    assert not experiment.is_complete
    assert sorted(ended(experiment.events())) == [RunKey(0, 3), RunKey(1, 3)]
    assert all(experiment.records[key] is record for key, record in before.items())
    assert_equal(experiment, done(make(rates(n_seeds=3))))


def test_cancelled_runs_go_on_where_they_are_when_there_shall_be_more(
    make: Make, in_the_middle: InTheMiddle
) -> None:
    experiment = make(rates(n_seeds=1, total_steps=STEPS))
    in_the_middle(experiment.cancel)
    assert list(experiment.events())[-1] == Ended(EndReason.CANCELLED)
    before = dict(experiment.records)
    assert experiment.worked > 0
    experiment.extend(2)
    done(experiment)
    assert all(experiment.records[key] is record for key, record in before.items())
    assert_equal(experiment, done(make(rates(n_seeds=2, total_steps=STEPS))))


# ---- what is told


def test_every_run_is_told_once_when_it_has_ended_and_the_end_is_told_last(make: Make) -> None:
    experiment = make(rates())
    events = list(experiment.events())
    assert sorted(ended(events)) == sorted(experiment.comparison.run_keys())
    assert [event for event in events if isinstance(event, Ended)] == [events[-1]]
    told: set[RunKey] = set()
    for event in events:
        if isinstance(event, RunAdvanced | RunEnded):
            assert event.record is experiment.records[event.key]
            assert event.key not in told, "nothing is told of a run that has ended"
        if isinstance(event, RunEnded):
            told.add(event.key)
    assert experiment.done == experiment.total
    assert experiment.seconds_left == 0.0


def test_runs_that_have_ended_are_told_although_nobody_asked_for_more(make: Make) -> None:
    experiment = make(rates())
    events = experiment.events()
    first = next(event.key for event in events if isinstance(event, RunEnded))
    events.close()
    rest = ended(experiment.events())
    assert sorted([first, *rest]) == sorted(experiment.comparison.run_keys())


@pytest.mark.usefixtures("one_thread")
def test_runs_that_have_ended_are_told_before_any_that_does_not_answer_is_waited_for(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment = make(rates(), together=False)
    put, wait_for_rest = Experiment._put, Runner.wait_for_rest
    one_has_ended = threading.Event()
    order: list[str] = []

    def put_and_note(experiment: Experiment, event: RunAdvanced | RunEnded) -> None:
        put(experiment, event)
        if isinstance(event, RunEnded):
            one_has_ended.set()

    def note_and_wait(runner: Runner, timeout: float | None = None) -> bool:
        order.append("waited")
        return wait_for_rest(runner, timeout)

    monkeypatch.setattr(Experiment, "_put", put_and_note)
    monkeypatch.setattr(Runner, "wait_for_rest", note_and_wait)
    events = experiment.events()
    next(events)
    assert one_has_ended.wait(60)
    experiment.cancel()
    for event in events:
        if isinstance(event, RunEnded):
            order.append("told")
    assert order[0] == "told"


def test_what_is_wished_before_the_first_event_counts_and_what_is_wished_after_the_last_does_not(
    make: Make,
) -> None:
    experiment = make(rates(n_seeds=1))
    experiment.cancel()
    assert list(experiment.events()) == [Ended(EndReason.CANCELLED)]
    assert experiment.records == {}
    experiment.cancel()
    done(experiment)


def test_before_it_starts_nothing_is_done(make: Make) -> None:
    experiment = make(rates())
    assert experiment.done == 0
    assert experiment.seconds_left is None
    assert experiment.records == {}
    assert not experiment.is_complete


# ---- pauses


@pytest.mark.usefixtures("one_thread")
def test_paused_runs_rest_and_go_on_to_the_same_end(make: Make, in_the_middle: InTheMiddle) -> None:
    comparison = rates(total_steps=STEPS)
    whole = done(make(comparison))
    experiment = make(comparison)
    reached = in_the_middle(experiment.pause)
    events = experiment.events()
    assert any(reached.is_set() for _ in events)
    assert experiment._runner is not None
    assert experiment._runner.wait_for_rest(60)
    while not experiment._progressed.empty():
        next(events)
    steps = experiment.done
    assert 0 < steps < comparison.work
    assert [next(events), next(events)] == [Idle(), Idle()]
    assert experiment.done == steps
    experiment.resume()
    *_, last = events
    assert last == Ended(EndReason.COMPLETED)
    assert_equal(experiment, whole)


def test_a_paused_experiment_can_be_cancelled_and_one_that_never_began_closed(make: Make) -> None:
    experiment = make(rates(total_steps=STEPS))
    experiment.pause()
    experiment.resume()
    experiment.close()
    events = experiment.events()
    next(events)
    experiment.pause()
    experiment.cancel()
    *_, last = events
    assert last == Ended(EndReason.CANCELLED)
    experiment.close()
    experiment.close()


# ---- what has been learnt


def test_what_all_runs_have_learnt_is_there_at_their_end(make: Make) -> None:
    experiment = done(make(rates(n_seeds=2)))
    assert set(experiment.records) == set(experiment.comparison.run_keys())
    for key, record in experiment.records.items():
        settings = experiment.comparison.settings(key)
        assert fingerprint(record.policy, settings) == fingerprints(experiment)[key]


def learnt_alone(settings: RunSettings, steps: int) -> str:
    """Return the fingerprint of a run after the update with which it has taken so many steps."""
    trainer = Trainer(settings, choice.make_engine(settings))
    for event in trainer.events():
        if isinstance(event, UpdateFinished) and event.steps == steps:
            break
    trainer.engine.close()
    return trainer.parameters_sha256()


def fingerprint(learnt: PolicyState | None, settings: RunSettings) -> str:
    assert learnt is not None
    engine = PyTorchEngine(settings)
    engine.act_as(learnt)
    engine.close()
    return engine.parameters_sha256()


@pytest.mark.usefixtures("one_thread")
def test_what_watched_runs_have_learnt_is_there_while_they_learn(
    make: Make, in_the_middle: InTheMiddle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ppo_desktop.comparison.experiment.SNAPSHOT_SECONDS", 0.0)
    watched = RunKey(1, 1)
    experiment = make(rates(n_seeds=1, total_steps=STEPS))
    experiment.watch(frozenset({watched}))
    in_the_middle(experiment.cancel)
    list(experiment.events())
    assert [key for key, record in experiment.records.items() if record.policy] == [watched]
    settings, steps = experiment.comparison.settings(watched), experiment.records[watched].steps
    assert fingerprint(experiment.records[watched].policy, settings) == learnt_alone(settings, steps)


# ---- trouble


class BreaksDown(gymnasium.Env[Any, Any]):
    """Breaks down in step 300 of its life; its episodes have 10 steps and a return of 10."""

    observation_space = Box(-1, 1, (1,))
    action_space = Discrete(2)

    def __init__(self, **_: Any) -> None:
        self._steps = 0

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        return np.zeros(1, np.float32), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        del action
        self._steps += 1
        if self._steps == 300:
            raise RuntimeError("motor\nburnt out")
        return np.zeros(1, np.float32), 1.0, self._steps % 10 == 0, False, {}


@pytest.fixture
def breaks_down() -> Iterator[str]:
    gymnasium.register("BreaksDown-v0", BreaksDown)
    yield "BreaksDown-v0"
    del gymnasium.registry["BreaksDown-v0"]


def test_a_run_whose_environment_fails_says_so_and_stops_no_other(make: Make, breaks_down: str) -> None:
    # Of two agents each has 500 steps and more to take; of four, 250.
    comparison = compared((2, 4), 2, field="n_envs", environment_id=breaks_down)
    experiment = done(make(comparison))
    for seed in comparison.seeds:
        failed, sound = (experiment.records[RunKey(variant, seed)] for variant in (0, 1))
        assert failed.end is not None
        assert sound.end is not None
        assert failed.end.reason is FinishReason.FAILED
        assert "motor burnt out" in failed.end.message
        assert "\n" not in failed.end.message
        assert failed.end.parameters_sha256 == ""
        assert sound.end.reason is FinishReason.COMPLETED
        assert experiment.records[RunKey(0, seed)].policy is None
    assert bins_done(comparison, experiment.records) == N_BINS
    assert not estimate(comparison, experiment.records, 0, FINAL_RETURN, N_BINS).samples
    assert estimate(comparison, experiment.records, 1, FINAL_RETURN, N_BINS).centre == 10


def test_an_environment_that_cannot_be_made_fails_each_run_in_one_line(make: Make) -> None:
    gymnasium.register("NowhereToBeFound-v0", "nowhere.to:BeFound")
    try:
        experiment = done(make(compared(n_seeds=1, environment_id="NowhereToBeFound-v0")))
    finally:
        del gymnasium.registry["NowhereToBeFound-v0"]
    for record in experiment.records.values():
        assert record.end is not None
        assert record.end.reason is FinishReason.FAILED
        assert "nowhere" in record.end.message
        assert "\n" not in record.end.message


@pytest.fixture
def high_learning_rates_blow_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the eleventh rollout no parameter is finite any more."""
    make_engine = choice.make_engine

    def make(settings: RunSettings, wanted: str) -> Any:
        engine: Any = make_engine(settings, wanted)
        begin, rollouts = engine.begin_rollout, itertools.count(1)

        def begin_rollout(*arguments: Any) -> None:
            if next(rollouts) == 11:
                engine.parameters.fill(np.inf)
            begin(*arguments)

        if settings.hyperparameters.learning_rate == 0.1:
            engine.begin_rollout = begin_rollout
        return engine

    monkeypatch.setattr("ppo_desktop.comparison.experiment.make_engine", make)


@pytest.mark.usefixtures("high_learning_rates_blow_up")
def test_a_run_that_diverges_is_shown_as_such_and_stops_no_other(make: Make) -> None:
    comparison = compared((1e-3, 0.1), n_seeds=2, field="learning_rate")
    experiment = done(make(comparison))
    assert experiment.is_complete
    for seed in comparison.seeds:
        sound, blown_up = (experiment.records[RunKey(variant, seed)] for variant in (0, 1))
        assert sound.end is not None
        assert blown_up.end is not None
        assert (sound.end.reason, sound.has_diverged) == (FinishReason.COMPLETED, False)
        assert (blown_up.end.reason, blown_up.has_diverged) == (FinishReason.DIVERGED, True)
        assert "Learning rate" in blown_up.end.message
        assert blown_up.end.steps == 11 * 32
        assert np.isfinite(experiment.records[RunKey(1, seed)].policy.parameters).all(), "the last good ones"
        curve = blown_up.curve("policy_entropy")
        assert (curve[31:] == curve[31]).all(), "the tenth update, with 320 steps, was its last"
    assert bins_done(comparison, experiment.records) == N_BINS
    assert len(estimate(comparison, experiment.records, 1, FINAL_RETURN, N_BINS).samples) == 2
    assert experiment.done == comparison.work

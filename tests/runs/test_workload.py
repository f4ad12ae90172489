"""How long runs take side by side."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.runs.cost import Cost, RunKind, Work
from ppo_desktop.runs.processors import free_processors
from ppo_desktop.runs.speeds import Speeds
from ppo_desktop.runs.workload import EqualRuns, Workload, measured_seconds

KIND = RunKind(COMPILED, "CartPole-v1", 2, 64)
SECOND = Work(samples=1)
"""Work of one second."""


@pytest.fixture
def known(tmp_path: Path) -> Speeds:
    known = Speeds(tmp_path / "speeds.json")
    known._costs[KIND] = Cost(0.0, 0.0, 1.0, 0.0, 0.0, 0.0)
    return known


def runs(number: int, threads: int, *, together: bool = True, seconds: float = 1.0) -> Workload:
    return Workload("job", (EqualRuns(KIND, SECOND.times(seconds), number),), threads, together)


def test_processors_share_the_runs(known: Speeds) -> None:
    assert runs(10, 1).seconds(known, 1.0) == pytest.approx(10.0)
    assert runs(10, 2).seconds(known, 2.0) == pytest.approx(5.0)


def test_on_a_busy_machine_it_takes_longer(known: Speeds) -> None:
    assert runs(10, 2).seconds(known, 0.5) == pytest.approx(20.0)


def test_one_run_has_one_processor(known: Speeds) -> None:
    assert runs(1, 4).seconds(known, 4.0) == pytest.approx(1.0)


def test_the_last_run_alone_leaves_a_processor_idle_where_one_begins_after_the_other(known: Speeds) -> None:
    assert runs(3, 2, together=False).seconds(known, 2.0) == pytest.approx(2.0)
    assert runs(3, 2, together=True).seconds(known, 2.0) == pytest.approx(1.5)


def test_on_a_busy_machine_the_last_run_has_more_than_its_share(known: Speeds) -> None:
    uneven = runs(3, 2, together=False)
    assert uneven.seconds(known, 1.0) == pytest.approx(3.5)


def test_runs_that_are_ended_early_take_less(known: Speeds) -> None:
    assert replace(runs(10, 1), share=0.4).seconds(known, 1.0) == pytest.approx(4.0)


def test_what_is_done_beside_the_runs_takes_time_too(known: Speeds) -> None:
    assert replace(runs(10, 2), beside=4.0).seconds(known, 2.0) == pytest.approx(7.0)


def test_what_follows_the_runs_has_one_processor(known: Speeds) -> None:
    job = replace(runs(10, 2), after=4.0)
    assert job.seconds(known, 2.0) == pytest.approx(9.0)
    assert job.seconds(known, 0.5) == pytest.approx(28.0)
    job.learn(known, taken=14.0)
    assert job.seconds(known, 2.0) == pytest.approx(9.0), "it is no part of what the runs take"


def test_what_a_job_usually_adds_counts_until_it_has_been_done(known: Speeds) -> None:
    planned = replace(runs(10, 2), overhead=1.5)
    assert planned.seconds(known, 2.0) == pytest.approx(1.5 * runs(10, 2).seconds(known, 2.0))
    known.correct(planned.overhead_name, 1.0, 2.0)
    alone = replace(planned, job="another", overhead=1.0).seconds(known, 2.0)
    assert planned.seconds(known, 2.0) == pytest.approx(known.factor(planned.overhead_name) * alone)


def test_what_threads_of_one_engine_lose_is_not_expected_of_another_or_of_one_alone(known: Speeds) -> None:
    planned = runs(10, 2)
    other = replace(planned, parts=(replace(planned.parts[0], kind=KIND._replace(engine="another")),))
    planned.learn(known, taken=20.0)
    assert known.factor(planned.overhead_name) > 1.0
    for unlike in (other, replace(planned, threads=1)):
        assert known.factor(unlike.overhead_name) == 1.0


def test_what_a_job_takes_beside_its_runs_is_learnt_by_and_by(known: Speeds) -> None:
    job = runs(10, 2)
    job.learn(known, taken=12.0)
    assert 10.0 < 2 * job.seconds(known, 2.0) < 12.0
    for _ in range(10):
        job.learn(known, taken=12.0)
    assert 2 * job.seconds(known, 2.0) == pytest.approx(12.0, rel=0.01)
    job = replace(job, threads=1)
    assert replace(job, job="another").seconds(known, 1.0) == pytest.approx(10.0)


def test_threads_have_no_more_processors_than_there_are_threads() -> None:
    assert 0 < free_processors(1) <= 1
    assert 0 < free_processors(2) <= 2


def test_what_cannot_be_measured_is_not_estimated() -> None:
    impossible = replace(runs(1, 1), parts=(EqualRuns(RunKind(PYTORCH, "NoSuchThing-v0", 2, 64), SECOND, 1),))
    assert measured_seconds(impossible) is None


def test_what_is_not_known_is_measured_before_it_is_estimated() -> None:
    seconds = measured_seconds(replace(runs(1, 1), parts=(EqualRuns(KIND, Work(samples=1000), 1),)))
    assert seconds is not None
    assert seconds > 0

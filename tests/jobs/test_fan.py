"""Luck or fate: branches of one moment differ in their random numbers, and in what is changed, only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.jobs.fan import Branch, Fan, FanJob, Outcome, result_words
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.jobs.moment import Moment
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.engines import COMPILED, PYTORCH
from ppo_desktop.ppo.hyperparameters import Hyperparameters
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.ppo.trainer import Trainer
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.past import Past
from tests.kept_runs import SMALL, keep_branch, keep_run

UPDATES = 30
STEPS = 20 * SMALL.samples_per_rollout
ENGINES = pytest.mark.parametrize("engine", [COMPILED, PYTORCH])


def fan_of(
    moment: Moment, steps: int = STEPS, n_branches: int = 3, changes: Mapping[str, Value] | None = None
) -> Fan:
    """Return what has become of all branches."""
    *fans, ended = (
        e for e in FanJob(moment, steps, n_branches, changes).events() if isinstance(e, Fan | Ended)
    )
    assert ended == Ended(EndReason.COMPLETED)
    assert isinstance(fans[-1], Fan)
    return fans[-1]


def kept_branch(fan: Fan, seed: int) -> str:
    """Let a branch of a fan be kept, and return its id."""
    *_, kept, ended = FanJob(fan.moment, fan.steps, changes=fan.changes, kept_seed=seed).events()
    assert ended == Ended(EndReason.COMPLETED)
    assert isinstance(kept, Fan)
    return kept.branches[0].run


def assert_same(run: Trainer, other: Trainer) -> None:
    assert (run.update, run.parameters_sha256()) == (other.update, other.parameters_sha256())
    run.engine.close()
    other.engine.close()


def curves(fan: Fan) -> list[list[list[float]]]:
    return [np.stack(branch.mean_return).tolist() for branch in fan.branches]


@ENGINES
def test_branches_begin_alike_come_to_different_ends_and_do_so_again(engine: str) -> None:
    moment = Moment(keep_run(UPDATES, engine=engine), 12)
    fan = fan_of(moment)
    assert fan.engine == engine
    begins = {(steps[0], value[0]) for steps, value in (branch.mean_return for branch in fan.branches)}
    assert begins == {(fan.itself[0][0], fan.itself[1][0])} == {(12 * 32, fan.itself[1][0])}
    assert [branch.steps for branch in fan.branches] == [STEPS] * 3
    ends = {branch.mean_return[1][-1] for branch in fan.branches}
    assert len(ends) == 3
    assert curves(fan_of(moment)) == curves(fan)


@ENGINES
def test_a_branch_that_is_kept_is_that_of_the_fan_and_can_be_gone_back_in_beyond_where_it_left(
    engine: str,
) -> None:
    changes: dict[str, Value] = {"learning_rate": 0.01, "rollout_length": 24, "n_envs": 3}
    fan = fan_of(Moment(keep_run(UPDATES, engine=engine), 12), changes=changes)
    chosen = fan.branches[1]
    kept = library.open_run(kept_branch(fan, chosen.seed))
    assert (kept.journal.parent, kept.settings.seed) == (Parent(fan.moment.run, 12), chosen.seed)
    assert Past(kept).whole.curve("mean_return").last == pytest.approx(chosen.mean_return[1][-1])
    whole = kept.restore()
    assert whole.hyperparameters == SMALL.changed(changes)
    for replayed in (1, whole.update - 12, whole.update - 5):
        again = kept.resumed(replayed=replayed)
        assert again.update <= whole.update - replayed
        again.catch_up(whole.update)
        assert again.parameters_sha256() == whole.parameters_sha256()
        again.engine.close()
    whole.engine.close()
    of_run = library.open_run(fan.moment.run)
    assert_same(kept.restore(5), of_run.restore(5))
    assert_same(kept.restore(12), of_run.restore(12))
    early = kept.resumed(15, replayed=10)
    assert early.update <= 5
    early.catch_up(15)
    assert early.settings.seed == chosen.seed
    assert_same(early, kept.restore(15))


def test_branches_of_the_end_of_a_run_go_on_beyond_what_ended_it() -> None:
    updates = 10
    run = keep_run(updates, total_steps=updates * 32, stop_when_solved=True)
    fan = fan_of(Moment(run, updates), n_branches=2)
    assert [branch.steps for branch in fan.branches] == [STEPS, STEPS]
    assert {branch.outcome for branch in fan.branches} == {Outcome.HELD}


def test_a_moment_before_a_branch_is_one_of_the_run_it_is_a_branch_of() -> None:
    run = keep_run(UPDATES)
    fork = kept_branch(fan_of(Moment(run, 12), n_branches=1), seed=2)
    assert fan_of(Moment(fork, 7), n_branches=1).moment == Moment(run, 7)
    later = fan_of(Moment(fork, 13), n_branches=1)
    assert later.moment == Moment(fork, 13)
    assert later.begins_at == 13 * 32
    assert later.itself[1][0] == Past(library.open_run(fork)).history(13).curve("mean_return").last


def test_what_is_done_when_it_is_cancelled_is_kept() -> None:
    job = FanJob(Moment(keep_run(UPDATES), 12), steps=10_000_000, n_branches=2)
    fan: Fan | None = None
    for event in job.events():
        if isinstance(event, Fan):
            fan = event
            if all(branch.steps for branch in (fan.branches or [Branch(0)])):
                job.cancel()
        elif isinstance(event, Ended):
            assert event.reason is EndReason.CANCELLED
    assert fan is not None
    assert all(0 < branch.steps < 10_000_000 and branch.outcome is None for branch in fan.branches)
    assert 0 < job.worked < job.total
    assert not fan.ended


def test_what_cannot_be_gone_on_from_is_said_in_one_line() -> None:
    run = keep_run(UPDATES)
    cannot_be: list[tuple[Moment, dict[str, Value]]] = [
        (Moment("nothing", 3), {}),
        (Moment(run, 3), {"n_minibatches": 1_000_000}),
        (Moment(run, UPDATES + 1), {}),
    ]
    for moment, changes in cannot_be:
        (ended,) = FanJob(moment, STEPS, 2, changes).events()
        assert isinstance(ended, Ended)
        assert ended.reason is EndReason.FAILED
        assert ended.message.endswith(".")
        assert "\n" not in ended.message


@pytest.mark.slow
def test_without_the_clip_a_high_learning_rate_is_fate_and_with_it_hardly_ever() -> None:
    values = Hyperparameters(rollout_length=32, n_epochs=10, n_minibatches=1, learning_rate=1e-2)
    moment = Moment(keep_run(updates=65, **asdict(values)), 65)
    fans = {clip: fan_of(moment, 50_000, 8, {"clip_range": clip}) for clip in (None, 0.2)}
    counts = {
        clip: [branch.outcome for branch in fan.branches].count(Outcome.COLLAPSED)
        for clip, fan in fans.items()
    }
    assert fans[None].branches[0].mean_return[1][0] > 100, "a healthy moment"
    assert counts[None] >= 2, "21 of 32 were measured: fewer than this is very unlikely"
    assert counts[0.2] <= 1
    assert fans[None].counts.startswith(f"{counts[None]} of 8 collapsed")


def test_a_branch_asked_at_its_first_moment_goes_on_with_its_own_values() -> None:
    parent = keep_run(UPDATES)
    branch = keep_branch(parent, at=12, updates=20, learning_rate=0.01)
    fan = fan_of(Moment(branch, 12))
    assert fan.moment == Moment(branch, 12)
    assert curves(fan) == curves(fan_of(Moment(parent, 12), changes={"learning_rate": 0.01}))


def test_other_branches_of_the_first_moment_of_a_branch_have_other_seeds_and_it_stands_beside_them() -> None:
    changes: dict[str, Value] = {"clip_range": 0.05, "rollout_length": 24}
    fan = fan_of(Moment(keep_run(UPDATES), 12), changes=changes)
    chosen = fan.branches[1]
    again = fan_of(Moment(kept_branch(fan, chosen.seed), 12))
    assert again.settings.seed == chosen.seed
    assert chosen.seed not in {branch.seed for branch in again.branches}
    assert np.stack(chosen.mean_return).tolist() not in curves(again)
    whole_rollouts = STEPS // (24 * SMALL.n_envs)
    np.testing.assert_allclose(np.stack(again.itself), np.stack(chosen.mean_return)[:, : 1 + whole_rollouts])


def test_before_a_branch_has_ended_it_is_said_how_far_they_are() -> None:
    branches = (Branch(2, steps=256), Branch(3, steps=640))
    fan = Fan(
        RunSettings("CartPole-v1", Algorithm.PPO, SMALL, 1),
        COMPILED,
        Moment("run", 3),
        begins_at=96,
        steps=1280,
        in_force=SMALL,
        can_collapse=True,
        changes={},
        branches=branches,
    )
    assert "640 of 1 280 steps" in result_words(fan, is_growing=True)

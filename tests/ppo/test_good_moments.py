"""The best moment of a run is found by the episodes that went on then."""

from __future__ import annotations

from ppo_desktop.ppo.events import GoodMoment
from ppo_desktop.ppo.good_moments import FEWEST_EPISODES, MOST_SEGMENTS, SEGMENT, GoodMoments
from ppo_desktop.ppo.hyperparameters import Hyperparameters

ALONE = Hyperparameters(n_envs=1, rollout_length=SEGMENT, n_minibatches=1)


class Run:
    """One agent whose policy of each rollout is told by the rollout's number."""

    def __init__(self, hyperparameters: Hyperparameters = ALONE) -> None:
        self.moments = GoodMoments()
        self.hyperparameters = hyperparameters
        self.steps = self.update = 0

    def roll_out(self, *episodes: tuple[int, float]) -> None:
        """Collect a rollout in which these episodes end, {length: return} of the first agent in turn."""
        self.update += 1
        self.moments.begin_rollout(self.steps, self.update, self.hyperparameters.n_envs)
        self.steps += self.hyperparameters.samples_per_rollout
        for length, episode_return in episodes:
            self.moments.end_episode(self.steps, 0, episode_return, length)


def test_an_episode_counts_for_the_policies_that_played_it_not_for_the_one_with_which_it_ends() -> None:
    """Twenty good episodes of four rollouts each, then a fall: at it a mean of the last is still best."""
    run = Run()
    for _ in range(20):
        for _ in range(3):
            run.roll_out()
        run.roll_out((4 * SEGMENT, 500.0))
    for _ in range(20):
        run.roll_out(*[(1, 25.0)] * SEGMENT)
    best = run.moments.best
    assert best is not None
    assert best.mean_return == 500.0
    assert best.update <= 80, "from 81 on it has fallen"


def test_of_equally_good_moments_it_is_the_latest() -> None:
    run = Run()
    for _ in range(50):
        run.roll_out(*[(4, 10.0)] * FEWEST_EPISODES)
    assert run.moments.best == GoodMoment(48 * SEGMENT, 49, 10.0)


def test_a_single_lucky_episode_is_no_good_moment() -> None:
    run = Run()
    for update in range(60):
        run.roll_out((SEGMENT, 400.0 if update == 10 else 20.0 + update))
    best = run.moments.best
    assert best is not None
    assert best.update > 30


def test_a_segment_waits_for_its_episodes_to_end() -> None:
    run = Run()
    run.roll_out(*[(1, 5.0)] * FEWEST_EPISODES)
    for _ in range(10):
        run.roll_out()
    assert run.moments.best == GoodMoment(0, 1, 5.0)
    run.roll_out((11 * SEGMENT, 900.0))
    run.roll_out()
    assert run.moments.best is not None
    assert run.moments.best.mean_return > 5.0


def test_few_segments_wait_even_if_no_episode_ever_ends() -> None:
    run = Run(ALONE.changed({"rollout_length": 1}))
    run.roll_out((1, 0.0))
    for _ in range(100 * SEGMENT):
        run.roll_out()
    assert len(run.moments._waiting) <= MOST_SEGMENTS
    assert len(run.moments._judged) <= FEWEST_EPISODES


def test_before_an_episode_has_ended_there_is_no_good_moment() -> None:
    run = Run()
    run.roll_out()
    assert run.moments.best is None
    run.roll_out((2 * SEGMENT, 7.0))
    assert run.moments.best == GoodMoment(0, 1, 7.0)


def test_a_segment_of_many_agents_waits_for_all_of_them() -> None:
    pair = ALONE.changed({"n_envs": 2})
    run = Run(pair)
    run.roll_out(*[(1, 5.0)] * FEWEST_EPISODES)
    for _ in range(4):
        run.roll_out(*[(1, 6.0)] * FEWEST_EPISODES)
    assert run.moments._best is None, "the other agent's first episode goes on"
    run.moments.end_episode(run.steps, 1, 50.0, 5 * SEGMENT)
    run.roll_out()
    assert run.moments._best is not None


def test_one_that_goes_on_from_a_state_finds_the_same() -> None:
    run, halfway = Run(), Run()
    for update in range(60):
        run.roll_out(*[(3, float(update % 17))] * (update % 5))
        if update == 30:
            halfway.moments.resume(run.moments.state())
            halfway.steps, halfway.update = run.steps, run.update
        elif update > 30:
            halfway.roll_out(*[(3, float(update % 17))] * (update % 5))
    assert halfway.moments.state() == run.moments.state()

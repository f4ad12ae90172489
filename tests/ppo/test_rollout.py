"""What an agent has done lately, cut where its episodes ended; a rollout in parts."""

import numpy as np
import pytest

from ppo_desktop.ppo.environments import Spaces
from ppo_desktop.ppo.rollout import PATH_STEPS, RecentRollouts, Rollout, shuffled_minibatches

SPACES = Spaces(1, 2)


class Story:
    """Rollouts in which every agent's observation is the number of its step; agent n counts from 1000·n."""

    def __init__(self):
        self.recent = RecentRollouts()
        self.rollout = None
        self.time = 0
        self._step = 0

    def begin(self, length, n_envs=1):
        self.rollout, self.time = Rollout.empty(length, n_envs, SPACES), 0
        self.rollout.observations[0, :, 0] = self._now(n_envs)
        self.recent.begin(self.rollout)

    def step(self, ends=False):
        """Every agent takes a step; at an end 0.5 more is seen, and the next episode begins 0.5 later."""
        n_envs = self.rollout.n_envs
        self._step += 1
        if ends:
            self.rollout.terminated[self.time] = True
            for agent in range(n_envs):
                final = self._now(n_envs)[agent] - 0.5
                self.rollout.final_observations[self.time, agent] = np.array([final], np.float32)
        self.time += 1
        self.rollout.observations[self.time, :, 0] = self._now(n_envs)

    def fill(self, length, n_envs=1):
        self.begin(length, n_envs)
        for _ in range(length):
            self.step()

    def path(self, agent=0):
        return [states[:, 0].tolist() for states in self.recent.path(agent, self.time)]

    def _now(self, n_envs):
        return self._step + 1000 * np.arange(n_envs)


def test_before_the_first_rollout_there_is_no_path():
    assert RecentRollouts().path(0, 0) == ()


def test_a_path_ends_where_the_agent_is_now():
    story = Story()
    story.begin(8)
    assert story.path() == [[0]]
    story.step()
    story.step()
    assert story.path() == [[0, 1, 2]]


def test_it_goes_on_from_one_rollout_to_the_next_without_a_gap_or_a_repetition():
    story = Story()
    story.fill(3)
    story.fill(2)
    story.begin(4)
    story.step()
    assert story.path() == [[0, 1, 2, 3, 4, 5, 6]]


def test_it_is_cut_where_an_episode_ended():
    story = Story()
    story.begin(8)
    for ends in (False, True, False, False):
        story.step(ends)
    assert story.path() == [[0, 1, 1.5], [2, 3, 4]]


def test_the_final_state_of_an_episode_stays_until_the_next_step():
    story = Story()
    story.begin(2)
    story.step()
    story.step(ends=True)
    assert story.path() == [[0, 1, 1.5]]
    story.begin(2)
    assert story.path() == [[0, 1, 1.5]]
    story.step()
    assert story.path() == [[0, 1, 1.5], [2, 3]]


@pytest.mark.parametrize("length", [1, 7, 64, 500])
def test_it_is_as_long_as_is_told_whatever_the_rollouts_length(length):
    story = Story()
    for _ in range(1000 // length + 1):
        story.fill(length)
    (path,) = story.path()
    assert len(path) == PATH_STEPS + 1
    assert path == list(range(int(path[-1]) - PATH_STEPS, int(path[-1]) + 1))


@pytest.mark.parametrize("length", [1, 7, 64, 500])
def test_no_more_rollouts_are_kept_than_are_needed(length):
    story = Story()
    for _ in range(1000 // length + 5):
        story.fill(length)
    assert len(story.recent._rollouts) <= -(-PATH_STEPS // length) + 1


def test_each_agent_has_its_own_path():
    story = Story()
    story.begin(4, n_envs=2)
    story.step()
    assert story.path(1) == [[1000, 1001]]


def test_an_agent_that_came_later_has_no_path_of_another_before_it():
    story = Story()
    story.fill(3, n_envs=2)
    story.fill(3, n_envs=1)
    story.fill(3, n_envs=2)
    assert story.path(1) == [[1006, 1007, 1008, 1009]]
    assert story.path(0) == [list(range(10))]
    assert story.recent.path(5, 3) == ()


def test_a_path_may_be_kept_while_the_run_goes_on():
    story = Story()
    story.begin(4)
    story.step()
    path = story.recent.path(0, story.time)
    story.rollout.observations[:] = -1
    assert path[0][:, 0].tolist() == [0, 1]


@pytest.mark.parametrize(("samples", "number"), [(12, 4), (13, 4), (15, 4), (5, 5), (128, 2), (7, 1)])
def test_minibatches_have_every_sample_once_and_the_first_ones_one_more(samples, number):
    parts = shuffled_minibatches(samples, number, np.random.default_rng(1))
    larger = samples % number
    sizes = [samples // number + 1] * larger + [samples // number] * (number - larger)
    assert [len(part) for part in parts] == sizes
    assert sorted(np.concatenate(parts)) == list(range(samples))
    if number == 1:
        assert parts[0].tolist() == list(range(samples))
    else:
        again = np.random.default_rng(1).permutation(samples)
        assert np.concatenate(parts).tolist() == again.tolist()

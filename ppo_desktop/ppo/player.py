"""Plays with the policy of a run, in an environment of its own: to be looked at, and to be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import frames_per_second
from ppo_desktop.ppo.events import Frame, Survey
from ppo_desktop.ppo.labelled import Labelled
from ppo_desktop.ppo.perturbation import Perturbation, Perturbed
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings

_ROLLOUT_LENGTH = 64
"""Steps for which noise is drawn at a time."""
_STEPS_BETWEEN_LOOKS = 16
"""Of a whole episode, after which it is asked whether it is still wanted."""


class Acting(Labelled):
    """How actions are chosen: drawn from the policy, as in learning, or always the most probable one."""

    SAMPLED = "sampled", "sampled"
    DETERMINISTIC = "deterministic", "deterministic"


@dataclass(frozen=True, eq=False)
class WholeEpisode:
    """An episode from its start to its end.

    Attributes:
        rewards: (T,), the environment's own.
        values: (T + 1,), V(s) of each state, the last one that after the end.
        is_cut_off: Whether it was truncated, and did not end by itself.
    """

    rewards: Floats
    values: Floats
    is_cut_off: bool


class Player:
    """One agent that acts as the policy of a run would, and learns nothing.

    Neither the run's environments nor its random numbers are touched. Before it is given a policy it acts as
    the run did at its very beginning, and at first it draws its actions. `steps_per_second` are those that
    look natural. It raises UnsupportedEnvironment where the environment cannot be made, EnvironmentFailure
    where that fails.

    Args:
        settings: Of the run.
        engine: The one that is wanted.
        by_hand: Whether it can be perturbed, in a built-in environment; steps then take longer.
    """

    def __init__(self, settings: RunSettings, engine: str = COMPILED, *, by_hand: bool = False) -> None:
        values = settings.hyperparameters.changed(
            {"n_envs": 1, "rollout_length": _ROLLOUT_LENGTH, "n_minibatches": 1}
        )
        self._hyperparameters = values
        self._engine = make_engine(replace(settings, hyperparameters=values), engine, in_gymnasium=by_hand)
        self._acting = Acting.SAMPLED
        self._time = _ROLLOUT_LENGTH
        self._steps = 0
        self.steps_per_second = frames_per_second(settings.environment_id)

    def set_policy(self, policy: PolicyState) -> None:
        """Act with this policy from now on, or raise ValueError if it is not of such a run."""
        self._engine.act_as(policy)
        self._time = _ROLLOUT_LENGTH

    def act(self, acting: Acting) -> None:
        """Choose actions in this way from now on."""
        self._acting = acting
        self._time = _ROLLOUT_LENGTH

    def begin(self, seed: int) -> None:
        """Begin an episode: its start state, and the actions that are drawn, are those of a seed."""
        self._engine.begin_anew(seed)
        self._time = _ROLLOUT_LENGTH

    def play(self) -> tuple[int, list[float]]:
        """Take some steps; return how many, and the returns of the episodes that they have ended.

        Raises EnvironmentFailure where the environment raises, or returns nonsense.
        """
        return self._advance(_ROLLOUT_LENGTH)

    def play_whole(
        self, seed: int, most_steps: int, is_wanted: Callable[[], bool] = lambda: True
    ) -> WholeEpisode | None:
        """Play an episode that begins with a seed; None where it has not ended within so many steps.

        Likewise once it is no longer wanted, which is asked every few steps: an environment may be slow.

        Raises EnvironmentFailure where the environment raises, or returns nonsense.
        """
        self.begin(seed)
        observations: list[Floats] = []
        rewards: list[float] = []
        while len(rewards) < most_steps and is_wanted():
            first = self._time % _ROLLOUT_LENGTH
            self._advance(_STEPS_BETWEEN_LOOKS)
            rollout = self._engine.rollout
            for time in range(first, self._time):
                observations.append(rollout.observations[time, 0])
                rewards.append(float(rollout.rewards[time, 0]))
                if rollout.ended[time, 0]:
                    seen = np.stack([*observations, rollout.final_observations[time, 0]])
                    values = self._engine.survey(seen).values
                    is_cut_off = not rollout.terminated[time, 0]
                    return WholeEpisode(np.array(rewards, np.float32), values, is_cut_off)
        return None

    def step(self, *, picture: bool = False) -> Frame:
        """Take one step and return what there is to see then, with Gymnasium's own picture if it is wanted.

        Raises EnvironmentFailure where the environment raises, or returns nonsense.
        """
        self._advance(1)
        return self.look(picture=picture)

    def look(self, *, picture: bool = False) -> Frame:
        """Return what there is to see now."""
        return self._engine.look(0, self._steps, picture=picture, path=False)

    def survey(self, observations: Floats) -> Survey:
        """Return what its networks think of observations (G, n_observations)."""
        return self._engine.survey(observations)

    def perturb(self, perturbation: Perturbation) -> Perturbed | None:
        """Change by hand what it plays in; return what was done, None where its episode is over."""
        return self._engine.perturb(perturbation)

    def close(self) -> None:
        """Close its environment."""
        self._engine.close()

    def _advance(self, at_most: int) -> tuple[int, list[float]]:
        if self._time == _ROLLOUT_LENGTH:
            is_deterministic = self._acting is Acting.DETERMINISTIC
            self._engine.begin_rollout(self._hyperparameters, is_deterministic=is_deterministic)
            self._time = 0
        before = self._time
        self._time, ended = self._engine.step(min(at_most, _ROLLOUT_LENGTH - before))
        self._steps += self._time - before
        return self._time - before, [episode.episode_return for episode in ended]

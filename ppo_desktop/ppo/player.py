"""Plays on and on with the policy of a run, in an environment of its own: for people to look at."""

from __future__ import annotations

from dataclasses import replace

from ppo_desktop.ppo.engines.choice import make_engine
from ppo_desktop.ppo.environments import frames_per_second
from ppo_desktop.ppo.events import Frame
from ppo_desktop.ppo.policy_state import PolicyState
from ppo_desktop.ppo.settings import RunSettings

_ROLLOUT_LENGTH = 64
"""Steps for which noise is drawn at a time."""


class Player:
    """One agent that acts as the policy of a run would: it draws its actions, and learns nothing.

    Neither the run's environments nor its random numbers are touched. Before it is given a policy it acts as
    the run did at its very beginning. `steps_per_second` are those that look natural. It raises
    UnsupportedEnvironment where the environment cannot be made, EnvironmentFailure where that fails.
    """

    def __init__(self, settings: RunSettings) -> None:
        values = settings.hyperparameters.changed(
            {"n_envs": 1, "rollout_length": _ROLLOUT_LENGTH, "n_minibatches": 1}
        )
        self._hyperparameters = values
        self._engine = make_engine(replace(settings, hyperparameters=values))
        self._time = _ROLLOUT_LENGTH
        self._steps = 0
        self.steps_per_second = frames_per_second(settings.environment_id)

    def set_policy(self, policy: PolicyState) -> None:
        """Act with this policy from now on, or raise ValueError if it is not of such a run."""
        self._engine.act_as(policy)

    def step(self, *, picture: bool = False) -> Frame:
        """Take one step and return what there is to see then, with Gymnasium's own picture if it is wanted.

        Raises EnvironmentFailure where the environment raises, or returns nonsense.
        """
        if self._time == _ROLLOUT_LENGTH:
            self._engine.begin_rollout(self._hyperparameters)
        self._time, _ = self._engine.step(1)
        self._steps += 1
        return self._engine.look(0, self._steps, picture=picture, path=False)

    def close(self) -> None:
        """Close its environment."""
        self._engine.close()

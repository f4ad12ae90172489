"""How good the policy is when it always takes its most probable action."""

from __future__ import annotations

from collections.abc import Generator

from ppo_desktop.ppo.agents import Agents
from ppo_desktop.ppo.engines import Engine
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings


def evaluate(engine: Engine, settings: RunSettings, episodes: int) -> Generator[float | None, None, None]:
    """Play `episodes` episodes in an environment of their own.

    Yields after every step the undiscounted return of the episode that ended with it, or None, so
    that whoever asks can stop in an environment that never ends. Nothing of the run is touched:
    neither its environments nor its random numbers.

    Raises:
        EnvironmentFailure: The environment raised or returned nonsense.
    """
    agents = Agents(settings.environment_id, 1, stream_seed(settings.seed, Stream.EVALUATION))
    rollout = Rollout.empty(1, 1, agents.spaces)
    try:
        while episodes > 0:
            actions = engine.most_likely_actions(agents.observations)
            ended = agents.step(rollout, 0, actions)
            episodes -= len(ended)
            yield ended[0].episode_return if ended else None
    finally:
        agents.close()

"""How good the policy is when it always takes its most probable action."""

from __future__ import annotations

from ppo_desktop.ppo.agents import Agents
from ppo_desktop.ppo.engines import Engine
from ppo_desktop.ppo.rollout import Rollout
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings


def evaluate(engine: Engine, settings: RunSettings, episodes: int) -> list[float]:
    """Return the undiscounted returns of `episodes` episodes in an environment of their own.

    Nothing of the run is touched: neither its environments nor its random numbers.
    """
    agents = Agents(settings.environment_id, 1, stream_seed(settings.seed, Stream.EVALUATION))
    rollout = Rollout.empty(1, 1, agents.spaces)
    returns: list[float] = []
    try:
        while len(returns) < episodes:
            actions = engine.most_likely_actions(agents.observations)
            returns.extend(ended.episode_return for ended in agents.step(rollout, 0, actions))
    finally:
        agents.close()
    return returns

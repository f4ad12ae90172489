"""How good the policy is when it always takes its most probable action."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings

LONGEST_EPISODE = 100_000
"""Steps, or those of the whole run if they are more, after which an evaluation waits no longer for an
episode's end: always the most probable action can lead in circles, in an environment without a time limit."""


def evaluate(engine: Engine, settings: RunSettings, episodes: int) -> Generator[list[float], None, None]:
    """Play `episodes` episodes; yield now and then the returns of those that have ended since, often none.

    Raises:
        UnsupportedEnvironment: The environment cannot be made once more.
        EnvironmentFailure: It raised or returned nonsense, or an episode does not end.
    """
    longest = max(LONGEST_EPISODE, settings.hyperparameters.total_steps or 0)
    n_steps = 0
    with closing(engine.evaluation(stream_seed(settings.seed, Stream.EVALUATION))) as played:
        while episodes > 0:
            taken, ended = next(played)
            n_steps = 0 if ended else n_steps + taken
            if n_steps >= longest:
                steps = counted(longest, "step")
                raise EnvironmentFailure(
                    f"With its most probable actions, no episode has ended within {steps}. "
                    "With max_episode_steps=… in its id every episode ends."
                )
            returns = ended[:episodes]
            episodes -= len(returns)
            yield returns

"""How good the policy is when it always takes its most probable action."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from ppo_desktop.ppo.engines import Engine
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings


def evaluate(engine: Engine, settings: RunSettings, episodes: int) -> Generator[list[float], None, None]:
    """Play `episodes` episodes; yield now and then the returns of those that have ended since, often none.

    Raises:
        EnvironmentFailure: The environment raised or returned nonsense.
    """
    with closing(engine.evaluation(stream_seed(settings.seed, Stream.EVALUATION))) as played:
        while episodes > 0:
            returns = next(played)[:episodes]
            episodes -= len(returns)
            yield returns

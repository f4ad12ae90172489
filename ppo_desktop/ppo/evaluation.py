"""How good a policy is: episodes played with it, from which nothing is learnt."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace

from ppo_desktop.ppo.engines.base import Engine
from ppo_desktop.ppo.environments import EnvironmentFailure
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.ppo.seeding import Stream, stream_seed
from ppo_desktop.ppo.settings import RunSettings

LONGEST_EPISODE = 100_000
"""Steps, or those of the whole run if they are more, after which an evaluation waits no longer for an
episode's end: always the most probable action can lead in circles, in an environment without a time limit."""
STARTS_VERSION = 1
"""Of the start states on which policies are judged: numbers of another version are not to be compared."""
START_SEEDS = tuple(stream_seed(STARTS_VERSION, Stream.STARTS, place) for place in range(100))
"""With each an episode begins. In every environment they lead to the same start states for ever, which a
test holds for the built-in ones; no run begins an episode with one of them."""


def evaluate(engine: Engine, settings: RunSettings, episodes: int) -> Generator[list[float], None, None]:
    """Play `episodes` episodes, one after the other, with the most probable actions.

    Yields now and then the returns of those that have ended since, often none. The run is not touched.

    Raises:
        UnsupportedEnvironment: The environment cannot be made once more.
        EnvironmentFailure: It raised or returned nonsense, or an episode does not end.
    """
    own = replace(settings, seed=stream_seed(settings.seed, Stream.EVALUATION))
    longest = max(LONGEST_EPISODE, settings.hyperparameters.total_steps or 0)
    with closing(Player(own, engine.name)) as player:
        player.set_policy(engine.snapshot())
        played = _played(player, Acting.DETERMINISTIC, longest)
        while episodes > 0:
            returns = next(played)[:episodes]
            episodes -= len(returns)
            yield returns


def play_episode(player: Player, seed: int, acting: Acting) -> Generator[None, None, float]:
    """Play an episode that begins with a seed; yield now and then, and return its return.

    Raises:
        EnvironmentFailure: The environment raised or returned nonsense, or the episode does not end.
    """
    player.begin(seed)
    played = _played(player, acting, LONGEST_EPISODE)
    while not (ended := next(played)):
        yield
    return ended[0]


def _played(player: Player, acting: Acting, longest: int) -> Iterator[list[float]]:
    """Play on and on, and yield the returns of episodes that have ended meanwhile, often none."""
    player.act(acting)
    n_steps = 0
    while True:
        taken, ended = player.play()
        n_steps = 0 if ended else n_steps + taken
        if n_steps >= longest:
            who = "With its most probable actions, no" if acting is Acting.DETERMINISTIC else "No"
            raise EnvironmentFailure(
                f"{who} episode has ended within {counted(longest, 'step')}. "
                "With max_episode_steps=… in its id every episode ends."
            )
        yield ended

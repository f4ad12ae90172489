"""A whole episode that a time limit has cut off, played with the policy of a moment of a run."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

from ppo_desktop.ppo.estimates import CutOffEpisode, cut_off_targets
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.normalization import scale_rewards
from ppo_desktop.ppo.player import Player
from ppo_desktop.ppo.policy_state import PolicyMoment, Snapshot

MOST_STEPS = 5_000
"""Steps after which no further episode is begun, nor the last one gone on with."""


@dataclass(frozen=True, eq=False)
class PlayedToTheLimit:
    """What has come of looking for such an episode.

    Attributes:
        episode: The first that was cut off; None where none was.
        n_played: Episodes played until then, each from the next of the start states of `evaluation`.
        why_not: Why no more could be played, in one line; empty where all went well.
    """

    episode: CutOffEpisode | None
    n_played: int
    why_not: str = ""


def play_to_the_limit(moment: PolicyMoment, is_wanted: Callable[[], bool] = lambda: True) -> PlayedToTheLimit:
    """Play episodes, with actions drawn as in learning, until a time limit cuts one off.

    V(s) and R are in the units of the run, with the values that are in force at the moment.

    Args:
        moment: Whose policy plays.
        is_wanted: Whether to go on; asked often.

    Raises:
        UnsupportedEnvironment: The environment cannot be made once more.
        EnvironmentFailure: It raised or returned nonsense.
    """
    assert isinstance(moment.policy, Snapshot)
    values, left, n_played = moment.hyperparameters, MOST_STEPS, 0
    with closing(Player(moment.settings)) as player:
        player.set_policy(moment.policy)
        for seed in START_SEEDS:
            played = player.play_whole(seed, left, is_wanted)
            if played is None:
                break
            n_played, left = n_played + 1, left - len(played.rewards)
            if played.is_cut_off:
                rewards = played.rewards
                if values.normalize_rewards:
                    rewards = scale_rewards(rewards, moment.policy.rewards)
                episode = cut_off_targets(rewards, played.values, values.gamma, values.gae_lambda)
                return PlayedToTheLimit(episode, n_played)
    return PlayedToTheLimit(None, n_played)

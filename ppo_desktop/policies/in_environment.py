"""A policy from a file in an environment: which ones it fits, and how it acts there."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ppo_desktop.policies.file_policy import FilePolicy, Sizes
from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor, n_all_parameters
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.environments import Spaces, known_spaces, spaces_of_id
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.messages import counted
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.perceptron import Layer
from ppo_desktop.ppo.policy_state import PolicyMoment, PolicyState
from ppo_desktop.ppo.settings import FIRST_SEED, RunSettings


class DoesNotFit(ValueError):
    """A policy that cannot act in an environment, or not here; the message is one line."""


def known_environments_for(policy: FilePolicy) -> list[str]:
    """Return the ids of the catalogue in which a policy can act by its sizes, that of its file first."""
    fitting = [known for known in KNOWN_ENVIRONMENTS if _sizes(known_spaces(known)) == policy.sizes]
    return sorted(fitting, key=lambda known: known != policy.environment_id)


def moment_in(policy: FilePolicy, environment_id: str) -> PolicyMoment:
    """Return what a run in an environment would act with that had learnt this policy.

    Its networks are those of our runs. Where layers are of different widths the narrower ones get units of
    which nothing comes and to which nothing goes: the function is the same.

    Raises:
        DoesNotFit: It takes other observations or actions, or our networks cannot be like its own.
        UnsupportedEnvironment: The environment cannot be made.
        EnvironmentFailure: It failed.
    """
    is_known = environment_id in KNOWN_ENVIRONMENTS
    spaces = known_spaces(environment_id) if is_known else spaces_of_id(environment_id)
    if _sizes(spaces) != policy.sizes:
        raise DoesNotFit(f"The policy is for {policy.sizes}; {environment_id} has {_sizes(spaces)}.")
    values = _hyperparameters(policy)
    parameters = np.zeros(n_all_parameters(spaces, values), np.float32)
    _fill(ActorCritic(spaces, values, parameters), policy, spaces)
    return PolicyMoment(
        RunSettings(environment_id, policy.algorithm, values, FIRST_SEED),
        update=0,
        steps=policy.steps,
        is_within_update=False,
        hyperparameters=values,
        policy=PolicyState(
            parameters, policy.observations or RunningStatistics.of_nothing(spaces.n_observations)
        ),
        doubt=policy.doubt,
        file=policy.file,
    )


def _sizes(spaces: Spaces) -> Sizes:
    return Sizes(spaces.n_observations, spaces.n_outputs, spaces.n_actions is not None)


def _hyperparameters(policy: FilePolicy) -> Hyperparameters:
    """Return those of a run with such networks, or raise DoesNotFit."""
    depth, critic_depth = len(policy.actor) - 1, len(policy.critic) - 1
    if depth != critic_depth:
        raise DoesNotFit(
            f"Its policy has {counted(depth, 'hidden layer')} and its value network {critic_depth}; "
            "here both have equally many."
        )
    widths = [len(layer.bias) for layer in (*policy.actor[:-1], *policy.critic[:-1])]
    narrowest = DECLARATIONS["hidden_units"].scale
    assert narrowest is not None
    try:
        return Hyperparameters(
            hidden_layers=depth,
            hidden_units=max(int(narrowest.low), *widths, 0),
            activation=policy.activation,
            normalize_observations=policy.observations is not None,
            normalize_rewards=policy.rewards_are_scaled,
        )
    except InvalidHyperparameter as error:
        raise DoesNotFit(f"Its networks are not like ours: {error}") from error


def _fill(networks: ActorCritic, policy: FilePolicy, spaces: Spaces) -> None:
    """Give networks, all of them zero, the policy's numbers, in the units in which ours draw actions."""
    for own, given in _pairs(networks, policy):
        n_out, n_in = given.weight.shape
        own.weight[:n_out, :n_in] = given.weight
        own.bias[:n_out] = given.bias
    if isinstance(networks.actor, GaussianActor):
        assert policy.log_std is not None
        units, head = spaces.action_units, networks.actor.perceptron.layers[-1]
        centres = spaces.in_environment_units(np.zeros(len(units)))
        head.bias[:] = (head.bias - centres) / units
        head.weight[:] = head.weight / units[:, np.newaxis]
        networks.actor.log_std[:] = policy.log_std - np.log(units)


def _pairs(networks: ActorCritic, policy: FilePolicy) -> Iterator[tuple[Layer, Layer]]:
    yield from zip(networks.actor.perceptron.layers, policy.actor, strict=True)
    yield from zip(networks.critic.layers, policy.critic, strict=True)

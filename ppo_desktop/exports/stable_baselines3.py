"""A policy as a zip file of Stable-Baselines3, which loads it, plays with it and learns on.

Everything in its member `data` is plain JSON but for what Stable-Baselines3 has as classes and objects: the
class of the policy, both spaces, and the activation where it is not the usual one. Those are pickles that
name a class, and with what it is called; Stable-Baselines3 is not needed to write them, and not installed.

It has no normalisation of observations in a policy, so that is folded into the first layers.
"""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ppo_desktop import __version__
from ppo_desktop.exports.format import CannotExport, Progress
from ppo_desktop.policies.stable_baselines3_zip import DATA, MODULE, OURS, POLICY, SCHEMA
from ppo_desktop.ppo.actor_critic import ActorCritic, GaussianActor
from ppo_desktop.ppo.adapter import space_before_encoding
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.environments import close_environment, make_environment
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED
from ppo_desktop.ppo.perceptron import Layer
from ppo_desktop.ppo.player import Player

if TYPE_CHECKING:
    from gymnasium.spaces import Space

    from ppo_desktop.exports.subject import ExportedRun, Learnt
    from ppo_desktop.ppo.arrays import Floats

CUT_STEPS = 1_000
"""Environment steps of which it is said in how many a normalised observation was cut off."""
_VERSION = "2.0.0"
"""Of Stable-Baselines3: the first one whose spaces are Gymnasium's, as those written here."""
_POLICY_CLASS = f"c{MODULE}\nActorCriticPolicy\n.".encode()
"""A pickle that names the class, and no more."""
_NO_LIMIT = 1e9
"""Stable-Baselines3 wants a number where a limit is off."""
_OLDEST_DATE = (1980, 1, 1, 0, 0, 0)
_ADAM = {
    "betas": (0.9, 0.999),
    "eps": 1e-5,
    "weight_decay": 0,
    "amsgrad": False,
    "maximize": False,
    "foreach": None,
    "capturable": False,
    "differentiable": False,
    "fused": None,
}


def write(subject: ExportedRun, fresh: Path, progress: Progress) -> None:
    """Write what a run had learnt, with the settings by which it goes on learning.

    Raises:
        CannotExport: Stable-Baselines3 has no such actions.
        OSError: It cannot be written.
        one of `library.UNUSABLE`: What had been learnt cannot be had.
    """
    progress(0.0)
    learnt = subject.learnt
    progress(0.3)
    observations, actions, is_flattened = _spaces_of(learnt.moment.settings.environment_id)
    cut = _times_cut(learnt) if learnt.hyperparameters.normalize_observations else None
    progress(0.8)
    networks = _as_stable_baselines3_acts(learnt)
    members: dict[str, str | bytes] = {
        DATA: json.dumps(_data(learnt, observations, actions), indent=4),
        "pytorch_variables.pth": _torch_file({}),
        POLICY: _torch_file(_tensors(_named(networks))),
        "policy.optimizer.pth": _torch_file(_optimizer(learnt, networks)),
        "_stable_baselines3_version": _VERSION,
        "system_info.txt": f"Written by PPO Desktop {__version__}, not by Stable-Baselines3.\n",
        OURS: json.dumps(_ours(learnt, cut, is_flattened), indent=4),
    }
    with zipfile.ZipFile(fresh, "w") as archive:
        for name, contents in members.items():
            archive.writestr(zipfile.ZipInfo(name, _OLDEST_DATE), contents)
    progress(1.0)


# ---- networks ----------------------------------------------------------------------------------------


def _as_stable_baselines3_acts(learnt: Learnt) -> ActorCritic:
    """Return networks that take observations, and give means and ln σ, in the environment's own units.

    W′ = W·diag(scale), b′ = b − W′·mean, found in double precision: the same function, but for the cut of
    normalised observations at ±10, which no linear layer can do.
    """
    networks = ActorCritic(learnt.spaces, learnt.hyperparameters, learnt.snapshot.parameters.copy())
    if learnt.hyperparameters.normalize_observations:
        mean, scale = (numbers.astype(float) for numbers in learnt.normalizer.mean_and_scale)
        for perceptron in (networks.actor.perceptron, networks.critic):
            first = perceptron.layers[0]
            weight = first.weight * scale
            first.bias[:] = first.bias - weight @ mean
            first.weight[:] = weight
    if isinstance(networks.actor, GaussianActor):
        units, head = learnt.spaces.action_units, networks.actor.perceptron.layers[-1]
        centres = learnt.spaces.in_environment_units(np.zeros(len(units)))
        head.bias[:] = centres + units * head.bias
        head.weight[:] = units[:, np.newaxis] * head.weight
        networks.actor.log_std[:] = networks.actor.log_std + np.log(units)
    return networks


def _named(networks: ActorCritic) -> dict[str, Floats]:
    """Return parameters by the names of an `ActorCriticPolicy`, in the order in which it has them."""
    actor, critic = networks.actor, networks.critic
    named: dict[str, Floats] = {}
    if isinstance(actor, GaussianActor):
        named["log_std"] = actor.log_std
    for name, perceptron in (("policy_net", actor.perceptron), ("value_net", critic)):
        for place, layer in enumerate(perceptron.layers[:-1]):
            named |= _layer(f"mlp_extractor.{name}.{2 * place}", layer)
    return named | _layer("action_net", actor.perceptron.layers[-1]) | _layer("value_net", critic.layers[-1])


def _layer(name: str, layer: Layer) -> dict[str, Floats]:
    return {f"{name}.weight": layer.weight, f"{name}.bias": layer.bias}


def _tensors(named: Mapping[str, Floats]) -> OrderedDict[str, Any]:
    import torch

    return OrderedDict((name, torch.from_numpy(numbers.copy())) for name, numbers in named.items())


def _optimizer(learnt: Learnt, networks: ActorCritic) -> dict[str, Any]:
    """Return Adam's state; it has none where the parameters are not those that Adam has moved."""
    moments, place = learnt.snapshot.moments, range(len(_named(networks)))
    state: dict[int, dict[str, Any]] = {}
    if moments and np.array_equal(networks.parameters, learnt.snapshot.parameters):
        means, squares = (
            _named(ActorCritic(learnt.spaces, learnt.hyperparameters, moments[name])).values()
            for name in ("exp_avg", "exp_avg_sq")
        )
        for number, mean, square in zip(place, means, squares, strict=True):
            state[number] = dict(_tensors({"step": moments["step"], "exp_avg": mean, "exp_avg_sq": square}))
    group = {"lr": learnt.hyperparameters.learning_rate, **_ADAM, "params": list(place)}
    return {"state": state, "param_groups": [group]}


def _torch_file(contents: Any) -> bytes:
    import torch

    buffer = io.BytesIO()
    torch.save(contents, buffer)
    return buffer.getvalue()


# ---- spaces ------------------------------------------------------------------------------------------


def _spaces_of(environment_id: str) -> tuple[Space[Any], Space[Any], bool]:
    """Return the spaces that Stable-Baselines3 finds, and whether observations have to be flattened for it.

    It makes numbers of observations as we do where they are numbers, or whole numbers in a row; of others
    `gymnasium.wrappers.FlattenObservation` does.
    """
    from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete
    from gymnasium.spaces.utils import flatten_space

    environment = make_environment(environment_id)
    try:
        observations, actions = space_before_encoding(environment), environment.action_space
    finally:
        close_environment(environment_id, environment)
    if isinstance(actions, Discrete) and actions.start:
        raise CannotExport(
            f"Stable-Baselines3 numbers actions from 0, and {environment_id} from {actions.start}: "
            "it cannot act there."
        )
    match observations:
        case Box():  # one of three dimensions may be taken for an image
            is_taken = 1 <= len(observations.shape) <= 2
        case Discrete():
            is_taken = observations.start == 0
        case MultiDiscrete():
            is_taken = len(observations.shape) == 1 and not observations.start.any()
        case _:
            is_taken = isinstance(observations, MultiBinary)
    return (observations if is_taken else flatten_space(observations)), actions, not is_taken


class _Call:
    """Is pickled as a call: a class or function by its name, with these arguments."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self._call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self._call


def _pickled(kind: type, contents: bytes, **shown: Any) -> dict[str, Any]:
    """Return an object as Stable-Baselines3 writes it: pickled, beside what can be read of it."""
    return {":type:": str(kind), ":serialized:": base64.b64encode(contents).decode("ascii"), **shown}


def _space(space: Space[Any]) -> dict[str, Any]:
    """Return a space likewise, made by a call with numbers, so that every version of Gymnasium makes it."""
    from gymnasium.spaces import Box, Discrete, MultiBinary, MultiDiscrete

    def array(numbers: Any) -> _Call:
        return _Call(np.array, numbers.tolist(), str(numbers.dtype))

    kind = type(space)
    arguments: tuple[Any, ...]
    shown: dict[str, Any]
    match space:
        case Box(low=low, high=high, shape=shape, dtype=dtype):
            arguments = (array(low), array(high), shape, str(dtype))
            shown = {"dtype": str(dtype), "_shape": list(shape), "low": str(low), "high": str(high)}
        case Discrete(n=n):
            arguments, shown = (int(n),), {"n": int(n)}
        case MultiDiscrete(nvec=nvec):
            arguments, shown = (nvec.tolist(),), {"nvec": nvec.tolist()}
        case MultiBinary(shape=shape):
            arguments, shown = (list(shape),), {"_shape": list(shape)}
        case _:
            raise AssertionError(kind)
    return _pickled(kind, pickle.dumps(_Call(kind, *arguments), protocol=4), **shown)


# ---- settings ----------------------------------------------------------------------------------------


def _data(learnt: Learnt, observations: Space[Any], actions: Space[Any]) -> dict[str, Any]:
    """Return the attributes of the model: what decides how it learns, and what it has none of here."""
    values, moment = learnt.hyperparameters, learnt.moment
    is_ppo = moment.settings.algorithm is Algorithm.PPO
    data: dict[str, Any] = {
        "policy_class": _pickled(type, _POLICY_CLASS, __module__=MODULE),
        "observation_space": _space(observations),
        "action_space": _space(actions),
        "policy_kwargs": _policy_arguments(learnt),
        "n_envs": values.n_envs,
        "n_steps": values.rollout_length,
        "learning_rate": values.learning_rate,
        "gamma": values.gamma,
        "gae_lambda": values.gae_lambda,
        "ent_coef": values.entropy_coef,
        "vf_coef": values.value_coef,
        "max_grad_norm": _NO_LIMIT if values.max_grad_norm is None else values.max_grad_norm,
        "normalize_advantage": values.normalize_advantages,
        "seed": moment.settings.seed,
        "num_timesteps": moment.steps,
        "_total_timesteps": moment.steps,
        "_num_timesteps_at_start": 0,
        "_n_updates": moment.update * (values.n_epochs if is_ppo else 1),
        "_current_progress_remaining": 1.0,
        "_episode_num": 0,
        "_stats_window_size": 100,
        "verbose": 0,
        "start_time": 0,
        "use_sde": False,
        "sde_sample_freq": -1,
        "rollout_buffer_class": None,
        "rollout_buffer_kwargs": {},
        "action_noise": None,
        "tensorboard_log": None,
        "ep_info_buffer": None,
        "ep_success_buffer": None,
        "_last_obs": None,
        "_last_episode_starts": None,
        "_last_original_obs": None,
    }
    if is_ppo:
        data |= {
            "batch_size": values.samples_per_rollout // values.n_minibatches,
            "n_epochs": values.n_epochs,
            "clip_range": _NO_LIMIT if values.clip_range is None else values.clip_range,
            "clip_range_vf": None,
            "target_kl": values.target_kl,
        }
    return data


def _policy_arguments(learnt: Learnt) -> dict[str, Any]:
    values = learnt.hyperparameters
    widths = [values.hidden_units] * values.hidden_layers
    arguments: dict[str, Any] = {
        "net_arch": {"pi": widths, "vf": widths},
        "ortho_init": values.orthogonal_initialization,
        "log_std_init": values.initial_log_std,
    }
    if values.activation == "tanh":  # as it is of itself
        return arguments
    from torch.nn import ReLU

    contents = pickle.dumps(arguments | {"activation_fn": ReLU}, protocol=4)
    return _pickled(dict, contents, **arguments, activation_fn=str(ReLU))


def _ours(learnt: Learnt, cut: int | None, is_flattened: bool) -> dict[str, Any]:
    """Return what else there is to know, for people and for us.

    `observations_cut` is of the first `CUT_STEPS` of an evaluation, sampled; `value_scale` is what V(s)
    is multiplied with to be in units of the environment's rewards.
    """
    values, moment = learnt.hyperparameters, learnt.moment
    return {
        "format": "PPO Desktop policy",
        "version": SCHEMA.version,
        "environment_id": moment.settings.environment_id,
        "algorithm": moment.settings.algorithm.value,
        "update": moment.update,
        "steps": moment.steps,
        "observations": "flattened, by gymnasium.wrappers.FlattenObservation"
        if is_flattened
        else "as they are",
        "normalization_in_first_layers": values.normalize_observations,
        "observations_cut": None if cut is None else {"cut": cut, "of": CUT_STEPS},
        "value_scale": learnt.value_scale,
        "doubt": moment.doubt or None,
    }


def _times_cut(learnt: Learnt) -> int:
    """Return in how many of the first `CUT_STEPS` observations of an evaluation a component was cut off."""
    cut = 0
    with closing(Player(learnt.moment.settings)) as player:
        player.set_policy(learnt.snapshot)
        player.begin(START_SEEDS[0])
        for _ in range(CUT_STEPS):
            seen = learnt.normalizer(player.step().observation)
            cut += bool((np.abs(seen) >= LARGEST_NORMALIZED).any())
    return cut

"""Reads the policy of a PPO or A2C of Stable-Baselines3, ours or anybody's, from its zip file.

`data` is JSON. What is no JSON there is pickled, and beside that stands what it is and what can be read of
it, as text: that is all that is looked at, for a pickle runs what it likes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ppo_desktop.policies.bounded_zip import BoundedZip
from ppo_desktop.policies.file_policy import FilePolicy, layer_of, single_precision
from ppo_desktop.policies.tensors import UnreadableTensors, read_tensors
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.messages import shortened
from ppo_desktop.ppo.perceptron import Layer
from ppo_desktop.schema import (
    Schema,
    UnusableFile,
    check_module,
    environment_id_from_json,
    number,
    refuse,
    text,
    whole,
)

DATA = "data"
POLICY = "policy.pth"
MODULE = "stable_baselines3.common.policies"
"""Where the class of such a policy is."""
OURS = "ppo_desktop.json"
"""The member that says what Stable-Baselines3 has no place for, which does not read it."""
SCHEMA = Schema()
"""Of what that member says."""
_MOST_JSON = 4_000_000
_MOST_TENSORS = 32_000_000
"""Bytes."""
_ACTIVATIONS = {"Tanh": "tanh", "ReLU": "relu"}
_LONGEST_NAME = 60
_NORMALIZED = (
    "It has learnt with VecNormalize, whose statistics are not in this file: it sees observations as they "
    "are, and may play badly."
)


def read_stable_baselines3(archive: BoundedZip, file: str) -> FilePolicy:
    """Return the policy in a zip file of Stable-Baselines3, which is called so.

    Raises:
        UnreadableZip: A member is missing or damaged.
        UnreadableTensors: Its state dict is damaged.
        UnusableFile: It is of another algorithm, or has other networks than we can play.
        ValueError: What it says is not understood, and likewise the others of `schema.NOT_UNDERSTOOD`.
    """
    data = _object(archive, DATA)
    _check_policy(data)
    try:
        tensors = read_tensors(archive.read(POLICY, _MOST_TENSORS))
    except UnreadableTensors as error:
        raise UnreadableTensors(f"cannot be played: its {POLICY} {error}") from error
    shared = _hidden(tensors, "mlp_extractor.shared_net")  # before 1.8; both networks begin with it
    actor, critic = (
        (*shared, *_hidden(tensors, f"mlp_extractor.{name}"), layer_of(tensors, head))
        for name, head in (("policy_net", "action_net"), ("value_net", "value_net"))
    )
    log_std = tensors.get("log_std")
    n_used = 2 * (len(actor) + len(critic) - len(shared)) + (log_std is not None)
    if len(tensors) != n_used:
        raise UnusableFile("its policy has more than fully connected layers.")
    ours = _object(archive, OURS) if OURS in archive.names else {}
    return FilePolicy(
        file,
        Algorithm.PPO if "clip_range" in data else Algorithm.A2C,
        actor,
        critic,
        None if log_std is None else single_precision(log_std),
        _activation(data.get("policy_kwargs")),
        _environment_id(ours),
        whole(data.get("num_timesteps", 0), 0),
        rewards_are_scaled=number(ours.get("value_scale", 1.0)) != 1.0,
        doubt=_doubt(data, ours),
    )


def _object(archive: BoundedZip, name: str) -> dict[str, Any]:
    found = json.loads(archive.read(name, _MOST_JSON))
    if not isinstance(found, dict):
        refuse(found)
    return found


def _doubt(data: Mapping[str, Any], ours: Mapping[str, Any]) -> str:
    """Return why it may play worse than it did."""
    if data.get("_last_original_obs") is not None:
        return _NORMALIZED
    return text(ours.get("doubt") or "")


def _environment_id(ours: dict[str, Any]) -> str:
    """Return in which environment it has learnt, where we have written the file."""
    if not ours:
        return ""
    environment_id = environment_id_from_json(SCHEMA.migrate(ours)["environment_id"])
    check_module(environment_id)
    return environment_id


def _hidden(tensors: Mapping[str, Any], name: str) -> list[Layer]:
    """Return the hidden layers of one of the networks; between two of them is an activation."""
    layers: list[Layer] = []
    while f"{name}.{2 * len(layers)}.weight" in tensors:
        layers.append(layer_of(tensors, f"{name}.{2 * len(layers)}"))
    return layers


def _check_policy(data: Mapping[str, Any]) -> None:
    """Raise UnusableFile where something is said that tells that it acts otherwise than we would."""
    module = _shown(data.get("policy_class"), "__module__")
    if module and module != MODULE:
        raise UnusableFile(f"it is a policy of {shortened(module, _LONGEST_NAME)}, and not of PPO or A2C.")
    if data.get("use_sde"):
        raise UnusableFile("it explores by gSDE, and here the width of a policy is the same in every state.")
    actions = _kind(data.get("action_space"))
    if actions not in ("", "Box", "Discrete"):
        raise UnusableFile(f"its actions are {actions}, and here they are Discrete or Box.")
    seen = data.get("observation_space")
    shape = seen.get("_shape") if isinstance(seen, dict) else None
    if _shown(seen, "dtype") == "uint8" and isinstance(shape, list) and len(shape) == 3:
        raise UnusableFile("it sees images, which Stable-Baselines3 changes before its networks see them.")
    extractor = _shown(data.get("policy_kwargs"), "features_extractor_class")
    if extractor and "FlattenExtractor" not in extractor:
        raise UnusableFile("it has a features extractor of its own.")


def _activation(arguments: Any) -> str:
    """Return the activation of which the arguments of a policy say that it is not the usual one."""
    shown = _shown(arguments, "activation_fn")
    if not shown:
        return "tanh"
    name = shown.removesuffix("'>").rpartition(".")[-1]
    if name not in _ACTIVATIONS:
        raise UnusableFile(
            f"its activation is {shortened(name, _LONGEST_NAME)}, and here it is tanh or ReLU."
        )
    return _ACTIVATIONS[name]


def _kind(item: Any) -> str:
    """Return the class of an object that is pickled there, without its module."""
    return _shown(item, ":type:").removesuffix("'>").rpartition(".")[-1]


def _shown(item: Any, name: str) -> str:
    """Return what can be read of an object beside its pickle; empty where there is nothing."""
    return text(item[name]) if isinstance(item, dict) and name in item else ""

"""Reads the policy in a file of PyTorch that we have exported: a state dict, and in JSON how it is built."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.policies.file_policy import FilePolicy, layer_of, single_precision
from ppo_desktop.policies.tensors import UnreadableTensors, read_saved
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.arrays import Floats
from ppo_desktop.ppo.normalization import LARGEST_NORMALIZED, RunningStatistics
from ppo_desktop.ppo.perceptron import ACTIVATIONS, Layer
from ppo_desktop.schema import (
    Schema,
    UnusableFile,
    check_module,
    environment_id_from_json,
    number,
    one_of,
    refuse,
    text,
    whole,
)

FORMAT = "ppo-desktop policy"
SCHEMA = Schema()
"""Of what is said in JSON."""
STATE_DICT, ARCHITECTURE = "state_dict", "architecture"
"""The two members of the file."""
LOG_STD, POLICY, VALUE = "log_std", "policy", "value"
"""How the names in the state dict begin: those of an `nn.Sequential` of linear layers and activations."""
_SEEN = 2
"""Rows of which statistics count as known."""


def read_torch_file(contents: bytes, file: str) -> FilePolicy:
    """Return the policy in a file that we have exported for PyTorch, and which is called so.

    Raises:
        UnreadableTensors: It is none, or damaged.
        UnusableFile: It has other networks than we can play.
        ValueError: What it says is not understood, and likewise the others of `schema.NOT_UNDERSTOOD`.
    """
    saved = read_saved(contents)
    tensors, about = saved.get(STATE_DICT), saved.get(ARCHITECTURE)
    if not isinstance(tensors, dict) or not isinstance(about, str):
        raise UnreadableTensors(
            "holds no policy: of PyTorch's files those are opened that were exported here"
        )
    built = SCHEMA.migrate(json.loads(about))
    if built.get("format") != FORMAT:
        refuse(built.get("format"))
    environment_id = environment_id_from_json(built["environment_id"])
    check_module(environment_id)
    if built["activation"] not in ACTIVATIONS:
        raise UnusableFile("its activation is not known to this version of PPO Desktop.")
    actor, log_std = _actor(tensors, built)
    return FilePolicy(
        file,
        one_of(Algorithm, built["algorithm"], "algorithm"),
        actor,
        _layers(tensors, VALUE, built),
        log_std,
        built["activation"],
        environment_id,
        whole(built["environment_steps"], 0),
        observations=_statistics(built["observations"]),
        rewards_are_scaled=number(built.get("value_scale", 1.0)) != 1.0,
        doubt=text(built.get("doubt") or ""),
    )


def _layers(tensors: Mapping[str, Any], name: str, built: Mapping[str, Any]) -> tuple[Layer, ...]:
    sizes = list(pairwise(built[name]))
    layers = tuple(layer_of(tensors, f"{name}.{2 * number}") for number in range(len(sizes)))
    if not layers or any(layer.weight.shape != size[::-1] for layer, size in zip(layers, sizes, strict=True)):
        raise UnusableFile("its networks are not as it says.")
    return layers


def _actor(tensors: Mapping[str, Any], built: Mapping[str, Any]) -> tuple[tuple[Layer, ...], Floats | None]:
    """Return the policy's layers and ln σ in the environment's units."""
    *hidden, head = _layers(tensors, POLICY, built)
    if built["actions"]["kind"] == "discrete":
        return (*hidden, head), None
    units, centres = (np.array(built["actions"][name], float) for name in ("unit", "centre"))
    if (
        LOG_STD not in tensors
        or not units.shape == centres.shape == tensors[LOG_STD].shape == head.bias.shape
    ):
        raise UnusableFile("its continuous actions are not as it says.")
    with np.errstate(all="ignore"):  # what is not finite is noticed
        weight, bias = units[:, np.newaxis] * head.weight, centres + units * head.bias
        log_std = single_precision(tensors[LOG_STD] + np.log(units))
    return (*hidden, Layer(single_precision(weight), single_precision(bias))), log_std


def _statistics(said: Any) -> RunningStatistics | None:
    """Return the statistics of observations that are brought to a common scale; None where they are not."""
    if said is None:
        return None
    mean, scale = (_numbers(said[name]) for name in ("mean", "scale"))
    if said["cut_at"] != LARGEST_NORMALIZED or not (scale > 0).all():
        raise UnusableFile("its observations are normalised otherwise than in this version of PPO Desktop.")
    return RunningStatistics(_SEEN, mean, np.maximum(scale**-2 - 1e-8, 0.0))


def _numbers(given: Any) -> NDArray[np.float64]:
    numbers = np.array(given, float)
    if numbers.ndim != 1 or not np.isfinite(numbers).all():
        refuse(given)
    return numbers

"""Zip files of Stable-Baselines3 for tests, as it writes them, and with other members."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import torch
from stable_baselines3 import PPO


def saved_by_stable_baselines3(
    place: Path,
    environment: Any = "CartPole-v1",
    algorithm: Any = PPO,
    policy: str = "MlpPolicy",
    **details: Any,
) -> Any:
    """Save a model of Stable-Baselines3 whose parameters have left their start; return it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what it thinks of the settings
        model = algorithm(policy, environment, device="cpu", seed=1, **details)
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for parameter in model.policy.parameters():
            parameter.add_(0.2 * torch.randn(parameter.shape, generator=generator))
    model.save(place)
    return model


def with_members(place: Path, **members: bytes | str | None) -> Path:
    """Write other members into a zip file, policy.pth as policy_pth; None: it is left out."""
    with zipfile.ZipFile(place) as archive:
        contents: dict[str, Any] = {name: archive.read(name) for name in archive.namelist()}
    contents |= {name.replace("_pth", ".pth"): given for name, given in members.items()}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, given in contents.items():
            if given is not None:
                archive.writestr(name, given)
    return place


def with_data(place: Path, **values: Any) -> Path:
    """Write other values into the member `data`."""
    with zipfile.ZipFile(place) as archive:
        data = json.loads(archive.read("data"))
    return with_members(place, data=json.dumps(data | values))


def with_tensors(place: Path, **tensors: Any) -> Path:
    """Write other tensors into the state dict, by their names with __ for the dots; None: it is left out."""
    with zipfile.ZipFile(place) as archive:
        known = torch.load(io.BytesIO(archive.read("policy.pth")), weights_only=True)
    known |= {name.replace("__", "."): tensor for name, tensor in tensors.items()}
    buffer = io.BytesIO()
    torch.save({name: tensor for name, tensor in known.items() if tensor is not None}, buffer)
    return with_members(place, policy_pth=buffer.getvalue())

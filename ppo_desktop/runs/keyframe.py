"""A checkpoint as bytes: NumPy arrays in a zip file, and JSON for what is no array; nothing is unpickled."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ppo_desktop.ppo.checkpoint import AGENT_ARRAYS, AgentsState, Checkpoint, EngineState, GeneratorState
from ppo_desktop.ppo.events import RETURN_WINDOW, GoodMoment
from ppo_desktop.ppo.good_moments import GoodMomentsState, Segment
from ppo_desktop.ppo.normalization import RunningStatistics
from ppo_desktop.ppo.policy_state import Snapshot
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.runs.journal import known_engine
from ppo_desktop.schema import (
    JsonObject,
    Schema,
    Unknown,
    UnusableFile,
    hyperparameters_from_json,
    number,
    whole,
)

SCHEMA = Schema()
LARGEST = 200_000_000
"""Bytes; a larger run is not kept."""
_LARGEST_FACTS = 1_000_000
"""Bytes; of an environment with 256 agents they are 200 000."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_FACTS = "facts"
_AGENTS, _EXTRA, _MOMENTS = "agents.", "agents.extra.", "adam."

Arrays = dict[str, NDArray[Any]]


class UnreadableKeyframe(ValueError):
    """Bytes that are no keyframe, or damaged."""


def keyframe_bytes(checkpoint: Checkpoint) -> bytes:
    """Return a checkpoint as bytes; its settings, which are the whole run's, are not among them."""
    arrays = _arrays(checkpoint)
    arrays[_FACTS] = np.frombuffer(json.dumps(_facts(checkpoint)).encode(), np.uint8)
    file = BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def checkpoint_of(keyframe: bytes, settings: RunSettings) -> Checkpoint:
    """Return the checkpoint of a run with `settings`.

    Raises:
        UnreadableKeyframe: There is none.
        UnusableFile: A newer version has written it.
    """
    try:
        arrays = _unpacked(keyframe)
        facts = SCHEMA.migrate(json.loads(arrays.pop(_FACTS).tobytes()))
        return _checkpoint(facts, arrays, settings)
    except UnusableFile:
        raise
    except Exception as error:  # whatever zip, NumPy and JSON make of foreign bytes
        raise UnreadableKeyframe("no keyframe of a run, or damaged") from error


# ---- arrays --------------------------------------------------------------------------------------


def _arrays(checkpoint: Checkpoint) -> Arrays:
    learner, learnt, agents = checkpoint.learner, checkpoint.learner.learnt, checkpoint.learner.agents
    return {
        "returns": np.array(checkpoint.returns, float),
        "parameters": learnt.parameters,
        "observations.mean": learnt.observations.mean,
        "observations.variance": learnt.observations.variance,
        "rewards.mean": learnt.rewards.mean,
        "rewards.variance": learnt.rewards.variance,
        "discounted": learner.discounted,
        **{_MOMENTS + name: moment for name, moment in learnt.moments.items()},
        **{_AGENTS + name: getattr(agents, name) for name in AGENT_ARRAYS},
        **{_EXTRA + name: array for name, array in agents.arrays.items()},
    }


def _unpacked(keyframe: bytes) -> Arrays:
    with zipfile.ZipFile(BytesIO(keyframe)) as archive:
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        if sum(sizes.values()) > LARGEST or sizes[f"{_FACTS}.npy"] > _LARGEST_FACTS:
            raise ValueError("it is too large")
        if any(member.compress_type not in _PACKINGS for member in archive.infolist()):
            raise ValueError("it is packed in a way that unpacks all at once, however much it is")
    with np.load(BytesIO(keyframe), allow_pickle=False) as members:
        return {name: members[name] for name in members.files}


def _under(prefix: str, arrays: Arrays) -> Arrays:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}


# ---- facts ---------------------------------------------------------------------------------------


def _facts(checkpoint: Checkpoint) -> JsonObject:
    moments, learner = checkpoint.good_moments, checkpoint.learner
    best = moments.best
    return {
        "version": SCHEMA.version,
        "engine": checkpoint.engine,
        "steps": checkpoint.steps,
        "update": checkpoint.update,
        "in_force": vars(checkpoint.in_force),
        "wanted": vars(checkpoint.wanted),
        "minibatches": checkpoint.minibatches,
        "actions": learner.actions,
        "observations": learner.learnt.observations.count,
        "rewards": learner.learnt.rewards.count,
        "made": learner.agents.made,
        "generators": learner.agents.generators,
        "begun": learner.agents.begun,
        "best": best and [best.steps, best.update, best.mean_return],
        "waiting": list(map(_segment, moments.waiting)),
        "judged": list(map(_segment, moments.judged)),
        "ended_at": list(moments.ended_at.items()),
    }


def _segment(one: Segment) -> list[float]:
    return [one.steps, one.update, one.total, one.episodes]


def _checkpoint(facts: JsonObject, arrays: Arrays, settings: RunSettings) -> Checkpoint:
    def segment(steps: Any, update: Any, total: Any, episodes: Any) -> Segment:
        return Segment(whole(steps, 0), whole(update, 1), number(total), whole(episodes, 0))

    def moment(steps: Any, update: Any, mean_return: Any) -> GoodMoment:
        return GoodMoment(whole(steps, 0), whole(update, 1), number(mean_return))

    def statistics(name: str) -> RunningStatistics:
        return RunningStatistics(whole(facts[name], 0), arrays[f"{name}.mean"], arrays[f"{name}.variance"])

    in_force = hyperparameters_from_json(facts["in_force"], Unknown())
    if len(arrays["agents.returns"]) != in_force.n_envs or len(arrays["returns"]) > RETURN_WINDOW:
        raise ValueError("agents or episodes that cannot be")
    if not np.isfinite(arrays["parameters"]).all():
        raise ValueError("what it has learnt is no number")
    return Checkpoint(
        settings=settings,
        engine=known_engine(facts["engine"]),
        in_force=in_force,
        wanted=hyperparameters_from_json(facts["wanted"], Unknown()),
        steps=whole(facts["steps"], 0),
        update=whole(facts["update"], 0),
        returns=tuple(arrays["returns"].astype(float).tolist()),
        minibatches=_generator(facts["minibatches"]),
        good_moments=GoodMomentsState(
            best=None if facts["best"] is None else moment(*facts["best"]),
            waiting=tuple(segment(*one) for one in facts["waiting"]),
            judged=tuple(segment(*one) for one in facts["judged"]),
            ended_at={whole(agent, 0): whole(steps, 0) for agent, steps in facts["ended_at"]},
        ),
        learner=EngineState(
            learnt=Snapshot(
                parameters=arrays["parameters"],
                observations=statistics("observations"),
                moments=_under(_MOMENTS, arrays),
                rewards=statistics("rewards"),
            ),
            discounted=arrays["discounted"],
            actions=_generator(facts["actions"]),
            agents=AgentsState(
                made=whole(facts["made"], 0),
                generators=tuple(map(_generator, facts["generators"])),
                begun=tuple(map(_generator, facts["begun"])),
                arrays=_under(_EXTRA, arrays),
                **{name: arrays[_AGENTS + name] for name in AGENT_ARRAYS},
            ),
        ),
    )


def _generator(state: Any) -> GeneratorState:
    if not isinstance(state, dict):
        raise TypeError("no state of a generator")
    return state

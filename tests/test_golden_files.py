"""Files that earlier versions have written open for ever, with all that was in them."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from ppo_desktop import library
from ppo_desktop.comparison.plan import RunKey
from ppo_desktop.comparison.serialization import KeptComparison
from ppo_desktop.comparison.store import load, peek
from ppo_desktop.library import Labels
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Before, Value
from ppo_desktop.ppo.engines import COMPILED
from ppo_desktop.ppo.events import (
    EngineChanged,
    EpisodeEnded,
    FinishReason,
    HyperparametersChanged,
    RunFinished,
    UpdateFinished,
)
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import preset_with_id
from ppo_desktop.ppo.settings import RunSettings
from ppo_desktop.preferences import load_preferences
from ppo_desktop.runs.journal import Parent
from ppo_desktop.runs.keeping import SUMMARY, keyframe_file
from ppo_desktop.runs.keyframe import checkpoint_of
from ppo_desktop.study.check import CandidateKind
from ppo_desktop.study.dimension import Dimension
from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.study_plan import Objective, Strategy, StudyPlan
from ppo_desktop.study.trials import DIED, TrialState

GOLDEN = Path(__file__).with_name("golden")
RUN, BRANCH = "20261130-100000-00000a", "20261130-100100-00000b"
EACH_VERSION = pytest.mark.parametrize("version", ["0.1", "0.1-late"])
"""The same runs and trials, each as that version wrote them."""
DEFAULTS_OF_0_1: dict[str, Value] = {
    "clip_range": 0.2,
    "entropy_coef": 0.0,
    "rollout_length": 128,
    "learning_rate": 3e-4,
    "n_epochs": 4,
    "n_minibatches": 4,
    "n_envs": 8,
    "max_grad_norm": 0.5,
    "target_kl": None,
    "anneal": False,
    "gamma": 0.99,
    "gae_lambda": 0.95,
    "value_coef": 0.5,
    "normalize_advantages": True,
    "normalize_observations": False,
    "normalize_rewards": False,
    "hidden_units": 64,
    "hidden_layers": 2,
    "activation": "tanh",
    "orthogonal_initialization": True,
    "initial_log_std": 0.0,
    "total_steps": None,
    "stop_when_solved": False,
}
"""Every hyperparameter there was in 0.1; what has come since has the value declared for before."""
SMALL: dict[str, Value] = {"n_envs": 2, "rollout_length": 16, "n_minibatches": 2, "hidden_units": 8}
"""What most of them were trained with."""
CARTPOLES_PRESETS: dict[str, dict[str, Value]] = {
    "demonstration": {
        "rollout_length": 32,
        "n_epochs": 10,
        "n_minibatches": 1,
        "learning_rate": 2e-3,
        "gamma": 0.98,
        "gae_lambda": 0.8,
    },
    "fastest": {
        "rollout_length": 32,
        "n_epochs": 20,
        "n_minibatches": 1,
        "learning_rate": 1e-3,
        "gamma": 0.98,
        "gae_lambda": 0.8,
        "anneal": True,
    },
    "stepwise": {
        "rollout_length": 1,
        "n_envs": 1,
        "n_epochs": 1,
        "n_minibatches": 1,
        "learning_rate": 1e-3,
        "gae_lambda": 0.0,
    },
}
"""As they were in 0.1, by their ids."""


def in_0_1(**changes: Value) -> Hyperparameters:
    """Return the hyperparameters that these were in 0.1."""
    since = {name: it.before for name, it in DECLARATIONS.items() if not isinstance(it.before, Before)}
    return Hyperparameters().changed({**since, **DEFAULTS_OF_0_1, **changes})


def opened(version: str, name: str) -> KeptComparison:
    """Return the comparison in a golden file, every line of which is understood."""
    kept = load(GOLDEN / version / name)
    assert not kept.remark(name)
    assert peek(GOLDEN / version / name).n_done == len(kept.records)
    return kept


def returns(kept: KeptComparison) -> dict[tuple[int, int], float]:
    """Return {(variant, seed): mean return over the last fifth} of all runs."""
    return {
        (key.variant, key.seed): pytest.approx(record.mean_over("return", 80, 100), nan_ok=True)
        for key, record in kept.records.items()
    }


@EACH_VERSION
def test_values_of_a_hyperparameter_with_what_was_asked_later(version: str) -> None:
    kept = opened(version, "clip-range.jsonl")
    comparison = kept.comparison
    assert comparison.title == "Clip range ε, höher und höher"
    assert (comparison.environment_id, comparison.field) == ("CartPole-v1", "clip_range")
    assert (comparison.n_seeds, comparison.total_steps) == (2, 4000)
    for variant, value in zip(comparison.variants, (0.02, 0.2, None), strict=True):
        assert variant.value == value
        assert variant.algorithm is Algorithm.PPO
        assert variant.hyperparameters == in_0_1(**SMALL, clip_range=value, total_steps=4000)
    assert (kept.measure.name, kept.reference) == ("mean_return", 1)


@EACH_VERSION
def test_records_and_what_was_learnt(version: str) -> None:
    kept = opened(version, "clip-range.jsonl")
    assert returns(kept) == {
        (0, 1): 34.125,
        (1, 1): 34.125,
        (2, 1): 34.125,
        (2, 2): pytest.approx(float("nan"), nan_ok=True),
        (1, 2): 35.27272727272727,
        (0, 2): 33.69565217391305,
    }
    record = kept.records[RunKey(0, 2)]
    assert record.end is not None
    assert (record.end.reason, record.end.steps) == (FinishReason.COMPLETED, 4000)
    assert (record.end.engine, record.end.parameters_sha256[:8]) == ("pytorch", "e9ee1fa0")
    assert (record.steps_to_threshold, record.has_collapsed) == (None, False)
    assert record.mean_over("policy_entropy", 0, 100) == pytest.approx(0.675643247127533)
    assert record.mean_over("epochs_run", 0, 100) == 4
    assert record.policy is not None
    assert record.policy.parameters.shape == (251,)
    assert float(record.policy.parameters.sum()) == pytest.approx(10.046551704406738)
    assert record.policy.observations.mean.shape == (4,)


@EACH_VERSION
def test_a_run_that_failed(version: str) -> None:
    record = opened(version, "clip-range.jsonl").records[RunKey(2, 2)]
    assert record.end is not None
    assert record.end.reason is FinishReason.FAILED
    assert record.end.message == "The environment raised ValueError: no."
    assert (record.steps, record.policy) == (320, None)


@pytest.mark.parametrize("version", ["0.1-early", "0.1", "0.1-late"])
def test_presets(version: str) -> None:
    kept = opened(version, "presets.jsonl")
    assert kept.comparison.field == "preset"
    variants = kept.comparison.variants
    assert [variant.value for variant in variants] == [*CARTPOLES_PRESETS]
    for variant, values in zip(variants, CARTPOLES_PRESETS.values(), strict=True):
        preset = preset_with_id("CartPole-v1", str(variant.value))
        assert preset is not None
        assert variant.label == preset.name
        assert variant.hyperparameters == in_0_1(**values, total_steps=1000)
    is_early = version == "0.1-early"
    expected = (31.0, 31.6, 10.473684210526315) if is_early else (45.5, 36.0, 9.318181818181818)
    assert returns(kept) == {(number, 1): value for number, value in enumerate(expected)}
    assert kept.comparison.n_seeds == (2 if is_early else 1)


@EACH_VERSION
def test_free_settings(version: str) -> None:
    kept = opened(version, "free-settings.jsonl")
    first, second = kept.comparison.variants
    assert (kept.comparison.environment_id, kept.comparison.field) == ("Pendulum-v1", "settings")
    assert (first.value, first.label, first.algorithm) == ("A", "A: Train", Algorithm.A2C)
    assert (second.value, second.label, second.algorithm) == ("B", "B: Standard", Algorithm.PPO)
    changed: dict[str, Value] = {
        "gamma": 0.95,
        "learning_rate": 1e-3,
        "activation": "relu",
        "target_kl": 0.02,
    }
    assert first.hyperparameters == in_0_1(**SMALL, total_steps=1000)
    assert second.hyperparameters == in_0_1(**SMALL, total_steps=1000, **changed)
    assert all(record.has_collapsed is None for record in kept.records.values())
    assert len(kept.records) == 2


@EACH_VERSION
def test_algorithms(version: str) -> None:
    kept = opened(version, "algorithms.jsonl")
    assert kept.comparison.environment_id == "GridWorld-v0"
    assert [variant.value for variant in kept.comparison.variants] == ["a2c", "ppo"]
    assert [variant.algorithm for variant in kept.comparison.variants] == [Algorithm.A2C, Algorithm.PPO]
    assert len(kept.records) == 2


@EACH_VERSION
def test_a_study_its_trials_and_its_check(tmp_path: Path, version: str) -> None:
    shutil.copy(GOLDEN / version / "study.db", tmp_path)  # opening one writes to it
    study = open_study(Place(tmp_path / "study.db"))
    try:
        assert study.plan == StudyPlan(
            "CartPole-v1",
            Algorithm.PPO,
            in_0_1(**SMALL),
            (
                Dimension("clip_range", 0.1, 0.4),
                Dimension("rollout_length", 16, 64),
                Dimension("gamma", 0.9, 0.999),
                Dimension("anneal"),
            ),
            Objective.EVALUATION,
            total_steps=1000,
            n_seeds=2,
        )
        assert study.strategy == Strategy("random", "median", 7)
        trials = study.trials()
        result = study.check()
    finally:
        study.close()
    assert [trial.state for trial in trials] == [
        *[TrialState.COMPLETE] * 3,
        TrialState.PRUNED,
        TrialState.FAILED,
        TrialState.INTERRUPTED,
        TrialState.WAITING,
    ]
    assert [trial.objective for trial in trials[:4]] == pytest.approx([38.35, 113.45, 66.6, 14.0])
    assert trials[1].values == {
        "clip_range": pytest.approx(0.25360638556148096),
        "rollout_length": 32,
        "gamma": 0.9,
        "anneal": False,
    }
    assert trials[1].seed_objectives == pytest.approx((183.6, 43.3))
    assert len(trials[1].curve) == 19
    assert trials[1].curve[-1] == (1000, pytest.approx(16.5))
    assert trials[1].is_random
    assert trials[3].curve == ((500, 12.5), (550, 14.0))
    assert (trials[4].reason, trials[5].reason) == ("Its numbers blew up.", "It was stopped.")
    assert (trials[6].values, trials[6].retry_of) == (trials[5].values, 5)

    assert result is not None
    assert (result.n_seeds, result.is_complete) == (3, True)
    assert {checked.candidate.preset for checked in result.checked} == {"", "demonstration"}
    assert {checked.candidate.kind: [*checked.by_seed.values()] for checked in result.checked} == {
        CandidateKind.BEST: pytest.approx([128.75, 82.0, 47.9]),
        CandidateKind.RUNNER_UP: pytest.approx([9.35, 59.4, 48.05]),
        CandidateKind.PRESET: pytest.approx([19.9, 15.8, 75.2]),
    }
    assert [checked.candidate.trial for checked in result.checked] == [1, 2, None]


def test_a_study_with_curves_in_columns(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "0.1-curves" / "study.db", tmp_path)
    study = open_study(Place(tmp_path / "study.db"))
    try:
        assert study.strategy == Strategy("cmaes", "median", 7)
        trials = study.trials()
    finally:
        study.close()
    assert [trial.state for trial in trials] == [
        *[TrialState.COMPLETE] * 5,
        *[TrialState.PRUNED] * 2,
        *[TrialState.INTERRUPTED] * 2,
        TrialState.WAITING,
    ]
    assert [trial.objective for trial in trials[3:7]] == pytest.approx([121.325, 86.1, 24.0, 26.75])
    assert (len(trials[0].curve), trials[0].curve[0]) == (19, (100, pytest.approx(31.583333333333336)))
    assert (len(trials[5].curve), trials[5].curve[-1]) == (10, (550, 24.0))
    assert [trial.is_random for trial in trials[:3]] == [True, False, False]
    assert (trials[7].reason, trials[8].reason) == ("It was stopped.", DIED)
    assert (trials[8].retry_of, trials[9].retry_of) == (7, 8)
    assert trials[9].values == trials[7].values


def test_a_study_whose_check_knows_the_preset_by_its_id(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "0.1-checks" / "study.db", tmp_path)
    study = open_study(Place(tmp_path / "study.db"))
    try:
        result = study.check()
        assert study.unknown.names == []
    finally:
        study.close()
    assert result is not None
    assert [
        (checked.candidate.kind, checked.candidate.trial, checked.candidate.preset, checked.by_seed)
        for checked in result.checked
    ] == [
        (CandidateKind.BEST, 1, "", {1001: 40.0, 1002: 42.5}),
        (CandidateKind.RUNNER_UP, 0, "", {1001: 30.0, 1002: 31.5}),
        (CandidateKind.PRESET, None, "demonstration", {1001: 20.0}),
    ]
    assert result.checked[2].failures == {1002: "Its numbers blew up."}


@EACH_VERSION
def test_preferences(tmp_path: Path, version: str) -> None:
    file = tmp_path / "settings.json"
    shutil.copy(GOLDEN / version / "preferences.json", file)
    preferences, complaint = load_preferences(file)
    assert complaint == ""
    assert preferences.geometry == "AdnQywADAAAAAABh"
    assert preferences.columns == "AAAA/wAAAAA="
    assert preferences.appearance == "dark"
    assert preferences.entropy_unit == "nats"
    assert preferences.environment_id == "Acrobot-v1"
    assert preferences.algorithm == "a2c"
    assert preferences.preset == "standard"


# ---- runs


@pytest.fixture
def kept_runs(tmp_path: Path) -> Path:
    return shutil.copytree(GOLDEN / "0.1-runs", tmp_path / "runs")


def test_kept_runs_of_earlier_versions_are_listed_with_all_that_was_said_of_them(kept_runs: Path) -> None:
    branch, run = library.runs(kept_runs)
    assert (branch.id, run.id) == (BRANCH, RUN)
    assert run.labels == Labels("after lunch", "ε as on the slides", is_starred=True)
    assert (run.summary.steps, run.summary.updates, run.summary.episodes) == (400, 10, 17)
    assert (run.summary.best, run.summary.reason) == (23.5, "completed")
    assert branch.summary.parent == Parent(RUN, 6)
    for entry in (branch, run):
        (kept_runs / entry.id / SUMMARY).unlink()
    assert library.runs(kept_runs) == [branch, run], "made again from their journals"


def test_kept_runs_of_earlier_versions_say_what_they_said(kept_runs: Path) -> None:
    kept = library.open_run(RUN, kept_runs)
    assert kept.settings == RunSettings(
        "CartPole-v1", Algorithm.PPO, Hyperparameters().changed(SMALL | {"total_steps": 400}), 7
    )
    events = list(kept.events())
    assert [event for event in events if not isinstance(event, EpisodeEnded | UpdateFinished)] == [
        HyperparametersChanged(96, 3, {"learning_rate": (3e-4, 1e-3)}),
        HyperparametersChanged(160, 6, {"n_envs": (2, 3)}),
        EngineChanged(208, 7, COMPILED),
        RunFinished(FinishReason.COMPLETED, 400),
    ]
    last = [event for event in events if isinstance(event, UpdateFinished)][-1]
    assert (last.update, last.mean_return_100) == (10, 20.58823529411765)
    assert last.policy_entropy == 0.6879390887916088


@pytest.mark.parametrize(
    ("run", "update", "beginning"),
    [("a", 4, "c08a2dc3eff75fa6"), ("a", 8, "94cace372b85aedf"), ("b", 6, "619cb7bb2a05045e")],
)
def test_kept_runs_of_earlier_versions_go_on(kept_runs: Path, run: str, update: int, beginning: str) -> None:
    place = kept_runs / f"{RUN if run == 'a' else BRANCH}"
    kept = library.open_run(place.name, kept_runs)
    checkpoint = checkpoint_of(keyframe_file(place, update).read_bytes(), kept.settings)
    parameters = checkpoint.learner.learnt.parameters
    assert hashlib.sha256(parameters.tobytes()).hexdigest().startswith(beginning)
    restored = kept.restore(update + 1)
    assert restored.update == update + 1
    restored.engine.close()


def test_a_map_and_what_its_runs_have_recorded(tmp_path: Path) -> None:
    shutil.copy(GOLDEN / "0.1-maps" / "study.db", tmp_path)
    study = open_study(Place(tmp_path / "study.db"))
    try:
        assert study.strategy == Strategy("map")
        trials = study.trials()
    finally:
        study.close()
    across, up = study.plan.space
    assert across == Dimension("clip_range", values=(0.1, 0.2, None))
    assert up == Dimension("learning_rate", 1e-3, 1e-2, points=2)
    assert [trial.combination for trial in trials] == [0, 2, 3, 5, 1, 1]
    assert [trial.state for trial in trials[4:]] == [TrialState.INTERRUPTED, TrialState.WAITING]
    finals = [run.mean_over("return", 80, 100) for trial in trials[:4] for run in trial.runs]
    assert finals == pytest.approx([32.25, 31.5, 32.25, 31.5, 36.2, 205 / 3, 17.9, 21.875])
    assert {run.end.reason for trial in trials[:4] for run in trial.runs if run.end} == {
        FinishReason.COMPLETED
    }

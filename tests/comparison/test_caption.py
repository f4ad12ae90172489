"""What stands under a figure claims no more than the figure shows."""

from __future__ import annotations

import datetime

from ppo_desktop import __version__
from ppo_desktop.comparison.demonstrations import DEMONSTRATIONS
from ppo_desktop.comparison.digest import Digester, Question
from ppo_desktop.comparison.export import caption
from ppo_desktop.comparison.measures import FINAL_RETURN
from ppo_desktop.comparison.plan import Comparison, Configuration, RunKey, opposed, varied
from ppo_desktop.comparison.record import RunRecord
from ppo_desktop.comparison.statistics import Centre
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.events import FinishReason
from ppo_desktop.ppo.presets import presets_for
from tests.comparisons import compared, ended_with, record_of, update

DAY = datetime.date(2026, 11, 24)
PRESET = presets_for("CartPole-v1")[0]


def of(comparison: Comparison, records: dict[RunKey, RunRecord] | None = None) -> str:
    if records is None:
        records = {key: ended_with(5) for key in comparison.run_keys()}
    question = Question(FINAL_RETURN, 0, Centre.MEAN, ())
    return caption(Digester(comparison).digest(records, question), "compiled", DAY)


def test_a_caption_says_everything_that_was_equal() -> None:
    values = PRESET.hyperparameters
    comparison = varied("CartPole-v1", Algorithm.PPO, values, "clip_range", [0.1, None], 3, 150_000)
    assert of(comparison) == (
        "CartPole-v1 · PPO · all else: Demonstration · seeds 1–3 of each · 150 000 steps each · "
        f"fast engine · 2026-11-24 · PPO Desktop {__version__}"
    )


def test_a_caption_says_what_differs_from_the_preset() -> None:
    base = PRESET.hyperparameters.changed({"n_epochs": 3, "clip_range": None, "gamma": 0.99})
    comparison = varied("CartPole-v1", Algorithm.A2C, base, "learning_rate", [1e-3], 1, 1000)
    assert "A2C · all else: Demonstration with ε = off, K = 3, γ = 0.99 · seed 1 ·" in of(comparison)


def test_a_caption_names_the_preset_that_is_nearest() -> None:
    fastest = presets_for("CartPole-v1")[1]
    base = fastest.hyperparameters.changed({"activation": "relu"})
    comparison = varied("CartPole-v1", Algorithm.PPO, base, "clip_range", [0.1], 1, 1000)
    assert "all else: Fastest with activation = relu ·" in of(comparison)


def test_of_free_configurations_a_caption_says_what_each_is() -> None:
    off = PRESET.hyperparameters.changed({"clip_range": None})
    sides = [
        Configuration("as in Train", Algorithm.PPO, off),
        Configuration("Demonstration", Algorithm.A2C, PRESET.hyperparameters),
    ]
    said = of(opposed("CartPole-v1", sides, 2, 1000))
    assert "A: PPO, Demonstration with ε = off · B: A2C, Demonstration · " in said


def test_a_caption_names_no_algorithm_where_that_varies() -> None:
    sides = [Configuration(a.label, a, PRESET.hyperparameters) for a in Algorithm]
    assert of(opposed("CartPole-v1", sides, 2, 1000)).startswith("CartPole-v1 · A: A2C, Demonstration")
    values = PRESET.hyperparameters
    algorithms = varied("CartPole-v1", Algorithm.PPO, values, "algorithm", ["a2c", "ppo"], 2, 1000)
    assert of(algorithms).startswith("CartPole-v1 · all else: Demonstration")


def test_what_changes_along_with_the_value_is_said() -> None:
    coupled = next(demo for demo in DEMONSTRATIONS if demo.name.startswith("Rollout length"))
    assert "minibatches 1, 1, 2, 32" in of(coupled.comparison)


def test_a_figure_of_the_middle_says_after_how_many_steps_it_is() -> None:
    comparison = compared(n_seeds=2)
    records = {key: record_of([update(455)]) for key in comparison.run_keys()}
    assert "after 450 of 1 000 steps each" in of(comparison, records)


def test_runs_that_are_missing_are_counted() -> None:
    comparison = compared(n_seeds=3)
    records = {key: ended_with(5) for key in comparison.run_keys()}
    records[RunKey(0, 2)] = ended_with(5, FinishReason.FAILED)
    del records[RunKey(1, 3)]
    assert "seeds 1–3 of each, 2 runs missing" in of(comparison, records)

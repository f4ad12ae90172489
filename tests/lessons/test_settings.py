"""Changes and commands of lessons in words: nothing of what differs is left out."""

from __future__ import annotations

import argparse
import shlex

import pytest

from ppo_desktop.cli import flags, train
from ppo_desktop.comparison.plan import field_symbol
from ppo_desktop.comparison.plan import written as written_value
from ppo_desktop.lessons.course import Opened, course
from ppo_desktop.lessons.findings import findings
from ppo_desktop.lessons.reading import parse_lesson
from ppo_desktop.lessons.settings import change_of, command_of, names_of, write_change
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.hyperparameters import changed_fields
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.settings import RunSettings
from tests.comparisons import ended_with
from tests.lessons_written import written


def settings_with(**values: object) -> RunSettings:
    preset = presets_for("CartPole-v1")[0].hyperparameters
    return RunSettings("CartPole-v1", Algorithm.A2C, preset.changed(values), 1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "settings",
    [
        *(one.lesson.transfer.settings for one in course() if one.lesson.transfer is not None),
        settings_with(learning_rate=0.00123456, rollout_length=2048, clip_range=None),
    ],
)
def test_the_command_lets_learn_just_what_the_last_step_names(settings: RunSettings) -> None:
    parser = argparse.ArgumentParser()
    train.add_flags(parser)
    program, command, *typed = shlex.split(command_of(settings))
    options = parser.parse_args(typed)
    assert (program, command) == ("ppo-desktop", "train")
    assert (options.env, options.algorithm) == (settings.environment_id, settings.algorithm.value)
    learns = flags.hyperparameters(options, default_steps=1000)
    differing = changed_fields(settings.hyperparameters, learns)
    assert not differing or (settings.hyperparameters.total_steps is None and [*differing] == ["total_steps"])


def test_all_that_a_change_changes_is_said() -> None:
    several = "change: clip_range=0.123456, n_epochs=4, algorithm=a2c"
    comparison = parse_lesson(written("change: clip_range=0.5", several)).comparison
    assert change_of(comparison, 1) == {"clip_range": None}
    change = change_of(comparison, 2)
    assert change == {"algorithm": "a2c", "clip_range": 0.123456, "n_epochs": 4}
    said = write_change(change)
    assert all(words in said for words in ("A2C", "0.123456", "K = 4"))


@pytest.mark.parametrize("opened", course(), ids=lambda opened: opened.lesson.id)
def test_runs_are_called_by_all_that_differs_first_by_what_the_lesson_is_about(opened: Opened) -> None:
    comparison = opened.lesson.comparison
    own = comparison.variants[0].hyperparameters
    for number, variant in [*enumerate(comparison.variants)][1:]:
        changed, former = names_of(comparison, number)
        differing = changed_fields(own, variant.hyperparameters)
        assert changed.count(" = ") == former.count(" = ") == len(differing)
        for field, (before, after) in differing.items():
            assert written_value(field, before) in former
            assert written_value(field, after) in changed
        if comparison.field in differing:
            assert changed.startswith(f"{field_symbol(comparison.field)} = ")


def test_the_sentence_of_a_claim_names_every_value_that_is_changed() -> None:
    lesson = parse_lesson(written("change: clip_range=0.5", "change: clip_range=0.5, n_epochs=4"))
    records = {key: ended_with(100.0 * key.variant + key.seed) for key in lesson.comparison.run_keys()}
    last = findings(lesson, records)[0].sentences[-1]
    assert all(words in last for words in ("ε = 0.50", "K = 4", "ε = 0.20", "K = 2"))

"""A lesson's file is read wholly or refused, in one line that names the line and says what to do."""

from __future__ import annotations

import builtins
import dataclasses
from contextlib import suppress
from pathlib import Path

import pytest

from ppo_desktop.comparison.plan import ALGORITHM, SETTINGS
from ppo_desktop.lessons import lesson as parts
from ppo_desktop.lessons.blocks import LARGEST_FILE, LessonError
from ppo_desktop.lessons.claim import Claim, Kind
from ppo_desktop.lessons.lesson import Axis, Begin, Choice, Lesson, Part
from ppo_desktop.lessons.reading import load_lesson, parse_lesson
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.resource_files import documentation_path
from tests.lessons_written import HEAD, LESSON, line_of, written


def read(old: str = "", new: str = "") -> Lesson:
    return parse_lesson(written(old, new))


def refusal(content: bytes) -> LessonError:
    with pytest.raises(LessonError) as refused:
        parse_lesson(content)
    message = str(refused.value)
    assert message.startswith(f"line {refused.value.line}: ")
    assert "\n" not in message
    assert len(message) < 350
    return refused.value


def test_everything_that_stands_in_a_lesson_is_in_it() -> None:
    lesson = read()
    assert (lesson.id, lesson.title, lesson.part) == ("small", "What does ε do?", Part.CLIPPING)
    assert (lesson.minutes, lesson.begin) == (5, Begin.PLAYING)
    assert lesson.show == ("environment", "objective", "mean_return", "clip_fraction")
    assert lesson.sliders == ("clip_range", "n_epochs")
    assert lesson.locked == ("speed",)
    assert lesson.axes == {"mean_return": Axis(0, 500), "clip_fraction": Axis(0, 1)}
    kinds = (parts.Predict, parts.Run, parts.Look, parts.Explain, parts.Verdict, parts.Transfer)
    assert tuple(map(type, lesson.steps)) == kinds
    predict, look = lesson.step(parts.Predict), lesson.step(parts.Look)
    assert predict.text == "Two sentences. Here they are."
    assert predict.choices == (Choice("a", "Rise."), Choice("b", "Fall."))
    assert (predict.question, predict.reason) == ("What will the return do?", "Why?")
    assert (look.text, look.expected, look.point) == ("Look there.", "c", "clip_fraction")
    assert lesson.step(parts.Explain).explanation == "One paragraph in two lines.\n\nAnother one."
    assert lesson.claims == (
        Claim("final_return", Kind.SAME, 500.0),
        Claim("final_clip_fraction", Kind.LOWER, 0.0, variant=1),
    )
    assert lesson.transfer is lesson.steps[-1]
    transfer = lesson.transfer.settings  # type: ignore[union-attr]
    preset = KNOWN_ENVIRONMENTS["Acrobot-v1"].presets[0].hyperparameters
    assert transfer.environment_id == "Acrobot-v1"
    assert transfer.hyperparameters == preset.changed({"clip_range": None})


def test_the_comparison_has_the_settings_of_the_lesson_first_then_each_change() -> None:
    comparison = read().comparison
    assert (comparison.field, comparison.n_seeds, comparison.total_steps) == ("clip_range", 3, 1000)
    assert [variant.value for variant in comparison.variants] == [0.2, None, 0.5]
    first = comparison.variants[0].hyperparameters
    assert (first.n_envs, first.rollout_length, first.hidden_units) == (2, 32, 8)
    assert read().settings(1).hyperparameters.clip_range is None


def test_changes_of_several_things_are_configurations_against_each_other() -> None:
    of_two_kinds = read("change: clip_range=0.5", "change: n_epochs=4").comparison
    assert of_two_kinds.field == SETTINGS
    coupled = read("change: clip_range=0.5", "change: clip_range=0.5, n_epochs=4").comparison
    assert coupled.field == "clip_range"
    assert coupled.variants[2].hyperparameters.n_epochs == 4


def test_algorithms_are_compared_and_presets_are_named_by_their_ids() -> None:
    content = written().replace(b"clip_range=off\nchange: clip_range=0.5", b"algorithm=a2c")
    content = content.replace(b" with clip_range=off", b"").replace(
        b"settings: n_envs=2", b"settings: n_envs=4"
    )
    comparison = parse_lesson(content).comparison
    assert comparison.field == ALGORITHM
    assert [variant.algorithm for variant in comparison.variants] == [Algorithm.PPO, Algorithm.A2C]
    preset = KNOWN_ENVIRONMENTS["CartPole-v1"].presets[-1]
    chosen = read("settings: n_envs=2", f"settings: preset={preset.id}, n_envs=2").comparison.variants[0]
    assert chosen.hyperparameters.gamma == preset.hyperparameters.gamma


@pytest.mark.parametrize("content", [LESSON.encode("utf-8-sig"), LESSON.replace("\n", "\r\n").encode()])
def test_files_of_editors_on_windows_are_the_same_lesson(content: bytes) -> None:
    assert parse_lesson(content) == read()


def test_a_line_that_begins_with_a_blank_goes_on_with_the_line_above() -> None:
    lesson = read("a: Rise.\nb: Fall.\nreason", "a: Rise\n   and stay.\nb: Fall.\nreason")
    assert lesson.step(parts.Predict).choices[0].text == "Rise and stay."


WRONG = {
    "lesson: 1": ("lesson: 2", "lesson: one", "id: other\nlesson: 1"),
    "id: small": ("id: Small one", "id: ../small", "ident: small", "id:", "id: small\nid: other", "small"),
    "part: clipping": ("part: clips",),
    "minutes: 5": ("minutes: 0", "minutes: 5.5", f"minutes: {'9' * 5000}"),
    "environment: CartPole-v1": ("environment: os:CartPole-v1", "environment: None-v0", "environment: é(1)"),
    "settings: n_envs=2": (
        "settings: n_envs=0",
        "settings: n_envs",
        "settings: preset=none, n_envs=2",
        "settings: total_steps=5, n_envs=2",
        "settings: n_envs=2, , gamma=1",
        "settings: n_envs=2, n_envs=2",
        "settings: __import__('os')=2",
    ),
    "seeds: 3": ("seeds: 2", "seeds: 21", "seeds: 1, 2, 3"),
    "steps: 1000": ("steps: 999", "steps: 1e3"),
    "show: environment": ("show: environments", "show: environment, environment"),
    "sliders: clip_range": ("sliders: epsilon", "sliders: total_steps"),
    "lock: speed": ("lock: door",),
    "axes: mean_return 0 500": (
        "axes: mean_return 0",
        "axes: mean_return 500 0",
        "axes: mean_return 0 nan",
        "axes: approx_kl 0 1",
        "axes: environment 0 1",
    ),
    "change: clip_range=0.5": (
        "change: clip_range=off",
        "change: clip_range=0.2",
        "change: clip_range=-1",
        "change: n_minibatches=256",
        "change: preset=none",
        "unchange: clip_range=0.5",
        "change: algorithm=dqn",
    ),
    "expected: c": ("expected: d", "expected: a b"),
    "point: clip_fraction": ("point: approx_kl", "point: /etc/passwd"),
    "claim: final_return no difference within 500": (
        "claim: final_return",
        "claim: reward lower",
        "claim: final_return lower by much",
        "claim: final_return lower by -5",
        "claim: final_return lower by inf",
        "claim: final_return lower with clip_range=0.9",
        "claim: final_return lower with",
    ),
    "environment: Acrobot-v1": ("environment: Acrobot",),
    "Look there.": ("Look \x07 there.", "Look \u202e there."),
}


@pytest.mark.parametrize(("right", "wrong"), [(right, one) for right, all_ in WRONG.items() for one in all_])
def test_what_is_wrong_is_refused_by_its_line(right: str, wrong: str) -> None:
    error = refusal(written(right, wrong))
    lines = [line_of(right) + number for number in range(wrong.count("\n") + 1)]
    assert error.line in lines


INCOMPLETE = {
    "seeds: 3\n": 1,
    "show: environment, objective, mean_return, clip_fraction\n": 1,
    "question: What will the return do?\n": line_of("```predict"),
    "a: Rise.\nb: Fall.\nreason": line_of("```predict"),
    "change: clip_range=off\nchange: clip_range=0.5\n": line_of("```run"),
    "One paragraph\nin two lines.\n\nAnother one.\n": line_of("```explain"),
}


@pytest.mark.parametrize("missing", INCOMPLETE)
def test_what_is_missing_is_said_where_it_should_be(missing: str) -> None:
    kept = "reason" if missing.endswith("reason") else ""
    assert refusal(written(missing, kept)).line == INCOMPLETE[missing]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 1),
        (b"\n\n# A lesson", 3),
        (b"---\nlesson: 1\n", 1),
        (b"---\n---\n", 1),
        (HEAD.encode(), 1),
        (LESSON.encode("utf-16"), 1),
        (b"\n\xff", 2),
        (b"x" * (LARGEST_FILE + 1), 1),
        (LESSON.encode() + b"\nThe end.\n", LESSON.count("\n") + 2),
        (LESSON.encode() + b"\n```look\n", LESSON.count("\n") + 2),
        (LESSON.removesuffix("```\n").encode(), line_of("```transfer")),
    ],
)
def test_what_has_not_the_form_of_a_lesson_is_refused(content: bytes, line: int) -> None:
    assert refusal(content).line == line


@pytest.mark.parametrize("step", ["predict", "run", "look", "explain", "verdict"])
def test_a_step_that_is_missing_is_missed_at_the_next_one(step: str) -> None:
    begin = LESSON.index(f"```{step}")
    end = LESSON.index("```\n", begin) + 4
    error = refusal((LESSON[:begin] + LESSON[end:]).encode())
    assert error.line == LESSON[:begin].count("\n") + 1 + LESSON[end:].split("```")[0].count("\n")
    assert f"comes {step}" in str(error) or f"or {step}" in str(error)


def test_a_step_of_a_kind_that_is_not_known_is_refused() -> None:
    assert refusal(written("```transfer", "```python")).line == line_of("```transfer")
    assert refusal(written("```transfer", "```")).line == line_of("```transfer")


def test_nothing_that_a_file_names_is_opened_or_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    contents = [written(right, wrong) for right, all_ in WRONG.items() for wrong in all_]
    with monkeypatch.context() as patched:
        for name in ("open", "eval", "exec", "compile", "__import__"):  # the last one is needed to patch
            patched.setattr(builtins, name, lambda *_, name=name: done.append(name))
        for content in contents:
            with suppress(LessonError):
                parse_lesson(content)
    assert done == []


def test_a_file_of_nothing_but_lines_that_go_on_is_refused_by_the_line_that_they_go_on() -> None:
    more = "a: Rise.\n" + " x\n" * 20_000 + "b: Fall.\nreason"
    error = refusal(written("a: Rise.\nb: Fall.\nreason", more))
    assert error.line == line_of("a: Rise.")


def test_a_file_without_an_end_is_not_read_to_it(tmp_path: Path) -> None:
    path = tmp_path / "long.md"
    path.write_bytes(b"---\n" * LARGEST_FILE)
    with pytest.raises(LessonError):
        load_lesson(path)


def test_the_lesson_of_the_documentation_is_one() -> None:
    text = documentation_path("lessons.md").read_text(encoding="utf-8")
    example = text.split("````\n")[1]
    lesson = parse_lesson(example.encode())
    assert lesson.id == "clip-off"


def test_the_documentation_names_every_key_and_step() -> None:
    text = documentation_path("lessons.md").read_text(encoding="utf-8")
    keys = [line.split(":")[0] for line in HEAD.splitlines()[1:-1]]
    names = [*keys, "algorithm", "begin", *parts.PICTURES, *parts.CONTROLS, *(part.value for part in Part)]
    assert [name for name in names if f"`{name}`" not in text] == []


def test_lessons_are_values_that_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        read().title = ""  # type: ignore[misc]

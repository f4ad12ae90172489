"""The lessons that ship: each can be read, its runs show what it claims, and so do those recorded for it."""

from __future__ import annotations

import re

import pytest

from ppo_desktop.comparison.experiment import Experiment
from ppo_desktop.comparison.measures import MEASURES
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.comparison.summary import estimate
from ppo_desktop.lessons.claim import Outcome
from ppo_desktop.lessons.course import course
from ppo_desktop.lessons.lesson import Begin, Explain, Part, Step
from ppo_desktop.resource_files import resource_path

LESSONS = course()
EACH = pytest.mark.parametrize("opened", LESSONS, ids=lambda opened: opened.lesson.id)
MOST_STEPS = 700_000
"""Environment steps of a lesson: the fast engine does 60 000 to 250 000 a second."""
LARGEST_RECORDING = 600_000
"""Bytes."""


def texts_of(step: Step) -> list[str]:
    return [step.text, step.explanation] if isinstance(step, Explain) else [step.text]


def sentences(text: str) -> list[str]:
    return re.findall(r"[^.!?]+[.!?]+(?=\s|$)", text)


def test_every_file_is_a_lesson():
    files = sorted(resource_path("lessons").glob("*.md"))
    assert [opened.path for opened in LESSONS] == files
    assert len(LESSONS) >= 16


def test_files_are_numbered_and_named_by_ids():
    names = [opened.path.stem for opened in LESSONS]
    assert names == [f"{number:02}-{opened.lesson.id}" for number, opened in enumerate(LESSONS, start=1)]


def test_parts_follow_the_course_and_five_lessons_are_folklore():
    parts = [opened.lesson.part for opened in LESSONS]
    assert parts == sorted(parts, key=list(Part).index)
    assert {*parts} == {*Part}
    assert parts.count(Part.FOLKLORE) >= 5


@EACH
def test_a_lesson_takes_five_to_ten_minutes_and_says_no_more_than_two_sentences_at_a_time(opened):
    assert 5 <= opened.lesson.minutes <= 10
    assert opened.lesson.comparison.work <= MOST_STEPS
    for step in opened.lesson.steps:
        assert all(len(sentences(text)) <= 2 for text in texts_of(step))


@pytest.mark.slow
@EACH
def test_the_runs_of_a_lesson_show_what_it_claims(opened):
    lesson = opened.lesson
    with Experiment(lesson.comparison) as experiment:
        for _ in experiment.events():
            pass
    assert [claim.outcome(lesson.comparison, experiment.records) for claim in lesson.claims] == [
        Outcome.HOLDS
    ] * len(lesson.claims)


@EACH
def test_the_recorded_runs_of_a_lesson_show_the_same(opened):
    lesson = opened.lesson
    records = opened.recorded().records
    outcomes = {claim.outcome(lesson.comparison, records) for claim in lesson.claims}
    assert outcomes == {Outcome.HOLDS}
    assert opened.recorded_path.stat().st_size < LARGEST_RECORDING


@pytest.mark.parametrize(
    "opened", [one for one in LESSONS if one.lesson.begin is Begin.COLLAPSED], ids=lambda one: one.lesson.id
)
def test_the_run_that_is_to_be_saved_has_gone_wrong_and_was_never_the_better_one(opened):
    """It is the first seed's, beside which the pupil then sees the one with the change."""
    comparison, records = opened.lesson.comparison, opened.recorded().records
    final, overall = (
        [
            estimate(comparison, records, variant, MEASURES[name], N_BINS).samples[1]
            for variant in range(len(comparison.variants))
        ]
        for name in ("final_return", "mean_return")
    )
    assert final[0] < 150
    assert final[1] > final[0] + 100
    assert overall[1] > overall[0]


def test_nothing_is_recorded_for_a_lesson_that_is_not_there():
    recorded = {path.stem for path in resource_path("lessons/recorded").glob("*")}
    assert recorded == {opened.lesson.id for opened in LESSONS}

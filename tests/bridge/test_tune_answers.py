"""What is asked of a study stays what it was unless somebody asks something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_answers import TuneAnswers
from tests.shown_studies import PLAN, digested, many


@pytest.fixture
def answers(qtbot: QtBot) -> Iterator[TuneAnswers]:
    del qtbot
    answers = TuneAnswers(lambda: ())
    answers.begin(PLAN)
    yield answers
    answers.close()


def test_the_contour_is_of_what_was_important_first_and_does_not_change_by_itself(
    answers: TuneAnswers,
) -> None:
    first = digested(many(40))
    assert first.importances is not None
    ranked = first.importances.ranked
    answers._receive(first)
    pair = (ranked[0].field, ranked[1].field)
    assert answers.question.contour == pair
    turned = replace(first, importances=replace(first.importances, ranked=ranked[::-1]))
    answers._receive(turned)
    assert answers.question.contour == pair
    answers.choose_contour("n_epochs", "clip_range")
    answers._receive(first)
    assert answers.question.contour == ("n_epochs", "clip_range")

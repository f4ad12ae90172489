"""What is asked of a study stays what it was unless somebody asks something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from pytestqt.qtbot import QtBot

from ppo_desktop.bridge.tune_inquiry import TuneInquiry
from tests.shown_studies import PLAN, digested, many


@pytest.fixture
def inquiry(qtbot: QtBot) -> Iterator[TuneInquiry]:
    del qtbot
    inquiry = TuneInquiry(lambda: ())
    inquiry.begin(PLAN)
    yield inquiry
    inquiry.close()


def test_the_contour_is_of_what_was_important_first_and_does_not_change_by_itself(
    inquiry: TuneInquiry,
) -> None:
    first = digested(many(40))
    assert first.importances is not None
    ranked = first.importances.ranked
    inquiry._show(first)
    pair = (ranked[0].field, ranked[1].field)
    assert inquiry.question.contour == pair
    turned = replace(first, importances=replace(first.importances, ranked=ranked[::-1]))
    inquiry._show(turned)
    assert inquiry.question.contour == pair
    inquiry.choose_contour("n_epochs", "clip_range")
    inquiry._show(first)
    assert inquiry.question.contour == ("n_epochs", "clip_range")

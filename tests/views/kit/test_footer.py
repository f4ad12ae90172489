"""A status bar says what holds now: at each of its signals, and when it comes into sight."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, Signal
from pytestqt.qtbot import QtBot

from ppo_desktop.views.kit.footer import Footer, ShareBar, StatusLabel


class Job(QObject):
    """What is shown."""

    changed = Signal()
    text, note, share = "", "", 0.0


@pytest.fixture
def job() -> Job:
    return Job()


@pytest.fixture
def footer(qtbot: QtBot, job: Job) -> Footer:
    left = (
        ShareBar("progress", "Progress", "comparison_progress", lambda: job.share),
        StatusLabel("steps", "Steps", "steps", lambda: job.text, "10 000 steps", note=lambda: job.note),
    )
    footer = Footer(left, (), job.changed)
    qtbot.addWidget(footer)
    with qtbot.waitExposed(footer):
        footer.show()
    return footer


def test_a_label_is_there_while_it_has_something_to_say(footer: Footer, job: Job) -> None:
    label = footer.findChild(StatusLabel, "steps")
    assert label is not None
    assert not label.isVisible()
    job.text, job.note = "1 steps", "Of all agents.\nOf this run."
    job.changed.emit()
    assert label.isVisible()
    assert label.accessibleDescription() == "1 steps"
    assert "Of all agents.<br>Of this run." in label.toolTip()
    width = label.width()
    job.text = "12 steps"
    job.changed.emit()
    assert label.minimumWidth() > label.fontMetrics().horizontalAdvance("12 steps"), "it keeps its room"
    assert label.width() == width


@pytest.mark.parametrize(("share", "value", "maximum"), [(0.25, 250, 1000), (1.0, 1000, 1000), (None, -1, 0)])
def test_a_share_that_is_not_known_is_said_to_be_going_on(
    footer: Footer, job: Job, share: float | None, value: int, maximum: int
) -> None:
    job.share = share  # type: ignore[assignment]
    job.changed.emit()
    bar = footer.findChild(ShareBar, "progress")
    assert bar is not None
    assert bar.maximum() == maximum
    assert share is None or bar.value() == value


def test_what_happened_while_it_was_hidden_is_said_when_it_is_shown(footer: Footer, job: Job) -> None:
    footer.hide()
    job.text = "2 steps"
    footer.show()
    label = footer.findChild(StatusLabel, "steps")
    assert label is not None
    assert label.text() == "2 steps"

"""Studies whose trials are made by hand, shown in a session."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.study_digest import StudyDigest, StudyDigester, StudyQuestion
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from tests.judged_trials import complete, drawn, searched

PLAN = searched("clip_range", "learning_rate", "n_epochs")


def at(number: int, objective: float | None, *positions: float, **others: object) -> TrialRecord:
    """Return a complete trial of PLAN at some positions, without any in the middle of all."""
    trial = complete(PLAN, number, positions or (0.5,) * len(PLAN.space), 0.0)
    return replace(trial, objective=objective, **others)  # type: ignore[arg-type]


def without_value(number: int, state: TrialState, reason: str = "") -> TrialRecord:
    """Return a trial of PLAN that has no value."""
    return at(number, None, state=state, reason=reason)


def many(n: int, plan: StudyPlan = PLAN) -> list[TrialRecord]:
    """Return complete trials all over the space; the farther along the first hyperparameter the better."""
    return drawn(plan, n, lambda where: 400 * where[plan.fields[0]], noise=10.0)


def digested(
    trials: Sequence[TrialRecord], plan: StudyPlan = PLAN, contour: tuple[str, str] | None = None
) -> StudyDigest:
    """Return what trials say, with intervals or still without."""
    return StudyDigester(plan).digest(trials, StudyQuestion(contour=contour))


def show_study(tune: TuneSession, digest: StudyDigest | None, running: Sequence[TrialRecord] = ()) -> None:
    """Show this in a session, as a study that is another than before."""
    tune.inquiry.digest, tune.running = digest, tuple(running)
    tune.trials = () if digest is None else digest.trials
    if digest is not None:
        tune.plan = digest.plan
        tune.inquiry.question = digest.question
    tune.study_changed.emit()


def mouse(widget: QWidget, kind: QEvent.Type, point: QPointF, *, is_down: bool = False) -> None:
    """Let the mouse do something at a point of a widget."""
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.LeftButton if is_down else Qt.MouseButton.NoButton
    event = QMouseEvent(kind, point, widget.mapToGlobal(point), button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def point_at(widget: QWidget, point: QPointF) -> None:
    """Move the mouse to a point of a widget."""
    mouse(widget, QEvent.Type.MouseMove, point)

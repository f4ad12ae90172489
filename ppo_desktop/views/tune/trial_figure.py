"""A figure of a study's trials: drawn once, with the trial that is pointed at drawn over it."""

from __future__ import annotations

import html
from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)

from ppo_desktop.ppo.messages import grouped
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trials import TrialRecord, TrialState
from ppo_desktop.views.pointing_figure import STEPS, PointingFigure, in_one_line
from ppo_desktop.views.theme import Theme, smooth_painter
from ppo_desktop.views.tune.layer import Layer, Part
from ppo_desktop.views.tune.wording import objective_text, written

_NOTE_FONT = 0.85
_PART_MILLISECONDS = 15
"""From one part of a large drawing to the next."""
_DOUBLE_CLICK = "Double click: use in Train"


class Drawing(Protocol):
    """What a figure shows at one size: laid out already, so that it is only painted."""

    @property
    def numbers(self) -> Sequence[int]:
        """Numbers of the trials in it, in the order in which arrow keys reach them."""

    def trial_at(self, position: QPointF) -> int | None:
        """Return the number of the trial at a position, None where none is."""

    def paint(self, painter: QPainter) -> None:
        """Draw all but what is pointed at."""

    def paint_pointed(self, painter: QPainter, number: int) -> None:
        """Draw what a trial is pointed out with; nothing if it has no place here."""


class TrialFigure(PointingFigure):
    """Shows a drawing; says which trial is pointed at, by mouse or keyboard, and which is to be opened.

    On the screen the drawing is kept as an image, so that pointing at a trial draws nothing else anew;
    on paper, or in a file, everything is drawn from its numbers. A drawing that takes long is painted part
    by part, while the one before is still shown; where there is none before, its parts are.

    Attributes:
        drawing: What is shown; None while there is nothing but a note.
    """

    opened = Signal(int)
    redrawn = Signal()
    """What a study says is shown now that took several turns of the event loop to draw."""

    def __init__(self, theme: Theme, object_name: str, name: str, explanation: str) -> None:
        super().__init__(theme, object_name, name, explanation)
        self.setToolTip("")  # it would cover what one looks at
        self._digest: StudyDigest | None = None
        self._highlighted: int | None = None
        self._reached: int | None = None
        self._layer: Layer | None = None
        self._coming: tuple[Drawing, Layer] | None = None
        self._parts_timer = QTimer(self)
        self._parts_timer.setInterval(_PART_MILLISECONDS)
        self._parts_timer.timeout.connect(self._paint_part)
        self.drawing: Drawing | None = None
        theme.changed.connect(self.lay_out)

    # ---- for what extends it -------------------------------------------------------------------

    @abstractmethod
    def _drawing(self, room: QRectF) -> Drawing | None:
        """Return what is to be drawn in a rectangle; None if there is nothing."""

    @abstractmethod
    def _note(self) -> str:
        """Return what is said where nothing is drawn."""

    def _parts(self, drawing: Drawing) -> Sequence[Part]:
        """Return a drawing in parts, none of which takes long to paint."""
        return [drawing.paint]

    def _record(self, number: int) -> TrialRecord | None:
        """Return a trial by its number."""
        trials = () if self._digest is None else self._digest.trials
        return next((trial for trial in trials if trial.number == number), None)

    # ---- what is shown -------------------------------------------------------------------------

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(160, 90)

    def sizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(420, 240)

    def show_digest(self, digest: StudyDigest | None) -> None:
        """Show what a study says; None for nothing. What is drawn already is not drawn again."""
        before, self._digest = self._digest, digest
        if digest is None or not digest.shows_the_same_trials_as(before):
            self._show(self._laid_out())

    def lay_out(self) -> None:
        """Give everything its place, and draw it anew, at once."""
        self._replace(self._laid_out(), None)

    def finish(self) -> None:
        """Show at once what is being painted part by part."""
        if self._coming is not None:
            self._replace(self._coming[0], None)

    def _laid_out(self) -> Drawing | None:
        return self._drawing(QRectF(self.rect())) if self.width() > 0 and self.height() > 0 else None

    def _show(self, drawing: Drawing | None) -> None:
        """Show a drawing: at once if it has one part, else when all its parts are painted."""
        parts = () if drawing is None else self._parts(drawing)
        is_unpainted = self.drawing is not None and self._layer is None
        if drawing is None or len(parts) == 1 or is_unpainted:
            self._replace(drawing, None)
        else:
            self._coming = drawing, Layer(self.size(), self.devicePixelRatioF(), parts)
            self._parts_timer.start()

    @Slot()
    def _paint_part(self) -> None:
        assert self._coming is not None
        drawing, layer = self._coming
        layer.paint_part()
        if layer.is_complete:
            self._replace(drawing, layer)
            self.redrawn.emit()
        elif self.drawing is None:
            self.update()

    def _replace(self, drawing: Drawing | None, layer: Layer | None) -> None:
        """Show a drawing, painted already or not yet, and no other that is still coming."""
        self.drawing, self._layer = drawing, layer
        self._coming = None
        self._parts_timer.stop()
        self._describe()
        self.update()

    @property
    def highlighted(self) -> int | None:
        """Number of the trial that is pointed out, None for none."""
        return self._highlighted

    def set_highlighted(self, number: int | None) -> None:
        """Point a trial out; None for none."""
        if number != self._highlighted:
            self._highlighted = number
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw all, then what is pointed at."""
        painter = smooth_painter(self)
        if self.drawing is None:
            self._paint_what_comes(painter)
            return
        if self._is_for_screen(painter):
            painter.drawPixmap(0, 0, self._kept_layer(self.drawing).pixmap)
        else:
            self.drawing.paint(painter)
        if self._highlighted is not None:
            self.drawing.paint_pointed(painter, self._highlighted)

    def _is_for_screen(self, painter: QPainter) -> bool:
        """Whether pixels as large as the screen's are painted, not a file's."""
        engine = painter.paintEngine()
        return (
            engine.type() is QPaintEngine.Type.Raster
            and engine.paintDevice().devicePixelRatioF() == self.devicePixelRatioF()
        )

    def _kept_layer(self, drawing: Drawing) -> Layer:
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.pixmap.devicePixelRatio() != ratio:
            self._layer = Layer(self.size(), ratio, [drawing.paint])
            self._layer.paint_all()
        return self._layer

    def _paint_what_comes(self, painter: QPainter) -> None:
        """Paint as much as there is of the first drawing, or say why there is none."""
        if self._coming is None:
            self._write_note(painter, _NOTE_FONT, self._note())
        else:
            painter.drawPixmap(0, 0, self._coming[1].pixmap)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new size."""
        super().resizeEvent(event)
        self.lay_out()

    # ---- the keyboard --------------------------------------------------------------------------

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Point at the trial reached last."""
        super().focusInEvent(event)
        self._reach(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from trial to trial by arrow keys; open the one reached by Return."""
        if event.key() in STEPS and self._numbers():
            self._reach(STEPS[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._reached in self._numbers():
            assert self._reached is not None
            self.opened.emit(self._reached)
        else:
            super().keyPressEvent(event)

    def _numbers(self) -> Sequence[int]:
        return () if self.drawing is None else self.drawing.numbers

    def _reach(self, step: int) -> None:
        """Reach the trial so many places on; at first the best, or the last."""
        numbers = self._numbers()
        if not numbers:
            self.update()
            return
        if self._reached in numbers:
            assert self._reached is not None
            place = min(max(numbers.index(self._reached) + step, 0), len(numbers) - 1)
        else:
            best = None if self._digest is None or self._digest.best is None else self._digest.best.number
            place = numbers.index(best) if best in numbers else len(numbers) - 1
        self._reached = numbers[place]
        self._describe()
        self.update()
        self.pointed.emit(self._reached)

    def _description(self) -> str:
        """Return what is known of the trial reached, or else why there is none."""
        if self.hasFocus() and self._reached is not None:
            return in_one_line(self._tip(self._reached))
        return self._note() if self.drawing is None else ""

    # ---- the mouse -----------------------------------------------------------------------------

    def tip_at(self, position: QPointF) -> str:
        """Return what is known of the trial at a position, empty where none is."""
        number = self._trial_at(position)
        return "" if number is None else self._tip(number)

    def _trial_at(self, position: QPointF) -> int | None:
        return None if self.drawing is None else self.drawing.trial_at(position)

    def _tip(self, number: int) -> str:
        record = self._record(number)
        if record is None or self._digest is None:
            return ""
        best = self._digest.best
        return trial_tip(self._digest.plan, record, is_best=best is not None and best.number == number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at what is under the mouse."""
        number = self._trial_at(event.position())
        self._show_pointer(number is not None)
        self.pointed.emit(number)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Open the trial that is under the mouse."""
        number = self._trial_at(event.position())
        if number is not None:
            self.opened.emit(number)


def trial_tip(plan: StudyPlan, trial: TrialRecord, *, is_best: bool = False) -> str:
    """Return a trial's value, state and hyperparameters, and what a double click does, as rich text."""
    lines = [
        f"<b>Trial {grouped(trial.number)}</b>{_result(plan, trial)}",
        ", ".join(_remarks(trial, is_best=is_best)),
        *(
            f"{html.escape(plan.dimension(field).label)}: {html.escape(written(field, value))}"
            for field, value in trial.values.items()
            if field in plan.fields
        ),
        html.escape(trial.reason),
        _DOUBLE_CLICK if trial.values else "",
    ]
    return f"<qt>{'<br>'.join(line for line in lines if line)}</qt>"


def _result(plan: StudyPlan, trial: TrialRecord) -> str:
    if trial.objective is None:
        return ""
    return f": {objective_text(trial.objective, plan.environment_id)}"


def _remarks(trial: TrialRecord, *, is_best: bool) -> list[str]:
    """Return what there is to say besides numbers."""
    remarks = ["the best so far"] if is_best else []
    if trial.state is not TrialState.COMPLETE:
        reached = f" after {grouped(trial.curve[-1][0])} steps" if trial.curve else ""
        remarks.append(f"{trial.state.label}{reached}")
    if trial.is_random:
        remarks.append("drawn at random")
    if trial.retry_of is not None:
        remarks.append(f"again what trial {grouped(trial.retry_of)} tried")
    return remarks

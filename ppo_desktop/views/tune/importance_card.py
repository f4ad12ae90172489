"""The card with the importance of each hyperparameter, and with what one has to know to believe it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Slot
from PySide6.QtGui import QFontMetricsF, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.ppo.messages import counted
from ppo_desktop.study.importance import FEWEST_TRIALS, Importance, Importances, evaluators
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import comparable_trials
from ppo_desktop.views.charts.chart import Chart
from ppo_desktop.views.charts.frame import bare_frame
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.charts.shapes import Bars, Intervals, Key
from ppo_desktop.views.charts.words import RowTexts
from ppo_desktop.views.controls import Card, explained, laid_out, with_role
from ppo_desktop.views.figure import Below, Drawing, Figure, Panel, Text
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.wording import too_few_trials
from ppo_desktop.views.wording_label import cut

_FONT = 0.85
_WIDEST_LABEL = 0.42
"""The part of the width that names may take."""
_HIGHEST_ROW, _LOWEST_ROW = 2.6, 1.15
"""Of a bar with the room around it, in lines."""
_BAR = 0.6
"""Height of a bar, as a share of its row."""
_CAP = 0.16
"""Half the height of a whisker's ends, likewise."""
_ABOVE, _BELOW = 4, 2
"""Pixels left free above and below all bars."""
_NUMBER = "0.46  0.38–0.55"
_SHORT_NUMBER = "0.46"
_FEWEST_FOR_INTERVAL = 0.55
"""Intervals are written out where bars keep this part of the width."""
_INTERVALS = "Whiskers: 90 % intervals, by bootstrap over trials."


class ImportanceBars(Chart):
    """Draws importances, or says why there are none."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "importance_bars", "Hyperparameter importance", "importance")
        self._importances: Importances | None = None
        self.pointed.connect(self.set_highlighted)

    @property
    def ranked(self) -> tuple[Importance, ...]:
        """What is known, the most important first."""
        return () if self._importances is None else self._importances.ranked

    @property
    def whole_height(self) -> int:
        """The least height at which no bar is left out, pixels."""
        line = QFontMetricsF(self._theme.font(_FONT)).height()
        return math.ceil((_LOWEST_ROW * len(self.ranked) + 0.3) * line) + _ABOVE + _BELOW

    @property
    def has_intervals(self) -> bool:
        """Whether there are whiskers."""
        return any(_is_known(item) for item in self.ranked)

    def minimumSizeHint(self) -> QSize:
        """Return a size that leaves the layout free."""
        return QSize(160, 70)

    def show_importances(self, importances: Importances | None, note: str) -> None:
        """Show importances; where there are none, or nothing is known of them, say `note` instead."""
        is_known = importances is not None and any(item.share for item in importances.ranked)
        self._importances = importances if is_known else None
        self.empty = note
        self.redraw()

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the bars, if anything is known."""
        if not self.ranked:
            return None
        return importance_picture(self._theme, room.adjusted(0, _ABOVE, 0, -_BELOW), self.ranked)

    def summary(self) -> str:
        """Return all numbers."""
        return "; ".join(f"{_label(item.field)} {_number(item, with_interval=True)}" for item in self.ranked)

    def tip(self, key: Key) -> str:
        """Return the numbers of a hyperparameter."""
        item = next(item for item in self.ranked if item.field == key)
        interval = f"<br>90 % interval {item.low:.2f}–{item.high:.2f}" if _is_known(item) else ""
        return f"<qt><b>{_label(item.field)}</b>: {item.share:.2f}{interval}</qt>"


def importance_picture(theme: Theme, room: QRectF, ranked: Sequence[Importance]) -> Picture:
    """Return bars for as many as there is room for, the most important first."""
    metrics = QFontMetricsF(theme.font(_FONT))
    line = metrics.height()
    fitting = max(1, int((room.height() - 0.3 * line) / (_LOWEST_ROW * line)))
    shown = ranked[: len(ranked) if len(ranked) <= fitting else max(1, fitting - 1)]
    n_left_out = len(ranked) - len(shown)
    n_rows = len(shown) + bool(n_left_out)
    height = min(_HIGHEST_ROW * line, room.height() / n_rows)
    fields = [item.field for item in shown]
    names = [_label(field) for field in fields]
    left = min(max(map(metrics.horizontalAdvance, names)), _WIDEST_LABEL * room.width())
    number = metrics.horizontalAdvance(_NUMBER)
    has_intervals = room.width() - left - number > _FEWEST_FOR_INTERVAL * (room.width() - left)
    right = number if has_intervals else metrics.horizontalAdvance(_SHORT_NUMBER)
    area = QRectF(room.left() + left + 10, room.top(), room.width() - left - right - 20, n_rows * height)
    shares, lows, highs = np.array([(item.share, item.low, item.high) for item in shown]).T
    most = max(0.05, np.nanmax([shares, lows, highs]))
    frame = bare_frame(theme, area, (0.0, most), (float(n_rows), 0.0), _FONT)
    middles = [place + 0.5 for place in range(n_rows)]
    pens = QPen(theme.colour("text"), 1.4), QPen(theme.colour("card"), 3.6)  # seen on the bar and beside it
    numbers = [_number(item, with_interval=has_intervals) for item in shown]
    rest = [f"and {n_left_out} more, less important"] if n_left_out else []
    beside = area.right() + 10, room.right() + number
    rows = middles[: len(shown)]
    places = np.array(rows)
    shapes = [
        Bars(shares, places, _BAR * height, [theme.hyperparameter_colour(field) for field in fields], fields),
        Intervals(lows, highs, places, *pens, _CAP * height),
        RowTexts(names, rows, (room.left(), area.left() - 10), Qt.AlignmentFlag.AlignRight),
        RowTexts(numbers, rows, beside, Qt.AlignmentFlag.AlignLeft, "muted"),
        RowTexts(
            rest, middles[len(shown) :], (area.left(), room.right()), Qt.AlignmentFlag.AlignLeft, "muted"
        ),
    ]
    return Picture(frame, shapes, has_axes=False)


def _label(field: str) -> str:
    return DECLARATIONS[field].explanation.title


def _is_known(item: Importance) -> bool:
    return math.isfinite(item.low) and math.isfinite(item.high)


def _number(item: Importance, *, with_interval: bool) -> str:
    share = f"{item.share:.2f}"
    return f"{share}  {item.low:.2f}–{item.high:.2f}" if with_interval and _is_known(item) else share


class ImportanceCard(Card):
    """Shows how much each hyperparameter matters, and lets one choose the evaluator.

    Attributes:
        bars: The importances.
        note: What one has to know before one believes them.
        remark: What there is to know besides.
    """

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__("importance")
        self._tune, self._theme = tune, theme
        self.title = with_role(explained(QLabel("Hyperparameter importance"), "importance"), "title")
        self.evaluator = FlatCombo("evaluator_combo", "Method of importance", "evaluator", evaluators())
        self.bars = ImportanceBars(theme)
        self.note = ShortenedNote("importance_note", "warning")
        self.remark = ShortenedNote("importance_remark", "muted")
        self._lay_out()
        self._connect()
        self._show_question()

    def _lay_out(self) -> None:
        header = laid_out(QHBoxLayout(), self.title, 1, self.evaluator, spacing=4)
        parts = (header, (self.bars, 1), self.note, self.remark)
        self._column = laid_out(QVBoxLayout(self), *parts, margins=(10, 7, 10, 6), spacing=2)

    def _connect(self) -> None:
        redraw = Redraw(self, self._show)
        for changed in (self._tune.digest_changed, self._tune.state_changed):
            changed.connect(redraw.request)
        self._tune.study_changed.connect(redraw.now)
        self._tune.question_changed.connect(self._show_question)
        self.evaluator.chosen.connect(self._tune.inquiry.choose_evaluator)

    @Slot()
    def _show_question(self) -> None:
        self.evaluator.show_value(self._tune.question.evaluator)

    def _show(self) -> None:
        digest = self._tune.digest
        importances = None if digest is None else digest.importances
        self.bars.show_importances(importances, _nothing_yet(digest))
        self.note.say("" if importances is None else importances.note)
        intervals = _INTERVALS if self.bars.has_intervals else ""
        remark = "" if importances is None else importances.remark
        self.remark.say(" ".join(filter(None, (self._so_far(), intervals, remark))))
        self._share_out()

    def _so_far(self) -> str:
        """Return by how many trials they are judged while more are on their way."""
        digest = self._tune.digest
        if digest is None or digest.importances is None or not self._tune.is_under_way:
            return ""
        return f"So far, by {counted(digest.importances.n_trials, 'complete trial')}."

    def exported(self, title: str, caption: str) -> Figure:
        """Return it as a figure, of what the study says now, with all bars and all words."""
        self._show()
        theme = self._theme
        said = [self.evaluator.currentText(), self.note.note, self.remark.note]
        words = [Text(theme, text) for text in said if text]
        bars = Drawing(self.bars.paint_in, least=1.5 * self.bars.whole_height)
        return Figure(theme, Panel(theme, Below([words[0], bars, *words[1:]])), title, caption)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share out the new room."""
        super().resizeEvent(event)
        self._share_out()

    def _share_out(self) -> None:
        """Let words be short where bars would be left out for them, the warning last."""
        margins = self.contentsMargins() + self._column.contentsMargins()
        width = self.width() - margins.left() - margins.right()
        above = max(self.evaluator.sizeHint().height(), self.title.sizeHint().height())
        said = [part for part in (self.note, self.remark) if part.note]
        lines = sum(part.fontMetrics().height() for part in said)
        room = self.height() - margins.top() - margins.bottom() - above - self.bars.whole_height - lines
        room -= self._column.spacing() * (1 + len(said))
        for part in said:
            more = part.whole_height(width) - part.fontMetrics().height()
            part.shorten(more > max(room, 0))
            room -= more if more <= room else 0


def _nothing_yet(digest: StudyDigest | None) -> str:
    """Return why there are no importances."""
    if digest is not None and digest.importances is not None:
        return ""  # the note says it
    n = 0 if digest is None else len(comparable_trials(digest.plan, digest.trials))
    if n >= FEWEST_TRIALS:
        return "Importances are being computed."
    return too_few_trials("Importances need", FEWEST_TRIALS, n)


class ShortenedNote(QLabel):
    """Takes no room while it is empty.

    Args:
        object_name: Its name for tests.
        role: How the style sheet draws it: "warning", "muted".

    Attributes:
        note: All of it.
    """

    def __init__(self, object_name: str, role: str) -> None:
        super().__init__()
        self.note = ""
        self._is_short = False
        self.setObjectName(object_name)
        self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setWordWrap(True)

    def say(self, note: str) -> None:
        """Say something; nothing if it is empty."""
        self.note = note
        self.setVisible(bool(note))
        self._write()

    def shorten(self, is_short: bool) -> None:
        """Keep to one line, or not."""
        if is_short != self._is_short:
            self._is_short = is_short
            self.setWordWrap(not is_short)
            self._write()

    def whole_height(self, width: int) -> int:
        """Return the height that all of it needs in a width, pixels."""
        if not self.note:
            return 0
        flags = Qt.TextFlag.TextWordWrap
        return self.fontMetrics().boundingRect(0, 0, width, 10_000, flags, self.note).height()

    def minimumSizeHint(self) -> QSize:
        """Leave the width free."""
        return QSize(0, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the new width."""
        super().resizeEvent(event)
        self._write()

    def _write(self) -> None:
        shown = self.note
        if self._is_short:
            shown = cut(self.note, self.fontMetrics(), self.width())
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(self.note if shown != self.note else "")
        self.setAccessibleDescription(self.note)

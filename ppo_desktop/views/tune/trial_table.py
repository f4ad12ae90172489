"""The table of trials: a row for each, thousands if need be, and its card."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import QPoint, Qt, Slot
from PySide6.QtGui import QFontMetrics, QGuiApplication
from PySide6.QtWidgets import QLabel, QMenu, QVBoxLayout

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.study_plan import StudyPlan
from ppo_desktop.study.trial_csv import trials_csv
from ppo_desktop.study.trials import TrialRecord
from ppo_desktop.views.controls import laid_out, named, push_button, with_role
from ppo_desktop.views.pointing_table import HEADER_FONT, PointingModel, PointingTable
from ppo_desktop.views.redraw_queue import RedrawQueue
from ppo_desktop.views.sortable_table import Index
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.figure_card import SeenCard
from ppo_desktop.views.tune.trial_columns import TrialColumn, trial_columns

_PADDING = 7
"""Left and right of a cell's text, pixels: words beside numbers need it."""
_FRAME = 3
"""What the style leaves free beside that, on either side."""
_NOTE_SHARE = 0.3
"""The part of spare room that goes to the notes, at least."""
_EMPTY = "Every trial gets a row here as soon as it begins."


class _Model(PointingModel):
    """Trials by their number; the best one is bold."""

    columns: list[TrialColumn]

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.columns = []
        self.best: int | None = None

    def trial(self, row: int) -> TrialRecord:
        """Return the trial that stands in a row of the table."""
        return self.columns[0].trials[int(self.order[row])]

    def thing(self, row: int) -> int:
        """Return its number."""
        return self.trial(row).number

    def changed_rows(self, columns: list[TrialColumn], best: int | None) -> list[int] | None:
        """Return which rows of the columns say something else in others; None if rows do not go on there.

        Args:
            columns: The others.
            best: Number of the trial that is the best there.
        """
        if not self.columns or not self.has_headers_of(columns):
            return None
        before, now = self.columns[0].trials, columns[0].trials
        if [trial.number for trial in before] != [trial.number for trial in now[: len(before)]]:
            return None
        touched = {self.best, best} if self.best != best else set()
        touched |= {trial.retry_of for trial in now[len(before) :]}
        return [
            row
            for row, (one, other) in enumerate(zip(before, now, strict=False))
            if one is not other or one.number in touched
        ]

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and orientation is Qt.Orientation.Horizontal:
            return self._alignment(section)
        return super().headerData(section, orientation, role)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        match role:
            case Qt.ItemDataRole.ToolTipRole:
                column = self.columns[index.column()]
                is_long = index.column() == len(self.columns) - 1
                return (column.text(int(self.order[index.row()])) if is_long else "") or None
            case Qt.ItemDataRole.FontRole if self.thing(index.row()) == self.best:
                return self._theme.font(0.85, bold=True)
            case Qt.ItemDataRole.TextAlignmentRole:
                return self._alignment(index.column())
            case _:
                return super().data(index, role)

    def _alignment(self, place: int) -> Qt.AlignmentFlag:
        """Return where a column stands: words at the left, numbers at the right."""
        is_words = self.columns[place].is_words
        side = Qt.AlignmentFlag.AlignLeft if is_words else Qt.AlignmentFlag.AlignRight
        return side | Qt.AlignmentFlag.AlignVCenter


class TrialTable(PointingTable):
    """A row for each trial; pointing at a row points at the trial everywhere."""

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        model = _Model(theme)
        super().__init__(theme, model)
        self._model: _Model = model
        self._tune = tune
        self._digest: StudyDigest | None = None
        self._fitted_to: tuple[StudyPlan, int, int] | None = None
        named(self, "trial_table", "All trials", "trials_table")
        self.setToolTip("")  # it would cover the rows
        self.follow_theme()

    def show_digest(self, digest: StudyDigest | None) -> None:
        """Show what a study says; None for nothing."""
        self._digest = digest
        if digest is None:
            self._model.show([])
            return
        retried = {trial.retry_of: trial.number for trial in digest.trials if trial.retry_of is not None}
        columns = trial_columns(digest, retried)
        changed = self._model.changed_rows(columns, None if digest.best is None else digest.best.number)
        self._model.best = None if digest.best is None else digest.best.number
        if changed is not None:
            self._model.extend(columns, changed)
        else:
            kept = self._current_trial()
            self._model.show(columns)
            self._go_to(kept)
        fitted_to = (digest.plan, len(columns), len(str(len(digest.trials))))
        if fitted_to != self._fitted_to:
            self._fitted_to = fitted_to
            self.fit_columns()

    def follow_theme(self) -> None:
        """Take fonts and colours from the theme."""
        super().follow_theme()
        padding = f"padding: 1px {_PADDING}px"
        self.setStyleSheet(
            f"{self.styleSheet()} QTableView::item {{ {padding}; }} QHeaderView::section {{ {padding}; }}"
        )

    def set_highlighted(self, number: int | None) -> None:
        """Let all rows but one be faint; None for none."""
        self._model.highlight(number)

    def show_row_of(self, number: int | None) -> None:
        """Scroll no farther than needed to see the row of a trial; None for nowhere."""
        row = self._row_of(number)
        if row is not None:
            self.scrollTo(self._model.index(row, 0))

    def copy_as_csv(self) -> None:
        """Put all trials on the clipboard, in the order shown."""
        if self._digest is not None and self._model.columns:
            ordered = [self._digest.trials[row] for row in self._model.order]
            QGuiApplication.clipboard().setText(trials_csv(self._digest.plan, ordered))

    def open_thing(self, thing: int) -> None:
        """Open a trial in Train."""
        trial = self._trial_of(thing)
        if trial is not None and trial.values:
            self._tune.use_in_train(thing)

    def show_menu(self, thing: int, place: QPoint) -> None:
        """Offer to open a trial in Train."""
        menu = QMenu(self)
        menu.setObjectName("trial_menu")
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        trial = self._trial_of(thing)
        opened = menu.addAction(f"Open trial {thing} in Train", partial(self._tune.use_in_train, thing))
        opened.setEnabled(trial is not None and bool(trial.values))
        menu.popup(place)

    def fit_columns(self) -> None:
        """Give every column the width of its header and its texts; what room is left goes to the notes."""
        widths = [self._width_needed(place) for place in range(len(self._model.columns))]
        if not widths:
            return
        spare = max(self.viewport().width() - sum(widths), 0)
        share = int((1 - _NOTE_SHARE) * spare / len(widths))
        share = min(share, 3 * _PADDING)
        for place, width in enumerate(widths[:-1]):
            self.setColumnWidth(place, width + share)
        self.setColumnWidth(len(widths) - 1, widths[-1] + spare - share * (len(widths) - 1))

    def _width_needed(self, place: int) -> int:
        column = self._model.columns[place]
        header = QFontMetrics(self._theme.font(HEADER_FONT)).horizontalAdvance(column.header)
        bold = QFontMetrics(self._theme.font(0.85, bold=True))
        return max(header, *map(bold.horizontalAdvance, column.widest)) + 2 * (_PADDING + _FRAME)

    def _trial_of(self, number: int) -> TrialRecord | None:
        trials = () if self._digest is None else self._digest.trials
        return next((trial for trial in trials if trial.number == number), None)

    def _current_trial(self) -> int | None:
        row = self.currentIndex().row()
        return self._model.thing(row) if 0 <= row < self._model.rowCount() else None

    def _go_to(self, number: int | None) -> None:
        """Let the row of a trial be the current one, as it was before rows were added."""
        row = self._row_of(number)
        if row is not None:
            self.setCurrentIndex(self._model.index(row, 0))

    def _row_of(self, number: int | None) -> int | None:
        rows = range(self._model.rowCount() if number is not None else 0)
        return next((row for row in rows if self._model.thing(row) == number), None)


class TrialsCard(SeenCard):
    """Shows the table, or what will be in it.

    Attributes:
        corner: Stands beside the tabs while the table is shown.
    """

    def __init__(self, tune: TuneSession, theme: Theme, queue: RedrawQueue) -> None:
        super().__init__()
        self.setObjectName("trials")  # it stands within another card
        self._tune = tune
        self._queue = queue
        self._pointed: int | None = None
        self.table = TrialTable(tune, theme)
        self.corner = push_button(
            "Copy as CSV",
            "copy_trials_button",
            "copy_csv",
            accessible_name="Copy the table as CSV",
            role="flat",
        )
        self.corner.clicked.connect(self.table.copy_as_csv)
        self._empty = with_role(QLabel(_EMPTY), "muted")
        self._empty.setWordWrap(True)
        laid_out(QVBoxLayout(self), self._empty, (self.table, 1), 0, margins=(0, 0, 0, 0), spacing=2)
        tune.digest_changed.connect(self._show_soon)
        tune.study_changed.connect(self._show_now)
        tune.highlight_changed.connect(self._go_to_highlight)
        self.table.pointed.connect(self._point_at)

    @Slot()
    def _show_soon(self) -> None:
        """Show what the study says in a turn soon."""
        self._queue.request(self._show_now)

    def _show(self) -> None:
        digest = self._tune.digest
        is_empty = digest is None or not digest.trials
        self._empty.setVisible(is_empty)
        self.table.setVisible(not is_empty)
        self.corner.setEnabled(not is_empty)
        self.table.show_digest(None if is_empty else digest)
        self._show_highlight()

    @Slot(object)
    def _point_at(self, number: int | None) -> None:
        """Point at a trial whose row is in sight already."""
        self._pointed = number
        self._tune.highlight(number)

    @Slot()
    def _go_to_highlight(self) -> None:
        """Show which trial is pointed at; if that is elsewhere, its row comes into sight."""
        self._show_highlight()
        if self.isVisible() and self._tune.highlighted != self._pointed:
            self.table.show_row_of(self._tune.highlighted)

    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._tune.highlighted)

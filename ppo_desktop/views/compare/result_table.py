"""The card with the table of a comparison's results: a row for each variant, with its marker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout

from ppo_desktop.bridge.comparison_session import ComparisonSession
from ppo_desktop.comparison.export import summary_csv
from ppo_desktop.views.charts.redraw import Redraw
from ppo_desktop.views.compare.result_columns import DISPENSABLE, result_columns
from ppo_desktop.views.compare.variant_menu import open_first_seed, show_variant_menu
from ppo_desktop.views.compare.variant_style import variant_style
from ppo_desktop.views.controls import Card, explained, laid_out, named, with_role
from ppo_desktop.views.figure import Grid, Panel, Part
from ppo_desktop.views.kit.table import Table, TablePlace
from ppo_desktop.views.theme import Theme, smooth_painter

_EMPTY = "Every value gets a row here as the runs learn."


class ComparisonTable(Card):
    """Title, the button that copies, and the table; pointing at a row points at the variant everywhere."""

    def __init__(self, comparisons: ComparisonSession, theme: Theme) -> None:
        super().__init__()
        self._comparisons = comparisons
        self._theme = theme
        self._markers: dict[tuple[int, int, bool], QPixmap] = {}
        self.table = named(
            Table(theme, self._csv), "comparison_table", "Results of every value", "comparison_table"
        )
        self.table.setToolTip("")  # it would cover the rows
        self._place = TablePlace(self.table, _EMPTY, "copy_results_button")
        title = with_role(explained(QLabel("Results"), "comparison_table"), "title")
        header = laid_out(QHBoxLayout(), title, 1, self._place.copy_button)
        laid_out(QVBoxLayout(self), header, (self._place, 1), margins=(10, 7, 10, 8), spacing=2)
        self._connect()
        self._show()

    def _connect(self) -> None:
        comparisons = self._comparisons
        redraw = Redraw(self, self._show)
        comparisons.digest_changed.connect(redraw.request)
        comparisons.comparison_changed.connect(redraw.now)
        comparisons.highlight_changed.connect(self._show_highlight)
        self._theme.changed.connect(self._forget_markers)
        self.table.pointed.connect(comparisons.highlight)
        self.table.opened.connect(lambda variant: open_first_seed(comparisons, variant))
        self.table.menu_asked.connect(self._show_menu)

    def event(self, event: QEvent) -> bool:
        """Paint the markers anew on a screen with other pixels."""
        if event.type() is QEvent.Type.DevicePixelRatioChange:
            self._forget_markers()
        return super().event(event)

    def part(self) -> Part:
        """Return it as a part of a figure, with all of its columns."""
        digest, theme = self._comparisons.digest, self._theme
        assert digest is not None
        n = len(digest.comparison.variants)
        texts = [[column.header, *map(column.text, range(n))] for column in result_columns(digest)]
        markers = [variant_style(number, n) for number in range(n)]
        return Panel(theme, Grid(theme, texts, markers))

    def show_less(self, on: bool) -> None:
        """Do without the columns for which there is no room, or scroll to them."""
        self.table.leave_out(DISPENSABLE if on else ())

    @Slot()
    def _show(self) -> None:
        digest = self._comparisons.digest
        is_there = digest is not None and bool(digest.estimates)
        self._place.show_whether_there_is_any(is_there)
        columns = result_columns(digest) if digest is not None and is_there else []
        n_variants = len(digest.comparison.variants) if digest is not None and is_there else 0
        if columns:
            icon = partial(self._marker, n_variants)
            columns[0] = replace(columns[0], icon=icon, is_words=True)
        self.table.show_columns(columns, range(n_variants))
        self._show_highlight()

    @Slot()
    def _show_highlight(self) -> None:
        if self.isVisible():
            self.table.set_highlighted(self._comparisons.highlighted)

    def _show_menu(self, variant: int, place: QPoint) -> None:
        show_variant_menu(self._comparisons, variant, None, self.table, place)

    def _csv(self, order: Sequence[int]) -> str:
        assert self._comparisons.digest is not None
        return summary_csv(self._comparisons.digest, list(order))

    # ---- markers -------------------------------------------------------------------------------------

    def _forget_markers(self) -> None:
        self._markers.clear()
        self.table.repaint_all()

    def _marker(self, n_variants: int, variant: int, is_faint: bool) -> QPixmap:
        key = (variant, n_variants, is_faint)
        if key not in self._markers:
            self._markers[key] = self._painted(variant, n_variants, is_faint=is_faint)
        return self._markers[key]

    def _painted(self, variant: int, n_variants: int, *, is_faint: bool) -> QPixmap:
        ratio, size = self.devicePixelRatioF(), round(1.15 * self._theme.base_size)
        pixmap = QPixmap(round(size * ratio), round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = smooth_painter(pixmap)
        style = variant_style(variant, n_variants, is_faint=is_faint)
        style.paint_marker(painter, self._theme, QPointF(size / 2, size / 2), 0.42 * size)
        painter.end()
        return pixmap

"""What a comparison says in words: the verdict, and below it a sentence for each variant."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from ppo_desktop.comparison.digest import Digest, Statement
from ppo_desktop.comparison.plan import MOST_VARIANTS
from ppo_desktop.comparison.verdict import verdict
from ppo_desktop.views.charts.curves import FAINT
from ppo_desktop.views.compare.result_tip import variant_tip
from ppo_desktop.views.compare.variant_style import VariantStyle, variant_style
from ppo_desktop.views.controls import laid_out, with_role
from ppo_desktop.views.figure import Part, Text
from ppo_desktop.views.theme import Theme, smooth_painter


class _Row(QWidget):
    """A sentence with the marker of its variant.

    Attributes:
        variant: Which one.
        words: What is said of it; what is not settled is muted.
    """

    entered = Signal(object)
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.variant, self.words = 0, Text(theme, "")
        self._is_faint = False
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_statement(self, statement: Statement, count: int) -> None:
        """Show what is said of a variant."""
        self.variant = statement.variant
        colour, style = "text" if statement.is_settled else "muted", variant_style(self.variant, count)
        self.words = replace(self.words, text=statement.text, colour=colour, marker=style)
        self.setAccessibleName(statement.text)
        self.updateGeometry()
        self.update()

    def set_faint(self, faint: bool) -> None:
        """Be faint while another variant is pointed at."""
        self._is_faint = faint
        self.update()

    @property
    def shown(self) -> Text:
        """The words as they are painted now."""
        marker = self.words.marker
        if not self._is_faint or not isinstance(marker, VariantStyle):
            return self.words
        return replace(self.words, colour="muted", marker=replace(marker, opacity=FAINT))

    def heightForWidth(self, width: int) -> int:
        return math.ceil(self.words.height(width)) + 1

    def paintEvent(self, event: QPaintEvent) -> None:
        self.shown.paint(smooth_painter(self), QRectF(self.rect()))

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.entered.emit(self.variant)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()


class StatementList(QWidget):
    """The verdict in bold, always whole; the sentences below it scroll where there is no room."""

    pointed = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.verdict = QLabel()
        self.verdict.setObjectName("verdict_label")
        self.verdict.setProperty("role", "title")
        self.verdict.setWordWrap(True)
        self.rows = [_Row(theme) for _ in range(MOST_VARIANTS - 1)]
        self.caption = with_role(QLabel(), "muted")
        self.caption.setWordWrap(True)
        for row in self.rows:
            row.entered.connect(self.pointed)
            row.left.connect(lambda: self.pointed.emit(None))
            row.hide()
        self._lay_out()

    def _lay_out(self) -> None:
        self._content = QWidget()
        laid_out(QVBoxLayout(self._content), *self.rows, self.caption, 1, margins=(0, 0, 0, 0), spacing=2)
        self._scroll = QScrollArea()
        self._scroll.setWidget(self._content)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.hide()
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        laid_out(QVBoxLayout(self), self.verdict, (self._scroll, 1), margins=(0, 2, 0, 0), spacing=4)

    def show_digest(self, digest: Digest | None) -> None:
        """Say what a comparison says; None for nothing."""
        said = () if digest is None else digest.statements
        self.verdict.setText("" if digest is None else _unbroken(" ".join(verdict(digest))))
        self.verdict.setAccessibleName(self.verdict.text())
        for row, statement in zip(self.rows, said, strict=False):
            assert digest is not None
            row.show_statement(statement, len(digest.comparison.variants))
            row.setToolTip(variant_tip(digest, statement.variant, digest.question.measure))
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(said))
        self._scroll.setVisible(digest is not None)
        self.caption.setText("" if digest is None else _caption(digest))

    def parts(self) -> list[Part]:
        """Return everything as parts of a figure."""
        sentences = [row.words for row in self.rows if not row.isHidden()]
        verdict = Text(self._theme, self.verdict.text(), 1.0, "text", is_bold=True)
        return [verdict, *sentences, Text(self._theme, self.caption.text())]

    def set_highlighted(self, variant: int | None) -> None:
        """Let the sentences of all other variants be faint."""
        for row in self.rows:
            row.set_faint(variant not in (None, row.variant))

    def height_needed(self, width: int) -> int:
        """Return the height at which nothing has to scroll."""
        inside = self._content.layout()
        assert inside is not None
        if self._scroll.isHidden():
            return 0
        verdict_height = max(self.verdict.heightForWidth(width), self.verdict.fontMetrics().height())
        # Beside the bar that is there as long as something scrolls, sentences may need more lines.
        beside_bar = width - self._scroll.verticalScrollBar().sizeHint().width()
        return verdict_height + inside.heightForWidth(beside_bar) + 8

    def least_height(self, width: int) -> int:
        """Return the height of the verdict and a sentence or two."""
        return self.verdict.heightForWidth(width) + round(3 * self.verdict.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.updateGeometry()


def _caption(digest: Digest) -> str:
    """Return what points and bars are, in one line."""
    n = digest.comparison.n_seeds
    if not digest.is_final:
        return "Small points: seeds so far. Intervals and differences come when all runs have ended."
    if n == 1:
        return "One seed each: there is no telling how much of it is chance."
    few = ", too narrow with so few" if n < 10 else ""
    centre = digest.question.centre.label
    bar = f"95 % interval of the {centre} over {n}{few}"
    return f"Small points: seeds. Bar: {bar}. ±: 95 % interval of a difference."


def _unbroken(text: str) -> str:
    """Return a text whose lines do not end within "ε = 0.20"."""
    return text.replace(" = ", "\u00a0=\u00a0")

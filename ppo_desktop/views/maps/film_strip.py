"""The film of a map: how it came to be while all of its cells learnt, frame by frame."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.comparison.record import N_BINS
from ppo_desktop.views.controls import laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.kit.sliders import ConceptSlider
from ppo_desktop.views.maps.wording import moment_words
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.wording_label import set_text

FRAME_MILLISECONDS = 50
_PLAY, _STOP = "▶ Play", "■ Stop"


class FilmSlider(ConceptSlider):
    """Stops at every hundredth of training; arrow keys move it also after it was dragged."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "", range(1, N_BINS + 1))
        named(self, "film_slider", "How much of training is shown", "map_film")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPageStep(10)


class FilmStrip(QWidget):
    """Play, a slider over training time, and the moment shown; it stops when it is hidden."""

    def __init__(self, maps: MapSession, theme: Theme) -> None:
        super().__init__()
        self._maps = maps
        self._goes_on_later = False
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MILLISECONDS)
        self._timer.timeout.connect(self._show_next)
        self._play = push_button(_PLAY, "film_button", "map_film", self.toggle, role="flat")
        self._slider = FilmSlider(theme)
        self._slider.chosen.connect(self._go_to)
        self._moment = with_role(named(QLabel(), "film_moment", "Moment shown", "map_film"), "muted")
        self._moment.setMinimumWidth(
            self._moment.fontMetrics().horizontalAdvance("after 100 000 of 100 000 steps")
        )
        parts = (self._play, (self._slider, 1), self._moment)
        laid_out(QHBoxLayout(self), *parts, margins=(12, 0, 12, 0), spacing=8)
        refresh_at(self._refresh, maps.question_changed, maps.study_changed)

    @property
    def is_playing(self) -> bool:
        """Whether one frame follows the other."""
        return self._timer.isActive()

    @Slot()
    def toggle(self) -> None:
        """Play from the moment shown, at the end from the beginning; or stop."""
        if self.is_playing:
            self._stop()
        elif self._maps.plan is not None:
            if self._maps.inquiry.n_bins == N_BINS:
                self._maps.inquiry.show_moment(1)
            self._timer.start()
        self._refresh()

    def hold(self, is_held: bool) -> None:
        """Stand still, or play on if it was played before."""
        if is_held:
            self._goes_on_later = self.is_playing
            self._timer.stop()
        elif self._goes_on_later:
            self._timer.start()
        self._refresh()

    def step(self, n_bins: int) -> None:
        """Show a later or an earlier moment, and play no longer."""
        self._go_to(self._maps.inquiry.n_bins + n_bins)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._stop()
        self._refresh()

    def _stop(self) -> None:
        """Play no longer, nor when nothing is held any more."""
        self._timer.stop()
        self._goes_on_later = False

    @Slot()
    def _show_next(self) -> None:
        inquiry = self._maps.inquiry
        if inquiry.n_bins == N_BINS:
            self._stop()
            self._refresh()
        else:
            inquiry.show_moment(inquiry.n_bins + 1)

    def _go_to(self, n_bins: int) -> None:
        self._stop()
        self._maps.inquiry.show_moment(n_bins)
        self._refresh()

    @Slot()
    def _refresh(self) -> None:
        plan, n_bins = self._maps.plan, self._maps.inquiry.n_bins
        self._slider.show_value(n_bins)
        for control in (self._slider, self._play):
            control.setEnabled(plan is not None)
        self._play.setText(_STOP if self.is_playing else _PLAY)
        set_text(self._moment, "" if plan is None else moment_words(n_bins, plan.total_steps)[0])

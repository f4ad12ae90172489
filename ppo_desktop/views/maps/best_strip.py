"""Which cell has the highest objective so far, and whether fresh seeds agree that it is the best."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from ppo_desktop.bridge.map_session import MapSession
from ppo_desktop.study.check import FRESH_SEEDS
from ppo_desktop.views.controls import Card, explained, laid_out, named, push_button, refresh_at
from ppo_desktop.views.kit.footer import ShareBar, StatusLabel
from ppo_desktop.views.maps.wording import best_words, values_words
from ppo_desktop.views.wording_label import ElidedLabel, set_text


class MapBestStrip(Card):
    """Says it, shows that cell, and checks it on fresh seeds."""

    can_fill_the_page = False

    def __init__(self, maps: MapSession) -> None:
        super().__init__()
        self._maps = maps
        self._build()
        signals = (maps.digest_changed, maps.study_changed, maps.state_changed)
        refresh_at(self._show, maps.checking.progress_changed, *signals)

    def _build(self) -> None:
        maps, key = self._maps, "map_best"
        self._best = StatusLabel("map_best_label", "Highest so far", key, self._text, "", is_bold=True)
        self._values = named(ElidedLabel(Qt.AlignmentFlag.AlignLeft), "map_best_values", "Its values", key)
        self._choose = push_button("Show the cell", "show_best_button", key, self._choose_best)
        what, share = "Progress of the check", lambda: maps.checking.share_done
        self._progress = ShareBar("map_check_progress", what, "fresh_seeds", share, width=90)
        self._check = push_button("", "map_check_button", "fresh_seeds", self._toggle_check)
        items = (self._best, (self._values, 1), self._progress, self._choose, self._check)
        laid_out(QHBoxLayout(self), *items, margins=(10, 5, 6, 5), spacing=8)

    def _choose_best(self) -> None:
        if self._maps.best is not None:
            self._maps.choose(self._maps.best.combination)

    def _toggle_check(self) -> None:
        if self._maps.checking.is_under_way:
            self._maps.checking.stop()
        else:
            self._maps.start_check()

    def _show(self) -> None:
        best, plan = self._maps.best, self._maps.plan
        values = ""
        if best is not None and plan is not None and best.combination is not None:
            values = values_words(plan, best.combination)
        self._best.refresh()
        set_text(self._values, values)
        self._choose.setEnabled(best is not None)
        is_checking = self._maps.checking.is_under_way
        text = "Stop the check" if is_checking else f"Check on {FRESH_SEEDS} fresh seeds"
        self._check.setText(text)
        self._check.setAccessibleName(text)
        explained(self._check, "stop_check" if is_checking else "fresh_seeds")
        self._check.setEnabled(is_checking or best is not None)
        self._progress.setVisible(is_checking)
        self._progress.refresh()

    def _text(self) -> str:
        best, plan = self._maps.best, self._maps.plan
        if best is None or plan is None:
            return "Highest so far: none yet"
        same = sum(trial.is_complete and trial.objective == best.objective for trial in self._maps.trials)
        return best_words(plan, best, same - 1)

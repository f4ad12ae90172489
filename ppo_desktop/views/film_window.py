"""A window beside the main one in which it is chosen how a film is to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ppo_desktop.exports.by_command import write_by_command
from ppo_desktop.exports.film_plan import (
    FILM_KINDS,
    FRAME_RATES,
    MOST_SECONDS,
    N_STARTS,
    SPEEDS,
    FilmPlan,
    FilmSubject,
)
from ppo_desktop.exports.format import Format
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.ppo.labelled import Option
from ppo_desktop.ppo.messages import counted
from ppo_desktop.views.controls import captioned, laid_out, named, push_button, refresh_at, with_role
from ppo_desktop.views.film_choice import FILM_SIZES, FilmChoice
from ppo_desktop.views.kit.choice_combo import ChoiceCombo, Options
from ppo_desktop.views.kit.fields import NumberBox, Switch
from ppo_desktop.views.kit.form import DraftForm

_MIDDLE = 128
"""Lightness between that of dark windows and that of light ones."""
_IN_A_ROW = 2
"""Choices side by side."""


class FilmWindow(QDialog):
    """Shows the choices, which are remembered.

    Attributes:
        choice: What is chosen.
    """

    changed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._export: Callable[[Format[ExportedRun]], object] | None = None
        self.choice = parent.findChild(FilmChoice) or FilmChoice(parent)
        self._form = DraftForm(self, self.changed)
        self.setObjectName("film_window")
        self.setWindowTitle("Film – PPO Desktop")
        self.setModal(False)
        self._start = named(NumberBox(1, N_STARTS), "film_start", "Start state", "film_start")
        grid = QGridLayout()
        for number, (caption, field) in enumerate(self._fields()):
            row, column = divmod(number, _IN_A_ROW)
            label, control = captioned(caption, field)
            grid.addWidget(label, row, 2 * column)
            grid.addWidget(control, row, 2 * column + 1, Qt.AlignmentFlag.AlignLeft)
        self._said = named(with_role(QLabel(), "muted"), "film_summary", "What it will be", "export_film")
        self._said.setWordWrap(True)
        save = push_button("Save as…", "film_save_button", "export_film", self._save, role="start")
        buttons = laid_out(QHBoxLayout(), (self._said, 1), save)
        laid_out(QVBoxLayout(self), grid, buttons, margins=(14, 12, 14, 12), spacing=12)
        refresh_at(self._show, self.changed)

    @property
    def format(self) -> Format[ExportedRun]:
        """The film that is chosen, as a format of runs."""
        kind = FILM_KINDS[self.choice.kind]
        write = partial(write_by_command, self.choice.kind, flags=self._plan.flags)
        return Format(self.choice.kind, f"Film as {kind.label}", kind.suffix, "export_film", write)

    def open_for(self, export: Callable[[Format[ExportedRun]], object]) -> None:
        """Show it, in front; `export` is given the format of the film that is chosen."""
        self._export = export
        self.choice.follow_window(is_dark=self.palette().window().color().lightness() < _MIDDLE)
        self.changed.emit()  # an ffmpeg may have come
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def _plan(self) -> FilmPlan:
        return self.choice.plan

    def _save(self) -> None:
        assert self._export is not None
        self._export(self.format)

    def _fields(self) -> list[tuple[str, QWidget]]:
        """Return the choices with their captions, in reading order."""
        rates = {rate: f"{rate} a second" for rate in FRAME_RATES}
        speeds = {speed: f"× {speed:g}" for speed in SPEEDS}
        sizes = {size: f"{size[0]} × {size[1]}" for size in FILM_SIZES}
        subjects = {subject: subject.label for subject in FilmSubject}
        length = named(NumberBox(1, MOST_SECONDS, " s"), "film_seconds", "Length", "film_seconds")
        plots = Switch("film_has_plots", "Curves beside it", "film_has_plots")
        self._form.add(length, lambda: round(self._plan.seconds), lambda n: self._change(seconds=float(n)))
        self._form.add(plots, lambda: self._plan.has_plots, lambda on: self._change(has_plots=on))
        self._form.add(self._start, lambda: self._plan.start, lambda number: self._change(start=number))
        acting = {False: "sampled", True: "deterministic"}
        colours = {False: "light", True: "dark"}
        return [
            ("Shows", self._choice("film_subject", "What it shows", subjects, "subject")),
            ("File", self._kind_choice()),
            ("Curves beside it", plots),
            ("Size", self._size_choice(sizes)),
            ("Length", length),
            ("Frames", self._choice("film_frame_rate", "Frames a second", rates, "frame_rate")),
            ("Speed", self._choice("film_speed", "Speed", speeds, "speed")),
            ("Actions", self._choice("film_acting", "How actions are chosen", acting, "is_deterministic")),
            ("Start state", self._start),
            ("Colours", self._choice("film_colours", "Colours", colours, "is_dark")),
        ]

    def _choice(self, name: str, title: str, options: Options, field: str) -> ChoiceCombo:
        combo = ChoiceCombo(name, title, name, options)
        return self._form.add(
            combo, lambda: getattr(self._plan, field), lambda value: self._change(**{field: value})
        )

    def _kind_choice(self) -> ChoiceCombo:
        def take(kind: str) -> None:
            self.choice.kind = kind
            self.changed.emit()

        def options() -> Options:
            return {id: Option(kind.label, unavailable=kind.why_not()) for id, kind in FILM_KINDS.items()}

        combo = ChoiceCombo("film_kind", "Kind of file", "film_kind")
        return self._form.add(combo, lambda: self.choice.kind, take, options)

    def _size_choice(self, sizes: Options) -> ChoiceCombo:
        combo = ChoiceCombo("film_size", "Size in pixels", "film_size", sizes)
        return self._form.add(
            combo, lambda: self._plan.size, lambda size: self._change(width=size[0], height=size[1])
        )

    def _change(self, **values: Any) -> None:
        self.choice.plan = replace(self._plan, **values)
        self.choice.has_own_colours |= "is_dark" in values
        self.changed.emit()

    def _show(self) -> None:
        is_episode = self._plan.subject is FilmSubject.EPISODE
        self._start.setEnabled(is_episode)
        frames = counted(self._plan.n_frames, "frame")
        self._said.setText(f"At most {frames}, to the episode's end." if is_episode else f"{frames}.")

"""The card with the objective over two hyperparameters, or over one."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QLabel

from ppo_desktop.bridge.tune_session import TuneSession
from ppo_desktop.ppo.hyperparameters import DECLARATIONS
from ppo_desktop.study.contour import FEWEST_TRIALS
from ppo_desktop.study.study_digest import StudyDigest
from ppo_desktop.study.trials import comparable_trials
from ppo_desktop.views.charts.picture import Picture
from ppo_desktop.views.controls import Segments, with_role
from ppo_desktop.views.kit.choice_combo import FlatCombo
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.tune.contour_picture import contour_picture, slice_picture
from ppo_desktop.views.tune.figure_card import FigureCard
from ppo_desktop.views.tune.trial_arrays import trial_arrays
from ppo_desktop.views.tune.trial_chart import TrialChart
from ppo_desktop.views.tune.wording import short_name, too_few_trials


class LandscapeChart(TrialChart):
    """Draws the objective over the hyperparameters asked for: a contour of two, or a slice of one."""

    def __init__(self, theme: Theme) -> None:
        self._is_slice = False
        self._fields: tuple[str, ...] = ()
        super().__init__(theme, "landscape_figure", "Objective over hyperparameters", "contour")

    def show_study(self, digest: StudyDigest | None, fields: tuple[str, ...], *, is_slice: bool) -> None:
        """Show a study.

        Args:
            digest: What it says.
            fields: The hyperparameters asked for, horizontal first.
            is_slice: Whether only the first is looked at.
        """
        before = self._fields, self._is_slice
        self._fields, self._is_slice = fields, is_slice
        self.show_digest(digest, is_other=before != (fields, is_slice))

    def picture_in(self, room: QRectF) -> Picture | None:
        """Return the contour or the slice asked for, once there is enough for it."""
        digest = self._digest
        if digest is None or not self._fields:
            return None
        arrays = trial_arrays(digest)
        if self._is_slice:
            is_drawn = arrays.has_value.any() and self._fields[0] in digest.plan.fields
            return slice_picture(self._theme, room, arrays, self._fields[0]) if is_drawn else None
        if digest.contour is None or digest.contour.fields != self._fields:
            return None
        return contour_picture(self._theme, room, arrays, digest.contour)

    def note(self) -> str:
        """Return what will be there, or what it needs."""
        if self._is_slice or self._digest is None:
            return "Every trial appears here when it has ended, over the hyperparameters that are searched."
        n = len(comparable_trials(self._digest.plan, self._digest.trials))
        if n >= FEWEST_TRIALS:
            return "The contour is being computed."
        note = too_few_trials("A contour needs", FEWEST_TRIALS, n)
        return f"{note} A slice shows those there are." if n else note


class ContourCard(FigureCard):
    """Shows the objective over two hyperparameters, or over one, and lets one choose them.

    Where only one is searched there is no contour to choose.

    Attributes:
        contour_button: Asks for the contour.
        slice_button: Asks for the slice.
        horizontal: The hyperparameter along the horizontal axis.
        vertical: That along the vertical axis; it is hidden while a slice is shown.
    """

    figure: LandscapeChart

    def __init__(self, tune: TuneSession, theme: Theme) -> None:
        super().__init__(tune, theme, LandscapeChart(theme), "Objective", "contour")
        self._fields: tuple[str, ...] = ()
        self._buttons = Segments()
        self.contour_button, self.slice_button = (
            self._buttons.add(text, text, f"{text.lower()}_button", f"{text} of {n}", text.lower())
            for text, n in (("Contour", "two"), ("Slice", "one"))
        )
        self.horizontal, self.vertical = (
            FlatCombo(f"contour_{axis}", f"Hyperparameter along the {axis} axis", "contour_pair")
            for axis in ("horizontal", "vertical")
        )
        self._times = with_role(QLabel("×"), "muted")
        self._fill_header()
        self.slice_button.toggled.connect(self.redraw.now)
        self.horizontal.chosen.connect(partial(self._choose, 0))
        self.vertical.chosen.connect(partial(self._choose, 1))
        tune.question_changed.connect(self.redraw.now)

    def _fill_header(self) -> None:
        self.title.hide()  # the buttons say it
        for place, part in enumerate((self._buttons, self.horizontal, self._times, self.vertical)):
            self.header.insertWidget(place, part)

    def _show(self) -> None:
        digest = self._tune.digest
        self._fields = () if digest is None else digest.plan.fields
        self._buttons.setVisible(len(self._fields) != 1)
        asked = self._asked()
        is_slice = self._is_slice()
        for combo, field in zip((self.horizontal, self.vertical), (*asked, "", "")[:2], strict=True):
            combo.offer({name: DECLARATIONS[name].explanation.title for name in self._fields})
            combo.show_value(field)
        self.horizontal.setVisible(bool(self._fields))
        for part in (self._times, self.vertical):
            part.setVisible(bool(self._fields) and not is_slice)
        self.figure.show_study(digest, asked, is_slice=is_slice)

    @property
    def figure_title(self) -> str:
        """What is shown, as a figure of it is called: "contour of ε and α", "slice of ε"."""
        names = [short_name(field) for field in self._asked()]
        return f"slice of {names[0]}" if self._is_slice() else f"contour of {' and '.join(names)}"

    def _is_slice(self) -> bool:
        return self.slice_button.isChecked() or len(self._fields) == 1

    def _asked(self) -> tuple[str, ...]:
        """Return the hyperparameters asked for, horizontal first: one where only one is searched."""
        digest = self._tune.digest
        for pair in (self._tune.question.contour, None if digest is None else digest.question.contour):
            if pair is not None and set(pair) <= set(self._fields):
                return pair
        return self._fields[:2]

    def _choose(self, axis: int, field: str) -> None:
        """Ask for another hyperparameter on an axis; if it is on the other, they change places."""
        pair = list(self._asked())
        if len(pair) == 2:
            if field == pair[1 - axis]:
                pair[1 - axis] = pair[axis]
            pair[axis] = field
            self._tune.inquiry.choose_contour(*pair)

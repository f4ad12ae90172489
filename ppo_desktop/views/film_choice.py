"""How the film last chosen is to be, remembered from one start to the next."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, replace

from PySide6.QtCore import QObject

from ppo_desktop.exports.film_plan import FILM_KINDS, SPEEDS, FilmPlan, FilmSubject
from ppo_desktop.schema import NOT_UNDERSTOOD, JsonObject, refuse

FILM_SIZES = ((480, 270), (640, 360), (960, 540), (1280, 720), (1920, 1080), (720, 720), (720, 1280))
"""Among which it is chosen, in pixels."""


class FilmChoice(QObject):
    """A film, and its kind of file.

    Args:
        parent: The window to which it belongs.
        remembered: What `text` was; empty for the usual film.

    Attributes:
        plan: How the film is to be.
        kind: Id of its kind of file.
        has_own_colours: Whether light or dark was chosen; else they are the window's.
    """

    def __init__(self, parent: QObject, remembered: str = "") -> None:
        super().__init__(parent)
        self.plan, self.kind, self.has_own_colours = FilmPlan(), "gif", False
        if remembered:
            with suppress(*NOT_UNDERSTOOD):
                self._take(dict(json.loads(remembered)))

    @property
    def text(self) -> str:
        """What is remembered, as JSON."""
        values = asdict(self.plan) | {"subject": self.plan.subject.value, "kind": self.kind}
        if not self.has_own_colours:
            del values["is_dark"]
        return json.dumps(values)

    def follow_window(self, *, is_dark: bool) -> None:
        """Have the window's colours, unless others were chosen, and a kind of file that can be written."""
        if not self.has_own_colours:
            self.plan = replace(self.plan, is_dark=is_dark)
        if FILM_KINDS[self.kind].why_not():
            self.kind = "gif"

    def _take(self, values: JsonObject) -> None:
        """Take over what was remembered, or raise one of `NOT_UNDERSTOOD`."""
        usual = asdict(FilmPlan()) | {"subject": "", "kind": ""}
        if not values.keys() <= usual.keys():
            refuse(values)
        for name, value in values.items():
            if type(value) is not type(usual[name]):
                refuse(value)
        kind, subject = values.pop("kind"), FilmSubject(values.pop("subject"))
        plan = FilmPlan(subject, **values)
        if kind not in FILM_KINDS or plan.size not in FILM_SIZES or plan.speed not in SPEEDS:
            refuse(values)
        self.plan, self.kind, self.has_own_colours = plan, kind, "is_dark" in values

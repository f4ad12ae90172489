"""What is set up on the Compare page: every choice on its own, and the comparison they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.draft import Draft, draft_of, first_draft, preset_configurations
from ppo_desktop.comparison.plan import SETTINGS, Comparison, Configuration, InvalidComparison
from ppo_desktop.comparison.values import own_value
from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import InvalidHyperparameter
from ppo_desktop.ppo.hyperparameters import Hyperparameters

TRAIN, PINNED = "train", "pinned"
"""Ids of the configurations that are not presets."""
_NAMES = {TRAIN: "as in Train", PINNED: "pinned run"}
BEFORE = "before"
"""Id of a configuration whose source has changed to something else since."""


class Planning(QObject):
    """The comparison that the next start would begin.

    Attributes:
        draft: What is chosen.
        planned: The comparison it makes, None if it makes none.
        complaint: Why it makes none; else empty.
    """

    changed = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.planned: Comparison | None = None
        self.complaint = ""
        self._set(first_draft(session.settings.environment_id, "clip_range"))
        session.settings_changed.connect(self._follow_sources)
        session.baseline_changed.connect(self._follow_sources)

    @property
    def is_ready_made(self) -> bool:
        """Whether its variants are given as they are, not made from a line of values."""
        return bool(self.draft.variants)

    @property
    def reference(self) -> int:
        """Number of the variant that is the base itself, with which others are best compared; else 0."""
        draft = self.draft
        if self.planned is None or draft.field == SETTINGS:
            return 0
        own = own_value(draft.field, draft.environment_id, draft.base.algorithm, draft.base.hyperparameters)
        values = [variant.value for variant in self.planned.variants]
        return values.index(own) if own in values else 0

    def sides(self, present: Configuration) -> list[Configuration]:
        """Return what a side can be: each configuration with each algorithm, and what it is."""
        found = self.configurations()
        return _with(
            present, [replace(each, algorithm=algorithm) for each in found for algorithm in Algorithm]
        )

    def configurations(self) -> list[Configuration]:
        """Return where values can come from: the presets, Train's settings, the pinned run."""
        draft = self.draft
        presets = preset_configurations(draft.environment_id, draft.base.algorithm)
        return [*presets, *self._sources().values()]

    def bases(self) -> list[Configuration]:
        """Return what the base can be: each configuration with its present algorithm, and what it is."""
        base = self.draft.base
        return _with(base, [replace(each, algorithm=base.algorithm) for each in self.configurations()])

    def _sources(self) -> dict[str, Configuration]:
        """Return the configurations that are not presets, as they are now, by id."""
        session, found = self._session, {}
        if session.settings.environment_id == self.draft.environment_id:
            settings = session.settings
            found[TRAIN] = _source(TRAIN, settings.algorithm, settings.hyperparameters)
        pinned = session.baseline
        if pinned is None or pinned.settings is None or pinned.hyperparameters is None:
            return found
        if pinned.settings.environment_id == self.draft.environment_id:
            found[PINNED] = _source(PINNED, pinned.settings.algorithm, pinned.hyperparameters)
        return found

    def _follow_sources(self) -> None:
        """Let what comes from Train be as it is there now; what is no longer there keeps its values."""
        sources, draft = self._sources(), self.draft
        first, second = (_followed(side, sources) for side in draft.sides)
        followed = replace(draft, base=_followed(draft.base, sources), sides=(first, second))
        if followed != draft:
            self._set(followed)

    def choose_environment(self, environment_id: str) -> None:
        """Ask the same of another environment."""
        self._set(self.draft.in_environment(environment_id))

    def choose_field(self, field: str) -> None:
        """Let something else vary."""
        self._set(self.draft.varying(field))

    def choose_base(self, base: Configuration) -> None:
        """Take all that does not vary from somewhere else; with Train's settings its algorithm, too."""
        self._set(self.draft.with_base(self._sources().get(base.id, base)))

    def choose_algorithm(self, algorithm: Algorithm) -> None:
        """Train with another algorithm, where it does not vary."""
        self._set(self.draft.with_algorithm(algorithm))

    def choose_sides(self, first: Configuration, second: Configuration) -> None:
        """Let two free configurations stand against each other."""
        self._set(replace(self.draft.with_sides(first, second), field=SETTINGS))

    def set_values(self, line: str) -> None:
        """Compare the values written in a line."""
        self._set(self.draft.with_values(line))

    def set_seeds(self, n_seeds: int) -> None:
        """Train each variant with so many seeds."""
        self._set(replace(self.draft, n_seeds=n_seeds))

    def set_total_steps(self, total_steps: int) -> None:
        """Let each run learn for so many steps."""
        self._set(replace(self.draft, total_steps=total_steps))

    def set_up(self, comparison: Comparison) -> None:
        """Set up exactly this comparison."""
        self._set(draft_of(comparison))

    def _set(self, draft: Draft) -> None:
        self.draft = draft
        try:
            self.planned, self.complaint = draft.comparison(), ""
        except (InvalidComparison, InvalidHyperparameter) as error:
            self.planned, self.complaint = None, str(error)
        self.changed.emit()


def _with(present: Configuration, offered: list[Configuration]) -> list[Configuration]:
    """Return what is offered with the present one in its place, or first where it is none of them."""
    known = [(each.id, each.algorithm) for each in offered]
    if (present.id, present.algorithm) not in known:
        return [present, *offered]
    place = known.index((present.id, present.algorithm))
    return [*offered[:place], present, *offered[place + 1 :]]


def _followed(configuration: Configuration, sources: Mapping[str, Configuration]) -> Configuration:
    if configuration.id in sources:
        return replace(configuration, hyperparameters=sources[configuration.id].hyperparameters)
    if configuration.id in _NAMES:  # another environment is trained by now, or nothing is pinned
        return replace(configuration, name=f"{configuration.name} before", id=BEFORE)
    return configuration


def _source(configuration_id: str, algorithm: Algorithm, hyperparameters: Hyperparameters) -> Configuration:
    return Configuration(_NAMES[configuration_id], algorithm, hyperparameters, configuration_id)

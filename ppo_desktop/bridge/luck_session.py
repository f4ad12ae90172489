"""What the window shows of a moment of a run that is gone on from again and again: was it luck, or fate?"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import Signal, Slot

from ppo_desktop.bridge.job_session import JobSession, JobState
from ppo_desktop.bridge.session import Session
from ppo_desktop.comparison.values import suggested_values
from ppo_desktop.jobs.fan import Fan, FanJob, Outcome
from ppo_desktop.jobs.job import Ended, EndReason
from ppo_desktop.jobs.moment import USUAL_BRANCHES, USUAL_STEPS, Moment
from ppo_desktop.ppo.algorithms import Algorithm, inactive_reason
from ppo_desktop.ppo.declaration import Applies, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, TRAINING_FIELDS, changed_fields
from ppo_desktop.runs.advice import USUAL_EPSILON, surer_updates

NO_MOMENT = Moment("", 0)
NOTHING, SLIDERS = "", "sliders"
"""What is changed: nothing but the random numbers, or what the sliders in Train say now; else one field."""
MOST_FANS = 4
"""Of one moment; a further one takes the place of the oldest in which something is changed."""
_SECONDS = 0.1
"""Shortest time between two tellings of how far the branches are."""


@dataclass(frozen=True)
class LuckDraft:
    """What the next start does.

    Attributes:
        moment: Where the branches begin.
        run_name: What the run is called; empty before one is chosen.
        last_update: Of the run.
        n_branches: How many.
        steps: Of each.
        field: What is changed: `NOTHING`, `SLIDERS` or a hyperparameter.
        value: The hyperparameter's value.
    """

    moment: Moment = NO_MOMENT
    run_name: str = ""
    last_update: int = 0
    n_branches: int = USUAL_BRANCHES
    steps: int = USUAL_STEPS
    field: str = NOTHING
    value: Value = None


class LuckSession(JobSession):
    """The fans of one moment, and what the next one is to be.

    Attributes:
        draft: What the next start does.
        fans: What has come of each, the first of them with nothing changed.
    """

    changed = Signal()
    asked = Signal()
    """Somebody wants to see what comes of it."""
    opened_in_train = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.draft = LuckDraft()
        self.fans: tuple[Fan, ...] = ()
        self._session = session
        self._asked_for = NO_MOMENT
        self._begun: Mapping[str, Value] = {}
        self._kept: Fan | None = None
        for signal in (self.state_changed, self.progress_changed, session.settings_changed):
            signal.connect(self.changed)

    # ---- what one may read ---------------------------------------------------------------------

    @property
    def changes(self) -> Mapping[str, Value]:
        """What the next start changes."""
        if self.draft.field == NOTHING:
            return {}
        return self._sliders if self.draft.field == SLIDERS else {self.draft.field: self.draft.value}

    def is_growing(self, fan: Fan) -> bool:
        """Return whether the branches of a fan learn now, or rest on their way."""
        return self.is_under_way and self._kept is None and fan.changes == self._begun

    @property
    def fields(self) -> list[str]:
        """What can be changed, once it is known what is in force."""
        if not self.fans:
            return [NOTHING]
        return [NOTHING, *([SLIDERS] if self._sliders else []), *filter(self._matters, TRAINING_FIELDS)]

    @property
    def values(self) -> list[Value]:
        """What the hyperparameter that is changed can be, the slider's value in Train among them."""
        field = self.draft.field
        return [] if field in (NOTHING, SLIDERS) else _in_order({*self._suggested(field), self.draft.value})

    def _suggested(self, field: str) -> list[Value]:
        """Return what a hyperparameter can be instead of what is in force."""
        settings, in_force = self.fans[0].settings, self.fans[0].in_force
        values = suggested_values(field, settings.environment_id, settings.algorithm, in_force)
        own = getattr(in_force, field)
        return _in_order({*values, self._sliders.get(field, own)} - {own})

    @property
    def _sliders(self) -> dict[str, Value]:
        """What the sliders in Train say that is not in force at the moment, where it is of such a run."""
        fan, settings = self.fans[0], self._session.settings
        if (settings.environment_id, settings.algorithm) != (
            fan.settings.environment_id,
            fan.settings.algorithm,
        ):
            return {}
        changes = changed_fields(fan.in_force, settings.hyperparameters)
        return {field: new for field, (_, new) in changes.items() if self._matters(field)}

    def _matters(self, field: str) -> bool:
        """Whether a hyperparameter can be changed on a run's way, and makes a difference to this one."""
        fan = self.fans[0]
        is_of_use = not inactive_reason(field, fan.settings.algorithm, is_discrete=fan.can_collapse)
        return field in TRAINING_FIELDS and DECLARATIONS[field].applies is not Applies.NEXT_RUN and is_of_use

    # ---- what one may ask ----------------------------------------------------------------------

    def ask(self, moment: Moment, run_name: str, last_update: int) -> None:
        """Ask whether what a run came to after a moment was luck; what is known of that already stays."""
        if not (self.fans and self._asked_for == moment == self.draft.moment):
            self.set_up(moment=moment, run_name=run_name, last_update=last_update, field=NOTHING)
            self.start()
        self.asked.emit()

    def choose_run(self, run: str, run_name: str, last_update: int) -> None:
        """Let a moment of a run be chosen; its branches begin with the next start."""
        if run != self.draft.moment.run:
            self._close_thread(0.0)
            self._set_state(JobState.EMPTY)
            self.fans, self.progress = (), None
            moment = Moment(run, last_update // 2)
            self.set_up(moment=moment, run_name=run_name, last_update=last_update, field=NOTHING)
        self.asked.emit()

    def set_up(self, **parts: Any) -> None:
        """Choose some parts of what the next start does."""
        self.draft = replace(self.draft, **parts)
        self.changed.emit()

    def choose_field(self, field: str) -> None:
        """Choose what is changed: to the value next below the one in force, where there is one."""
        value: Value = None
        if field not in (NOTHING, SLIDERS):
            values, in_force = self._suggested(field), getattr(self.fans[0].in_force, field)
            value = next((value for value in reversed(values) if _is_below(value, in_force)), values[0])
        self.set_up(field=field, value=value)

    @Slot()
    def start(self) -> None:
        """Let the branches learn; those of another moment than before begin with nothing changed."""
        if self._asked_for != self.draft.moment:
            self.fans = ()
            self.set_up(field=NOTHING)
        if self.is_under_way:
            self._close_thread(0.0)
        self.progress = None
        self.notices.withdraw()
        self._session.make_way("branches of a run")
        draft = self.draft
        self._asked_for, self._begun, self._kept = draft.moment, self.changes, None
        moment = self.fans[0].moment if self.fans else draft.moment  # where those before really began
        self._begin_job("luck", FanJob(moment, draft.steps, draft.n_branches, self._begun), _SECONDS)

    def open_in_train(self, fan: Fan, seed: int) -> None:
        """Let a branch of a fan learn once more and be kept, and open it in Train where it leaves the run."""
        if self.is_under_way:
            self.notices.say("Press Stop first, or wait for the other branches.", is_warning=True)
            return
        self._kept = fan
        job = FanJob(fan.moment, fan.steps, changes=fan.changes, kept_seed=seed)
        self._begin_job("luck", job, _SECONDS)
        again = "The branch is gone on with once more, to be kept."
        self.notices.say(again, holds=lambda: self._kept is not None)

    def _take(self, fan: Fan) -> None:
        if self._kept is not None:
            self._kept = fan
            return
        fans = list(self.fans)
        same = next((place for place, one in enumerate(fans) if one.changes == fan.changes), len(fans))
        if fan.doubt and same == len(fans):
            self.notices.say(fan.doubt, is_warning=True)
        fans[same : same + 1] = [fan]
        if len(fans) > MOST_FANS:
            del fans[1]
        self.fans = tuple(fans)
        self.changed.emit()

    def _end_job(self, ended: Ended) -> None:
        super()._end_job(ended)
        kept, self._kept = self._kept, None
        self.notices.review()
        fan = self.fans[-1] if kept is None and self.fans else kept
        if fan is None or self._has_complained(fan) or ended.reason is not EndReason.COMPLETED:
            return
        if kept is not None:
            branch = kept.branches[0]
            self._session.open_kept(branch.run, kept.moment.update)
            self.opened_in_train.emit()
            self.notices.say(
                f"The branch with seed {branch.seed} is in Train now, where it leaves the run.",
                holds=lambda: not self.is_under_way,
            )
        elif self.draft.field == NOTHING:
            self._suggest()

    def _has_complained(self, fan: Fan) -> bool:
        """Say why a branch has failed; return whether one has."""
        why = next((branch.message for branch in fan.branches if branch.outcome is Outcome.FAILED), "")
        if why:
            self.notices.say(why, is_warning=True)
        return bool(why)

    def _suggest(self) -> None:
        """Have something ready to be changed next: another ε, where that is of use."""
        fan = self.fans[0]
        if fan.settings.algorithm is Algorithm.PPO:
            is_usual = fan.in_force.clip_range == USUAL_EPSILON
            self.set_up(field="clip_range", value=USUAL_EPSILON / 2 if is_usual else USUAL_EPSILON)
        else:
            advice = surer_updates(fan.settings, fan.in_force)
            self.set_up(field=advice.field, value=advice.value)


def _in_order(values: Set[Value]) -> list[Value]:
    """Return numbers from the smallest on, and off at the end."""
    return sorted(values, key=lambda value: (value is None, value))


def _is_below(value: Value, other: Value) -> bool:
    """Whether a number is smaller than another one; nothing is above being off."""
    if not isinstance(value, int | float):
        return False
    return other is None or (isinstance(other, int | float) and value < other)

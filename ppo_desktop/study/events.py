"""What a search says while it goes on."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.study.trials import TrialRecord


@dataclass(frozen=True)
class TrialBegun:
    """Its values are chosen and its runs may begin.

    Attributes:
        record: The trial.
    """

    record: TrialRecord


@dataclass(frozen=True)
class TrialAdvanced:
    """Its curve has another point.

    Attributes:
        record: The trial as it is now.
    """

    record: TrialRecord


@dataclass(frozen=True)
class TrialEnded:
    """Nothing more will come of it, and the storage knows.

    Attributes:
        record: The trial, in one of the states that are finished.
    """

    record: TrialRecord


@dataclass(frozen=True)
class SearchIdle:
    """Nothing has happened for a moment; said so that who listens can look at other things."""


@dataclass(frozen=True)
class SearchFailed:
    """The search cannot go on, because of the storage, the environment or ourselves; always the last event.

    What has been told stays. Trials that were running are taken up again by whoever is at the study next.

    Attributes:
        message: Why, in one line.
        is_deleted: Whether there is no such study any more.
    """

    message: str
    is_deleted: bool = False


SearchEvent = TrialBegun | TrialAdvanced | TrialEnded | SearchIdle | SearchFailed

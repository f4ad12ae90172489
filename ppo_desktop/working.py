"""Helps with a study without a window, beside others on this machine or on other ones."""

from __future__ import annotations

from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import open_study
from ppo_desktop.tuning import Go, search, trust_module


def work(place: Place, environment_id: str | None, go: Go) -> int:
    """Do trials of a study that is there, tell the world, return the exit status.

    Args:
        place: Where the study is.
        environment_id: Its environment, if the user has named it.
        go: What is to be done.

    Raises:
        UnreadableStudy: There is no such study, or its storage does not answer.
        Exception: See `tuning.search`.
    """
    trust_module(environment_id)
    return search(open_study(place), go)

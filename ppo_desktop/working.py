"""Helps with a study without a window, beside others on this machine or on other ones."""

from __future__ import annotations

from ppo_desktop.study.place import Place
from ppo_desktop.study.storage import open_study
from ppo_desktop.study.wanted import WantedStudy
from ppo_desktop.tuning import Task, foreground, search, trust_module


def work(place: Place, environment_id: str | None, task: Task) -> int:
    """Do trials of a study that is there, tell the world, return the exit status.

    Args:
        place: Where the study is.
        environment_id: Its environment, if the user has named it.
        task: What is to be done.

    Raises:
        InvalidStudy: It has another environment.
        UnreadableStudy: There is no such study, or its storage does not answer.
        Exception: See `tuning.search`.
    """
    with foreground(task.json_file) as ours:
        trust_module(environment_id)
        study = open_study(place)
        try:
            WantedStudy(environment_id=environment_id).check_against(study.plan)
        except BaseException:
            study.close()
            raise
        return search(study, task, ours, may_be_deleted=True)

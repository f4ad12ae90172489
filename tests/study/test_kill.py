"""A program that is killed while it writes, at any moment, leaves a study that can be gone on with."""

from __future__ import annotations

import random
import threading

import pytest

from ppo_desktop.study.storage import open_study
from ppo_desktop.study.trials import TrialState
from tests.studies import closing, elsewhere, new_study


@pytest.mark.slow
def test_a_study_survives_kills_in_the_middle_of_writing() -> None:
    moments = random.Random(7)
    with new_study() as study:
        place = study.place
    finished = 0
    for _ in range(6):
        with elsewhere(place) as other:
            other.tell("write")
            for _ in range(moments.randint(1, 3)):
                other.answer()
            threading.Event().wait(moments.uniform(0.0, 0.05))  # any moment in the next trial
            other.kill()
        with closing(open_study(place)) as study:
            trials = study.trials()
        complete = [trial for trial in trials if trial.state is TrialState.COMPLETE]
        assert [trial.number for trial in trials] == list(range(len(trials)))
        assert all(trial.objective == 1.0 and len(trial.values) == 4 for trial in complete)
        assert len(complete) > finished
        assert sum(trial.state is TrialState.WAITING for trial in trials) <= 1
        finished = len(complete)

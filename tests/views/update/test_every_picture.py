"""What holds of every picture of the update, whatever its numbers are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from ppo_desktop.ppo.glossary import GLOSSARY
from ppo_desktop.ppo.step_settings import STEP_QUANTITIES
from ppo_desktop.ppo.update_trace import UpdateTrace
from ppo_desktop.views.theme import Theme
from ppo_desktop.views.update.pictures import UPDATE_PICTURES
from ppo_desktop.views.update.update_picture import Moment, UpdatePicture
from tests.views.update.moments import update

EVERY = pytest.mark.parametrize("picture", UPDATE_PICTURES, ids=lambda picture: picture.id)


@EVERY
def test_it_is_explained_and_its_id_is_that_of_its_explanation(picture: UpdatePicture) -> None:
    assert picture.explanation == picture.id
    assert picture.id in GLOSSARY
    assert len({each.label for each in UPDATE_PICTURES}) == len(UPDATE_PICTURES)


@EVERY
@pytest.mark.parametrize("environment_id", ["CartPole-v1", "Pendulum-v1"])
def test_everything_that_can_be_reached_says_something_at_every_step(
    theme: Theme, picture: UpdatePicture, environment_id: str
) -> None:
    for moment in (update(environment_id)[0], update(environment_id)[-1]):
        figure = picture.make(moment)
        for room in (QRectF(0, 0, 240, 90), QRectF(0, 0, 900, 500)):
            drawn = figure.picture_in(theme, room)
            assert drawn.keys
            assert all(figure.tip(key) for key in drawn.keys)
        assert figure.summary()
        assert len(figure.csv().splitlines()) > 1


@EVERY
@pytest.mark.parametrize("log_ratio", [200.0, -200.0])
def test_a_ratio_or_a_loss_beyond_all_bounds_is_no_obstacle(
    theme: Theme, picture: UpdatePicture, log_ratio: float
) -> None:
    """As the clip takes its gradient away, a run may go on with it."""
    minibatch = update()[-1].minibatch
    evaluated, (*parts, last) = minibatch.trace.evaluated, minibatch.trace.parts
    log_probs = last.log_probs.copy()
    log_probs[3] = evaluated.log_probs[last.minibatches[-1][3]] + np.float32(log_ratio)
    numbers = last.numbers.copy()
    numbers[:, STEP_QUANTITIES.index("value_loss")] = math.inf  # no longer a number in float32
    trace = UpdateTrace(evaluated, (*parts, replace(last, log_probs=log_probs, numbers=numbers)))
    figure = picture.make(Moment(replace(minibatch, trace=trace)))
    drawn = figure.picture_in(theme, QRectF(0, 0, 400, 200))
    assert figure.summary()
    assert all(figure.tip(key) for key in drawn.keys)
    assert figure.csv()

"""What films show: whose policy acts, from which start states, for how long."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from ppo_desktop import library
from ppo_desktop.exports.film import GLIDE_SECONDS, HOLD_SECONDS, Footage, Shot, moments
from ppo_desktop.exports.film_plan import FRAME_RATES, MOST_PIXELS, N_STARTS, FilmPlan, FilmSubject
from ppo_desktop.ppo.evaluation import START_SEEDS
from ppo_desktop.ppo.player import Acting, Player
from ppo_desktop.runs.kept import KeptRun
from tests.kept_runs import keep_branch, keep_run

SMALL = {"width": 64, "height": 64, "frame_rate": 10}


@pytest.fixture
def kept() -> KeptRun:
    return library.open_run(keep_run(8))


def film(kept: KeptRun, update: int, **values: object) -> list[Shot]:
    return list(Footage(kept, update, FilmPlan(**{**SMALL, **values})).shots())  # type: ignore[arg-type]


def test_a_film_is_as_long_as_was_asked_for(kept: KeptRun) -> None:
    for frame_rate in FRAME_RATES:
        assert len(film(kept, 8, seconds=2.4, frame_rate=frame_rate)) == round(2.4 * frame_rate)


def test_it_shows_how_the_run_learned_from_its_beginning_to_the_moment(kept: KeptRun) -> None:
    shots = film(kept, 6, seconds=4.0)
    updates = [shot.moment.update for shot in shots]
    assert updates == sorted(updates)
    assert (updates[0], updates[-1]) == (0, 6)
    assert len(set(updates)) == 4
    assert {shot.moment.steps for shot in shots if shot.moment.update == 6} == {6 * 32}


def test_each_policy_is_the_one_of_then_and_begins_from_the_same_start_state(kept: KeptRun) -> None:
    shots = film(kept, 8, seconds=3.0)
    firsts = [now for before, now in itertools.pairwise(shots) if before.moment is not now.moment]
    for first in [shots[0], *firsts]:
        assert first.start == 1
        np.testing.assert_array_equal(first.frame.observation, shots[0].frame.observation)
        expected = kept.policy_moment(first.moment.update)
        np.testing.assert_array_equal(first.moment.policy.parameters, expected.policy.parameters)


def test_curves_glide_to_the_moment_whose_policy_acts_and_never_beyond(kept: KeptRun) -> None:
    shots = film(kept, 8, seconds=4.0)
    assert all(shot.steps_shown <= shot.moment.steps for shot in shots)
    gliding = [shot for shot in shots if shot.steps_shown < shot.moment.steps]
    assert len(gliding) <= 3 * GLIDE_SECONDS * SMALL["frame_rate"]


def test_an_episode_is_played_to_its_end_which_is_seen_for_a_while(kept: KeptRun) -> None:
    shots = film(kept, 8, subject=FilmSubject.EPISODE, seconds=30.0, start=3, is_deterministic=True)
    player = Player(kept.settings)
    player.set_policy(kept.policy_moment(8).policy)
    player.act(Acting.DETERMINISTIC)
    player.begin(START_SEEDS[2])
    frame = player.look()
    while not frame.episode_over:
        frame = player.step()
    assert shots[-1].frame.episode_length == frame.episode_length
    np.testing.assert_array_equal(shots[-1].frame.observation, frame.observation)
    ends = [shot for shot in shots if shot.frame.episode_over]
    assert len(ends) == 1 + HOLD_SECONDS * SMALL["frame_rate"]
    assert {shot.start for shot in shots} == {3}


def test_the_number_of_frames_is_known_before_they_are_made(kept: KeptRun) -> None:
    for subject in FilmSubject:
        footage = Footage(kept, 8, FilmPlan(subject, **SMALL))  # type: ignore[arg-type]
        assert footage.n_frames == len(list(footage.shots()))


def test_an_episode_is_cut_where_the_film_is_full(kept: KeptRun) -> None:
    assert len(film(kept, 8, subject=FilmSubject.EPISODE, seconds=0.3)) == 3


def test_twice_the_speed_takes_half_the_frames(kept: KeptRun) -> None:
    slow, fast = (
        film(kept, 8, subject=FilmSubject.EPISODE, seconds=60.0, speed=speed) for speed in (0.5, 1.0)
    )
    hold = HOLD_SECONDS * SMALL["frame_rate"]
    assert len(slow) - hold == pytest.approx(2 * (len(fast) - hold), abs=2)


def test_of_a_branch_the_film_begins_with_the_run_it_goes_on_from() -> None:
    branch = library.open_run(keep_branch(keep_run(8), 5, 10))
    shots = film(branch, 10, seconds=3.0)
    assert {shot.moment.update for shot in shots} >= {0, 10}


def test_moments_are_kept_ones_where_some_are_near(kept: KeptRun) -> None:
    assert moments(kept, 8, 100) == list(range(9))
    assert moments(kept, 8, 1) == [8]
    assert len(moments(kept, 8, 4)) == 4


@pytest.mark.parametrize(
    "values",
    [
        {"width": 65},
        {"height": 0},
        {"width": MOST_PIXELS + 2},
        {"frame_rate": 30},
        {"seconds": 0.0},
        {"seconds": 1e9},
        {"seconds": float("nan")},
        {"speed": 0.0},
        {"start": 0},
        {"start": N_STARTS + 1},
    ],
)
def test_what_no_film_can_be_is_refused_in_one_line(values: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"^[^\n]+$"):
        FilmPlan(**values)  # type: ignore[arg-type]


def test_there_are_as_many_start_states_as_the_plan_says() -> None:
    assert len(START_SEEDS) == N_STARTS

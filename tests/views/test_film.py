"""Films, painted without a window."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ppo_desktop import library
from ppo_desktop.exports.film import Footage
from ppo_desktop.exports.film_plan import FilmPlan, FilmSubject
from ppo_desktop.exports.format import Cancelled
from ppo_desktop.exports.subject import ExportedRun
from ppo_desktop.runs.kept import KeptRun
from ppo_desktop.runs.past import Past
from ppo_desktop.views.film import FilmPainter, film_of, pixels_of, write_film
from ppo_desktop.views.theme import DARK, LIGHT
from tests.kept_runs import keep_run

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.fixture
def kept() -> KeptRun:
    return library.open_run(keep_run(8))


def plan(**values: object) -> FilmPlan:
    return FilmPlan(**{"width": 320, "height": 180, "frame_rate": 10, "seconds": 1.0, **values})  # type: ignore[arg-type]


def test_every_frame_has_the_size_that_was_asked_for(kept: KeptRun) -> None:
    for size in ((320, 180), (180, 320), (66, 64)):
        film = film_of(kept, 8, plan(width=size[0], height=size[1], seconds=0.5))
        frames = list(film.frames())
        assert len(frames) == film.n_frames == 5
        assert {frame.shape for frame in frames} == {(size[1], size[0])}


def test_curves_grow_beside_the_environment(kept: KeptRun) -> None:
    frames = list(film_of(kept, 8, plan(seconds=2.0)).frames())
    right = [np.count_nonzero(frame[:, 200:] != frame[0, 319]) for frame in frames]
    assert right[-1] > right[0]
    alone = list(film_of(kept, 8, plan(seconds=2.0, has_plots=False)).frames())
    assert np.any(alone[-1][:160, 200:] != frames[-1][:160, 200:])


def test_of_one_episode_what_came_later_is_seen_too(kept: KeptRun) -> None:
    film = plan(subject=FilmSubject.EPISODE)
    shot = next(Footage(kept, 4, film).shots())
    with_rest, without = (
        FilmPainter(film, history).paint(shot) for history in (Past(kept).whole, Past(kept).history(4))
    )
    assert np.any(pixels_of(with_rest)[:, 200:] != pixels_of(without)[:, 200:])


def test_it_has_the_colours_for_the_dark_where_that_was_asked_for(kept: KeptRun) -> None:
    shot = next(Footage(kept, 8, plan()).shots())
    light, dark = (FilmPainter(plan(is_dark=on), Past(kept).whole).paint(shot) for on in (False, True))
    assert pixels_of(light)[-1, -1] == int(LIGHT.card.replace("#", "ff"), 16)
    assert pixels_of(dark)[-1, -1] == int(DARK.card.replace("#", "ff"), 16)


def test_nothing_of_the_curves_touches_the_edge_of_the_picture(kept: KeptRun) -> None:
    for width, height in ((640, 360), (360, 640)):
        film = plan(width=width, height=height)
        shot = next(Footage(kept, 8, film).shots())
        edge = pixels_of(FilmPainter(film, Past(kept).whole).paint(shot))[-height // 2 :, -2:]
        assert np.all(edge == int(LIGHT.card.replace("#", "ff"), 16))


def test_another_thread_paints_the_same(kept: KeptRun) -> None:
    frames: list[list[np.ndarray]] = []

    def paint() -> None:
        frames.append(list(film_of(kept, 8, plan()).frames()))

    thread = threading.Thread(target=paint)
    thread.start()
    thread.join()
    paint()
    for here, there in zip(*frames, strict=True):
        np.testing.assert_array_equal(here, there)


def test_a_film_is_written_and_says_how_far_it_is(kept: KeptRun, tmp_path: Path) -> None:
    shares: list[float] = []
    write_film("gif", plan(), ExportedRun(kept), tmp_path / "film.gif", shares.append)
    assert shares == pytest.approx([number / 10 for number in range(10)])
    with Image.open(tmp_path / "film.gif") as film:
        assert (film.size, film.n_frames) == ((320, 180), 10)


def test_it_can_be_cancelled(kept: KeptRun, tmp_path: Path) -> None:
    def progress(share: float) -> None:
        if share > 0.3:
            raise Cancelled

    for kind in ("gif", "webp"):
        with pytest.raises(Cancelled):
            write_film(kind, plan(), ExportedRun(kept), tmp_path / "film", progress)

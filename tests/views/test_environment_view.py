"""The environment view shows the scene, Gymnasium's picture, or says what is missing."""

import subprocess
import sys

import numpy as np
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor

from ppo_desktop.ppo.events import DiscretePolicy, Frame
from ppo_desktop.views.environment_view import EMPTY_TEXT, EnvironmentView
from ppo_desktop.views.theme import Appearance, Theme

RED, BLUE, GREEN = (255, 0, 0), (0, 0, 255), (0, 255, 0)


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()


@pytest.fixture
def view(qtbot, theme):
    view = EnvironmentView(theme)
    qtbot.addWidget(view)
    view.resize(400, 240)
    return view


def make_frame(environment_id="CartPole-v1", **changes):
    parts = {
        "environment_id": environment_id,
        "agent": 2,
        "n_agents": 8,
        "observation": np.array((0.2, 0.0, 0.1, 0.0), np.float32),
        "episode_over": False,
        "action": (1.0,),
        "policy": DiscretePolicy((0.1, 0.9)),
        "value": 61.4,
        "entropy": 0.3,
        "episode_return": 287.0,
        "episode_length": 287,
        "steps": 64_512,
        "picture": None,
    }
    return Frame(**parts | changes)


def quarters(height=80, width=120):
    """Red above green on the left, blue above white on the right."""
    picture = np.full((height, width, 3), 255, np.uint8)
    picture[: height // 2, : width // 2] = RED
    picture[height // 2 :, : width // 2] = GREEN
    picture[: height // 2, width // 2 :] = BLUE
    return picture


def colour_at(view, x, y):
    return view.grab().toImage().pixelColor(QPoint(round(x), round(y))).getRgb()[:3]


def test_it_can_be_found_by_name_and_by_a_screen_reader(view):
    assert view.objectName() == "environment_view"
    assert view.accessibleName() == "Environment"


def test_before_there_is_a_frame_it_says_how_to_start(view):
    empty = view.grab().toImage()
    assert view.accessibleDescription() == EMPTY_TEXT
    view.show_frame(make_frame())
    assert view.accessibleDescription() == "CartPole-v1, agent 3 of 8"
    assert view.grab().toImage() != empty
    view.show_frame(None)
    assert view.grab().toImage() == empty
    assert view.accessibleDescription() == EMPTY_TEXT


def test_the_background_is_the_scenes_with_rounded_corners(view, theme):
    view.show_frame(make_frame())
    assert QColor(*colour_at(view, 200, 5)) == theme.colour("scene")
    assert QColor(*colour_at(view, 0, 0)) != theme.colour("scene")


def test_a_known_environment_is_painted_from_its_state(view, theme):
    view.show_frame(make_frame(observation=np.array((0.0, 0.0, 0.0, 0.0), np.float32)))
    upright = view.grab().toImage()
    view.show_frame(make_frame(observation=np.array((1.0, 0.0, 0.2, 0.0), np.float32)))
    assert view.grab().toImage() != upright


def test_a_picture_is_shown_in_its_own_colours(view):
    view.show_frame(make_frame("Foo-v1", picture=quarters()))
    assert colour_at(view, 100, 60) == RED
    assert colour_at(view, 100, 180) == GREEN
    assert colour_at(view, 300, 60) == BLUE
    assert colour_at(view, 300, 180) == (255, 255, 255)


def test_opacity_lets_the_background_through(view):
    view.show_frame(make_frame("Foo-v1", no_picture=" "))
    background = colour_at(view, 200, 60)
    picture = np.zeros((80, 120, 4), np.uint8)
    picture[40:] = (*RED, 255)
    view.show_frame(make_frame("Foo-v1", picture=picture))
    assert colour_at(view, 200, 60) == background
    assert colour_at(view, 200, 180) == RED


@pytest.mark.parametrize("environment_id", ["Foo-v1", "CartPole-v1"])
def test_why_there_is_no_picture_stands_in_its_place(view, environment_id):
    view.show_frame(make_frame(environment_id))
    without_reason = view.grab().toImage()
    view.show_frame(make_frame(environment_id, no_picture="Foo-v1 could not be drawn: no paint left"))
    assert view.grab().toImage() != without_reason
    assert "no paint left" in view.accessibleDescription()


def test_a_long_reason_stays_within_a_small_view(view):
    view.setMinimumSize(60, 50)
    view.resize(60, 50)
    view.show_frame(make_frame("Foo-v1", no_picture=f"{'Foo' * 50}-v1 could not be drawn: {'paint ' * 100}"))
    image = view.grab().toImage()
    background = image.pixelColor(4, 25)
    edges = [(x, y) for x in range(10, 50) for y in (2, 47)]
    assert all(image.pixelColor(x, y) == background for x, y in edges)


def test_a_picture_is_preferred_to_our_own_painting(view):
    view.show_frame(make_frame("CartPole-v1", picture=quarters()))
    assert colour_at(view, 100, 60) == RED


@pytest.mark.parametrize("width", [117, 118, 119, 121, 133])
def test_an_odd_width_does_not_skew_the_picture(view, width):
    view.resize(width * 3, 81 * 3)
    picture = np.zeros((81, width, 3), np.uint8)
    picture[:, 50] = 255
    view.show_frame(make_frame("Foo-v1", picture=picture))
    for y in (2, 120, 240):
        assert max(colour_at(view, 145, y)) < 10
        assert min(colour_at(view, 151, y)) > 245
        assert max(colour_at(view, 158, y)) < 10


@pytest.mark.parametrize(
    "picture",
    [
        quarters(80, 240)[:, ::2],
        quarters(80, 140)[:, 10:-10],
        quarters(80, 120)[:, ::-1][:, ::-1],
        np.asfortranarray(quarters()),
        quarters()[..., ::-1].copy()[..., ::-1],
    ],
    ids=["every second column", "cut out", "mirrored twice", "column-major", "BGR turned"],
)
def test_a_view_of_another_array_is_shown_unchanged(view, picture):
    view.show_frame(make_frame("Foo-v1", picture=picture))
    assert colour_at(view, 100, 60) == RED
    assert colour_at(view, 100, 180) == GREEN
    assert colour_at(view, 300, 60) == BLUE


def test_the_array_may_be_reused_after_the_frame_was_handed_over(view):
    picture = quarters()
    view.show_frame(make_frame("Foo-v1", picture=picture))
    picture[:] = 0
    assert colour_at(view, 100, 60) == RED


def test_a_ghost_is_faint_and_stands_behind_the_agent(view):
    ghost = make_frame(observation=np.array((-1.5, 0.0, 0.0, 0.0), np.float32))
    view.show_frame(make_frame())
    alone = view.grab().toImage()
    view.show_frame(make_frame(), ghost)
    both = view.grab().toImage()
    view.show_frame(ghost)
    solid = view.grab().toImage()
    x, y = 78, 157  # on the ghost's cart
    lightness = [image.pixelColor(x, y).lightness() for image in (solid, both, alone)]
    assert lightness == sorted(lightness)
    assert len(set(lightness)) == 3
    here = [QPoint(x, y) for x in range(200, 230) for y in range(152, 162)]  # on the agent's own
    assert all(both.pixelColor(point) == alone.pixelColor(point) for point in here)


def test_a_ghost_with_a_picture_stands_at_the_right(view):
    white = np.full((80, 60, 3), 255, np.uint8)
    view.show_frame(make_frame("Foo-v1", picture=white), make_frame("Foo-v1", picture=0 * white))
    assert colour_at(view, 100, 120) == (255, 255, 255)
    assert max(colour_at(view, 300, 120)) < 128
    view.show_frame(make_frame("Foo-v1", picture=white))
    assert colour_at(view, 200, 120) == (255, 255, 255)


def test_a_picture_keeps_its_proportions(view, theme):
    view.show_frame(make_frame("Foo-v1", picture=np.full((100, 100, 3), 255, np.uint8)))
    assert colour_at(view, 85, 120) == colour_at(view, 315, 120) == (255, 255, 255)
    assert QColor(*colour_at(view, 75, 120)) == QColor(*colour_at(view, 325, 120)) == theme.colour("scene")


def test_an_unknown_environment_without_a_picture_is_told_by_name(view, theme):
    view.show_frame(make_frame("Foo-v1"))
    image = view.grab().toImage()
    view.show_frame(make_frame("Bar-v1"))
    assert view.grab().toImage() != image


def test_the_end_of_an_episode_is_marked_in_a_corner_only(view):
    view.show_frame(make_frame())
    running = view.grab().toImage()
    view.show_frame(make_frame(episode_over=True))
    over = view.grab().toImage()
    assert over != running
    assert over.copy(0, 60, 400, 180) == running.copy(0, 60, 400, 180)
    assert over.copy(200, 0, 200, 240) == running.copy(200, 0, 200, 240)


def test_it_follows_the_theme(view, theme, qtbot):
    class Counting(EnvironmentView):
        paintings = 0

        def paintEvent(self, event):
            self.paintings += 1
            super().paintEvent(event)

    counting = Counting(theme)
    qtbot.addWidget(counting)
    counting.show()
    qtbot.waitUntil(lambda: counting.paintings > 0)
    before = counting.paintings
    theme.set_appearance(Appearance.DARK)
    theme.set_appearance(Appearance.LIGHT)
    qtbot.waitUntil(lambda: counting.paintings > before)
    assert QColor(*colour_at(counting, 80, 3)) == theme.colour("scene")


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (37, 41), (2000, 1200)], ids=str)
@pytest.mark.parametrize("kind", ["empty", "scene", "picture", "unknown"])
def test_every_size_can_be_painted(view, size, kind):
    frames = {
        "empty": None,
        "scene": make_frame(episode_over=True),
        "picture": make_frame(picture=quarters()),
        "unknown": make_frame("Foo-v1", episode_over=True),
    }
    view.setMinimumSize(0, 0)
    view.resize(*size)
    view.show_frame(frames[kind])
    assert view.grab().width() == size[0]


def test_the_views_load_neither_torch_nor_gymnasium():
    script = (
        "import sys\n"
        "import ppo_desktop.views.environment_view, ppo_desktop.views.policy_view\n"
        "sys.exit(bool({'torch', 'gymnasium', 'pygame'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=60)

"""The map of the policy: both pictures, the agent and its path, at any size, in words too."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from ppo_desktop.ppo.catalogue import grid_layout, plane_for
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.catalogue.state_plane import Cell
from ppo_desktop.ppo.events import DiscretePolicy, Frame, GaussianPolicy, Survey
from ppo_desktop.views import policy_map_view
from ppo_desktop.views.map_shapes import cell_rect, on_plane, path_image
from ppo_desktop.views.policy_map_view import PolicyMapView
from ppo_desktop.views.theme import Appearance, Theme

WIDTH, HEIGHT = 480, 270
N_ACTIONS = {"CartPole-v1": 2, "MountainCar-v0": 3, "GridWorld-v0": 4}
CONTINUOUS = {"Pendulum-v1": 2.0, "MountainCarContinuous-v0": 1.0}


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    theme.set_appearance(Appearance.DARK)
    yield theme
    theme.set_projector(False)
    theme.deleteLater()


@pytest.fixture
def view(qtbot, theme, monkeypatch):
    monkeypatch.setattr(policy_map_view, "_DESCRIBE_EVERY_MS", 10)
    view = PolicyMapView(theme)
    qtbot.addWidget(view)
    view.resize(WIDTH, HEIGHT)
    return view


def make_frame(environment_id, place, path=()):
    plane = plane_for(environment_id)
    states = [plane.observations(np.array(line, dtype=float)) for line in path]
    if environment_id in CONTINUOUS:
        bound = CONTINUOUS[environment_id]
        policy = GaussianPolicy((0.0,), (1.0,), (-bound,), (bound,))
    else:
        policy = DiscretePolicy((1 / N_ACTIONS[environment_id],) * N_ACTIONS[environment_id])
    return Frame(
        environment_id=environment_id,
        agent=0,
        n_agents=8,
        observation=plane.observations(np.array([place], dtype=float))[0],
        episode_over=False,
        action=None,
        policy=policy,
        value=1.0,
        entropy=0.3,
        episode_return=0.0,
        episode_length=1,
        steps=8,
        picture=None,
        path=tuple(states),
    )


def make_survey(environment_id, preferred=None, values=None):
    """Everywhere certain of one action (or of one mean); V(s) grows to the right unless given."""
    plane = plane_for(environment_id)
    places = plane.rows * plane.columns
    if environment_id in CONTINUOUS:
        policy = np.full((places, 1), 0.0 if preferred is None else preferred, np.float32)
    else:
        policy = np.eye(N_ACTIONS[environment_id], dtype=np.float32)[np.full(places, preferred or 0)]
    if values is None:
        values = plane.x.share(plane.grid()[:, 0])
    return Survey(policy, np.asarray(values, np.float32))


def shown(view, environment_id, place, path=(), survey=None, *, scaled=False):
    view.show_run(environment_id, rewards_are_scaled=scaled)
    view.show_frame(make_frame(environment_id, place, path), survey or make_survey(environment_id))
    return view.grab().toImage()


def pixels_of(image):
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1].astype(int)


def colour_near(image, point):
    return image.pixelColor(round(point.x()), round(point.y()))


def described(view, qtbot):
    qtbot.waitUntil(lambda: "the agent is at" in view.accessibleDescription())
    return view.accessibleDescription()


def plots(view, environment_id):
    return view.frames_in(QRectF(view.rect()), plane_for(environment_id))


def place_on(plot, environment_id, position):
    """The pixel of a position, one beyond an edge on that edge."""
    return plot.point(*on_plane(plane_for(environment_id), np.array([position]))[0].tolist())


def test_it_can_be_found_by_name_and_by_a_screen_reader(view):
    assert view.objectName() == "policy_map_view"
    assert view.accessibleName() == "Map of the policy"


def test_the_colour_of_a_place_is_that_of_its_preferred_action(view, theme):
    for action, name in enumerate(("map_left", "map_neither", "map_right")):
        image = shown(view, "MountainCar-v0", (0.0, 0.0), survey=make_survey("MountainCar-v0", action))
        left, _ = plots(view, "MountainCar-v0")
        corner = left.area.bottomLeft()
        corner.setX(corner.x() + 3)
        corner.setY(corner.y() - 3)
        assert colour_near(image, corner) == theme.colour(name)


def test_the_right_map_shows_the_value(view, theme):
    image = shown(view, "Pendulum-v1", (0.0, 0.0))
    _, right = plots(view, "Pendulum-v1")
    y = right.area.bottom() - 10
    colours = [image.pixelColor(round(x), round(y)) for x in (right.area.left() + 1, right.area.right() - 2)]
    assert colours[0] == theme.colour("map_value_low")
    assert colours[1] == theme.colour("map_value_high")


def test_the_agent_is_where_its_state_is_on_both_maps(view, theme):
    image = shown(view, "Pendulum-v1", (1.5, -4.0))
    for plot in plots(view, "Pendulum-v1"):
        here = place_on(plot, "Pendulum-v1", (1.5, -4.0))
        assert colour_near(image, here) == theme.colour("text")


def test_an_agent_beyond_the_edge_is_shown_at_the_edge(view, theme):
    image = shown(view, "CartPole-v1", (40.0, 0.0))
    left, _ = plots(view, "CartPole-v1")
    here = place_on(left, "CartPole-v1", (40.0, 0.0))
    assert here.x() == pytest.approx(left.area.right())
    assert image.pixelColor(round(here.x()) - 1, round(here.y())) == theme.colour("text")


def path_pixels(view, environment_id, path):
    """Columns and rows, within the map, that a path covers."""
    frame = make_frame(environment_id, path[-1][-1], path)
    left, _ = plots(view, environment_id)
    image = path_image(left, plane_for(environment_id), frame.path, 1.0)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)
    return rows[..., 3].copy()  # the image and its memory end here


def test_a_path_is_a_line_that_fades_into_the_past(view):
    path = [[(x, 0.0) for x in np.linspace(-1.0, 0.4, 60)]]
    row = path_pixels(view, "MountainCar-v0", path).max(axis=0).astype(int)
    covered = np.flatnonzero(row)
    older, newer = row[covered[: len(covered) // 3]], row[covered[-len(covered) // 3 :]]
    assert newer.max() > 200
    assert older.max() < 0.5 * newer.max()


def test_a_path_is_cut_where_an_episode_ended(view):
    path = [
        [(x, 0.05) for x in np.linspace(-0.5, 0.5, 30)],
        [(x, -0.05) for x in np.linspace(-0.6, -0.4, 30)],
    ]
    alpha = path_pixels(view, "MountainCar-v0", path)
    middle = alpha[int(0.3 * len(alpha)) : int(0.7 * len(alpha))]
    assert alpha.any()
    assert not middle.any()


def test_a_path_is_not_drawn_across_the_wrap_of_the_pendulum(view):
    path = [[(math.remainder(angle, 2 * math.pi), 4.0) for angle in np.linspace(2.6, 3.7, 40)]]
    alpha = path_pixels(view, "Pendulum-v1", path)
    width = alpha.shape[1]
    assert alpha[:, : width // 4].any()
    assert alpha[:, -width // 4 :].any()
    assert not alpha[:, width // 4 : -width // 4].any()


def test_cells_keep_square_and_have_an_arrow_each(view, theme):
    plane = plane_for("GridWorld-v0")
    plot, _ = plots(view, "GridWorld-v0")
    image = shown(view, "GridWorld-v0", (1, 1), survey=make_survey("GridWorld-v0", 1))
    assert plot.area.width() / 7 == pytest.approx(plot.area.height() / 5)
    pixels, full = pixels_of(image), np.array(theme.colour("map_right").getRgb()[:3])
    for cell in GridMap().free_cells:
        row, column = divmod(cell, plane.columns)
        cell_area = cell_rect(plot, plane, row, column)
        left, top, side = cell_area.left(), cell_area.top(), cell_area.width()
        inside = pixels[round(top) + 3 : round(top + side) - 3, round(left) + 3 : round(left + side) - 3]
        assert (inside == full).all(axis=2).any()
        assert not (inside == full).all(axis=2).all()


def test_what_is_no_state_to_act_in_does_not_stretch_the_scale_of_values(view):
    values = np.zeros(35)
    values[list(GridMap().free_cells)] = np.linspace(-0.5, 0.5, len(GridMap().free_cells))
    values[grid_layout.GOAL], values[next(iter(grid_layout.WALLS))] = 99.0, -99.0
    shown(view, "GridWorld-v0", (1, 1), survey=make_survey("GridWorld-v0", values=values))
    assert (view._maps.lowest, view._maps.highest) == (-0.5, 0.5)


def test_the_two_maps_are_described_in_words(view, qtbot):
    survey = make_survey("MountainCar-v0", 2, values=np.linspace(-100, 3.5, 41 * 41))
    shown(view, "MountainCar-v0", (-0.5, 0.02), survey=survey)
    assert described(view, qtbot) == (
        "position (m) to the right, velocity (m/step) upwards; "
        "preferred action ← left in 0 %, coast in 0 %, → right in 100 % of the states; "
        "V(s) from −100 to 3.50; the agent is at −0.50, 0.02"
    )


def test_a_mean_is_described_by_its_range_and_a_scaled_value_is_said_to_be_scaled(view, qtbot):
    shown(view, "Pendulum-v1", (0.0, 1.0), survey=make_survey("Pendulum-v1", -1.25), scaled=True)
    text = described(view, qtbot)
    assert "mean torque from −1.25 to −1.25" in text
    assert "V(s), scaled from " in text
    assert "scaled rewards" in view.toolTip()


def test_what_is_fixed_on_a_plane_is_said(view):
    shown(view, "CartPole-v1", (0.0, 0.0))
    assert "cart at rest at 0" in view.toolTip()


def test_it_says_when_it_is_seen_and_when_no_longer(view, qtbot):
    heard = []
    view.wanted.connect(heard.append)
    view.show()
    view.hide()
    assert heard == [True, False]


def test_a_frame_of_another_run_is_not_shown_on_the_wrong_plane(view):
    shown(view, "CartPole-v1", (0.0, 0.0))
    before = view.grab().toImage()
    view.show_frame(make_frame("Pendulum-v1", (0.0, 0.0)), make_survey("Pendulum-v1"))
    assert view.grab().toImage() == before


def test_without_a_survey_there_are_axes_and_the_agent(view, theme):
    view.show_run("MountainCar-v0", rewards_are_scaled=False)
    empty = view.grab().toImage()
    view.show_frame(make_frame("MountainCar-v0", (0.0, 0.0)), None)
    assert view.grab().toImage() != empty


def test_it_follows_the_theme(view, theme):
    dark = shown(view, "MountainCar-v0", (0.0, 0.0))
    theme.set_appearance(Appearance.LIGHT)
    light = view.grab().toImage()
    assert light != dark


def test_a_narrow_view_shows_the_policy_alone(view):
    assert len(plots(view, "Pendulum-v1")) == 2
    view.resize(160, 120)
    assert len(plots(view, "Pendulum-v1")) == 1


@pytest.mark.parametrize("projector", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (3, 200), (200, 3), (160, 90), (380, 169), (2000, 1200)], ids=str)
@pytest.mark.parametrize("environment_id", [*N_ACTIONS, *CONTINUOUS])
def test_every_size_can_be_painted(view, theme, environment_id, size, projector):
    theme.set_projector(projector)
    view.setMinimumSize(0, 0)
    view.resize(*size)
    path = [[(0.0, 0.0)], [(0.1, 0.0), (0.2, 0.01), (0.3, 0.0)]]
    image = shown(view, environment_id, (0.3, 0.0), path)
    assert (image.width(), image.height()) == size


@pytest.mark.parametrize("environment_id", ["Pendulum-v1", "MountainCar-v0", "GridWorld-v0"])
def test_networks_that_have_gone_astray_can_be_painted(view, environment_id, qtbot):
    survey = make_survey(environment_id)
    broken = Survey(survey.policy * np.float32("nan"), survey.values * np.float32("nan"))
    shown(view, environment_id, (1.0, 0.0), survey=broken)
    assert described(view, qtbot)


def test_goal_and_walls_are_where_they_were_put_by_hand(view):
    original = plane_for("GridWorld-v0").cells
    shown(view, "GridWorld-v0", (1, 1), survey=make_survey("GridWorld-v0", 1))
    changed = GridMap().with_goal(0).with_wall(1, is_wall=True)
    view.show_map(changed)
    cells = view._plane.cells
    assert {place for place in range(len(cells)) if cells[place] is Cell.WALL} == changed.walls
    assert cells.index(Cell.GOAL) == 0
    assert cells[grid_layout.GOAL] is Cell.FREE
    assert cells[grid_layout.PIT] is Cell.PIT
    view.grab()
    view.show_map(GridMap())
    assert view._plane.cells == original

"""The painters of the built-in environments show what Gymnasium's dynamics say."""

import math

import gymnasium
import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QGuiApplication, QImage, QPainter

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS, GOAL, PIT, WALLS, observation_of
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import DiscretePolicy, Frame
from ppo_desktop.views.scenes import SCENES, Stage, scene_for
from ppo_desktop.views.theme import DARK, LIGHT

WIDTH, HEIGHT = 640, 400
FREE_CELLS = GridMap().free_cells


def acrobot(theta_1, theta_2):
    return math.cos(theta_1), math.sin(theta_1), math.cos(theta_2), math.sin(theta_2), 0.0, 0.0


def pendulum(theta):
    return math.cos(theta), math.sin(theta), 0.0


OBSERVATIONS = {
    "CartPole-v1": ((0.0, 0.0, 0.0, 0.0), (0.4, 0.0, 0.1, 0.0)),
    "Acrobot-v1": (acrobot(0.0, 0.0), acrobot(1.0, -0.5)),
    "Pendulum-v1": (pendulum(0.0), pendulum(2.0)),
    "MountainCar-v0": ((-0.5, 0.0), (0.2, 0.0)),
    "MountainCarContinuous-v0": ((-0.5, 0.0), (0.2, 0.0)),
    "GridWorld-v0": ((-1.0, -1.0), (0.0, -0.5)),
}


@pytest.fixture(autouse=True)
def fonts(qapp: QGuiApplication) -> None:
    """Labels need the application's fonts."""


def make_frame(environment_id, observation, action=None):
    return Frame(
        environment_id=environment_id,
        agent=0,
        n_agents=1,
        observation=np.array(observation, np.float32),
        episode_over=False,
        action=action,
        policy=DiscretePolicy((1.0,)),
        value=0.0,
        entropy=0.0,
        episode_return=0.0,
        episode_length=0,
        steps=0,
        picture=None,
    )


def paint(environment_id, observation, action=None, *, width=WIDTH, height=HEIGHT, palette=DARK, rect=None):
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(palette.scene))
    painter = QPainter(image)
    scene = scene_for(environment_id)
    frame = make_frame(environment_id, observation, action)
    scene.paint(painter, rect or QRectF(0, 0, width, height), frame, palette)
    painter.end()
    return pixels(image)


def pixels(image):
    """Shape (height, width, 3): red, green, blue."""
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def where(picture, colour):
    """Columns and rows of the pixels of one colour."""
    wanted = QColor(colour)
    rows, columns = np.nonzero((picture == (wanted.red(), wanted.green(), wanted.blue())).all(axis=2))
    return columns, rows


def stage_of(environment_id, width=WIDTH, height=HEIGHT):
    image = QImage(width, height, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    stage = Stage(painter, QRectF(0, 0, width, height), DARK, scene_for(environment_id).world)
    painter.end()
    return stage


def test_the_environments_of_the_catalogue_have_a_painter_and_others_have_none():
    assert set(OBSERVATIONS) == set(SCENES) == set(KNOWN_ENVIRONMENTS)
    assert scene_for("LunarLander-v3") is None


@pytest.mark.parametrize("theta", [-0.2, -0.05, 0.05, 0.2])
def test_the_pole_leans_by_theta_to_the_right_of_the_cart(theta):
    picture = paint("CartPole-v1", (0.5, 0.0, theta, 0.0))
    columns, rows = where(picture, DARK.scene_wood)
    top, bottom = rows < rows.min() + 6, rows > rows.max() - 6
    leaning = columns[top].mean() - columns[bottom].mean()
    assert leaning / (rows.max() - rows.min()) == pytest.approx(math.tan(theta), abs=0.03)


@pytest.mark.parametrize("x", [-2.4, -1.0, 0.0, 1.7])
def test_the_cart_stands_at_x(x):
    columns, _ = where(paint("CartPole-v1", (x, 0.0, 0.0, 0.0)), DARK.scene_body)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(stage_of("CartPole-v1").at((x, 0)).x(), abs=1)


@pytest.mark.parametrize(("action", "side"), [((0.0,), -1), ((1.0,), 1)])
def test_the_arrow_stands_on_the_side_to_which_the_cart_is_pushed(action, side):
    picture = paint("CartPole-v1", (0.3, 0.0, 0.0, 0.0), action)
    arrow, cart = where(picture, DARK.accent)[0], where(picture, DARK.scene_body)[0]
    assert np.sign(arrow.mean() - cart.mean()) == side


@pytest.mark.parametrize("x", [-2.4, 2.4])
@pytest.mark.parametrize("action", [(0.0,), (1.0,)])
def test_the_arrow_is_whole_at_the_end_of_the_track(x, action):
    at_the_end = where(paint("CartPole-v1", (x, 0.0, 0.0, 0.0), action), DARK.accent)[0]
    in_the_middle = where(paint("CartPole-v1", (0.0, 0.0, 0.0, 0.0), action), DARK.accent)[0]
    assert at_the_end.size == pytest.approx(in_the_middle.size, rel=0.1)


@pytest.mark.parametrize("theta", [-2.5, -1.0, 0.0, 0.7, 3.0])
def test_the_pendulum_turns_counter_clockwise_from_upright(theta):
    columns, rows = where(paint("Pendulum-v1", pendulum(theta)), DARK.scene_wood)
    right, up = columns.mean() - WIDTH / 2, HEIGHT / 2 - rows.mean()
    assert math.atan2(-right, up) == pytest.approx(theta, abs=0.03)


def test_a_larger_torque_has_a_longer_arrow_and_is_limited_like_the_environment():
    lengths = [where(paint("Pendulum-v1", pendulum(0.5), (u,)), DARK.accent)[0].size for u in (0.4, 1.0, 2.0)]
    assert lengths == sorted(set(lengths))
    assert np.array_equal(
        paint("Pendulum-v1", pendulum(0.5), (2.0,)), paint("Pendulum-v1", pendulum(0.5), (7.5,))
    )


@pytest.mark.parametrize("torque", [-2.0, 2.0])
def test_the_pendulum_moves_to_the_side_that_the_arrow_shows(torque):
    environment = gymnasium.make("Pendulum-v1").unwrapped
    environment.reset(seed=1)
    environment.state = np.array([0.0, 0.0])
    for _ in range(5):
        observation, *_ = environment.step(np.array([torque], np.float32))
    arrow = where(paint("Pendulum-v1", pendulum(0.0), (torque,)), DARK.accent)[0].mean() - WIDTH / 2
    rod = where(paint("Pendulum-v1", observation), DARK.scene_wood)[0].mean() - WIDTH / 2
    assert np.sign(arrow) == np.sign(rod)


@pytest.mark.parametrize("action", [0, 2])
def test_the_second_link_moves_to_the_side_that_the_arrow_shows(action):
    environment = gymnasium.make("Acrobot-v1").unwrapped
    environment.reset(seed=1)
    environment.state = np.zeros(4)
    observation, *_ = environment.step(action)
    arrow = where(paint("Acrobot-v1", acrobot(0.0, 0.0), (float(action),)), DARK.accent)[0].mean() - WIDTH / 2
    assert np.sign(arrow) == np.sign(observation[3])


def test_no_torque_has_no_arrow():
    assert where(paint("Acrobot-v1", acrobot(0.3, 0.2), (1.0,)), DARK.accent)[0].size == 0


@pytest.mark.parametrize(("theta_1", "theta_2"), [(0.0, 0.0), (math.pi / 2, 0.0), (-2.0, -0.5), (0.4, 1.2)])
def test_both_links_of_the_acrobot_hang_at_their_angles(theta_1, theta_2):
    picture, stage = paint("Acrobot-v1", acrobot(theta_1, theta_2)), stage_of("Acrobot-v1")
    elbow = math.sin(theta_1), -math.cos(theta_1)
    middle_of_link_2 = (
        elbow[0] + 0.5 * math.sin(theta_1 + theta_2),
        elbow[1] - 0.5 * math.cos(theta_1 + theta_2),
    )
    for place, colour in ((elbow, DARK.scene_body), (middle_of_link_2, DARK.scene_wood)):
        pixel = stage.at(place).toPoint()
        assert tuple(picture[pixel.y(), pixel.x()]) == QColor(colour).getRgb()[:3]


@pytest.mark.parametrize("theta_2", [0.4, 0.5, 0.7, 0.9])
def test_the_tip_is_above_the_line_when_the_acrobot_has_reached_its_goal(theta_2):
    environment = gymnasium.make("Acrobot-v1").unwrapped
    environment.reset(seed=1)
    environment.state = np.array([2.3, theta_2, 0.0, 0.0])
    picture = paint("Acrobot-v1", acrobot(2.3, theta_2))
    line = where(picture[:, WIDTH - 200 :], DARK.scene_line)[1].mean()
    half_width = 0.08 * stage_of("Acrobot-v1").scale
    tip = where(picture, DARK.scene_wood)[1].min() + half_width
    assert (tip < line) == environment._terminal()


@pytest.mark.parametrize("position", [-1.2, -0.9, -math.pi / 6, 0.0, 0.3, 0.5])
def test_the_mountain_car_lies_where_the_sine_says(position):
    stage = stage_of("MountainCar-v0")
    columns, rows = where(paint("MountainCar-v0", (position, 0.0)), DARK.scene_body)
    ground = stage.at((position, 0.45 * math.sin(3 * position) + 0.55))
    distance = math.hypot(columns.mean() - ground.x(), rows.mean() - ground.y())
    assert distance < 0.09 * stage.scale
    assert rows.mean() < ground.y()


@pytest.mark.parametrize(
    ("environment_id", "goal"), [("MountainCar-v0", 0.5), ("MountainCarContinuous-v0", 0.45)]
)
def test_the_flag_stands_at_the_goal(environment_id, goal):
    columns, _ = where(paint(environment_id, (-0.5, 0.0)), DARK.scene_wood)
    assert columns.min() == pytest.approx(stage_of(environment_id).at((goal, 0)).x(), abs=2)
    assert gymnasium.make(environment_id).unwrapped.goal_position == goal


@pytest.mark.parametrize(
    ("environment_id", "left", "right"),
    [("MountainCar-v0", 0.0, 2.0), ("MountainCarContinuous-v0", -0.7, 0.7)],
)
def test_the_head_of_the_mountain_cars_arrow_points_where_the_force_does(environment_id, left, right):
    bottom = -math.pi / 6
    middle = stage_of(environment_id).at((bottom, 0)).x()
    assert where(paint(environment_id, (bottom, 0.0), (left,)), DARK.accent)[0].mean() < middle - 1
    assert where(paint(environment_id, (bottom, 0.0), (right,)), DARK.accent)[0].mean() > middle + 1


def test_a_coasting_car_has_no_arrow():
    assert where(paint("MountainCar-v0", (-0.5, 0.0), (1.0,)), DARK.accent)[0].size == 0
    assert where(paint("MountainCarContinuous-v0", (-0.5, 0.0), (0.0,)), DARK.accent)[0].size == 0


def colour_at(picture, column, row):
    pixel = stage_of("GridWorld-v0").at((column, -row)).toPoint()
    return QColor(*(int(part) for part in picture[pixel.y(), pixel.x()])).name()


@pytest.mark.parametrize("cell", FREE_CELLS)
def test_the_agent_stands_in_its_cell(cell):
    columns, rows = where(paint("GridWorld-v0", observation_of(cell)), DARK.scene_body)
    middle = stage_of("GridWorld-v0").at((cell % COLUMNS, -(cell // COLUMNS)))
    assert columns.mean() == pytest.approx(middle.x(), abs=1)
    assert rows.mean() == pytest.approx(middle.y(), abs=1)


def test_walls_pit_and_goal_are_where_the_rules_say():
    picture = paint("GridWorld-v0", observation_of(FREE_CELLS[0]))
    shown = {cell: colour_at(picture, cell % COLUMNS, cell // COLUMNS) for cell in (*FREE_CELLS[1:], *WALLS)}
    assert {cell for cell, colour in shown.items() if colour == DARK.scene_wall} == WALLS
    assert colour_at(picture, PIT % COLUMNS, PIT // COLUMNS - 0.16) == DARK.scene_pit
    flag = where(picture, DARK.scene_wood)
    right, up = stage_of("GridWorld-v0").at((GOAL % COLUMNS, -(GOAL // COLUMNS))).toTuple()
    assert (flag[0].mean(), flag[1].mean()) == pytest.approx(
        (right, up), abs=stage_of("GridWorld-v0").scale / 2
    )


@pytest.mark.parametrize(("action", "right", "up"), [(0, 0, 1), (1, 1, 0), (2, 0, -1), (3, -1, 0)])
def test_the_arrow_points_where_the_agent_has_gone(action, right, up):
    picture = paint("GridWorld-v0", observation_of(26), (float(action),))
    (arrow_x, arrow_y), (agent_x, agent_y) = (
        (columns.mean(), rows.mean())
        for columns, rows in (where(picture, DARK.accent), where(picture, DARK.scene_body))
    )
    assert np.sign(np.rint(arrow_x - agent_x)) == right
    assert np.sign(np.rint(agent_y - arrow_y)) == up


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_different_states_look_different(environment_id, palette):
    one, other = (paint(environment_id, state, palette=palette) for state in OBSERVATIONS[environment_id])
    assert not np.array_equal(one, other)
    assert where(one, palette.scene_body)[0].size > 0


@pytest.mark.parametrize(
    "size",
    [(1, 1), (2, 3), (40, 25), (90, 60), (430, 240), (900, 500), (3000, 60), (60, 3000), (3840, 2160)],
    ids=lambda size: f"{size[0]}x{size[1]}",
)
@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_every_size_can_be_painted(environment_id, size):
    picture = paint(environment_id, OBSERVATIONS[environment_id][1], (2.0,), width=size[0], height=size[1])
    if min(size) >= 25:
        assert (picture != picture[0, 0]).any()


@pytest.mark.parametrize("size", [(900, 200), (200, 900), (400, 400)], ids=str)
def test_a_rod_is_as_long_upright_as_it_is_lying(size):
    lengths = []
    for theta, axis in ((0.0, 1), (math.pi / 2, 0)):
        picture = paint("Pendulum-v1", pendulum(theta), width=size[0], height=size[1])
        lengths.append(np.ptp(where(picture, DARK.scene_wood)[axis]))
    assert lengths[0] == pytest.approx(lengths[1], abs=1)


@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_nothing_is_painted_outside_the_rectangle(environment_id):
    rect = QRectF(100, 50, 300, 200)
    picture = paint(environment_id, OBSERVATIONS[environment_id][1], (2.0,), rect=rect)
    picture[50:250, 100:400] = picture[0, 0]
    assert (picture == picture[0, 0]).all()


@pytest.mark.parametrize("number", [math.nan, math.inf])
@pytest.mark.parametrize("environment_id", OBSERVATIONS)
def test_a_state_that_is_not_finite_paints_nothing(environment_id, number):
    picture = paint(environment_id, [number] * len(OBSERVATIONS[environment_id][0]))
    assert (picture == picture[0, 0]).all()

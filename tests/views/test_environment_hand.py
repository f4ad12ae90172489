"""Mouse and keys on the picture of what is watched, in its own units."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, Qt, Signal
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.catalogue.environment import Pushed
from ppo_desktop.ppo.catalogue.grid_layout import COLUMNS, GOAL, PIT, WALLS, observation_of
from ppo_desktop.ppo.catalogue.grid_map import GridMap
from ppo_desktop.ppo.events import DiscretePolicy, Frame
from ppo_desktop.views.environment_hand import EnvironmentHand
from ppo_desktop.views.environment_view import EnvironmentView
from ppo_desktop.views.theme import Theme

AGENT = 2 * COLUMNS


class Watched(QObject):
    """Stands for what is watched, and notes what is done to it."""

    changed = Signal()

    def __init__(self, environment_id: str) -> None:
        super().__init__()
        self.pushed: Pushed | None = KNOWN_ENVIRONMENTS[environment_id].pushed
        self.has_grid = environment_id == "GridWorld-v0"
        self.grid_map = GridMap()
        self.pushes: list[float] = []
        self.placed: list[int] = []

    def push(self, change: float) -> None:
        self.pushes.append(change)

    def place_agent(self, cell: int) -> None:
        self.placed.append(cell)

    def change_map(self, grid_map: GridMap) -> None:
        self.grid_map = grid_map


@dataclass
class Scene:
    """A picture, and what is done by hand there."""

    qtbot: QtBot
    view: EnvironmentView
    watched: Watched
    hand: EnvironmentHand
    pressed: list[QPoint] = field(default_factory=list)

    def at(self, x: float, y: float) -> QPoint:
        """Return the pixel at a place in the world."""
        assert self.view.world is not None
        world, rect = self.view.world
        scale = world.scale_in(rect)
        middle = (world.left + world.right) / 2, (world.bottom + world.top) / 2
        return (rect.center() + QPointF(x - middle[0], middle[1] - y) * scale).toPoint()

    def cell(self, cell: int) -> QPoint:
        return self.at(cell % COLUMNS, -(cell // COLUMNS))

    def drag(self, *places: QPoint) -> None:
        self.qtbot.mousePress(self.view, Qt.MouseButton.LeftButton, pos=places[0])
        for place in places[1:]:
            self.qtbot.mouseMove(self.view, place)
            QApplication.processEvents()
        self.view.grab()
        self.qtbot.mouseRelease(self.view, Qt.MouseButton.LeftButton, pos=places[-1])

    def key(self, *keys: Qt.Key) -> None:
        for key in keys:
            self.qtbot.keyClick(self.view, key)


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    theme = Theme(qapp)
    yield theme
    theme.deleteLater()


@pytest.fixture
def scene(qtbot: QtBot, theme: Theme, request: pytest.FixtureRequest) -> Scene:
    environment_id = request.param
    view, watched = EnvironmentView(theme), Watched(environment_id)
    qtbot.addWidget(view)
    view.resize(560, 400)
    hand = EnvironmentHand(view, watched, theme)  # type: ignore[arg-type]
    watched.changed.emit()
    view.show()
    seen = observation_of(AGENT) if watched.has_grid else (1.0, 0.0, 0.0, 0.0)
    view.show_frame(
        Frame(
            environment_id,
            agent=0,
            n_agents=1,
            observation=np.array(seen, np.float32),
            episode_over=False,
            action=None,
            policy=DiscretePolicy((0.5, 0.5)),
            value=0.0,
            entropy=0.7,
            episode_return=0.0,
            episode_length=0,
            steps=0,
            picture=None,
        )
    )
    return Scene(qtbot, view, watched, hand)


def in_environment(environment_id: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("scene", [environment_id], indirect=True)


@in_environment("CartPole-v1")
def test_a_pole_is_pushed_by_keys_and_as_far_as_it_is_dragged(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_A)
    assert scene.watched.pushes == [1.0, -1.0]
    scene.drag(scene.at(0.0, 1.0), scene.at(0.6, 0.4))
    scene.drag(scene.at(1.0, 1.0), scene.at(0.25, 1.0))
    assert scene.watched.pushes[2:] == [1.2, -1.5]
    scene.drag(scene.at(-2.6, 1.0), scene.at(2.6, 1.0))
    assert scene.watched.pushes[4:] == [5.0]
    scene.drag(scene.at(0.0, 1.0), scene.at(0.0, 0.5))
    assert len(scene.watched.pushes) == 5, "no push of 0"


@in_environment("Pendulum-v1")
def test_a_rod_is_pushed_by_the_angle_around_its_pivot(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Right)
    assert scene.watched.pushes == [-2.0], "to the right at the top is clockwise"
    scene.drag(scene.at(1.0, 0.0), scene.at(math.cos(0.5), math.sin(0.5)))
    scene.drag(scene.at(-1.0, 0.2), scene.at(-1.0, -0.2))
    assert scene.watched.pushes[1] == pytest.approx(2.0, abs=0.1001)
    assert scene.watched.pushes[2] == pytest.approx(4 * 2 * math.atan(0.2), abs=0.1001), "through ±π"


@in_environment("Acrobot-v1")
def test_acrobot_is_pushed_by_the_angle_around_its_upper_end(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Right)
    assert scene.watched.pushes == [2.0], "to the right where it hangs is counter-clockwise"
    scene.drag(scene.at(0.0, -2.0), scene.at(2 * math.sin(0.5), -2 * math.cos(0.5)))
    assert scene.watched.pushes[1] == pytest.approx(2.0, abs=0.1001)


@in_environment("MountainCar-v0")
def test_a_car_is_pushed_in_thousandths_of_its_unit(scene: Scene) -> None:
    scene.key(Qt.Key.Key_Right, Qt.Key.Key_Left)
    assert scene.watched.pushes == [0.02, -0.02]
    scene.drag(scene.at(-0.5, 0.5), scene.at(-1.0, 0.9))
    scene.drag(scene.at(-1.25, 0.5), scene.at(0.6, 0.5))
    assert scene.watched.pushes[2] == pytest.approx(-0.035, abs=0.001)
    assert scene.watched.pushes[3] == 0.07
    assert all(push == round(push, 3) for push in scene.watched.pushes)


@in_environment("GridWorld-v0")
def test_in_the_grid_agent_goal_and_walls_are_dragged(scene: Scene) -> None:
    watched = scene.watched
    scene.drag(scene.cell(AGENT), scene.cell(AGENT + COLUMNS), scene.cell(1))
    assert watched.placed == [1]
    assert watched.grid_map == GridMap()
    scene.drag(scene.cell(GOAL), scene.cell(GOAL - 1), scene.cell(0))
    assert watched.grid_map == GridMap(goal=0)
    scene.drag(scene.cell(2), scene.cell(3), scene.cell(4))
    assert watched.grid_map.walls == WALLS | {2, 3, 4}
    wall = min(WALLS)
    scene.drag(scene.cell(wall), scene.cell(wall + 1), scene.cell(3))
    assert watched.grid_map.walls == (WALLS | {2, 4}) - {wall, wall + 1}
    unchanged = watched.grid_map
    scene.drag(scene.cell(PIT))
    scene.drag(scene.cell(0), scene.cell(AGENT))
    assert watched.grid_map == unchanged, "the pit stays, and the goal is not put upon the agent"


@in_environment("GridWorld-v0")
def test_in_the_grid_keys_do_the_same(scene: Scene) -> None:
    watched = scene.watched
    scene.key(Qt.Key.Key_Right, Qt.Key.Key_A, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_G)
    assert watched.placed == [1]
    assert watched.grid_map == GridMap(goal=0)
    scene.key(Qt.Key.Key_Right, Qt.Key.Key_Return)
    assert watched.grid_map.walls == WALLS | {1}
    scene.view.grab()
    scene.key(Qt.Key.Key_Return)
    assert watched.grid_map.walls == WALLS
    scene.key(Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Left, Qt.Key.Key_Return)
    assert watched.grid_map.walls == WALLS, "no wall upon the agent"


@in_environment("CartPole-v1")
def test_nothing_is_done_where_nothing_is_watched(scene: Scene) -> None:
    scene.watched.pushed = None
    scene.watched.changed.emit()
    assert scene.view.focusPolicy() is Qt.FocusPolicy.NoFocus
    scene.key(Qt.Key.Key_Right)
    scene.drag(scene.at(0.0, 1.0), scene.at(0.6, 0.4))
    assert scene.watched.pushes == []

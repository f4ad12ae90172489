"""The policy view shows numbers and probabilities, truly and without jitter."""

import math

import numpy as np
import pytest
from PySide6.QtGui import QColor, QImage

from ppo_desktop.ppo.events import DiscretePolicy, Frame, GaussianPolicy
from ppo_desktop.views import policy_view
from ppo_desktop.views.policy_strip import _ends, _hints
from ppo_desktop.views.policy_view import PolicyView
from ppo_desktop.views.theme import Appearance, Theme

WIDTH, HEIGHT = 440, 90
TO_THE_RIGHT = DiscretePolicy((0.09, 0.91))


@pytest.fixture
def theme(qapp):
    theme = Theme(qapp)
    theme.set_appearance(Appearance.DARK)
    yield theme
    theme.deleteLater()


@pytest.fixture
def view(qtbot, theme, monkeypatch):
    monkeypatch.setattr(policy_view, "_DESCRIBE_EVERY_MS", 10)
    view = PolicyView(theme)
    qtbot.addWidget(view)
    view.resize(WIDTH, HEIGHT)
    return view


def make_frame(policy=TO_THE_RIGHT, environment_id="CartPole-v1", **changes):
    parts = {
        "environment_id": environment_id,
        "agent": 0,
        "n_agents": 8,
        "observation": np.zeros(4, np.float32),
        "episode_over": False,
        "action": None,
        "policy": policy,
        "value": 61.4,
        "entropy": 0.44 * math.log(2),
        "episode_return": 287.0,
        "episode_length": 287,
        "steps": 64_512,
        "picture": None,
    }
    return Frame(**parts | changes)


def gaussian(mean, deviation, limit=2.0):
    return GaussianPolicy((mean,), (deviation,), (-limit,), (limit,))


def pendulum(mean, deviation, **changes):
    return make_frame(gaussian(mean, deviation), "Pendulum-v1", **changes)


def shown(view, frame):
    """Shape (height, width, 3) of what is painted for a frame."""
    view.show_frame(frame)
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1].copy()


def where(picture, colour):
    """Columns and rows of one colour, right of the numbers and above the line below."""
    numbers, line = int(0.45 * picture.shape[1]), int(0.8 * picture.shape[0])
    wanted = QColor(colour).getRgb()[:3]
    rows, columns = np.nonzero((picture[:line, numbers:] == wanted).all(axis=2))
    return columns + numbers, rows


def in_line_below(picture, colour):
    """Columns of one colour in the line below numbers and bars."""
    wanted = QColor(colour).getRgb()[:3]
    return np.nonzero((picture[int(0.82 * picture.shape[0]) :] == wanted).all(axis=2))[1]


def described(view, qtbot, frame):
    view.setAccessibleDescription("")
    view.show_frame(frame)
    qtbot.waitUntil(lambda: bool(view.accessibleDescription()))
    return view.accessibleDescription()


def test_a_screen_reader_hears_every_number(view, qtbot):
    assert described(view, qtbot, make_frame()) == (
        "Return so far 287.0, V(s): discounted, from here 61.40, "
        "Entropy of this state 0.44 bits of at most 1.00; ← left 0.09, → right 0.91"
    )


def test_a_screen_reader_hears_which_action_led_here(view, qtbot):
    assert described(view, qtbot, make_frame(action=(1.0,))).endswith("; last action → right")
    assert described(view, qtbot, pendulum(0.0, 0.5, action=(-0.25,))).endswith("; last action −0.25")


def test_scaled_values_are_said_to_be_scaled(view, qtbot):
    view.show_run(rewards_are_scaled=True)
    assert "V(s): discounted and scaled, from here 61.40" in described(view, qtbot, make_frame())
    view.show_run(rewards_are_scaled=False)
    assert "V(s): discounted, from here 61.40" in described(view, qtbot, make_frame())


def test_a_screen_reader_is_told_at_most_once_a_second(theme, qtbot):
    view = PolicyView(theme)
    qtbot.addWidget(view)
    first = described(view, qtbot, make_frame(episode_return=1.0))
    for episode_return in (2.0, 3.0, 4.0):
        view.show_frame(make_frame(episode_return=episode_return))
        assert view.accessibleDescription() == first
    qtbot.waitUntil(lambda: "Return so far 4.0" in view.accessibleDescription())


def test_entropy_can_be_read_in_nats(view, qtbot):
    view.set_entropy_unit("nats")
    assert "Entropy of this state 0.30 nats of at most 0.69" in described(view, qtbot, make_frame())


def test_the_ruler_goes_from_a_certain_to_a_uniform_policy(view, theme):
    def filled(entropy):
        # The legend's own bar is right of the middle.
        columns = in_line_below(shown(view, make_frame(entropy=entropy)), theme.palette.entropy)
        return np.ptp(columns[columns < WIDTH / 2])

    certain, half, uniform = (filled(share * math.log(2)) for share in (0.0, 0.5, 1.0))
    assert uniform > 60
    assert half - certain == pytest.approx(uniform - half, abs=3)


def test_the_ruler_of_four_actions_is_divided_at_one_bit(view):
    four = make_frame(DiscretePolicy((0.25,) * 4), "GridWorld-v0", entropy=2 * math.log(2))
    two = make_frame(DiscretePolicy((0.5,) * 2), entropy=math.log(2))
    assert _ends(2.0, "bits")[0] == ("certain 0", "2 bits uniform")
    assert _ends(1.0, "bits")[0] == ("certain 0", "1 bit uniform")
    assert _ends(math.log2(3), "bits")[0] == ("certain 0", "1.58 bits uniform")
    assert _ends(math.log(4), "nats")[0] == ("certain 0", "1.39 nats uniform")
    assert (shown(view, four) != shown(view, two)).any()


@pytest.mark.parametrize(("bits", "is_written"), [(0.2, True), (1.0, False), (1.1, False), (1.8, True)])
def test_the_tick_of_one_bit_gives_way_to_the_entropy_shown_there(view, theme, bits, is_written):
    def muted(entropy):
        frame = make_frame(DiscretePolicy((0.25,) * 4), "GridWorld-v0", entropy=entropy * math.log(2))
        return len(in_line_below(shown(view, frame), theme.palette.muted))

    assert (muted(bits) > muted(1.0)) is is_written


def test_a_negative_entropy_is_explained_in_place_and_a_positive_one_is_not(view, theme):
    def hint(entropy):
        return in_line_below(shown(view, pendulum(0.0, 0.5, entropy=entropy)), theme.palette.entropy)

    assert (hint(-0.1) < WIDTH / 2).any()
    assert not (hint(0.1) < WIDTH / 2).any()
    several = make_frame(GaussianPolicy((0.0,) * 2, (0.1,) * 2, (-1.0,) * 2, (1.0,) * 2), entropy=-1.0)
    assert _hints(several)[0] == "negative: the densities are narrow"
    assert "0.242" in view.toolTip()


def test_below_the_bars_it_says_which_mark_is_the_last_action(view, theme):
    for frame in (make_frame(), pendulum(0.0, 0.5)):
        assert in_line_below(shown(view, frame), theme.palette.accent).size > 0
    assert "last action" in view.toolTip()


def test_a_narrow_gaussian_has_a_negative_entropy(view, qtbot):
    text = described(view, qtbot, pendulum(0.31, 0.1, entropy=-0.88))
    assert "Entropy of this state −1.27 bits; torque 0.31 ± 0.10, beyond the bounds 0.0 %" in text


def test_a_rounded_zero_has_no_sign_and_an_unknown_number_is_a_dash(view, qtbot):
    text = described(view, qtbot, make_frame(episode_return=-0.01, value=math.nan))
    assert text.startswith("Return so far 0.0, V(s): discounted, from here –, ")


def test_small_returns_have_two_decimals(view, qtbot):
    nothing_known = make_frame(DiscretePolicy((0.25,) * 4), "GridWorld-v0", episode_return=-0.04)
    assert "Return so far −0.04" in described(view, qtbot, nothing_known)


def test_actions_of_an_unknown_environment_are_numbered(view, qtbot):
    text = described(view, qtbot, make_frame(DiscretePolicy((0.25, 0.75)), "Foo-v1"))
    assert "action 0 0.25, action 1 0.75" in text


def test_six_actions_are_all_named(view, qtbot):
    text = described(view, qtbot, make_frame(DiscretePolicy((0.1, 0.2, 0.05, 0.3, 0.25, 0.1)), "Foo-v1"))
    assert "action 5 0.10" in text
    assert "more" not in text


def test_of_more_than_six_actions_the_rest_is_summed_up(view, qtbot):
    text = described(view, qtbot, make_frame(DiscretePolicy((1 / 18,) * 18), "Foo-v1"))
    assert "action 4 0.06, and 13 more, 0.72 together" in text
    assert "action 5" not in text


def test_a_bar_is_as_long_as_its_probability(view, theme):
    columns, rows = where(shown(view, make_frame(DiscretePolicy((0.25, 0.75)))), theme.palette.entropy)
    upper, lower = np.ptp(columns[rows < HEIGHT / 2]), np.ptp(columns[rows > HEIGHT / 2])
    assert upper / lower == pytest.approx(1 / 3, abs=0.03)


def test_nothing_moves_when_numbers_change(view, theme):
    def bar_ends(frame):
        columns, _ = where(shown(view, frame), theme.palette.field)
        return columns.max(), view.grab().width()

    def first_filled(frame):
        return where(shown(view, frame), theme.palette.entropy)[0].min()

    small = make_frame(DiscretePolicy((0.5, 0.5)), episode_return=1.0, value=-0.1, entropy=0.0)
    large = make_frame(DiscretePolicy((0.4, 0.6)), episode_return=500.0, value=-99.9, entropy=0.69)
    assert bar_ends(small) == bar_ends(large)
    assert first_filled(small) == first_filled(large)


def test_the_action_just_taken_is_marked_in_its_row(view, theme):
    marks = [where(shown(view, make_frame(action=(a,))), theme.palette.accent)[1] for a in (0.0, 1.0)]
    assert marks[0].max() < HEIGHT / 2 < marks[1].min()
    assert where(shown(view, make_frame(action=None)), theme.palette.accent)[0].size == 0


def test_the_most_probable_action_stands_out(view, theme):
    for probabilities, upper in (((0.9, 0.1), True), ((0.1, 0.9), False)):
        rows = where(shown(view, make_frame(DiscretePolicy(probabilities))), theme.palette.text)[1]
        assert rows.size > 0
        assert ((rows < HEIGHT / 2) == upper).all()


def test_the_density_moves_with_the_mean(view, theme):
    middles = [
        where(shown(view, pendulum(m, 0.1)), theme.palette.entropy)[0].mean() for m in (-1.0, 0.0, 1.0)
    ]
    assert middles[1] - middles[0] == pytest.approx(middles[2] - middles[1], abs=1)
    assert middles[1] > middles[0] + 30


def test_the_density_widens_with_sigma(view, theme):
    def covered(deviation):
        picture, flat = shown(view, pendulum(0.0, deviation)), shown(view, pendulum(0.0, 1e-6))
        return (picture != flat).any(axis=2).sum()

    assert covered(0.1) < covered(0.3) < covered(0.9)


def test_an_action_far_outside_the_range_is_marked_at_the_edge(view, theme):
    left = where(shown(view, pendulum(0.0, 0.5, action=(-99.0,))), theme.palette.accent)[0]
    right = where(shown(view, pendulum(0.0, 0.5, action=(99.0,))), theme.palette.accent)[0]
    assert left.size > 0
    assert right.min() > left.max() + 100


def test_an_axis_without_bounds_never_shrinks_in_one_environment(view, theme):
    def mean_line(environment_id):
        frame = make_frame(gaussian(1.0, 0.1, math.inf), environment_id)
        return where(shown(view, frame), theme.palette.entropy)[0].mean()

    fresh = mean_line("Foo-v1")
    view.show_frame(make_frame(gaussian(12.0, 0.5, math.inf), "Foo-v1"))
    assert mean_line("Foo-v1") < fresh - 10
    assert mean_line("Bar-v1") == pytest.approx(fresh, abs=1)


def test_it_follows_the_theme_and_asks_for_more_room_in_projector_mode(view, theme):
    view.show_frame(make_frame())
    dark, height = view.grab().toImage(), view.sizeHint().height()
    theme.set_appearance(Appearance.LIGHT)
    assert view.grab().toImage() != dark
    theme.set_projector(True)
    assert view.sizeHint().height() > height
    theme.set_projector(False)


@pytest.mark.parametrize("projector", [False, True])
@pytest.mark.parametrize("size", [(1, 1), (150, 20), (20, 150), (260, 64), (440, 90), (2000, 400)], ids=str)
def test_every_size_can_be_painted(view, theme, size, projector):
    theme.set_projector(projector)
    view.setMinimumSize(0, 0)
    view.resize(*size)
    six = GaussianPolicy((0.1,) * 6, (0.5,) * 6, (-1.0,) * 6, (1.0,) * 6)
    broken = GaussianPolicy((math.nan,), (math.inf,), (-math.inf,), (math.inf,))
    for frame in (
        None,
        make_frame(),
        pendulum(0.3, 0.8, action=(1.0,)),
        make_frame(DiscretePolicy((1 / 18,) * 18), "Foo-v1", action=(2.0,)),
        make_frame(six, "Foo-v1", action=(0.0,) * 6),
        make_frame(broken, "Foo-v1", action=(math.nan,), episode_return=-1e9),
    ):
        view.show_frame(frame)
        assert view.grab().width() == size[0]
    theme.set_projector(False)


def drawn_beyond(policy, n=200_000):
    """Share of actions drawn from a policy of which a component is beyond a bound."""
    generator = np.random.default_rng(1)
    actions = generator.normal(policy.means, policy.standard_deviations, (n, len(policy.means)))
    return ((actions < policy.low) | (actions > policy.high)).any(axis=1).mean()


@pytest.mark.parametrize(
    "policy",
    [
        gaussian(0.0, 1.0),
        gaussian(-1.7, 0.6),
        gaussian(3.0, 0.5),
        GaussianPolicy((0.0, 0.8), (0.7, 0.4), (-1.0, -math.inf), (1.0, 1.0)),
    ],
)
def test_what_is_beyond_the_bounds_is_said_as_it_is_drawn(view, qtbot, policy):
    beyond = 1 - math.prod(1 - part for part in policy.beyond_bounds)
    assert beyond == pytest.approx(drawn_beyond(policy), abs=0.005)
    text = described(view, qtbot, make_frame(policy, "Pendulum-v1"))
    assert f"beyond the bounds {100 * beyond:.1f} %" in text


def test_without_bounds_nothing_is_said_to_be_beyond_them(view, theme, qtbot):
    frame = make_frame(gaussian(0.0, 1.0, limit=math.inf), "Pendulum-v1")
    assert "beyond" not in described(view, qtbot, frame)
    assert where(shown(view, frame), theme.palette.clip)[0].size == 0
    assert gaussian(math.nan, 1.0).beyond_bounds != gaussian(0.0, 1.0).beyond_bounds
    assert gaussian(0.5, 0.0).beyond_bounds == (0.0,)
    assert gaussian(2.5, 0.0).beyond_bounds == (1.0,)


def test_the_part_beyond_a_bound_has_its_own_colour_on_that_side(view, theme):
    def edges(mean):
        """Columns of the part beyond, and of the rest of the density."""
        picture = shown(view, pendulum(mean, 0.6))
        return where(picture, theme.palette.clip)[0], where(picture, theme.palette.entropy)[0]

    beyond, within = edges(1.7)
    assert beyond.min() >= within.max() - 2
    beyond, within = edges(-1.7)
    assert beyond.max() <= within.min() + 2
    assert edges(0.0)[0].size < edges(1.7)[0].size


def test_in_a_narrow_card_on_a_projector_a_sole_component_gives_up_its_name_for_its_number(
    view, theme, monkeypatch
):
    written = []
    monkeypatch.setattr(view, "_write", lambda *args: written.append((args[3], args[4].pointSizeF())))
    theme.set_projector(True)
    view.resize(402, 150)
    shown(view, pendulum(-0.19, 0.97))
    theme.set_projector(False)
    sizes = dict(written)
    assert "torque" not in sizes
    assert sizes["−0.19 ± 0.97"] > 12

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.distributions import Categorical, Independent, Normal, kl_divergence

from ppo_desktop.ppo.objective import (
    approx_kl,
    calculate_losses,
    calculate_ratios,
    categorical_entropy,
    categorical_log_prob,
    clip_fraction,
    clipped_surrogate_objective,
    gaussian_entropy,
    gaussian_log_prob,
    gradient_cut_fraction,
    gradient_is_cut,
    nats_to_bits,
    total_loss,
)

EPSILON = 0.2

ratios = st.floats(0.0625, 16, width=32)
advantages = st.one_of(st.just(0.0), st.floats(0.125, 8, width=32), st.floats(-8, -0.125, width=32))
epsilons = st.floats(0.01, 1)
samples = st.lists(st.tuples(ratios, advantages), min_size=1, max_size=20)


def objective_and_gradient(ratio: float, advantage: float) -> tuple[float, float]:
    """The objective of one sample and its gradient with respect to the ratio, by autograd."""
    r = torch.tensor(ratio, requires_grad=True)
    objective = clipped_surrogate_objective(
        r, torch.clamp(r, 1 - EPSILON, 1 + EPSILON), torch.tensor(advantage)
    )
    objective.backward()
    assert r.grad is not None
    return objective.item(), r.grad.item()


# ---- ratios


def test_the_slide_example_clips_a_ratio_of_1_25_to_1_20() -> None:
    ratio, clipped = calculate_ratios(torch.tensor(0.5).log(), torch.tensor(0.4).log(), 0.2)
    assert ratio.item() == pytest.approx(1.25)
    assert clipped.item() == pytest.approx(1.2)


def test_a_ratio_is_the_quotient_of_the_probabilities() -> None:
    new, old = torch.tensor([0.1, 0.5, 0.9]), torch.tensor([0.2, 0.5, 0.3])
    ratio, clipped = calculate_ratios(new.log(), old.log(), 0.5)
    torch.testing.assert_close(ratio, torch.tensor([0.5, 1.0, 3.0]))
    torch.testing.assert_close(clipped, torch.tensor([0.5, 1.0, 1.5]))


@pytest.mark.parametrize("log_prob", [-104.0, 90.0], ids=["tiny probability", "huge density"])
def test_a_ratio_is_finite_where_the_quotient_of_probabilities_is_not(log_prob: float) -> None:
    one = torch.tensor([log_prob])
    assert not (one.exp() / one.exp()).isfinite()
    ratio, _ = calculate_ratios(one, one, EPSILON)
    assert ratio.item() == 1


def test_no_gradient_flows_through_the_old_log_probability() -> None:
    new = torch.tensor([-0.5], requires_grad=True)
    old = torch.tensor([-0.7], requires_grad=True)
    calculate_ratios(new, old, EPSILON)[0].sum().backward()
    assert new.grad is not None
    assert new.grad.item() == pytest.approx(math.exp(0.2))
    assert old.grad is None


def test_the_same_tensor_as_new_and_old_still_has_a_gradient() -> None:
    log_prob = torch.tensor([-0.5], requires_grad=True)
    calculate_ratios(log_prob, log_prob, EPSILON)[0].sum().backward()
    assert log_prob.grad is not None
    assert log_prob.grad.item() == 1


def test_without_epsilon_no_ratio_is_clipped() -> None:
    ratio, clipped = calculate_ratios(torch.tensor([3.0]), torch.tensor([0.0]), None)
    assert torch.equal(ratio, clipped)
    assert ratio.item() == pytest.approx(math.exp(3))


# ---- the clipped objective


@pytest.mark.parametrize(
    ("ratio", "advantage", "objective", "gradient"),
    [
        (1.5, 2.0, 2.4, 0.0),
        (1.5, -2.0, -3.0, -2.0),
        (0.5, 2.0, 1.0, 2.0),
        (0.5, -2.0, -1.6, 0.0),
        (1.1, 2.0, 2.2, 2.0),
        (0.9, -2.0, -1.8, -2.0),
    ],
    ids=["too high, good", "too high, bad", "too low, good", "too low, bad", "inside, good", "inside, bad"],
)
def test_the_objective_is_flat_only_where_the_advantage_pushes_out_of_the_band(
    ratio: float, advantage: float, objective: float, gradient: float
) -> None:
    assert objective_and_gradient(ratio, advantage) == pytest.approx((objective, gradient))


@pytest.mark.parametrize("edge", [1 - EPSILON, 1 + EPSILON])
@pytest.mark.parametrize("advantage", [2.0, -2.0])
def test_exactly_on_the_edge_the_whole_gradient_passes(edge: float, advantage: float) -> None:
    on_edge = torch.tensor(edge).item()
    assert objective_and_gradient(on_edge, advantage)[1] == advantage
    assert not gradient_is_cut(torch.tensor([edge]), torch.tensor([advantage]), EPSILON).item()
    assert clip_fraction(torch.tensor([edge]), EPSILON).item() == 0


@pytest.mark.parametrize("advantage", [2.0, -2.0])
def test_just_beyond_the_edge_it_is_cut_on_one_side(advantage: float) -> None:
    beyond = np.nextafter(np.float32(1 + EPSILON), np.float32(2))
    cut = advantage > 0
    assert objective_and_gradient(float(beyond), advantage)[1] == (0 if cut else advantage)
    assert gradient_is_cut(torch.tensor([beyond]), torch.tensor([advantage]), EPSILON).item() is cut
    assert clip_fraction(torch.tensor([beyond]), EPSILON).item() == 1


def ratio_loss_and_gradient(
    log_prob: float, advantage: float, epsilon: float | None
) -> tuple[float, float, float, float]:
    """Ratio, clipped ratio, actor loss and its gradient with respect to log π; log π_old is 0."""
    new, old = torch.tensor([log_prob], requires_grad=True), torch.zeros(1)
    ratio, clipped_ratio = calculate_ratios(new, old, epsilon)
    actor_loss, _ = calculate_losses(new, old, torch.tensor([advantage]), new, new, epsilon)
    (gradient,) = torch.autograd.grad(actor_loss, new)
    return ratio.item(), clipped_ratio.item(), actor_loss.item(), gradient.item()


@pytest.mark.parametrize(
    ("ratio", "advantage", "clipped_ratio", "loss", "gradient"),
    [
        (1.5, 2.0, 1.2, -2.4, 0.0),
        (1.5, -2.0, 1.2, 3.0, 3.0),
        (0.5, 2.0, 0.8, -1.0, -1.0),
        (0.5, -2.0, 0.8, 1.6, 0.0),
        (1.1, 2.0, 1.1, -2.2, -2.2),
        (0.9, -2.0, 0.9, 1.8, 1.8),
    ],
    ids=["too high, good", "too high, bad", "too low, good", "too low, bad", "inside, good", "inside, bad"],
)
def test_the_actors_loss_pulls_at_the_log_probability_unless_the_clip_removes_it(
    ratio: float, advantage: float, clipped_ratio: float, loss: float, gradient: float
) -> None:
    """Of −r·Â the gradient is −r·Â: the exponential's derivative is the ratio itself."""
    found = ratio_loss_and_gradient(math.log(ratio), advantage, 0.2)
    assert found == pytest.approx((ratio, clipped_ratio, loss, gradient))


@pytest.mark.parametrize("log_prob", [0.2, -0.2])
@pytest.mark.parametrize("advantage", [2.0, -2.0])
def test_on_the_edge_the_whole_gradient_reaches_the_log_probability_and_beyond_it_none_or_all(
    log_prob: float, advantage: float
) -> None:
    edge = torch.tensor(log_prob).exp().item()
    whole = pytest.approx(-edge * advantage)
    on_edge = ratio_loss_and_gradient(log_prob, advantage, abs(edge - 1))
    assert on_edge[0] == on_edge[1] == edge
    assert on_edge[3] == whole
    beyond = ratio_loss_and_gradient(log_prob, advantage, abs(edge - 1) - 1e-6)
    assert beyond[0] != beyond[1]
    assert beyond[3] == (0 if log_prob * advantage > 0 else whole)


@pytest.mark.parametrize("advantage", [2.0, -2.0])
@pytest.mark.parametrize("ratio", [0.5, 1.5])
def test_without_epsilon_the_actors_loss_always_pulls_at_the_log_probability(
    ratio: float, advantage: float
) -> None:
    found = ratio_loss_and_gradient(math.log(ratio), advantage, None)
    assert found == pytest.approx((ratio, ratio, -ratio * advantage, -ratio * advantage))


@given(samples, epsilons)
def test_a_gradient_is_cut_exactly_where_autograd_finds_none(
    drawn: list[tuple[float, float]], epsilon: float
) -> None:
    ratio = torch.tensor([r for r, _ in drawn], requires_grad=True)
    advantage = torch.tensor([a for _, a in drawn])
    clipped = torch.clamp(ratio, 1 - epsilon, 1 + epsilon)
    clipped_surrogate_objective(ratio, clipped, advantage).sum().backward()
    assert ratio.grad is not None
    expected = (ratio.grad == 0) & (advantage != 0)
    assert torch.equal(gradient_is_cut(ratio.detach(), advantage, epsilon), expected)


@given(samples, epsilons)
def test_never_more_gradients_are_cut_than_ratios_are_outside_the_band(
    drawn: list[tuple[float, float]], epsilon: float
) -> None:
    ratio, advantage = torch.tensor([r for r, _ in drawn]), torch.tensor([a for _, a in drawn])
    assert gradient_cut_fraction(ratio, advantage, epsilon) <= clip_fraction(ratio, epsilon)


@given(samples, epsilons)
def test_the_objective_never_exceeds_the_unclipped_one(
    drawn: list[tuple[float, float]], epsilon: float
) -> None:
    ratio, advantage = torch.tensor([r for r, _ in drawn]), torch.tensor([a for _, a in drawn])
    clipped = torch.clamp(ratio, 1 - epsilon, 1 + epsilon)
    assert (clipped_surrogate_objective(ratio, clipped, advantage) <= ratio * advantage).all()


def test_clip_fraction_counts_ratios_on_both_sides() -> None:
    assert clip_fraction(torch.tensor([0.5, 0.79, 0.81, 1.0, 1.19, 1.21, 2.0, 9.0]), 0.2).item() == 5 / 8


def test_gradient_cut_fraction_asks_where_the_advantage_pushes() -> None:
    ratio = torch.tensor([2.0, 2.0, 0.5, 0.5, 1.0, 2.0])
    advantage = torch.tensor([1.0, -1.0, 1.0, -1.0, 1.0, 0.0])
    assert gradient_cut_fraction(ratio, advantage, 0.2).item() == pytest.approx(2 / 6)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
@pytest.mark.parametrize("epsilon", [0.2, None])
def test_fractions_have_the_precision_of_the_ratios(precision: torch.dtype, epsilon: float | None) -> None:
    ratio = torch.tensor([2.0, 1.0, 1.0], dtype=precision)
    clipped, cut = clip_fraction(ratio, epsilon), gradient_cut_fraction(ratio, ratio, epsilon)
    assert clipped.dtype == cut.dtype == precision
    third = torch.ones((), dtype=precision) / 3
    assert clipped == cut == (third if epsilon else 0)


def test_a_ratio_of_one_is_never_clipped() -> None:
    ones = torch.ones(4)
    assert clip_fraction(ones, 0.01).item() == 0
    assert gradient_cut_fraction(ones, torch.tensor([1.0, -1.0, 5.0, 0.0]), 0.01).item() == 0


def test_without_epsilon_nothing_is_clipped_or_cut() -> None:
    ratio, advantage = torch.tensor([0.01, 100.0]), torch.tensor([-1.0, 1.0])
    assert clip_fraction(ratio, None).item() == 0
    assert gradient_cut_fraction(ratio, advantage, None).item() == 0


# ---- losses


def test_losses_of_three_samples_computed_by_hand() -> None:
    new = torch.tensor([0.6, 0.2, 0.5]).log()
    old = torch.tensor([0.4, 0.4, 0.5]).log()  # ratios 1.5, 0.5, 1
    advantage, value, target = torch.tensor([1.0, -1.0, 2.0]), torch.zeros(3), torch.tensor([1.0, 2.0, 3.0])
    actor_loss, critic_loss = calculate_losses(new, old, advantage, value, target, 0.2)
    assert actor_loss.item() == pytest.approx(-(1.2 - 0.8 + 2.0) / 3)
    assert critic_loss.item() == pytest.approx((1 + 4 + 9) / 3)


def test_one_step_with_lambda_zero_gives_the_losses_of_the_slides() -> None:
    reward, gamma, value, next_value = 1.0, 0.9, torch.tensor([0.5], requires_grad=True), 2.0
    td_target = torch.tensor([reward + gamma * next_value])
    td_error = td_target - value
    actor_loss, critic_loss = calculate_losses(
        torch.tensor([-0.7]), torch.tensor([-0.7]), td_error, value, td_target, 0.2
    )
    assert actor_loss.item() == pytest.approx(-td_error.item())
    assert critic_loss.item() == pytest.approx(td_error.item() ** 2)


def test_no_gradient_flows_through_advantage_and_value_target() -> None:
    leaves = [torch.tensor([0.5], requires_grad=True) for _ in range(4)]
    log_prob, advantage, value, target = leaves
    actor_loss, critic_loss = calculate_losses(log_prob, log_prob.detach(), advantage, value, target, 0.2)
    (actor_loss + critic_loss).backward()
    assert [leaf.grad is not None for leaf in leaves] == [True, False, True, False]


def test_the_total_loss_computed_by_hand() -> None:
    actor_loss, critic_loss, entropy = torch.tensor(2.0), torch.tensor(3.0), torch.tensor([1.0, 2.0])
    assert total_loss(actor_loss, critic_loss, entropy, 0.5, 0.1).item() == pytest.approx(2 + 1.5 - 0.15)


def test_descending_the_total_loss_raises_the_entropy_and_lowers_both_losses() -> None:
    actor_loss, critic_loss = (torch.tensor(1.0, requires_grad=True) for _ in range(2))
    entropy = torch.tensor([1.0, 2.0], requires_grad=True)
    total_loss(actor_loss, critic_loss, entropy, 0.5, 0.1).backward()
    gradients = [leaf.grad for leaf in (actor_loss, critic_loss, entropy)]
    torch.testing.assert_close(
        gradients, [torch.tensor(1.0), torch.tensor(0.5), torch.tensor([-0.05, -0.05])]
    )


@pytest.mark.parametrize(
    "call",
    [
        lambda a, b: calculate_ratios(a, b, 0.2),
        lambda a, b: clipped_surrogate_objective(a, a, b),
        lambda a, b: gradient_cut_fraction(a, b, 0.2),
        lambda a, b: approx_kl(a, b),
        lambda a, b: calculate_losses(a, a, a, a, b, 0.2),
        lambda a, b: calculate_losses(a, a, b, a, a, 0.2),
        lambda a, b: gaussian_log_prob(a, torch.zeros(1), b),
    ],
)
def test_shapes_that_would_be_broadcast_are_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(ValueError, match=r"\(3,\).*\(3, 1\)"):
        call(torch.zeros(3), torch.zeros(3, 1))


# ---- divergence


@given(st.lists(st.tuples(st.floats(-9, 0), st.floats(-9, 0)), min_size=1, max_size=20))
def test_approx_kl_is_the_mean_of_its_formula_and_never_negative(drawn: list[tuple[float, float]]) -> None:
    new, old = (np.array(column) for column in zip(*drawn, strict=True))
    x = new - old
    found = approx_kl(torch.tensor(new), torch.tensor(old)).item()
    assert found == pytest.approx((np.exp(x) - 1 - x).mean(), rel=1e-9, abs=1e-12)
    assert found >= 0


def test_approx_kl_of_tiny_differences_is_never_negative_in_single_precision() -> None:
    for size in 2.0 ** torch.linspace(-40, 3, 1001):
        for x in (size.repeat(16), -size.repeat(16)):
            assert approx_kl(x, torch.zeros(16)).item() >= 0


def test_approx_kl_of_an_unchanged_policy_is_zero() -> None:
    log_prob = torch.tensor([-0.1, -3.0, 2.5])
    assert approx_kl(log_prob, log_prob).item() == 0


def test_approx_kl_has_the_exact_divergence_as_its_expectation() -> None:
    old, new = torch.tensor([0.75, 0.25]), torch.tensor([0.4, 0.6])
    drawn_as_often_as_likely = torch.tensor([0, 0, 0, 1])
    estimate = approx_kl(new.log()[drawn_as_often_as_likely], old.log()[drawn_as_often_as_likely])
    torch.testing.assert_close(estimate, kl_divergence(Categorical(old), Categorical(new)))


# ---- distributions


@pytest.mark.parametrize("n_actions", [1, 2, 3, 7])
@pytest.mark.parametrize("spread", [0.01, 1.0, 30.0])
def test_categorical_log_prob_and_entropy_are_those_of_torch_distributions(
    n_actions: int, spread: float
) -> None:
    generator = torch.Generator().manual_seed(3)
    logits = spread * torch.randn(50, n_actions, generator=generator)
    action = torch.randint(n_actions, (50,), generator=generator)
    reference = Categorical(logits=logits)
    torch.testing.assert_close(categorical_log_prob(logits, action), reference.log_prob(action))
    torch.testing.assert_close(categorical_entropy(logits), reference.entropy())


@pytest.mark.parametrize("n_components", [1, 2, 5])
@pytest.mark.parametrize("level", [-3.0, 0.0, 1.0])
def test_gaussian_log_prob_and_entropy_are_those_of_torch_distributions(
    n_components: int, level: float
) -> None:
    generator = torch.Generator().manual_seed(3)
    mean, action = (torch.randn(50, n_components, generator=generator) for _ in range(2))
    log_std = level + 0.1 * torch.randn(n_components, generator=generator)
    reference = Independent(Normal(mean, log_std.exp()), 1)
    torch.testing.assert_close(gaussian_log_prob(mean, log_std, action), reference.log_prob(action))
    torch.testing.assert_close(gaussian_entropy(log_std).expand(50), reference.entropy())


def test_gaussian_entropy_is_negative_below_a_sigma_of_0_242() -> None:
    assert gaussian_entropy(torch.tensor([0.2419]).log()).item() < 0
    assert gaussian_entropy(torch.tensor([0.2421]).log()).item() > 0


@pytest.mark.parametrize(("n_actions", "bits"), [(1, 0.0), (2, 1.0), (3, 1.585), (4, 2.0)])
def test_the_entropy_of_equal_probabilities_is_the_logarithm_of_their_number(
    n_actions: int, bits: float
) -> None:
    nats = categorical_entropy(torch.zeros(n_actions))
    assert nats.item() == pytest.approx(math.log(n_actions))
    assert nats_to_bits(nats).item() == pytest.approx(bits, abs=5e-4)


def test_one_nat_is_1_44_bits() -> None:
    assert nats_to_bits(torch.tensor(1.0)).item() == pytest.approx(1.4427, abs=1e-4)


def test_a_certain_policy_has_no_entropy_and_no_nan() -> None:
    assert categorical_entropy(torch.tensor([0.0, -1e4])).item() == 0

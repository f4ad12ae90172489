"""What to try against a symptom: one value of one hyperparameter, so that a click can set it."""

from __future__ import annotations

from dataclasses import dataclass

from ppo_desktop.ppo.algorithms import Algorithm
from ppo_desktop.ppo.declaration import Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters
from ppo_desktop.ppo.presets import presets_for
from ppo_desktop.ppo.scales import round_to_significant_digits
from ppo_desktop.ppo.settings import RunSettings

HIGH_LEARNING_RATE = 2e-2
"""Above this no clip keeps updates small: 1e-2 learns with ε 0.2, 1e-1 collapses with it too."""
WIDE_EPSILON = 0.3
"""Beyond this ε is the first thing to change; up to it every preset learns."""
USUAL_EPSILON = 0.2
TOO_FEW_SAMPLES = 32
"""An update on fewer is mostly chance: with 4 or 8 no run on CartPole came above 170, with 64 each learns."""
ENOUGH_SAMPLES = 128
STRONG_BONUS = 0.3
"""An entropy coefficient that can outweigh the return: with 0.2 CartPole is solved, with 0.5 it is not."""
SMALL_BONUS = 0.05
"""An entropy coefficient with which CartPole is learnt as well as with none."""


@dataclass(frozen=True)
class Advice:
    """A value to try of a hyperparameter."""

    field: str
    value: Value

    @property
    def label(self) -> str:
        """The slider and its value: "Clip range 0.20"."""
        declaration = DECLARATIONS[self.field]
        return f"{declaration.label} {declaration.format(self.value)}"


def surer_updates(settings: RunSettings, values: Hyperparameters) -> Advice:
    """Return what makes updates smaller or surer: of samples, bonus, ε and learning rate the one to blame."""
    if values.samples_per_rollout < TOO_FEW_SAMPLES:
        return more_samples(values)
    if values.entropy_coef >= STRONG_BONUS:
        return lower_entropy_coefficient(values)
    if settings.algorithm is Algorithm.A2C or values.learning_rate > HIGH_LEARNING_RATE:
        return lower_learning_rate(settings, values)
    if values.clip_range is None or values.clip_range > WIDE_EPSILON:
        return Advice("clip_range", USUAL_EPSILON)
    return lower_learning_rate(settings, values)


def more_samples(values: Hyperparameters) -> Advice:
    """Return the shortest rollout on the slider that gives an update enough samples."""
    stops = [stop for stop in DECLARATIONS["rollout_length"].stops if isinstance(stop, int)]
    enough = (stop for stop in stops if stop * values.n_envs >= ENOUGH_SAMPLES)
    return Advice("rollout_length", next(enough, stops[-1]))


def lower_learning_rate(settings: RunSettings, values: Hyperparameters) -> Advice:
    """Return the preset's learning rate where that is clearly lower, else a third of the present one."""
    preset = _preset(settings).learning_rate
    third = round_to_significant_digits(values.learning_rate / 3, 1)
    return Advice("learning_rate", preset if preset <= values.learning_rate / 2 else third)


def higher_learning_rate(settings: RunSettings) -> Advice:
    """Return the learning rate of the environment's preset."""
    return Advice("learning_rate", _preset(settings).learning_rate)


def lower_entropy_coefficient(values: Hyperparameters) -> Advice:
    """Return a tenth of the entropy coefficient, at most one that is known to let a run learn."""
    return Advice("entropy_coef", min(SMALL_BONUS, round_to_significant_digits(values.entropy_coef / 10, 1)))


def higher_entropy_coefficient(values: Hyperparameters) -> Advice:
    """Return a small entropy coefficient, or three times a present one."""
    tripled = round_to_significant_digits(3 * values.entropy_coef, 1)
    return Advice("entropy_coef", min(SMALL_BONUS, max(0.01, tripled)))


def usual_value_coefficient(settings: RunSettings) -> Advice:
    """Return the value coefficient of the environment's preset."""
    return Advice("value_coef", _preset(settings).value_coef)


def more_epochs(settings: RunSettings) -> Advice:
    """Return the epochs of the environment's preset."""
    return Advice("n_epochs", _preset(settings).n_epochs)


def _preset(settings: RunSettings) -> Hyperparameters:
    return presets_for(settings.environment_id)[0].hyperparameters

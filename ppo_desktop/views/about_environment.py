"""What there is to read about an environment."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from ppo_desktop.ppo.catalogue import KNOWN_ENVIRONMENTS
from ppo_desktop.ppo.environments import solved_return
from ppo_desktop.views.environment_combo import EnvironmentCombo

_GYMNASIUM = "https://gymnasium.farama.org"


def about_environment(environment_id: str) -> str:
    """Return all that the catalogue says of an environment, as Markdown; of others, where to read on."""
    known = KNOWN_ENVIRONMENTS.get(environment_id)
    threshold = solved_return(environment_id)
    solved = (
        "There is no return at which it counts as solved."
        if threshold is None
        else f"A mean return of {threshold:g} over the last 100 episodes.".replace("-", "−")
    )
    if known is None:
        return (
            f"# {environment_id}\n\nIt is not one of the built-in environments: what its observations, "
            f"actions and rewards mean is in its own documentation, or in [Gymnasium's]({_GYMNASIUM}).\n\n"
            f"**Solved.** {solved}"
        )
    brief = known.brief
    parts = {
        "Observation": brief.observation,
        "Actions": brief.actions,
        "Reward": brief.reward,
        "End of an episode": brief.end,
        "Solved": solved,
    }
    paragraphs = "\n\n".join(f"**{name}.** {text}" for name, text in parts.items())
    engine = "The fast engine" if known.is_compiled else "The PyTorch engine"
    return f"# {environment_id}\n\n{brief.goal}\n\n{paragraphs}\n\n{engine} trains it."


def about_environment_shown(window: QWidget) -> str:
    """Return it of the environment that is chosen on the page shown."""
    combos = window.findChildren(EnvironmentCombo)
    shown = next((combo for combo in combos if combo.isVisible()), combos[0])
    return about_environment(shown.environment_id)

"""How a hyperparameter is called in a panel: its symbol in its colour, and its name."""

from __future__ import annotations

from ppo_desktop.ppo.declaration import Declaration
from ppo_desktop.views.theme import Theme

_SERIF = "Georgia, 'DejaVu Serif', 'Times New Roman', serif"


def hyperparameter_title(
    declaration: Declaration, theme: Theme, *, is_main: bool, is_grey: bool = False
) -> str:
    """Return it as rich text.

    Args:
        declaration: Of the hyperparameter.
        theme: For its colour.
        is_main: Whether it is one of those that stand out.
        is_grey: Whether it has no colour at present, because it has no effect.
    """
    colour = theme.colour("muted") if is_grey else theme.hyperparameter_colour(declaration.name)
    symbol = declaration.symbol.replace("ₕ", "<sub>H</sub>").replace("ᵥ", "<sub>V</sub>")
    size = "large" if is_main else "medium"
    prefix = (
        f'<span style="color:{colour.name()}; font-family:{_SERIF}; font-size:{size}; font-style:italic;'
        f' font-weight:600">{symbol}</span>&nbsp; '
        if symbol
        else ""
    )
    weight = "600" if is_main else "400"
    return f'{prefix}<span style="font-weight:{weight}">{declaration.label}</span>'

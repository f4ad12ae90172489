"""Any hyperparameters that are allowed, for tests of what must hold for all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from ppo_desktop.ppo.declaration import Declaration, InvalidHyperparameter, Kind, Value
from ppo_desktop.ppo.hyperparameters import DECLARATIONS, Hyperparameters


def values_of(declaration: Declaration) -> st.SearchStrategy[Value]:
    """Return any value of one hyperparameter."""
    if declaration.kind is Kind.SWITCH:
        return st.booleans()
    if declaration.kind is Kind.CHOICE:
        return st.sampled_from(declaration.choices)
    assert declaration.scale is not None
    low, high = declaration.scale.low, declaration.scale.high
    whole = declaration.kind is Kind.INTEGER
    numbers = st.integers(round(low), round(high)) if whole else st.floats(low, high)
    return numbers | st.none() if declaration.off_allowed else numbers


def any_hyperparameters() -> st.SearchStrategy[Hyperparameters]:
    """Return any values of all of them that can stand together."""
    values = {name: values_of(declaration) for name, declaration in DECLARATIONS.items()}
    return (
        st.fixed_dictionaries(values).filter(_can_stand_together).map(lambda drawn: Hyperparameters(**drawn))
    )


def _can_stand_together(values: dict[str, Value]) -> bool:
    try:
        Hyperparameters().changed(values)
    except InvalidHyperparameter:
        return False
    return True

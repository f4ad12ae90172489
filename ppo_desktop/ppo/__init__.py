"""The algorithm: never Qt, never Optuna."""

"""Comparisons: several settings trained with the same seeds, and what can be said of the difference."""

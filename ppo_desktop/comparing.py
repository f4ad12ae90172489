"""Comparisons without a window: a JSON object for each finished run, or a progress bar and a table."""

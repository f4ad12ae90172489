"""Engines: what does the arithmetic under the trainer."""

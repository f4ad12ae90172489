"""Policies in files, ours and those of others: read within bounds, and nothing of them is executed."""

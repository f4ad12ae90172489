"""Builds what people install on a computer that has nothing of ours, and tries it; standard library only."""

"""Pictures of the update: each is a module with a figure, and one line in `pictures.py`."""

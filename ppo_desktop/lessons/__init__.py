"""Lessons: text files in which a pupil predicts, lets runs learn, looks, and gets an explanation."""

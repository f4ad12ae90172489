"""What a run leaves behind: its history."""

"""What takes a while and says what happens: jobs, and the threads they go on in."""

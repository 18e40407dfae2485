"""One file a job; asks the desk, shows answers."""

"""What staff do at the counter. Knows no screen and no adapter."""

"""The demo: made-up people and books, and the trainer's hand on simulated devices."""

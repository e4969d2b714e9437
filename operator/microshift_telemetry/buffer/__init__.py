"""Stage 4, what is not yet confirmed by a receiver."""

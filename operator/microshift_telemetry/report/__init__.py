"""Stage 5, what to say: the series of a write request."""

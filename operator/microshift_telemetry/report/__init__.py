"""Stage 5, what to say: a report frozen at its due time."""

"""Real receivers on loopback: what they answer and store, and what the operator makes of it."""

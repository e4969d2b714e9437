"""Real receivers on loopback: what they answer, what they store, and what the operator makes of it."""

"""Stage 6, how to say it, and what the receiver's answer means."""

"""Stage 8, how a report is said: remote write 1.0."""

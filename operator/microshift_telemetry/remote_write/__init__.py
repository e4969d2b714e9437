"""Stage 8, one of two protocols: remote write 1.0."""

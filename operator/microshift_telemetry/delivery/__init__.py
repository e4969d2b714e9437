"""Stage 6, in which order: the requests of a round, and what their answers mean for the rest."""

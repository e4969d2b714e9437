"""Stage 2, the vocabulary of what is measured: labels, series, samples, the catalogue."""

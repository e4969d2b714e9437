"""Stage 7, the wire: one request out and its answer back, whatever protocol it speaks."""

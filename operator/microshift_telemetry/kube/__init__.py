"""The API server as this operator uses it: reads, counts, one apply; no generated client."""

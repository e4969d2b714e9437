"""`make fleet-demo`: a simulated fleet in a real VictoriaMetrics, and every panel held to it."""

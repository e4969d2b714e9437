"""The example receivers as processes, and a fleet that reports to them."""

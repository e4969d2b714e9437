"""What the operator costs, measured beside its peers, and what a fleet of it costs a receiver."""

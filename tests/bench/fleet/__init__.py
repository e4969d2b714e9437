"""A fleet in simulation: the schedule's own code, for many devices, in no time."""

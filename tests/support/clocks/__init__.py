"""The clocks of a device, each set apart from the others, and lent to a process."""

"""Stage 9, what the admin sees: conditions, times and counts in the object's status."""

"""Dashboards, rules and alerts for the one who receives the reports of a fleet."""

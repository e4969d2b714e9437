"""The kubectl plugin `kubectl telemetry`: asks a device about its telemetry, and tells a person.

It knows the operator by its API alone, reaches the cluster by the caller's own kubectl, and needs
Python 3.9 and nothing else.
"""

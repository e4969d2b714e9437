"""The quick search: weeks in seconds, by jumping from one event to the next.

The operator's own ticks run, with all that they decide, keep and tell; replaced are asyncio's loop
(`threads.py`), the sources and the API server (`device.py`), and aiohttp (`wire.py`). A run
leaves the same record as one of the whole controller, so that the same invariants are checked.
"""

"""The quick search: weeks in seconds, by jumping from one event to the next.

The operator's own ticks run, with all that they decide, keep and tell; what is replaced is the loop
of asyncio (`threads.py`), the sources and the API server (`device.py`), and aiohttp (`wire.py`). A
run leaves the same record as one of the whole controller: the same invariants are checked.
"""

"""Search for runs of days in which the operator breaks its promises.

`python -m tests.search --quick --runs 300 --days 28` lets the operator live before model receivers,
under outages, edits, restarts and power cuts that a seed has drawn, and checks from outside what
must hold: `invariants.py`. `--seed N` repeats one run, `--mutation rule-5` breaks a rule first.

`quick/` jumps from event to event. Without `--quick` the whole controller lives in asyncio's fake
time, down to aiohttp, five seconds for three days: what a seed has found there is confirmed here.
`device.py` alone knows how that is put together.
"""

"""Search for runs of days in which the operator breaks its promises.

`python -m tests.search --runs 300` lets the whole controller live in fake time before model
receivers, under outages, edits, restarts and power cuts that a seed has drawn, and checks from
outside what must hold: `invariants.py`. `--seed N` repeats one run. `device.py` alone knows how the
operator is put together.
"""

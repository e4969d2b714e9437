"""A process under a device's clocks that is asked what they say, and how long it waits."""

import json
import select
import subprocess
import sys
from typing import Any, Self

from tests.support.clocks.device_clock import DeviceClock

PROBE = """
import asyncio, ctypes, json, queue, select, socket, sys, threading, time
import aiohttp, psutil

def clocks():
    return [time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic()]

def wall():
    timeval = (ctypes.c_long * 2)()
    libc.gettimeofday(timeval, None)
    return [time.time(), libc.time(None), timeval[0] + timeval[1] / 1e6]

def monotonic():
    raw, coarse = time.CLOCK_MONOTONIC_RAW, 6
    return [time.monotonic(), time.clock_gettime(raw), time.clock_gettime(coarse)]

def is_synchronized():
    told = (ctypes.c_int * 128)()
    said = libc.adjtimex(told)
    return said != 5 and not told[10] & 0x40

def took(wait):
    began = time.monotonic()
    wait()
    return time.monotonic() - began

def steps(reads):
    told = [time.monotonic() for _ in range(reads)]
    return min(after - before for before, after in zip(told, told[1:]))

def take_turns():
    done = []
    thread = threading.Thread(target=spin, args=[done])
    thread.start()
    done.append(True)
    thread.join()

def spin(done):
    while not done:
        pass

def memory():
    found = psutil.virtual_memory()
    return found.total - found.available

def get():
    try:
        queue.Queue().get(timeout=60)
    except queue.Empty:
        pass

def poll():
    mine, other = socket.socketpair()
    mine.settimeout(60)
    try:
        mine.recv(1)
    except TimeoutError:
        pass

async def ask():
    server = await asyncio.start_server(lambda *_: asyncio.sleep(1000), "127.0.0.1", 0)
    url = "http://%s:%d" % server.sockets[0].getsockname()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
        try:
            await session.get(url)
        except TimeoutError:
            pass
    server.close()

async def late():
    try:
        async with asyncio.timeout(60):
            await asyncio.Event().wait()
    except TimeoutError:
        pass

libc = ctypes.CDLL(None)
libc.time.restype = ctypes.c_long
for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""


class Probe:
    """A process with a device's clocks that answers expressions."""

    def __init__(self, clock: DeviceClock) -> None:
        """Start it; it answers once entered."""
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROBE],
            env=clock.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, expression: str) -> Any:
        """Begin, and wait for the answer."""
        self.begin(expression)
        return self.answer()

    def begin(self, expression: str) -> None:
        """Ask, without waiting for the answer."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{expression}\n")
        self._process.stdin.flush()

    def has_answered(self, seconds: float = 0.0) -> bool:
        """Tell whether an answer to what was begun is there, or comes within our own time."""
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], seconds)
        return bool(readable)

    def answer(self) -> Any:
        """Wait for the answer to what was begun."""
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> Self:
        assert self.ask("1") == 1
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

"""What the benchmark counts: bytes through a proxy, pages and time by the kernel's books."""

import os
import socket
import threading

from tests.bench.counting_proxy import CountingProxy, Traffic
from tests.bench.usage import cpu_seconds, memory, parse_smaps_rollup
from tests.support.waiting import wait_for


def test_a_proxy_counts_each_way_and_each_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        answering = threading.Thread(target=_answer, args=(server, 2))
        answering.start()
        with CountingProxy(server.getsockname()[1]) as proxy:
            for _ in range(2):
                with socket.create_connection((proxy.host, proxy.port)) as client:
                    client.sendall(b"question")
                    assert client.recv(100) == b"yes"
            wait_for("the last bytes", lambda: proxy.traffic.received_bytes == 6, 5)
        answering.join(5)

    assert proxy.traffic == Traffic(connections=2, sent_bytes=16, received_bytes=6)
    assert proxy.traffic.since(Traffic(1, 8, 3)) == Traffic(1, 8, 3)


def _answer(server: socket.socket, times: int) -> None:
    for _ in range(times):
        connection, _ = server.accept()
        with connection:
            connection.recv(100)
            connection.sendall(b"yes")


def test_the_kernels_books_are_read() -> None:
    text = "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:   54000 kB\nAnonymous:   30720 kB\n"

    assert parse_smaps_rollup(text) == {"Rss": 54000.0, "Anonymous": 30720.0}


def test_a_process_of_python_has_megabytes_and_has_run() -> None:
    used = memory(os.getpid())

    assert 5 < used.anonymous <= used.rss
    assert 0 < used.proportional <= used.rss
    assert cpu_seconds(os.getpid()) > 0

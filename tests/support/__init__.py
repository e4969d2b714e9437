"""Real parts for tests and demo: built tools, servers, receivers, an independent decoder."""

"""Stage 8, the other protocol: the way of telemeter's own client, `/authorize` and `/upload`."""

"""Model receivers: what real products do with a write request, in pure Python, a page each.

A test or a search puts one behind the sender; `make test-receivers` asks the real product and its
model the same, and both must agree. They have no I/O, no clock and no chance of their own, and
share no code with the sender or its tests. The interface, in `tests.models.model`:

    Sample(series, time_ms, value)      series: ((name, value), …), sorted as on the wire
    Answer(status, headers, body)
    class Model(Protocol):
        stored: Mapping[(series, time_ms), value]
        def receive(samples, now_ms, *, size_bytes=0, headers={}) -> Answer

`samples` stand in the order of the wire: series by series, each in the order of its samples.
`now_ms` is the receiver's own clock, `size_bytes` the compressed size, `headers` the request's.
What changes in the life of a receiver (its ingesters are away, it is in maintenance) is a public
attribute that is set between two requests. `Outage` stands for the network before a model.

| module             | models                                  | held to          |
|--------------------|-----------------------------------------|------------------|
| `prometheus`       | `Prometheus`, also before 2.50          | 3.15, 2.42       |
| `thanos`           | `Thanos`                                | receive 0.42.3   |
| `cortex`           | `Cortex`, `Mimir`                       | 1.21.1, 3.0.5    |
| `victoria_metrics` | `VictoriaMetrics`                       | 1.151            |
| `telemeter`        | `Telemeter` before another model        | what it was seen to answer |
| `telemeter_uploads` | `TelemeterUploads`                      | the server of the tests |
| `captive_portal`   | `CaptivePortal`                         | nothing real     |
| `gateway`          | `Gateway` before another model          | nothing real     |
| `aggregation_gateway` | `AggregationGateway`: adds pushes   | nothing real     |
| `outage`           | `Outage`: refused, reset, vanish, hang, any answer | nothing real |
"""

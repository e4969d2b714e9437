"""What a device finds around it, in the fleet's simulation."""

from tests.bench.fleet.world import Span, World


def test_a_connection_over_a_dead_link_is_there_with_the_next_packet_within_its_limit() -> None:
    world = World(link_down=Span(0, 100), connect_timeout_seconds=30)

    assert world.connects_at(84) is None
    assert world.connects_at(86) == 101
    assert world.connects_at(98) == 101
    assert world.connects_at(100) == 100


def test_a_short_limit_gives_up_before_the_later_packets() -> None:
    world = World(link_down=Span(0, 100), connect_timeout_seconds=7)

    assert world.connects_at(96) is None
    assert world.connects_at(97) == 100

"""Which hosts no proxy of the environment leads to: `NO_PROXY`, and this device itself."""

from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from microshift_telemetry.spec.endpoint import Origin

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


@dataclass(frozen=True, slots=True)
class Exemption:
    """One entry of `NO_PROXY`; what is empty or None says nothing."""

    domain: str = ""
    """Lower case, without a dot at either end; empty: any."""
    has_itself: bool = True
    """It is the domain too, and not only what lies below."""
    network: Network | None = None
    """An address is a network of its own."""
    port: str = ""

    def covers(self, origin: Origin) -> bool:
        """Tell whether an origin is meant."""
        if self.port not in {"", str(origin.port)}:
            return False
        if self.network is not None:
            address = _address(origin.host)
            return address is not None and address in self.network
        name = _bare(origin.host)
        is_domain = self.has_itself and name == self.domain
        return not self.domain or is_domain or name.endswith(f".{self.domain}")


def parse_no_proxy(text: str) -> tuple[Exemption, ...]:
    """Read names (with what lies below them), `.suffixes`, addresses, networks, and `*` for all.

    Each but a network may have a `:port`. What can't be any of these is left out.

    Source: Go's `golang.org/x/net/http/httpproxy`, which everything else on a MicroShift device
    follows; curl, for spaces between entries and for the dot at the end of a name.
    """
    entries = [_parse(entry) for entry in text.lower().replace(",", " ").split()]
    return tuple(entry for entry in entries if entry is not None)


def is_this_device(host: str) -> bool:
    """Tell whether a host is the loopback."""
    address = _address(host)
    return _bare(host) == "localhost" if address is None else address.is_loopback


def _parse(entry: str) -> Exemption | None:
    if entry == "*":
        return Exemption()
    if "/" in entry:
        network = _network(entry)
        return None if network is None else Exemption(network=network)
    host, port = _host_and_port(entry)
    address = _address(host)
    if address is not None:
        return Exemption(network=ip_network(address), port=port)
    suffix = host.removeprefix("*") if host.startswith("*.") else host
    domain = _bare(suffix).removeprefix(".")
    return Exemption(domain, not suffix.startswith("."), port=port) if domain else None


def _bare(name: str) -> str:
    """Take the dot of a fully qualified name away."""
    return name.rstrip(".")


def _address(host: str) -> Address | None:
    """Read an address, without its zone; one of IPv4 in the clothes of IPv6 is one of IPv4."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _network(entry: str) -> Network | None:
    """Read `address/bits`; netmasks are not known elsewhere."""
    if not entry.rpartition("/")[2].isdecimal():
        return None
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


def _host_and_port(entry: str) -> tuple[str, str]:
    """Split `host:port`; an IPv6 address has a port only behind its brackets."""
    if entry.startswith("["):
        host, _, rest = entry[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = entry.partition(":")
    return (entry, "") if ":" in port else (host, port)

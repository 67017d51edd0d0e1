"""Which addresses our outgoing requests may go to. ``ipaddress`` alone does not answer that (see the
tables below).
"""

import ipaddress
import re
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Python 3.11.7's tables call some of these global: shared space, protocol assignments, the 6to4 relay, benchmarks, the rest.
NOT_PUBLIC_4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
        ),
    )
)
# Protocol assignments with Teredo, documentation, 6to4.
NOT_PUBLIC_6 = tuple(map(ipaddress.IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")))

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST_NAME = re.compile(rf"(?=.{{4,253}}\Z)({LABEL}\.)+{LABEL}|localhost")


def is_host_name(text: str) -> bool:
    """Whether a text is one whole host: small letters, at least two labels, or ``localhost``; nothing around it.

    A list of hosts stands for all that lies below each, so a single label such as "com" is none.
    """
    return HOST_NAME.fullmatch(text) is not None


def networks(words: Sequence[str]) -> tuple[Network, ...]:
    """Parse an operator's list of CIDR ranges; raises ValueError naming the wrong one."""
    return tuple(ipaddress.ip_network(word) for word in words)


def parse(text: str) -> Address:
    """Parse a resolver's answer, unwrapping IPv4 in mapped and NAT64 form; raises ValueError for a scoped
    address.
    """
    if "%" in text:
        raise ValueError(f"{text} belongs to one network interface.")
    address = ipaddress.ip_address(text)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def permitted(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether a request may go to ``address``: public unicast, or inside a range the operator named.

    6to4, Teredo and IPv4-compatible addresses embed another address and are never public; name their range to
    use one.
    """
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if isinstance(address, ipaddress.IPv4Address):
        return _public_4(address)
    return _public_6(address)


def _public_4(address: ipaddress.IPv4Address) -> bool:
    listed = any(address in network for network in NOT_PUBLIC_4)
    return address.is_global and not address.is_multicast and not listed


def _public_6(address: ipaddress.IPv6Address) -> bool:
    listed = any(address in network for network in NOT_PUBLIC_6)
    return address in GLOBAL_UNICAST and address.is_global and not address.is_multicast and not listed

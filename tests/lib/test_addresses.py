"""Which addresses a request may go to."""

import pytest

from sorahub.lib import addresses


@pytest.mark.parametrize(
    "text",
    [
        "127.0.0.1", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.88.99.1", "192.0.0.8", "198.18.0.1", "240.0.0.1",
        "::", "::1", "fe80::1", "fc00::1", "ff02::1", "ff0e::1", "::7f00:1", "::ffff:127.0.0.1",
        "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::a00:1", "2002:7f00:1::", "2002:808:808::1",
        "2001:0:53aa:64c:0:0:80ff:fffe", "2001:db8::1", "3fff::1", "4000::1",
    ],
)  # fmt: skip
def test_an_address_that_is_not_public_is_refused(text: str) -> None:
    assert not addresses.permitted(addresses.parse(text), ())


@pytest.mark.parametrize("text", ["8.8.8.8", "1.1.1.1", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address_is_permitted(text: str) -> None:
    assert addresses.permitted(addresses.parse(text), ())


def test_the_operator_opens_exactly_the_named_range() -> None:
    allowed = addresses.networks(["10.1.0.0/16", "::1/128"])
    assert addresses.permitted(addresses.parse("10.1.2.3"), allowed)
    assert addresses.permitted(addresses.parse("::ffff:10.1.2.3"), allowed)
    assert addresses.permitted(addresses.parse("::1"), allowed)
    assert not addresses.permitted(addresses.parse("10.2.0.1"), allowed)


def test_an_address_of_one_interface_cannot_be_used() -> None:
    with pytest.raises(ValueError, match="one network interface"):
        addresses.parse("fe80::1%eth0")


@pytest.mark.parametrize("text", ["files.example.com", "127.0.0.1", "localhost", "a-1.b.io"])
def test_a_host_is_a_whole_name(text: str) -> None:
    assert addresses.is_host_name(text)


@pytest.mark.parametrize(
    "text",
    ["", "com", "https://example.com", "example.com:8080", "example.com/", "*.example.com", "example.com.", ".example.com",
     "Example.com", "a..b", "-a.example.com", "a b.com", "user@example.com", "example.com\n", f"{'a' * 64}.com"],
)  # fmt: skip
def test_anything_else_is_no_host(text: str) -> None:
    assert not addresses.is_host_name(text)

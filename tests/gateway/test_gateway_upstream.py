"""The checks of clients that judge gateways are checks that there are."""

from safelight.conformance.gateway.upstream import UPSTREAM
from safelight.conformance.properties.catalogue import properties


def test_each_of_them_is_a_property_of_clients() -> None:
    assert set(properties()) >= UPSTREAM
    assert not any(properties()[id].for_gateways for id in UPSTREAM)

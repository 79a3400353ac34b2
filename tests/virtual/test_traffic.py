"""What is under way between two sockets of this process keeps the clock."""

import socket
from collections.abc import Iterator

import pytest

from safelight.conformance.virtual.traffic import PATIENCE, Address, Traffic

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """A client and the server's end of its connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            yield client, server


def ends(sock: socket.socket) -> tuple[Address, Address]:
    """Near and far end of a connection."""
    return sock.getsockname(), sock.getpeername()


def traffic_of(*sockets: socket.socket) -> Traffic:
    """Counts for these sockets."""
    traffic = Traffic()
    for sock in sockets:
        traffic.has(sock, *ends(sock))
    return traffic


def test_nothing_is_under_way_at_first(pair: Pair) -> None:
    assert not traffic_of(*pair).under_way(0)


def test_bytes_that_have_not_arrived_are_under_way(pair: Pair) -> None:
    client, server = pair
    traffic = traffic_of(client, server)
    traffic.sent(*ends(client), 3)  # so it says: the kernel has not got them
    assert traffic.under_way(0)
    traffic.received(*ends(server), 3)
    assert not traffic.under_way(0)


def test_bytes_that_somebody_waits_for_are_under_way(pair: Pair) -> None:
    client, server = pair
    traffic = traffic_of(client, server)
    client.send(b"abc")
    traffic.sent(*ends(client), 3)
    with traffic.awaited_by(server.fileno().__eq__):
        assert traffic.under_way(0)
    assert not traffic.under_way(0), "they have arrived, and nobody cares"


def test_bytes_to_another_process_are_not_under_way(pair: Pair) -> None:
    client, _ = pair
    traffic = traffic_of(client)
    traffic.sent(*ends(client), 3)
    assert not traffic.under_way(0)


def test_the_end_of_a_connection_is_under_way_until_it_is_seen(pair: Pair) -> None:
    client, server = pair
    traffic = traffic_of(client, server)
    traffic.closed(*ends(client))
    assert traffic.under_way(0)
    traffic.drained(*ends(server))
    assert not traffic.under_way(0)


def test_nothing_is_under_way_to_a_closed_socket(pair: Pair) -> None:
    client, server = pair
    traffic = traffic_of(client, server)
    traffic.sent(*ends(client), 3)
    traffic.closed(*ends(server))
    assert traffic.under_way(0), "the client has yet to hear of it"
    server.close()
    assert not traffic.under_way(0)


def test_a_connection_to_a_server_of_this_process_is_under_way_until_it_is_accepted() -> None:
    traffic = Traffic()
    traffic.listens(80)
    traffic.connected(("127.0.0.1", 5_000), 80)
    assert traffic.under_way(0)
    traffic.accepted(("127.0.0.1", 5_000))
    assert not traffic.under_way(0)


def test_a_connection_may_be_accepted_before_the_client_knows() -> None:
    traffic = Traffic()
    traffic.listens(80)
    traffic.accepted(("127.0.0.1", 5_000))
    traffic.connected(("127.0.0.1", 5_000), 80)
    assert not traffic.under_way(0)


def test_a_connection_to_another_process_is_not_under_way() -> None:
    traffic = Traffic()
    traffic.connected(("127.0.0.1", 5_000), 80)
    assert not traffic.under_way(0)


def test_a_miscount_is_believed_for_a_while_only(pair: Pair) -> None:
    client, server = pair
    traffic = traffic_of(client, server)
    traffic.sent(*ends(client), 3)
    assert traffic.under_way(0)
    assert traffic.under_way(PATIENCE - 1)
    assert not traffic.under_way(PATIENCE + 1)
    assert not traffic.under_way(PATIENCE + 1)
    traffic.sent(*ends(client), 3)
    assert traffic.under_way(PATIENCE + 1)

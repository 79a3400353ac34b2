"""Fetching reference images for providers that want their bytes, from public places only: callers name them."""

import asyncio
import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

import aiohttp
from aiohttp.connector import AddrInfoType
from yarl import URL

from ..client import Bytes
from ..reference.references import image_type
from .errors import GatewayError

SECONDS: Final = 30.0
MOST_BYTES: Final = 20 * 1024 * 1024
MOST_HOPS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is on the public internet, an IPv4 address inside an IPv6 one included."""
    ip = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        within = ip.ipv4_mapped or ip.sixtofour or (IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if within is not None:
            return is_public(str(within))
    return ip.is_global and not ip.is_multicast


def public_socket(where: AddrInfoType) -> socket.socket:
    """A socket for an address that is public.

    Asked for each address that is about to be connected to, so that neither a name that resolves to something else
    the second time, nor a redirect, nor an odd spelling of an address leads inside. Raises OSError.
    """
    family, type, proto, _, address = where
    if not is_public(str(address[0])):
        raise PermissionError("not a public address")
    return socket.socket(family, type, proto)


class ReferenceFetcher:
    """Fetches images from public addresses, and from `origins` although they are not."""

    def __init__(self, origins: Collection[str]) -> None:
        self.origins = origins
        self._sessions: dict[bool, aiohttp.ClientSession] = {}

    async def fetch(self, url: str) -> Bytes:
        """The image at a URL. Raises GatewayError, which does not say why, or callers could look around with it."""
        try:
            address = URL(url, encoded=True)
            async with asyncio.timeout(SECONDS):
                for _ in range(MOST_HOPS):
                    found = await self.visit(address)
                    if isinstance(found, Bytes):
                        return found
                    address = found
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            pass
        text = "a reference image could not be fetched: there has to be an image at a public address"
        raise GatewayError("reference_unavailable", text, param="images")

    async def visit(self, url: URL) -> Bytes | URL:
        """What is at a URL: an image, or where to look next. Nothing of our callers' or providers' goes there."""
        async with self.session(url).get(url, headers={"Accept": "image/*"}, allow_redirects=False) as response:
            if response.status in _REDIRECTS:
                return url.join(URL(response.headers.get("Location", "")))
            response.raise_for_status()
            content = bytearray()
            async for chunk in response.content.iter_any():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise ValueError("too large")
            image = Bytes(bytes(content), image_type(bytes(content)) or response.content_type)
            if not content or not image.mime.startswith("image/"):
                raise ValueError("no image")
            return image

    def is_allowed(self, url: URL) -> bool:
        """Whether somebody vouched for a place, so that it may be private."""
        return str(url.origin()) in self.origins

    def session(self, url: URL) -> aiohttp.ClientSession:
        """The connections for a URL: to public addresses alone, or to any."""
        allowed = self.is_allowed(url)
        if allowed not in self._sessions:
            self._sessions[allowed] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(socket_factory=None if allowed else public_socket),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
            )
        return self._sessions[allowed]

    async def close(self) -> None:
        """Close the connections."""
        for session in self._sessions.values():
            await session.close()

"""Reading the body of a request, no further than allowed."""

from aiohttp import ClientPayloadError, web

from .problems import Problem


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The request's body. Raises Problem body-too-large over `limit` bytes, body-malformed if it breaks off."""
    if not request.can_read_body:
        return b""
    if (request.content_length or 0) > limit:
        raise Problem("body-too-large", limit=limit)
    try:
        content = request.content
        body = content.read_nowait() if content.is_eof() else await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem("body-too-large", limit=limit) from None
    except (ClientPayloadError, web.RequestPayloadError) as error:
        raise Problem("body-malformed", reason=f"the body cannot be read: {error}") from None
    if len(body) > limit:
        raise Problem("body-too-large", limit=limit)
    return body

"""Reading the body of a request, no further than allowed."""

from aiohttp import ClientPayloadError, HttpVersion11, web

from .problems import Problem


async def read_body(request: web.BaseRequest, limit: int) -> bytes:
    """The request's body. Raises Problem body-too-large over `limit` bytes, body-malformed if it breaks off."""
    content = request.content
    if content.at_eof():
        return b""
    try:
        if content.is_eof():
            body = content.read_nowait()
        elif (request.content_length or 0) > limit:
            raise Problem("body-too-large", limit=limit)
        else:
            await _invite(request)
            body = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Problem("body-too-large", limit=limit) from None
    except (ClientPayloadError, web.RequestPayloadError) as error:
        raise Problem("body-malformed", reason=f"the body cannot be read: {error}") from None
    if len(body) > limit:
        raise Problem("body-too-large", limit=limit)
    return body


async def _invite(request: web.BaseRequest) -> None:
    """Tell a client that waits for it that its body is wanted; curl waits a second with larger ones."""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # the answer has not begun

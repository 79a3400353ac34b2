"""Innocents: clients that do as the documents say, each in its own odd way, so that no check may accuse them.

They are written independently of the reference client and of each other. A check that accuses one of them is wrong.
"""

from collections.abc import Mapping
from typing import Final

ODDITIES: Final[Mapping[str, tuple[str, ...]]] = {
    "requests_client": (
        "writes the names of headers in odd case: `aUTHORIZATION`, `content-TYPE`",
        "sends headers that nobody asked for, and a User-Agent of its own",
        "sends JSON over many lines, with its keys in reverse order",
        "labels its JSON with `charset=utf-8`",
        "sends every default: one image, 1K, 1:1, png, auto, temperature 1.0",
        "leaves it to the provider to refuse ratios, sizes, numbers, formats and channels",
        "never tries anything twice: whatever is lost ends the call with the id of the job, which can be resumed",
        "polls at both ends of the band: after 30 s, every 5 s, and every 30 s after three minutes",
        "fetches the images itself, with the URL as it is written, and gives their bytes",
        "asks with HEAD for an image before it fetches it, unless a signature forbids that",
        "finds the type of an image in its first bytes",
        "takes `asset` before `asset_url`",
        "wants references as bytes where others would fetch them",
        "raises one exception for everything, translated by a function",
        "ignores the deadline that it is given, and does not say that it takes one",
    ),
    "httpx_sync": (
        "is its own factory: the class of the clients",
        "sends a number of images as `2.0`",
        r"writes the model in `\u` escapes and every slash as `\/`",
        "waits for 45 s before the first poll, then at random within the band",
        "polls again at once when a poll is lost, and waits only when that is lost, too",
        "waits half as long again as Retry-After asks for, and a second more",
        "sends a single reference as a string, several as an array",
        "leaves what is empty in the turn that it fills",
        "sends a key for Gemini as `x-goog-api-key`",
        "sends references as `inlineData` with a `mime_type`, before the prompt",
        "asks for images alone, and with an empty `imageConfig` where it has no wishes",
        "refuses whatever is not in a list",
        "tells neither usage nor the end of URLs",
        "gives up before a provider that gives up after ten minutes",
    ),
    "httpx_async": (
        "opens a connection for each request, and says that it will close it",
        "sends `Accept-Encoding: identity`",
        "sends JSON with spaces around everything and a line end behind it",
        "asks as often as there are to be images, all at once, where a provider has no number",
        "hands over what came of these, if some failed",
        "polls at growing distances where no rhythm is recommended",
        "fetches references itself and encodes them",
        "sends `candidateCount: 1`, empty `safetySettings`, 1K and 1:1 although these are the defaults",
        "puts the new instruction behind the references of its turn",
        "tells when URLs lapse as a date, counted from the submit",
        "has results and exceptions of its own, with enumerations for categories",
        "cannot be closed",
    ),
    "urllib_client": (
        "takes whatever case urllib gives to the names of headers: `Api-key`",
        "sends UTF-8 as it is, not escaped",
        "sends sizes to reAPI in small letters: `2k`",
        "leaves out the role of a turn, and every setting that was not asked for",
        "polls every ten seconds, from the thirtieth on",
        "does not try a submit again, whatever it is told, but says when to",
        "fetches images behind signed URLs at once, and looks a second time if that goes wrong",
        "does not say of what type the images are",
        "gives back simple namespaces",
        "raises ValueError, PermissionError, TimeoutError and their like, translated type by type",
        "declares its capabilities as a plain mapping",
    ),
}
"""What is odd about each, by the name of its module; `make` in it is the factory."""

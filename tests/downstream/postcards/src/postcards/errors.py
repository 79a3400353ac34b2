"""What can go wrong with a postcard.

PostcardError
├── Refused        the provider does not want to: moderation, credits, key
├── TooLate        the provider did not deliver in time
├── Faded          the link to a picture has expired
└── Unclear        a picture may have been paid for, and nobody knows
"""


class PostcardError(Exception):
    """There is no postcard."""


class Refused(PostcardError):
    """The provider says no."""


class TooLate(PostcardError):
    """There was no picture in time."""


class Faded(PostcardError):
    """A link is too old."""


class Unclear(PostcardError):
    """The answer to an order was lost; ordering again might cost twice."""

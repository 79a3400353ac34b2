"""What can be wrong with the way a client is run, as opposed to with the client.

SubjectError       one sentence for the person who wrote the command or the adapter
├─ BadSubject      what was named cannot be used: no such module, no such program (exit code 2)
└─ AdapterError    the adapter broke the protocol: garbage, a wrong id, a crash, silence (exit code 3)
   └─ GatewayError the gateway does not run: it does not start, dies, is silent, leaves processes behind
"""


class SubjectError(Exception):
    """The message is one sentence: what was wrong, where, what to do."""

    exit_code = 3


class BadSubject(SubjectError):
    """The subject as it was named does not exist or is of no use."""

    exit_code = 2


class AdapterError(SubjectError):
    """The adapter did not keep to its part."""


class GatewayError(AdapterError):
    """The gateway does not run as its file says."""

"""The checks of clients that judge gateways as well, beside all those that need no more than a journal.

Their judges read what was sent to the provider, and of an outcome no more than whether there are images, whether it was
refused, or whether it was an answer at all: a gateway has categories of errors of its own.
"""

from __future__ import annotations

from typing import Final

_BY_OWNER: Final = {
    "reapi.submit": (
        "model-known", "ratio-as-asked", "ratio-not-replaced", "ratio-not-in-prompt", "size-inherited",
        "resolution-as-asked", "resolution-not-replaced", "resolution-case", "count-as-asked", "count-not-replaced",
        "references-not-inline", "references-not-dropped", "references-limit", "prompt-with-references",
        "no-blind-repeat", "prompt-unicode",
    ),
    "reapi.poll": ("id-of-answer", "null-while-processing", "unknown-status", "end-believed", "default-deadline"),
    "reapi.result": ("all-urls",),
    "threedai.submit": (
        "edit-with-images", "prompt-with-images", "ratio-as-asked", "ratio-not-replaced", "resolution-as-asked",
        "resolution-not-replaced", "format-as-asked", "format-not-replaced", "count-as-asked", "count-not-replaced",
    ),
    "threedai.edit": ("data-uris", "urls-not-passed", "images-exact", "images-limit"),
    "threedai.poll": ("id-of-answer", "full-progress", "early-results", "unknown-status", "default-deadline"),
    "threedai.result": ("image-per-entry", "not-thumbnail"),
    "gmicloud.submit": (
        "as-documented", "ratio-as-asked", "ratio-not-replaced", "size-as-asked", "size-not-replaced",
        "format-as-asked", "format-not-replaced", "prompt-not-cut", "prompt-of-full-length", "prompt-with-references",
        "references-not-dropped", "references-limit", "count-made-up-for",
    ),
    "gmicloud.poll": ("follows-answer", "waits-for-end"),
    "gmicloud.result": ("all-urls", "next-turn-optional"),
    "tokaify.request": ("as-documented",),
    "tokaify.path": ("model-name",),
    "tokaify.auth": ("key-sent",),
    "tokaify.contents": ("prompt-verbatim", "references-as-given", "references-by-url"),
    "tokaify.config": (
        "ratio-as-asked", "ratio-not-replaced", "size-as-asked", "size-not-replaced", "temperature-as-asked",
        "top-p-as-asked", "count-by-calls",
    ),
    "tokaify.answer": ("every-image", "all-candidates", "no-draft", "among-texts", "usage-optional", "large-body"),
    "tokaify.duration": ("read-timeout", "no-second-call"),
    "onemin.submit": (
        "as-documented", "size-as-asked", "size-not-replaced", "temperature-as-asked", "temperature-not-bent",
        "top-p-as-asked", "top-p-not-bent", "ratio-refused", "count-made-up-for", "urls-refused", "bytes-refused",
        "patience", "ordered-once",
    ),
    "onemin.record": ("uuid-opaque",),
    "house.money": ("one-job",),
    "house.submit": ("prompt-unchanged", "retry-after", "refused-once", "backs-off"),
    "house.results": ("additions-ignored", "clock-skew", "not-empty"),
    "house.errors": ("unreadable-body", "unexpected-shape", "any-status", "broken-connection", "closed-port"),
    "house.calls": (
        "not-swapped", "failure-forgotten", "wishes-forgotten", "own-job", "failures-forgotten", "loop-free",
        "base-url",
    ),
    "house.secrets": ("not-told", "not-redirected", "not-to-references"),
}  # fmt: skip

UPSTREAM: Final = frozenset(f"{area}.{name}" for area, names in _BY_OWNER.items() for name in names)

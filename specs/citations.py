"""Do the documents still say what the rules cite? A citation carries the hash of the lines it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal

from .errors import SpecError
from .model import Citation, Rule, Spec

Kind = Literal["document-missing", "out-of-range", "changed"]
Documents = Mapping[str, list[bytes] | None]


@dataclass(frozen=True, slots=True)
class CitationProblem:
    """A citation that does not hold, and a sentence about it."""

    provider: str
    rule: str
    citation: Citation
    kind: Kind
    message: str


def verify(documents: Path, specs: Iterable[Spec]) -> list[CitationProblem]:
    """Hash every cited line again.

    Args:
        documents: The folder of the source documents.
        specs: Whose rules to verify.

    Returns:
        The citations that do not hold, in the order of the rules.

    Raises:
        SpecError: There is no such folder.
    """
    if not documents.is_dir():
        raise SpecError(f"{documents} is not a folder of documents.")
    cited = [(spec, rule, citation) for spec in specs for rule in spec.rules.values() for citation in rule.citations]
    texts = {name: _lines(documents / name) for name in {citation.document for _, _, citation in cited}}
    return [problem for spec, rule, citation in cited for problem in _problems(spec, rule, citation, texts)]


def _lines(file: Path) -> list[bytes] | None:
    return file.read_bytes().split(b"\n") if file.is_file() else None


def _problems(spec: Spec, rule: Rule, citation: Citation, texts: Documents) -> Iterator[CitationProblem]:
    def problem(kind: Kind, message: str) -> CitationProblem:
        return CitationProblem(spec.name, rule.id, citation, kind, message)

    lines = texts[citation.document]
    if lines is None:
        yield problem("document-missing", f"{citation.document} is not in the folder")
    elif citation.last > len(lines):
        yield problem("out-of-range", f"lines {citation.lines} are cited but there are {len(lines)}")
    elif _hash(lines, citation.first, citation.last) == citation.sha256:
        return
    elif moved := _find(lines, citation):
        now = replace(citation, first=moved, last=moved + citation.last - citation.first).lines
        yield problem("changed", f"needs review: the text of lines {citation.lines} now stands at {now}")
    else:
        yield problem("changed", f"needs review: the text of lines {citation.lines} has changed")


def _find(lines: list[bytes], citation: Citation) -> int | None:
    """The line at which the cited text begins now."""
    height = citation.last - citation.first
    starts = range(1, len(lines) - height + 1)
    return next((first for first in starts if _hash(lines, first, first + height) == citation.sha256), None)


def _hash(lines: list[bytes], first: int, last: int) -> str:
    return sha256(b"\n".join(lines[first - 1 : last])).hexdigest()

from pathlib import Path

import pytest

from safelight.specs import SpecError, load_folder
from safelight.specs.citations import CitationProblem, verify


def problems(documents: Path, toy: Path) -> list[CitationProblem]:
    return verify(documents, [load_folder(toy)])


def test_unchanged_documents_hold(documents: Path, toy: Path) -> None:
    assert problems(documents, toy) == []


def test_text_elsewhere_may_change(documents: Path, toy: Path) -> None:
    with (documents / "toy.txt").open("ab") as file:
        file.write(b"\xff more\r\n")
    assert problems(documents, toy) == []


@pytest.mark.parametrize(
    "text", [b"Give no prompt.\nSay please,\nalways.\n", b"Give a prompt.\r\nSay please,\nalways.\n"]
)
def test_changed_text_needs_review(documents: Path, toy: Path, text: bytes) -> None:
    (documents / "toy.txt").write_bytes(text)
    (problem,) = problems(documents, toy)
    assert (problem.provider, problem.rule, problem.kind) == ("toy", "toy.submit.prompt", "changed")
    assert problem.message == "needs review: the text of lines 1 has changed"


def test_moved_text_is_found(documents: Path, toy: Path) -> None:
    (documents / "toy.txt").write_bytes(b"A new title\nGive a prompt.\nSay please,\nalways.\n")
    assert [problem.message for problem in problems(documents, toy)] == [
        "needs review: the text of lines 1 now stands at 2",
        "needs review: the text of lines 2-3 now stands at 3-4",
    ]


def test_lines_beyond_the_end(documents: Path, toy: Path) -> None:
    (documents / "toy.txt").write_bytes(b"Give a prompt.\nSay please,")
    (problem,) = problems(documents, toy)
    assert (problem.rule, problem.kind) == ("toy.submit.polite", "out-of-range")
    assert problem.message == "lines 2-3 are cited but there are 2"


def test_missing_document_is_told_for_each_citation(documents: Path, toy: Path) -> None:
    (documents / "toy.txt").unlink()
    assert [(problem.rule, problem.kind) for problem in problems(documents, toy)] == [
        ("toy.submit.prompt", "document-missing"),
        ("toy.submit.polite", "document-missing"),
    ]


def test_missing_folder(documents: Path, toy: Path) -> None:
    with pytest.raises(SpecError, match="nowhere is not a folder of documents"):
        problems(documents / "nowhere", toy)

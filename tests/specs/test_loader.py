import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import orjson
import pytest

from safelight import specs
from safelight.specs import Band, InvalidSpec, SecurityScheme, Spec

IMPORTED = """
import sys
from pathlib import Path
from safelight.specs import load_folder
load_folder(Path(sys.argv[1]))
print(sorted({"yaml", "jsonschema", "jsonschema_rs"} & sys.modules.keys()))
"""

# file, what is there, what to put in its place, how the sentence goes on after the line number
BROKEN = [
    (
        "behaviour.yaml",
        "default: flat",
        "default: round",
        "readings.error-body.default: 'round' is not among",
    ),
    (
        "behaviour.yaml",
        "envelope_reading: error-body",
        "envelope_reading: mood",
        "there is no reading or knob",
    ),
    ("behaviour.yaml", "envelope: nested", "envelope: brown", "there is no envelope 'brown'"),
    ("behaviour.yaml", "problem: parameter-missing", "problem: headache", "there is no problem 'headache'"),
    ("behaviour.yaml", "message: Oops", "message: 'Oops {feild}'", "a message can't say {feild}"),
    ("behaviour.yaml", "message: Oops", "message: 'Oops {'", "'Oops {' is not a template"),
    ("behaviour.yaml", "1K: [1, 2]", "1K: [2, 1]", "the shortest (2) is above the longest (1)"),
    ("behaviour.yaml", "1K: [1, 2]", "1K: [1, soon]", "durations.tiers.1K[1]: 'soon' is not of type number"),
    ("behaviour.yaml", "4K: [3, 4]}", "}", "durations.tiers: '4K' is missing"),
    (
        "behaviour.yaml",
        "store: cdn",
        "store: attic",
        "media.store: 'attic' is not one of cdn, s3, gcs, inline",
    ),
    (
        "behaviour.yaml",
        "limits: {body_bytes",
        "limits: {body_byte: 1, body_bytes",
        "(did you mean 'body_bytes'?)",
    ),
    ("behaviour.yaml", "chatty:", "error-body:", "is a reading as well"),
    ("behaviour.yaml", "rule: toy.poll.states", "rule: toy.poll.state", "(did you mean 'toy.poll.states'?)"),
    ("behaviour.yaml", "title: Toy", "provider: toy", "the key 'provider' stands twice"),
    ("behaviour.yaml", "title: Toy", "? [a]\n: b", "a key must be a word"),
    ("behaviour.yaml", "title: Toy", "title: [Toy", "this is not valid YAML"),
    (
        "openapi.yaml",
        "x-safelight-rule: toy.poll.id",
        "x-safelight-rule: toy.poll.ix",
        "no rule 'toy.poll.ix'",
    ),
    ("openapi.yaml", "[toy.submit.polite]", "[toy.submit.rude]", "rules.yaml has no rule 'toy.submit.rude'"),
    ("openapi.yaml", "operationId: poll", "operationId: submit", "'submit' stands twice"),
    ("openapi.yaml", "operationId: poll", "summary: Poll", "'operationId' is missing"),
    ("openapi.yaml", "x-safelight-role: poll", "x-safelight-role: pole", "'pole' is not one of submit, poll"),
    ("openapi.yaml", "security: [{key: []}]", "security: [{lock: []}]", "securitySchemes has no 'lock'"),
    ("openapi.yaml", "in: header, name: X-Key", "in: cookie, name: X-Key", "securitySchemes.key"),
    ("openapi.yaml", "schemas/Size", "schemas/Sise", "'#/components/schemas/Sise' points at nothing"),
    ("openapi.yaml", "#/components/schemas/Size", "sizes.yaml", "'sizes.yaml' is not a local reference"),
    (
        "openapi.yaml",
        "Size: {enum: [1K, 2K, 4K]}",
        "Size: {$ref: '#/components/schemas/Size'}",
        "back to itself",
    ),
    ("openapi.yaml", "prompt: {type: string", "prompt: {type: strung", "'strung'"),
    ("rules.yaml", "id: toy.submit.polite", "id: toy.submit.prompt", "'toy.submit.prompt' stands twice"),
    ("rules.yaml", "id: toy.poll.id", "id: boy.poll.id", "does not begin with the provider's name"),
    ("rules.yaml", "provider: toy", "provider: boy", "is not 'toy', as in behaviour.yaml"),
    ("rules.yaml", "level: SHOULD", "level: OUGHT", "'OUGHT' is not one of MUST, SHOULD, HOUSE, FACT"),
    ("rules.yaml", "source: a public client, ", "", "rules[6]: 'source' is missing"),
]


def replace(file: Path, old: str, new: str) -> int:
    """Replace the text once; the line at which it stood."""
    before, found, after = file.read_text().partition(old)
    assert found, f"{old!r} is not in {file.name}"
    file.write_text(before + new + after)
    return before.count("\n") + 1


def records(spec: Spec) -> bytes:
    """All that a specification holds, comparable."""
    parts = [spec.openapi, spec.behaviour.raw, spec.operations, list(spec.rules.values())]
    return orjson.dumps(parts, option=orjson.OPT_NON_STR_KEYS)


def test_operations(toy: Path) -> None:
    spec = specs.load_folder(toy)
    submit, poll = spec.operations
    assert spec.operation("submit") is submit
    assert (submit.method, submit.path, submit.role, submit.handler) == ("POST", "/jobs", "submit", "submit")
    assert submit.security == (SecurityScheme("key", "header", "X-Key"),)
    assert (submit.body_required, submit.body_types) == (True, ("application/json",))
    assert submit.beyond_schema == ("toy.submit.polite",)
    assert submit.summary == "Order an image"
    assert poll.security == ()
    assert poll.body_schema is None
    assert poll.extension
    assert poll.responses[204] is None
    (parameter,) = poll.parameters
    assert (parameter.name, parameter.location, parameter.required) == ("id", "path", True)
    assert parameter.rule == "toy.poll.id"


def test_schemas_stand_alone(toy: Path) -> None:
    operation = specs.load_folder(toy).operation("submit")
    body = jsonschema_rs.validator_for(operation.body_schema)
    assert body.is_valid({"prompt": "a cat", "size": "1K"})
    assert not body.is_valid({"prompt": "a cat", "size": "5K"})
    assert not jsonschema_rs.is_valid(operation.responses[200], {"id": 7})


def test_behaviour(toy: Path) -> None:
    behaviour = specs.load_folder(toy).behaviour
    assert behaviour.api_origin == "https://api.toy.example"
    assert behaviour.media_origins == ("https://media.toy.example",)
    assert behaviour.states == {
        "queued": "waiting",
        "running": "working",
        "succeeded": "done",
        "failed": "broken",
    }
    assert behaviour.durations["4K"] == (3.0, 4.0)
    assert behaviour.polling is not None
    assert behaviour.polling.bands == (Band(60, (1.0, 2.0)), Band(None, (5.0, 10.0)))
    assert behaviour.refunded == {"failed"}
    assert behaviour.problems["parameter-invalid"].extra == {"hint": "read on"}
    assert behaviour.problems["rate-limited"].headers == {"Retry-After": "5"}
    assert behaviour.problems["internal"].envelope == "nested"
    assert behaviour.failures["moderated-output"].after == 30
    assert behaviour.choices["error-body"].scored
    assert not behaviour.choices["chatty"].scored


def test_rules(toy: Path) -> None:
    rules = specs.load_folder(toy).rules
    rule = rules["toy.submit.polite"]
    assert (rule.level, rule.basis, rule.topic, rule.note) == ("SHOULD", "text", "submit", "Nobody looks.")
    assert [(cite.document, cite.first, cite.last, cite.lines) for cite in rule.citations] == [("toy.txt", 2, 3, "2-3")]
    assert rules["toy.error.key"].source == "a public client"


@pytest.mark.parametrize(("name", "old", "new", "sentence"), BROKEN)
def test_broken_file_is_one_sentence_with_its_place(toy: Path, name: str, old: str, new: str, sentence: str) -> None:
    line = replace(toy / name, old, new)
    with pytest.raises(InvalidSpec) as caught:
        specs.load_folder(toy)
    message = str(caught.value)
    assert message.startswith(f"{toy / name}, line ")
    assert sentence in message
    assert "\n" not in message
    assert caught.value.line in range(line - 1, line + 3)  # the place, or what is around it


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n", "is not of type object"),
        (b"a: \xff\n", "this is not valid YAML"),
        (b"a: &a [*a]\n", "JSON can't say"),
        (b"a: 99999999999999999999999\n", "JSON can't say"),
    ],
)
def test_file_that_is_no_specification_at_all(toy: Path, content: bytes, sentence: str) -> None:
    (toy / "behaviour.yaml").write_bytes(content)
    with pytest.raises(InvalidSpec) as caught:
        specs.load_folder(toy)
    assert str(toy / "behaviour.yaml") in str(caught.value)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("name", ["openapi.yaml", "behaviour.yaml", "rules.yaml"])
def test_missing_file_is_named(toy: Path, name: str) -> None:
    (toy / name).unlink()
    with pytest.raises(InvalidSpec, match="the folder of a provider holds openapi") as caught:
        specs.load_folder(toy)
    assert caught.value.file == toy / name


def test_unknown_provider_suggests_the_nearest() -> None:
    with pytest.raises(specs.UnknownProvider, match=r"no provider 'gmi-cloud' \(did you mean 'gmicloud'\?\)"):
        specs.load("gmi-cloud")
    with pytest.raises(
        specs.SpecError, match=r"no provider 'xyzzy'\. Known: reapi, threedai, gmicloud, tokaify, onemin"
    ):
        specs.load("xyzzy")


def test_load_reads_once_per_process() -> None:
    name = specs.provider_names()[0]
    assert specs.load(name) is specs.load(name)


def test_second_load_equals_the_first(toy: Path) -> None:
    assert records(specs.load_folder(toy)) == records(specs.load_folder(toy))


def test_second_start_parses_no_yaml(toy: Path, cache_home: Path) -> None:
    command = [sys.executable, "-c", IMPORTED, str(toy)]
    first, second = (subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(2))
    assert first.strip() == "['jsonschema_rs', 'yaml']"
    assert second.strip() == "[]"


def test_changed_file_is_read_anew(toy: Path) -> None:
    specs.load_folder(toy)
    replace(toy / "behaviour.yaml", "title: Toy", "title: Tin toy")
    assert specs.load_folder(toy).title == "Tin toy"


def test_broken_file_stays_broken(toy: Path) -> None:
    replace(toy / "behaviour.yaml", "default: flat", "default: round")
    for _ in range(2):
        with pytest.raises(InvalidSpec, match="not among its values"):
            specs.load_folder(toy)


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b"7"])
def test_damaged_cache_is_no_error(toy: Path, cache_home: Path, damage: bytes) -> None:
    fresh = records(specs.load_folder(toy))
    entries = list(cache_home.rglob("*.json"))
    assert len(entries) == 2
    for entry in entries:
        entry.write_bytes(damage)
    assert records(specs.load_folder(toy)) == fresh


def test_rules_are_found_again_when_only_their_entry_is_gone(toy: Path, cache_home: Path) -> None:
    specs.load_folder(toy)
    (entry,) = cache_home.rglob("*-rules.json")
    entry.unlink()
    assert "toy.poll.id" in specs.load_folder(toy).rules


def test_cache_leaves_no_drafts(toy: Path, cache_home: Path) -> None:
    specs.load_folder(toy)
    assert {file.suffix for file in cache_home.rglob("*") if file.is_file()} == {".json"}


@pytest.mark.parametrize("home", ["/dev/null/cache", "relative/cache"])
def test_cache_that_cannot_be_written_is_no_error(toy: Path, monkeypatch: pytest.MonkeyPatch, home: str) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    monkeypatch.chdir(toy)
    assert specs.load_folder(toy).name == "toy"
    assert sorted(file.name for file in toy.iterdir()) == ["behaviour.yaml", "openapi.yaml", "rules.yaml"]

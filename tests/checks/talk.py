"""Recordings made by hand: what one client and one provider said to each other."""

from collections.abc import Mapping
from typing import Any, Self

import orjson

from safelight.mockserver.journal import Exchange, Note
from safelight.specs import load

MODEL = "gemini-3-pro-image-preview"
NOBODY: Mapping[str, str] = {}

JOBS = {
    "reapi": "task_018f5a3a1b6e7d9f8c2b4d6e8f0a2c4e",
    "threedai": "a1b2c3d4-e5f6-7890-abcd-ef1234567890",
    "gmicloud": "7eaa77fc-bc67-4021-9f1b-96b3fd832314",
}
_ID_FIELDS = {"reapi": "id", "threedai": "task_id", "gmicloud": "request_id"}
_BODIES: dict[str, Any] = {
    "reapi": {"model": MODEL, "prompt": "a castle"},
    "threedai": {"prompt": "a castle"},
    "gmicloud": {"model": MODEL, "payload": {"prompt": "a castle"}},
    "tokaify": {"contents": [{"role": "user", "parts": [{"text": "a castle"}]}]},
    "onemin": {
        "type": "IMAGE_GENERATOR",
        "model": MODEL,
        "promptObject": {"prompt": "a castle", "imageSize": "1K"},
    },
}


class Talk:
    """Exchanges with one provider, added one by one, each at an instant in virtual seconds."""

    def __init__(self, provider: str, tenant: str = "t1") -> None:
        self.provider = provider
        self.spec = load(provider)
        self.key = f"{self.spec.behaviour.key_prefix}0123456789abcdef"
        self.tenant = tenant
        self.exchanges: list[Exchange] = []
        submits = [operation for operation in self.spec.operations if operation.role == "submit"]
        self.submit_path = submits[0].path.replace("{model}", MODEL)

    @property
    def auth(self) -> dict[str, str]:
        """The header with the key."""
        return {"API-KEY": self.key} if self.provider == "onemin" else {"Authorization": f"Bearer {self.key}"}

    @property
    def job(self) -> str:
        """The id of the job."""
        return JOBS[self.provider]

    def say(
        self,
        method: str,
        target: str,
        at: float,
        *,
        body: bytes = b"",
        status: int = 200,
        answer: Any = None,
        auth: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = NOBODY,
        answer_headers: Mapping[str, str] = NOBODY,
        took: float = 0.0,
        operation: str = "",
        problem: str | None = None,
        fault: str | None = None,
        credits: float | None = None,
        notes: tuple[str, ...] = (),
    ) -> Self:
        """One exchange. `auth` replaces the header with the key, `fault` is the kind of what struck."""
        told = (*((f"fault 1: {fault}, before commit",) if fault else ()), *notes)
        self.exchanges.append(
            Exchange(
                len(self.exchanges) + 1, self.tenant, self.provider, operation, method, target, at, at,
                {**(self.auth if auth is None else auth), **headers}, body, status, answer_headers,
                b"" if answer is None else orjson.dumps(answer), at + took, at + took, problem=problem,
                fault=1 if fault else None, credits=credits, notes=tuple(map(Note, told)),
            )
        )  # fmt: skip
        return self

    def submit(self, at: float = 0, *, data: Any = None, path: str | None = None, **how: Any) -> Self:
        """A submit, by default a good one that is accepted; `data` is its JSON body."""
        sent = _BODIES[self.provider] if data is None else data
        how = {"body": orjson.dumps(sent), "answer": self._accepted(), **how}
        how["headers"] = {"Content-Type": "application/json", **how.get("headers", {})}
        return self.say("POST", path or self.submit_path, at, **how)

    def submit_with(self, at: float = 0, **changes: Any) -> Self:
        """A good submit with other fields at the top of its body."""
        return self.submit(at, data={**_BODIES[self.provider], **changes})

    def poll(self, at: float, word: str | None = None, *, id: str | None = None, **how: Any) -> Self:
        """A poll that finds the job with this word as its status."""
        answer = {"status": word} if word else None
        return self.say("GET", self.poll_path(id), at, **{"answer": answer, **how})

    def poll_path(self, id: str | None = None) -> str:
        """The path at which a job is polled."""
        operation = next(operation for operation in self.spec.operations if operation.role == "poll")
        return operation.path.replace("{" + operation.parameters[0].name + "}", id or self.job)

    def fetch(self, target: str, at: float = 100, **how: Any) -> Self:
        """The fetching of a result, without the key."""
        return self.say("GET", target, at, **{"operation": "media", "auth": {}, **how})

    def _accepted(self) -> dict[str, Any]:
        name = _ID_FIELDS.get(self.provider)
        return {name: self.job, "status": "queued"} if name else {}


def body_of(provider: str, **changes: Any) -> Any:
    """A good body of a submit with other fields at its top."""
    return {**_BODIES[provider], **changes}

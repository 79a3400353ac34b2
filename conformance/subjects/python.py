"""A Python factory as the subject: async clients on the harness's loop, others in a thread of their own."""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
import time
import traceback
from _thread import allocate_lock
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ..client import CATEGORIES, Capabilities, GenerateRequest
from ..client.capabilities import ASSUMED
from ..engine.outcome import Delivered, Heard, Outcome
from ..virtual.clock import HorizonPassed
from .base import CONDITIONS, Ask, ClientSubject, Opening
from .errors import AdapterError, BadSubject
from .logs import Log

if TYPE_CHECKING:
    from ..engine.stage import Stage
    from ..virtual.waits import Waits

_LONGEST_TEXT = 2_000
_FIELDS: Final = ("category", "code", "request_id", "task_id", "retry_after", "status")


def load_factory(name: str) -> Any:
    """The object that `pkg.mod:attribute` names. Raises SubjectError; modules in the working directory are found."""
    module_name, colon, attribute = name.partition(":")
    if not colon or not module_name or not attribute:
        raise BadSubject(f"{name!r} names no factory; write it as package.module:name, such as mypkg.adapter:make.")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name and (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise BadSubject(f"there is no module {error.name!r} to import {name!r} from.") from None
        raise AdapterError(f"importing {module_name} failed: {error}.") from None
    except Exception as error:
        raise AdapterError(f"importing {module_name} failed: {told_of(error)}.") from None
    found: Any = module
    for part in attribute.split("."):
        if not hasattr(found, part):
            raise BadSubject(f"module {module_name} has no {attribute!r}; the name after the colon is the factory.")
        found = getattr(found, part)
    if not callable(found):
        raise BadSubject(f"{name} is no factory but a {type(found).__name__}; it has to be callable.")
    return found


class FactorySubject(ClientSubject):
    """Clients made by a factory in this process. `name` is what names it for others, such as `pkg.mod:make`."""

    conditions = CONDITIONS
    clock: Literal["virtual", "real"] = "virtual"
    rate = 1.0

    def __init__(self, factory: Any, name: str | None = None) -> None:
        self.factory = factory
        self.name = name or str(getattr(factory, "__name__", type(factory).__name__))
        self._errors: Mapping[type[BaseException], Any] = getattr(factory, "errors", {})
        self._declared = hasattr(factory, "capabilities")
        self.capabilities = self._read_capabilities()

    @classmethod
    def load(cls, name: str) -> FactorySubject:
        """The factory that `pkg.mod:attribute` names. Raises SubjectError."""
        return cls(load_factory(name), name)

    def wall(self) -> float:
        """As everybody's."""
        return time.time()

    def described(self) -> dict[str, str]:
        """How to name it again."""
        return {"kind": "factory", "factory": self.name}

    async def start(self) -> None:
        """There is nothing to start."""

    async def stop(self) -> None:
        """There is nothing to stop."""

    async def open(self, opening: Opening, stage: Stage) -> FactorySession:
        """A client for one scenario. Raises AdapterError."""
        try:
            client = self.factory(
                provider=opening.provider,
                base_url=opening.base_url,
                api_key=opening.api_key,
                deadline=opening.deadline,
            )
        except Exception as error:
            outcome = outcome_of(error, self._errors)
            if outcome.kind == "unsupported":
                return FactorySession(_Refusing(error), stage, self._errors)
            raise AdapterError(f"the factory {self.name} failed for {opening.provider}: {told_of(error)}.") from None
        if not callable(getattr(client, "generate", None)):
            raise AdapterError(f"the factory {self.name} made a {type(client).__name__}, which has no generate().")
        return FactorySession(client, stage, self._errors)

    def _read_capabilities(self) -> Capabilities:
        if not self._declared:
            return Capabilities(name=self.name, features=ASSUMED)
        try:
            return Capabilities.of(self.factory.capabilities)
        except (TypeError, ValueError) as error:
            raise AdapterError(f"the capabilities of {self.name} cannot be read: {error}.") from None


class FactorySession:
    """One client made by a factory."""

    def __init__(self, client: Any, stage: Stage, errors: Mapping[type[BaseException], Any]) -> None:
        self._client = client
        self._stage = stage
        self._errors = errors
        self._log = Log()
        self._log.attach()

    async def call(self, ask: Ask) -> Outcome:
        """Make a call; see Session."""
        method, arguments = self._method(ask)
        try:
            value = await self._invoke(method, *arguments)
        except HorizonPassed:
            return Outcome("hung")
        except Exception as error:
            return outcome_of(error, self._errors)
        return _listed(value) if ask.op == "list" else _result(value, method)

    async def close(self) -> None:
        """Call `close` or `aclose`, if there is one."""
        closing = getattr(self._client, "aclose", None) or getattr(self._client, "close", None)
        try:
            if callable(closing):
                await self._invoke(closing)
        except Exception as error:
            raise AdapterError(f"closing the client failed: {told_of(error)}.") from None
        finally:
            self._log.detach()

    def logged(self) -> str:
        """What went to logs and outputs."""
        return self._log.text()

    def heard(self) -> tuple[Heard, ...]:
        """Nothing: it is no gateway."""
        return ()

    def _method(self, ask: Ask) -> tuple[Any, tuple[Any, ...]]:
        if ask.op == "generate":
            return self._client.generate, (ask.request,)
        argument = ask.model if ask.op == "list" else ask.task_id
        method = getattr(self._client, ask.op, None)
        if not callable(method):
            raise AdapterError(
                f"the client is declared to {ask.op}, but {type(self._client).__name__} has no {ask.op}()."
            )
        return method, (argument,)

    async def _invoke(self, method: Callable[..., Any], *arguments: Any) -> Any:
        if inspect.iscoroutinefunction(method):
            return await method(*arguments)
        virtual = self._stage.virtual
        assert virtual is not None  # a factory's clients know no other time
        call = _BlockingCall(partial(method, *arguments), virtual.waits)
        try:
            value = await virtual.run_sync(call.run)
        except CancelledError:
            call.give_up()
            raise
        return await value if isinstance(value, Awaitable) else value


class _BlockingCall:
    """A call that a thread makes, and which can be given up: the thread gets no further than to its next wait."""

    def __init__(self, work: Callable[[], Any], waits: Waits) -> None:
        self._work = work
        self._waits = waits
        self._thread: int | None = None
        self._lock = allocate_lock()

    def run(self) -> Any:
        """Make the call."""
        self._thread = threading.get_ident()
        try:
            return self._work()
        finally:
            with self._lock:
                self._waits.admit(self._thread)
                self._thread = None

    def give_up(self) -> None:
        """End every wait, and all that the thread of this call will ever begin."""
        error = HorizonPassed("the call was given up")
        with self._lock:
            if self._thread is not None:
                self._waits.bar(self._thread, error)
        self._waits.abort(error)


class _Refusing:
    """Stands for a client that was not made because its factory does not support the provider."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def generate(self, request: GenerateRequest) -> Any:
        raise self._error


def outcome_of(error: BaseException, errors: Mapping[type[BaseException], Any]) -> Outcome:
    """An exception in neutral words: by its own attributes, or as `errors` translates its type.

    Raises AdapterError for a category that is none.
    """
    fields = _translated(error, errors)
    category = fields.get("category")
    category = getattr(category, "value", category)
    if category is not None and category not in CATEGORIES:
        raise AdapterError(
            f"{type(error).__name__} has the category {category!r}; categories are {', '.join(CATEGORIES)}."
        )
    return Outcome(
        "unsupported" if category == "unsupported" else "error",
        category=category,
        code=fields.get("code"),
        request_id=_text(fields.get("request_id")),
        task_id=_text(fields.get("task_id")),
        retry_after=fields.get("retry_after"),
        status=fields.get("status"),
        exception=type(error).__name__,
        message=str(error)[:_LONGEST_TEXT],
        told="\n".join((repr(error), *traceback.format_exception(error))),
    )


def _translated(error: BaseException, errors: Mapping[type[BaseException], Any]) -> Mapping[str, Any]:
    kind = next((kind for kind in type(error).__mro__ if kind in errors), None)
    if kind is not None:
        translation = errors[kind]
        told = translation(error) if callable(translation) else translation
        told = told if isinstance(told, Mapping) else {"category": told}
        return {**_own(error), **told} if "category" in vars(error) else told
    category = getattr(error, "category", None)
    return _own(error) if isinstance(getattr(category, "value", category), str) else {}


def _own(error: BaseException) -> dict[str, Any]:
    return {name: getattr(error, name, None) for name in _FIELDS}


def _result(value: Any, method: Any) -> Outcome:
    images = getattr(value, "images", None)
    if not isinstance(images, list | tuple):
        called = getattr(method, "__qualname__", "generate")
        return _garbled(
            f"{called}() returned a {type(value).__name__}; expected is a Result, or an object whose `images` is a list"
        )
    if not all(map(_is_image, images)):
        return _garbled("an image of a result has neither a `url` of text nor `data` of bytes, or has both")
    try:
        expires = _seconds(getattr(value, "expires_at", None))
    except ValueError:
        return _garbled("`expires_at` of a result is neither unix seconds nor a datetime")
    return Outcome(
        "result",
        images=tuple(Delivered(*(getattr(image, name, None) for name in ("url", "data", "mime"))) for image in images),
        task_id=_text(getattr(value, "task_id", None)),
        expires_at=expires,
        usage=getattr(value, "usage", None) or {},
        conversation=getattr(value, "conversation", None),
    )


def _is_image(image: Any) -> bool:
    url, data = getattr(image, "url", None), getattr(image, "data", None)
    return (isinstance(url, str) and data is None) or (url is None and isinstance(data, bytes | bytearray))


def _seconds(instant: Any) -> float | None:
    """Unix seconds of a number, a datetime, or its text in ISO 8601. Raises ValueError."""
    if instant is None or (isinstance(instant, int | float) and not isinstance(instant, bool)):
        return instant
    moment = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
    if not isinstance(moment, datetime):
        raise ValueError("no instant")
    return moment.timestamp()


def _garbled(sentence: str) -> Outcome:
    """What a client gave back that is no result. In a plain call its adapter is wrong, otherwise it is the client."""
    return Outcome("error", message=sentence, garbled=sentence)


def _listed(value: Any) -> Outcome:
    return Outcome("result", listing=value)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def told_of(error: BaseException) -> str:
    """Where an exception comes from and what it says, in one line."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}: " if frames else ""
    return f"{place}{type(error).__name__}: {error}".rstrip(": .")

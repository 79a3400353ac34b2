"""An adapter that behaves as its argument says. It needs nothing but the standard library and starts fast."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

HELLO = {"name": "fake", "version": "1", "providers": ["reapi"], "features": {"virtual_sleep": True, "parallel": True}}
RESULT = {"images": [{"url": "http://localhost/0.png"}]}
ASLEEP = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(600)"]


def out(message):
    raw(json.dumps(message).encode())


def raw(line):
    os.write(1, line + b"\n")


def messages():
    for line in sys.stdin:
        yield json.loads(line)


def serve(generate=None, greeting=HELLO, **ops):
    """Answer everything well, but for what is given."""
    for message in messages():
        op = message["op"]
        if op in ops:
            ops[op](message)
        elif op == "bye":
            return
        elif op == "hello":
            out({"id": message["id"], "ok": greeting})
        elif op == "generate" and generate:
            generate(message)
        elif op in ("wake", "time"):
            pass
        else:
            out({"id": message["id"], "ok": RESULT if op in ("generate", "resume") else True})


def features(**declared):
    return {**HELLO, "features": {**HELLO["features"], **declared}}


def answer_with(**answer):
    serve(lambda message: out({"id": message["id"], **answer}))


def write(line):
    serve(lambda message: raw(line))


def greet_with(**hello):
    serve(greeting={**HELLO, **hello})


def log_and_exit():
    serve(lambda message: (print("first line\nout of memory", file=sys.stderr), os._exit(3)))


def answer_twice():
    """In one write, so that nobody is gone before the second answer."""

    def act(message):
        line = json.dumps({"id": message["id"], "ok": RESULT}).encode()
        raw(line + b"\n" + line)

    serve(act)


def close_output():
    serve(lambda message: (os.close(1), time.sleep(60)))


def close_input():
    """Deaf, but well."""
    for message in messages():
        out({"id": message["id"], "ok": HELLO if message["op"] == "hello" else True})
        if message["op"] == "open":
            os.close(0)
            time.sleep(60)


def hang_on_first():
    """Hang in the first call of the first process; a file, the next argument, remembers that it did."""
    mark = Path(sys.argv[2])

    def generate(message):
        if not mark.exists():
            mark.touch()
            time.sleep(600)
        out({"id": message["id"], "ok": RESULT})

    serve(generate)


def with_children():
    """A child, a grandchild of another session, and one that has left everybody, all asleep."""
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}

    def generate(message):
        plain = subprocess.Popen(ASLEEP, **quiet)
        apart = subprocess.Popen(ASLEEP, start_new_session=True, **quiet)
        how = "start_new_session=True, stdin=-3, stdout=-3, stderr=-3"
        leaves = f"import subprocess; print(subprocess.Popen({ASLEEP!r}, {how}).pid)"
        daemon = subprocess.run([sys.executable, "-S", "-E", "-c", leaves], stdout=subprocess.PIPE, timeout=5)
        usage = {"plain": plain.pid, "apart": apart.pid, "daemon": int(daemon.stdout), "self": os.getpid()}
        out({"id": message["id"], "ok": {**RESULT, "usage": usage}})

    serve(generate)


def deaf_to_eof():
    serve(bye=lambda message: time.sleep(600))


def asleep(parallel=True):
    """Sleep for as many seconds as the prompt says, and tell the time before and after."""
    calls = {}

    def generate(message):
        call, seconds = message["id"], float(message["request"]["prompt"])
        calls[f"s{call}"] = call, message["t"]
        out({"event": "sleep", "id": f"s{call}", "for": call, "seconds": seconds})

    def wake(message):
        call, begun = calls.pop(message["sleep"])
        out({"id": call, "ok": {**RESULT, "usage": {"begun": begun, "woken": message["t"]}}})

    serve(generate, greeting=features(parallel=parallel), wake=wake)


def ask_the_time():
    waiting = []
    serve(
        lambda message: (waiting.append(message["id"]), out({"event": "now", "id": "n1"})),
        time=lambda message: out({"id": waiting.pop(), "ok": {**RESULT, "usage": {"t": message["t"]}}}),
    )


def cancellable():
    """Sleep for ever in every call, until cancelled."""

    def cancel(message):
        out({"id": message["target"], "error": {"category": "cancelled", "message": "as asked"}})
        out({"id": message["id"], "ok": True})

    serve(
        lambda message: out({"event": "sleep", "id": message["id"], "for": message["id"], "seconds": 1e6}),
        greeting=features(cancel=True), cancel=cancel,
    )  # fmt: skip


def sleep_and_leave():
    """Sleep twice at once, wait for the shorter one only, and end the call."""

    def generate(message):
        for name, seconds in (("short", 3), ("long", 50)):
            out({"event": "sleep", "id": name, "for": message["id"], "seconds": seconds})
        calls.append(message["id"])

    def wake(message):
        out({"event": "awake", "id": "long"})
        time.sleep(0.05)
        out({"id": calls.pop(), "ok": {**RESULT, "usage": {"t": message["t"]}}})

    calls = []
    serve(generate, wake=wake)


def several_at_once():
    """Three strands in one call, each of which sleeps 10 and then 5 seconds, and works for a moment in between."""
    woken = []

    def generate(message):
        raw(b"\n".join(b'{"event": "sleep", "id": "%d-first", "seconds": 10}' % strand for strand in range(3)))

    def wake(message):
        strand, turn = message["sleep"].split("-")
        woken.append(message["t"])
        time.sleep(0.05)
        if turn == "first":
            out({"event": "sleep", "id": f"{strand}-second", "seconds": 5})
        elif len(woken) == 6:
            out({"id": 3, "ok": {**RESULT, "usage": {"woken": woken}}})

    serve(generate, wake=wake)


def echo():
    """Give back what was asked, as the usage."""
    serve(
        lambda message: out({"id": message["id"], "ok": {**RESULT, "usage": message["request"]}}),
        list=lambda message: out({"id": message["id"], "ok": [message["model"]]}),
        resume=lambda message: out({"id": message["id"], "ok": {**RESULT, "task_id": message["task_id"]}}),
        greeting=features(list=True, resume=True, follow_up=True),
    )


def open_with(**answer):
    serve(open=lambda message: out({"id": message["id"], **answer}))


def log_much():
    serve(lambda message: (print("x" * 400_000 + "the end", file=sys.stderr), out({"id": message["id"], "ok": RESULT})))


def stderr_of_each_call():
    def generate(message):
        print("working on", message["request"]["prompt"], file=sys.stderr, flush=True)
        out({"id": message["id"], "ok": RESULT})

    serve(generate)


def greet_when_virtual():
    """Without cooperative sleep."""
    serve(greeting={**HELLO, "features": {"count": True}})


def poll_reapi():
    """A client of reAPI that polls as advised, and works for a moment of real time after each answer."""
    from urllib.request import Request, urlopen

    opening, script = {}, {}

    def http(path, body=None):
        headers = {"Authorization": f"Bearer {opening['api_key']}", "Content-Type": "application/json"}
        with urlopen(Request(opening["base_url"] + path, body, headers), timeout=60) as response:
            answer = json.load(response)
        time.sleep(0.02)
        return answer

    def client(message):
        wish = {"model": "gemini-3-pro-image-preview", "prompt": message["request"]["prompt"]}
        id, pause = http("/api/v1/images/generations", json.dumps(wish).encode())["id"], 30
        while True:
            yield pause
            job, pause = http(f"/api/v1/tasks/{id}"), 4
            if job["status"] == "completed":
                out({"id": message["id"], "ok": {"images": [{"url": url} for url in job["output"]["image_urls"]]}})
                return

    def go_on(name):
        for seconds in script[name]:
            out({"event": "sleep", "id": name, "for": name, "seconds": seconds})
            return

    def generate(message):
        script[message["id"]] = client(message)
        go_on(message["id"])

    serve(
        generate,
        open=lambda message: (opening.update(message), out({"id": message["id"], "ok": True})),
        wake=lambda message: go_on(message["sleep"]),
    )


def sleep_by_itself():
    """Without cooperation: it sleeps as many seconds as the prompt says on its own clock."""

    def generate(message):
        began = time.time()
        time.sleep(float(message["request"]["prompt"]))
        out({"id": message["id"], "ok": {**RESULT, "usage": {"began": began, "took": time.time() - began}}})

    serve(generate, greeting={"name": "plain", "features": {}})


def exit_after_answer():
    serve(lambda message: (out({"id": message["id"], "ok": RESULT}), os._exit(5)))


def busy():
    """Work for a moment of real time, without a sleep."""
    serve(lambda message: (time.sleep(0.3), out({"id": message["id"], "ok": RESULT})))


BREAKS = {
    "garbage": lambda: write(b"Listening on port 3000"),
    "latin": lambda: write(b'{"id": 3, "caf\xe9": 1}'),
    "no-object": lambda: write(b"[1, 2]"),
    "no-id": lambda: write(b'{"ok": {}}'),
    "text-id": lambda: write(b'{"id": "3", "ok": {}}'),
    "unknown-id": lambda: write(b'{"id": 99, "ok": {}}'),
    "twice": answer_twice,
    "unknown-event": lambda: write(b'{"event": "snooze", "id": "s1", "seconds": 3}'),
    "sleep-without-seconds": lambda: write(b'{"event": "sleep", "id": "s1", "for": 3}'),
    "sleep-for-nobody": lambda: write(b'{"event": "sleep", "id": "s1", "for": 77, "seconds": 1}'),
    "sleep-backwards": lambda: write(b'{"event": "sleep", "id": "s1", "for": 3, "seconds": -1}'),
    "no-answer": lambda: answer_with(),
    "two-answers": lambda: answer_with(ok=RESULT, unsupported="no"),
    "wrong-name": lambda: answer_with(ok={"images": [], "taskId": "t1"}),
    "no-images": lambda: answer_with(ok={"task_id": "t1"}),
    "no-category": lambda: answer_with(error={"category": "oops"}),
    "empty-image": lambda: answer_with(ok={"images": [{"mime": "image/png"}]}),
    "not-base64": lambda: answer_with(ok={"images": [{"data": "%%%"}]}),
    "local-expiry": lambda: answer_with(ok={"images": [], "expires_at": "2026-01-01T00:00:00"}),
    "long-line": lambda: write(b"x" * 5_000_000),
    "exit": log_and_exit,
    "close-output": close_output,
    "close-input": close_input,
    "silent": lambda: serve(lambda message: None),
    "hello-garbage": lambda: raw(b"node: bad option"),
    "hello-exit": lambda: sys.exit("cannot find module 'acme'"),
    "hello-silent": lambda: serve(hello=lambda message: None),
    "hello-error": lambda: serve(hello=lambda message: out({"id": message["id"], "error": {"message": "no key"}})),
    "unknown-feature": lambda: greet_with(features={"virtual_slep": True}),
    "unknown-provider": lambda: greet_with(providers=["reapy"]),
    "nameless": lambda: serve(greeting={"features": {}}),
    "open-error": lambda: open_with(error={"category": "invalid", "message": "no such region"}),
}
WAYS = {
    "well": serve,
    "untyped": lambda: answer_with(error={"exception": "KeyError", "message": "'id'"}),
    "typed": lambda: answer_with(error={
        "category": "rate_limited", "code": 50001, "message": "slow down", "request_id": "req_1", "task_id": "task_1",
        "retry_after": 7,
    }),
    "unsupported": lambda: answer_with(unsupported="ratio 2:3 for gmicloud"),
    "bytes": lambda: answer_with(ok={
        "images": [{"data": "aGVsbG8=", "mime": "image/png"}, {"url": "http://localhost/1.png"}],
        "task_id": "t1", "expires_at": "2026-01-01T01:00:00Z", "usage": {"n": 1}, "conversation": [{"a": 1}],
    }),
    "refuse-provider": lambda: open_with(unsupported="no tokaify here"),
    "closing": lambda: serve(greeting=features(close=True)),
    "asleep-two-at-once": lambda: asleep(parallel=2),
    **{name.replace("_", "-"): way for name, way in list(globals().items()) if callable(way) and name[0].islower()},
}  # fmt: skip

if __name__ == "__main__":
    ({**WAYS, **BREAKS}[sys.argv[1]])()

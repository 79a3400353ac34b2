"""A command that behaves as its first argument says."""

import json
import os
import subprocess
import sys
import time

ASLEEP = [sys.executable, "-S", "-E", "-c", "import time; time.sleep(600)"]
QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
FEATURES = {"virtual_sleep": True, "ratio": True, "images": ["url", "bytes"], "list": True, "resume": True}


def url(*parts):
    print("/".join(["http://localhost", *map(str, parts)]))


def ok(**result):
    print("a line that nobody reads")
    print(json.dumps({"ok": {"images": [], **result}}))


def tick(path):
    from urllib.request import urlopen

    with urlopen(f"{os.environ['SAFELIGHT_CLOCK']}/{path}") as response:
        return float(response.read())


def show():
    """The arguments, and what there is of ours in the environment."""
    environment = {name: value for name, value in os.environ.items() if name.startswith("SAFELIGHT_")}
    ok(usage={"arguments": sys.argv[2:], "environment": environment, "input": sys.stdin.read()})


def sleep():
    """As long as the argument says, by the clock over HTTP."""
    began = tick("now")
    ended = tick(f"sleep?seconds={sys.argv[2]}")
    ok(usage={"slept": ended - began, "now": tick("now") - ended})


def background():
    url(subprocess.Popen(ASLEEP, **QUIET).pid, subprocess.Popen(ASLEEP, start_new_session=True, **QUIET).pid)


def read_references():
    request = json.loads(os.environ["SAFELIGHT_REQUEST"])
    sizes = []
    for image in request["images"]:
        if "file" in image:
            with open(image["file"], "rb") as file:  # noqa: PTH123
                sizes.append(len(file.read()))
    ok(usage={"arguments": sys.argv[2:], "request": request, "sizes": sizes})


def operate():
    """As told by {op}."""
    if sys.argv[2] == "hello":
        print(json.dumps({"ok": {"name": "fake", "features": FEATURES}}))
    elif sys.argv[2] == "list":
        print(json.dumps({"ok": [os.environ["SAFELIGHT_MODEL"]]}))
    else:
        ok(task_id=os.environ.get("SAFELIGHT_TASK_ID"))


def fail(code, *lines):
    print(*lines, sep="\n")
    print("curl: (22) The requested URL returned error: 402", file=sys.stderr)
    sys.exit(code)


WAYS = {
    "show": show,
    "sleep": sleep,
    "background": background,
    "read-references": read_references,
    "operate": operate,
    "urls": lambda: (url("0.png"), url("1.png?a=b")),
    "typed": lambda: fail(1, json.dumps({"error": {"category": "credits", "code": 30001, "message": "empty"}})),
    "bare": lambda: fail(22),
    "garbled": lambda: fail(0, json.dumps({"ok": {"url": "http://localhost/0.png"}})),
    "odd-json": lambda: fail(0, json.dumps({"url": "http://localhost/0.png"})),
    "talk": lambda: fail(0, "Image saved to out.png"),
    "nothing": lambda: None,
    "silent": lambda: time.sleep(600),
    "real-sleep": lambda: (time.sleep(0.2), ok()),
    "no-hello": lambda: fail(2, "usage: client PROMPT"),
    "real-hello": lambda: print(json.dumps({"ok": {"name": "fake", "features": {}}})),
}

if __name__ == "__main__":
    WAYS[sys.argv[1]]()

"""A gateway in front of one provider with nothing but the standard library, and the ways in which one can be no good.

The first argument is the way, `good` for none. It listens on $PORT and sleeps through $SAFELIGHT_CLOCK if there is one.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.request import Request, urlopen

WAY = sys.argv[1] if len(sys.argv) > 1 else "good"
KEY = f"Bearer {os.environ.get('CALLERS_KEY', '')}"
FIRST, EVERY = float(os.environ.get("FIRST", "30")), float(os.environ.get("EVERY", "4"))
JOBS: dict = {}


def sleep(seconds: float) -> None:
    """Through the harness, where there is one."""
    clock = os.environ.get("SAFELIGHT_CLOCK")
    if clock and WAY != "sleeps-by-itself":
        urlopen(f"{clock}/sleep?seconds={seconds}").read()
    else:
        time.sleep(seconds)


def ask(method: str, path: str, body: object = None) -> dict:
    """An answer of the provider."""
    headers = {"Authorization": f"Bearer {os.environ['REAPI_API_KEY']}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(os.environ["REAPI_BASE_URL"] + path, data, headers, method=method)) as answer:
        return json.load(answer)


def generate(wish: dict) -> tuple[int, dict]:
    """Status and body of an answer."""
    try:
        fields = {"model": "gemini-3-pro-image-preview", "prompt": wish["prompt"]}
        job = ask("POST", "/api/v1/images/generations", fields)
        sleep(FIRST)
        while True:
            state = ask("GET", f"/api/v1/tasks/{job['id']}")
            if state["status"] == "completed":
                return 200, {"data": [{"url": url} for url in state["output"]["image_urls"]]}
            if state["status"] == "failed":
                return 502, {"error": {"message": "the provider failed"}}
            sleep(EVERY)
    except (HTTPError, OSError) as error:
        return 502, {"error": {"message": f"the provider could not be asked: {error}"}}


def work(id: str, wish: dict) -> None:
    """A job of ours, in the background."""
    status, body = generate(wish)
    JOBS[id] = {"id": id, "status": "succeeded" if status == 200 else "failed", **body}


class Handler(BaseHTTPRequestHandler):
    """Answers."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if WAY == "never-ready":
            self._answer(503, {"error": {"message": "still starting"}})
        elif self.path.startswith("/v1/jobs/"):
            self._answer(200, JOBS[self.path.rpartition("/")[2]])
        else:
            self._answer(404, {"error": {"message": "there is nothing here"}})

    def do_POST(self) -> None:
        wish = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if WAY == "dies":
            print("out of luck", file=sys.stderr, flush=True)
            os._exit(3)
        if WAY == "no-json":
            self._send(200, b"<html>welcome</html>", "text/html")
        elif WAY == "no-http":
            self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
            self.close_connection = True
        elif self.headers["Authorization"] != KEY:
            self._answer(401, {"error": {"message": "who are you?"}})
        elif self.path == "/v1/jobs":
            id = f"job-{len(JOBS)}"
            JOBS[id] = {"id": id, "status": "running"}
            threading.Thread(target=work, args=(id, wish), daemon=True).start()
            self._answer(202, JOBS[id])
        else:
            self._answer(*generate(wish))

    def _answer(self, status: int, body: dict) -> None:
        self._send(status, json.dumps(body).encode(), "application/json")

    def _send(self, status: int, body: bytes, type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(BrokenPipeError):  # the caller has hung up
            self.wfile.write(body)


class Server(ThreadingHTTPServer):
    """Many requests at once."""

    daemon_threads = True
    request_queue_size = 128


def leave_something_behind() -> None:
    """A process in a session of its own, whose parent has gone."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(600)
        os._exit(0)
    os.wait()


def main() -> None:
    """Start, in the way that was asked for."""
    print(f"starting with the key {os.environ.get('REAPI_API_KEY')}", flush=True)
    if WAY == "exits":
        sys.exit("there is no configuration")
    if WAY == "leaks":
        leave_something_behind()
    if WAY == "with-children":
        subprocess.Popen(["sleep", "600"])
    port = 0 if WAY == "ignores-port" else int(os.environ["PORT"])
    if WAY == "mute":
        listening = socket.create_server(("127.0.0.1", port))
        time.sleep(600)
        listening.close()
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    main()

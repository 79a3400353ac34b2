"""The unmodified `@google/genai` package for Node does its work against Tokaify."""

import json
import re
import shutil
import subprocess
import tempfile
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest
from tokaify_handle import Tokaify

from safelight.mockserver.images import ImageFacts, describe, prompt_sha256

PACKAGE = "@google/genai@2.32.0"
OLDEST_NODE = 20
SCRIPT = Path(__file__).with_name("google_genai.mjs")
OFFLINE = re.compile(r"EAI_AGAIN|ENOTFOUND|ENETUNREACH|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EIDLETIMEOUT|ENOTCACHED")


@pytest.fixture
def node_modules(request: pytest.FixtureRequest) -> Path:
    """A folder with the package installed, kept from one run to the next; skips where it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node and npm are not installed")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < OLDEST_NODE:
        pytest.skip(f"{PACKAGE} needs Node {OLDEST_NODE}, here is {version}")
    cache = request.config.cache
    assert cache is not None
    folder = cache.mkdir("node") / re.sub(r"\W+", "-", PACKAGE)
    return folder if folder.exists() else install(folder)


def install(folder: Path) -> Path:
    """Install beside the folder and move into place, so that half an installation is never found there."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as fresh:
        quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=1"]
        command = ["npm", "install", *quiet, "--prefix", fresh, PACKAGE]
        installed = subprocess.run(command, capture_output=True, text=True, timeout=300)
        if installed.returncode and OFFLINE.search(installed.stderr):
            pytest.skip(f"npm cannot install {PACKAGE} without a network")
        assert installed.returncode == 0, installed.stderr
        return Path(fresh).rename(folder)


def facts_of(told: dict[str, Any]) -> ImageFacts:
    (image,) = told["images"]
    return describe(b64decode(image))


def test_images_edits_chats_blocks_and_errors(node_modules: Path, tokaify: Tokaify, png: bytes) -> None:
    order = {"baseUrl": tokaify.base_url, "apiKey": tokaify.api_key, "png": b64encode(png).decode()}
    command = ["node", str(SCRIPT), str(node_modules)]
    run = subprocess.run(command, input=json.dumps(order), capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)

    drawn = facts_of(told["textToImage"])
    assert (drawn.width, drawn.height, drawn.prompt_sha256) == (2752, 1536, prompt_sha256("A red panda 紅"))
    assert told["textToImage"]["finishReason"] == "STOP"
    assert told["textToImage"]["usage"]["promptTokenCount"] == 4

    assert facts_of(told["edit"]).prompt_sha256 == prompt_sha256("Paint the wall blue")
    assert tokaify.sent[1]["contents"][0]["parts"][0]["inlineData"]["data"] == order["png"]

    assert facts_of(told["chat"][1]).prompt_sha256 == prompt_sha256("Now it is a brown bear")
    assert [turn["role"] for turn in tokaify.sent[3]["contents"]] == ["user", "model", "user"]

    assert told["blockedPrompt"]["blockReason"] == "PROHIBITED_CONTENT"
    assert told["blockedOutput"]["finishReason"] == "IMAGE_SAFETY"
    assert told["blockedOutput"]["images"] == []

    assert (told["unknownKey"]["isApiError"], told["unknownKey"]["status"]) == (True, 401)
    assert (told["invalidRatio"]["isApiError"], told["invalidRatio"]["status"]) == (True, 400)
    assert "7:3" in told["invalidRatio"]["message"]

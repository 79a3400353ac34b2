"""Clients of 1min.ai, for each check one that breaks its rule and some that come near."""

from typing import Any

from cases import REFUSED, Case, endpoint, json_object, label
from talk import MODEL, Talk, body_of

KEY = "development/images/2025_01_15_10_50_45_001_city.png"
QUERY = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIA%2F20250115&X-Amz-Signature=0f"
BUCKET = "/onemin/asset.1min.ai"
RECORD = {
    "aiRecord": {
        "temporaryUrl": f"http://localhost:4011{BUCKET}/{KEY}?{QUERY}",
        "aiRecordDetail": {"resultObject": [KEY]},
    }
}


def new() -> Talk:
    return Talk("onemin")


def wanting(**changes: Any) -> Talk:
    """A submit with other parameters."""
    return new().submit_with(promptObject={"prompt": "a castle", "imageSize": "1K", **changes})


def fetched(target: str, **how: Any) -> Talk:
    return new().submit(answer=RECORD, took=45).fetch(target, **how)


GOOD = {"the URL as it came": fetched(f"{BUCKET}/{KEY}?{QUERY}")}

CASES: dict[str, Case] = {
    "onemin.auth.api-key-header": Case(
        broken=new().submit(
            auth={"Authorization": f"Bearer {new().key}"}, status=401, answer={}, problem="key-missing"
        ),
        innocent={
            "an empty key from the caller": new().submit(auth={"API-KEY": ""}, status=401, answer={}),
            "a recorder that leaves the header out": new().submit(auth={}),
            "the list of models, which needs none": new().say("GET", "/models", 0, auth={}),
        },
    ),
    "onemin.auth.no-bearer": Case(
        broken=new().submit(headers={"Authorization": f"Bearer {new().key}"}),
        innocent={"other headers": new().submit(headers={"User-Agent": "x"})},
    ),
    "onemin.submit.endpoint": endpoint("onemin", "/features", "/api/conversations"),
    "onemin.submit.json-object": json_object("onemin"),
    "onemin.submit.content-type": label("onemin"),
    "onemin.submit.body": Case(
        broken=new().submit(data={"model": MODEL, "promptObject": {"prompt": "x", "imageSize": "1K"}}, **REFUSED),
        innocent={"another feature": new().submit(data=body_of("onemin", type="IMAGE_EDITOR"), **REFUSED)},
    ),
    "onemin.submit.prompt-object": Case(
        broken=new().submit_with(temperature=0.5),
        innocent={
            "in both places": new().submit_with(prompt="a castle"),
            "a title beside it": new().submit_with(title="x"),
        },
    ),
    "onemin.submit.image-size-required": Case(
        broken=new().submit_with(promptObject={"prompt": "x"}),
        innocent={"a size that the caller wanted": new().submit_with(promptObject={"prompt": "x", "imageSize": "8K"})},
    ),
    "onemin.submit.no-other-parameters": Case(
        broken=wanting(n=4), innocent={"a count of one": wanting(n=1), "nothing in it": wanting(images=[])}
    ),
    "onemin.submit.temperature-number": Case(
        broken=wanting(temperature="0.7"), innocent={"too hot, from the caller": wanting(temperature=3)}
    ),
    "onemin.submit.top-p-number": Case(broken=wanting(topP="0.9"), innocent={"a number": wanting(topP=0.9)}),
    "onemin.submit.tier-case": Case(broken=wanting(imageSize="2k"), innocent={"capital": wanting(imageSize="2K")}),
    "onemin.media.signed-query": Case(
        broken=fetched(f"{BUCKET}/{KEY}?{QUERY.partition('&')[2]}", status=403),
        innocent={
            **GOOD,
            "another image": fetched(f"{BUCKET}/development/images/other.png", status=403),
            "a library that spells it anew": fetched(f"{BUCKET}/{KEY}?{QUERY.replace('%2F', '/')}"),
            "the same after it has lapsed": fetched(f"{BUCKET}/{KEY}?{QUERY.replace('%2F', '/')}", status=403),
        },
    ),
    "onemin.media.temporary-url": Case(
        broken=new().submit(answer=RECORD).say("GET", f"/{KEY}", 50, status=404),
        innocent={**GOOD, "a question for its head": fetched(f"{BUCKET}/{KEY}?{QUERY}", at=60, status=403)},
    ),
}

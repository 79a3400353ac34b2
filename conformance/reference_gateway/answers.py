"""What callers are told, as JSON."""

from base64 import b64encode
from typing import Any

from aiohttp import web

from .jobs import File, Job
from .work import Work


class Answers(Work):
    """The bodies of answers. They need the request, because addresses of ours are those by which callers found us."""

    def images_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        """What came of a job, as OpenAI has it, and what of it is missing."""
        delivery = job.delivery
        if delivery is None:
            return {"created": int(job.created), "usage": {"images": 0}}
        body: dict[str, Any] = {
            "created": int(job.created),
            "data": [self.image_body(request, job, image) for image in delivery.images],
            "usage": {"images": len(delivery.images)},
            "provider": delivery.provider,
        }
        if len(delivery.images) < job.wish.n:
            body["partial"] = {"requested": job.wish.n, "delivered": len(delivery.images)}
            body["errors"] = [error.body(job.request_id) for error in delivery.errors]
        if delivery.expires_at is not None:
            body["expires_at"] = int(delivery.expires_at)
        return body

    def image_body(self, request: web.Request, job: Job, image: str | File) -> dict[str, str]:
        """One image; URLs of ours are those by which the caller found us."""
        if isinstance(image, str):
            return {"url": image}
        if job.wish.response_format == "b64_json":
            return {"b64_json": b64encode(image.data).decode()}
        return {"url": f"{request.scheme}://{request.host}/v1/files/{image.name}"}

    def job_body(self, request: web.Request, job: Job) -> dict[str, Any]:
        """A job as it is now."""
        body = {"id": job.id, "object": "job", "status": job.status, "model": job.wish.model}
        body |= self.images_body(request, job)
        return body if job.error is None else body | {"error": job.error.body(job.request_id)}

    def model_body(self, model: str) -> dict[str, Any]:
        """A model as OpenAI has it."""
        owner = self.models[model][0] if "/" in model else "gateway"
        return {"id": model, "object": "model", "created": 0, "owned_by": owner}

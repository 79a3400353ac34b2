// A small client of all five providers, which does what their documents say. It is here to be replaced by yours.
const MODEL = "gemini-3-pro-image-preview";
const QUEUE = "/api/v1/ie/requestqueue/apikey/requests"; // of GMI Cloud
const REAPI_CODES = { 1: "auth", 2: "invalid", 3: "credits", 5: "rate_limited", 6: "server" }; // by their first digit
const STATUSES = { 401: "auth", 402: "credits", 403: "auth", 429: "rate_limited" };

const fail = (category, message, more) => {
  throw Object.assign(new Error(message), { category, ...more });
};
const plain = (value) => (["string", "number"].includes(typeof value) && value !== "" ? value : undefined);
const refuse = (why, code) =>
  fail(/policy|moderat|block|safety/i.test(why) ? "blocked" : "failed", `${why}`, { code: plain(code) });
const data = (image) => image.data ?? fail("unsupported", "references are bytes here");
const web = ({ url }) => (/^https?:/i.test(url) ? url : fail("unsupported", "references are http(s) URLs here"));
const only = ({ count = 1, ...rest }) => {
  if (count > 1) fail("unsupported", "there is one image per call here");
  for (const name in rest) fail("unsupported", `there is no ${name} here`);
};

export class Client {
  // `sleep(seconds, signal)` and `now()` are given, so that a test can have a clock of its own.
  constructor({ provider, base_url, api_key, deadline_s = 600 }, sleep, now) {
    const headers = provider === "onemin" ? { "API-KEY": api_key } : { Authorization: `Bearer ${api_key}` };
    Object.assign(this, { provider, base_url, headers, deadline: deadline_s, sleep, now });
  }

  async generate(request, signal) {
    const call = { signal, ends: this.now() + this.deadline };
    try {
      const result = await this[this.provider](call, request);
      const texts = result.images.flatMap(({ url, data, mime }) => [url ?? data, mime ?? ""]);
      if (!texts.length || texts.some((text) => typeof text !== "string")) fail("protocol", "the images are none");
      return { task_id: call.task_id, ...result };
    } catch (error) {
      throw Object.assign(error, { category: error.category ?? "protocol", task_id: call.task_id });
    }
  }

  // The JSON of an answer. If that of a submit is lost, a job may have been made and paid.
  async http(call, path, body) {
    const lost = (why) => fail(body ? "ambiguous" : "server", why);
    const left = AbortSignal.timeout(Math.ceil(1000 * Math.max(1, call.ends - this.now())));
    const options = { headers: this.headers, redirect: "manual", signal: AbortSignal.any([call.signal, left]) };
    if (body) {
      Object.assign(options, { method: "POST", body: JSON.stringify(body) });
      options.headers = { ...this.headers, "Content-Type": "application/json" };
    }
    const response = await fetch(this.base_url + path, options).catch((error) => lost(error.cause?.code ?? error.name));
    const { ok, status } = response;
    const parsed = await response.json().catch(() => (ok || status >= 500) && lost(`HTTP ${status} without JSON`));
    const answer = Object(parsed);
    if (ok) return answer;
    const after = response.headers.get("Retry-After");
    const retry_after = after ? Math.max(0, +after || Date.parse(after) / 1000 - this.now()) : undefined;
    const { code, message, request_id } = Object(answer.error ?? answer);
    const known = /quota/.test(code) ? "credits" : REAPI_CODES[Math.floor(code / 10000)] ?? STATUSES[status];
    const said = message ?? answer.detail ?? answer.error ?? `HTTP ${status}`;
    const more = { code: plain(code) ?? status, request_id: plain(request_id), retry_after };
    fail(known ?? (status < 500 ? "invalid" : "server"), `${said}`, more);
  }

  // Poll until `read` makes something of the answer; a poll that was lost is made again.
  async follow(call, id, path, pause, read) {
    if (typeof id !== "string" || !id) fail("ambiguous", "the answer to the submit has no id");
    call.task_id = id;
    for (const began = this.now(); ; pause = Math.max(pause, this.now() - began < 180 ? 4 : 10)) {
      await this.sleep(Math.max(0, Math.min(pause, call.ends - this.now())), call.signal);
      if (this.now() >= call.ends) fail("timeout", "the job has not ended yet");
      const answer = await this.http(call, path).catch((error) => error);
      if (answer instanceof Error && !["server", "rate_limited"].includes(answer.category)) throw answer;
      const images = answer instanceof Error ? undefined : read(answer);
      if (images) return { images };
      pause = answer.retry_after ?? 0;
    }
  }

  async reapi(call, { prompt, ratio: size, resolution, count: n, images, channel, ...rest }) {
    only(rest);
    const model = channel === "official" ? `${MODEL}-official` : MODEL;
    const body = { model, prompt, size, resolution, n, image_urls: images?.map(web) };
    const { id } = await this.http(call, "/api/v1/images/generations", body);
    return this.follow(call, id, `/api/v1/tasks/${id}`, 30, ({ status, output, error }) => {
      if (status === "failed") refuse(error.message, error.code);
      return status === "completed" && output.image_urls.map((url) => ({ url }));
    });
  }

  async threedai(call, { prompt, ratio, resolution, count, output_format, images = [], ...rest }) {
    only(rest);
    const body = { prompt, aspect_ratio: ratio, resolution, num_images: count, output_format };
    if (images.length) body.images = images.map((image) => `data:${image.mime};base64,${data(image)}`);
    const action = images.length ? "edit" : "generate";
    const { task_id: id } = await this.http(call, `/v1/images/gemini/3/pro/${action}/`, body);
    return this.follow(call, id, `/v1/generation-request/${id}/status/`, 10, ({ status, results, failure_reason }) => {
      if (/FAIL|ERROR/.test(status)) refuse(failure_reason ?? status);
      return status === "FINISHED" && results.map(({ asset_url, asset }) => ({ url: asset_url ?? asset }));
    });
  }

  async gmicloud(call, { prompt, ratio, resolution, images, output_format, ...rest }) {
    only(rest);
    const options = { aspect_ratio: ratio, image_size: resolution, image_output_format: output_format };
    const payload = { prompt, image: images?.map(web), ...options };
    const { request_id: id } = await this.http(call, QUEUE, { model: MODEL, payload });
    return this.follow(call, id, `${QUEUE}/${id}`, 5, ({ status, outcome, error }) => {
      if (status === "cancelled") fail("cancelled", "the request was cancelled");
      if (status === "failed") refuse(outcome?.error?.message ?? error ?? status, outcome?.error?.code);
      return status === "success" && outcome.media_urls.map(({ url }) => ({ url }));
    });
  }

  async tokaify(call, { prompt, ratio, resolution, images = [], ...rest }) {
    only(rest);
    const inline = (image) => ({ inline_data: { mime_type: image.mime, data: data(image) } });
    const imageConfig = { aspectRatio: ratio, imageSize: resolution };
    const answer = await this.http(call, `/v1beta/models/${MODEL}:generateContent`, {
      contents: [{ role: "user", parts: [{ text: prompt }, ...images.map(inline)] }],
      generationConfig: { responseModalities: ["IMAGE"], imageConfig },
    });
    const candidates = answer.candidates ?? [], parts = candidates.flatMap(({ content }) => content?.parts ?? []);
    const pictures = parts.filter((part) => part.inlineData && !part.thought).map((part) => part.inlineData);
    const why = answer.promptFeedback?.blockReason ?? candidates[0]?.finishReason;
    if (!pictures.length) fail("blocked", `there is no image: ${why ?? "no reason was given"}`);
    return { images: pictures.map(({ data, mimeType: mime }) => ({ data, mime })), usage: { ...answer.usageMetadata } };
  }

  async onemin(call, { prompt, resolution, temperature, top_p, ...rest }) {
    only(rest);
    const promptObject = { prompt, imageSize: resolution ?? "1K", temperature, topP: top_p };
    const answer = await this.http(call, "/api/features", { type: "IMAGE_GENERATOR", model: MODEL, promptObject });
    const { status, temporaryUrl } = Object(answer.aiRecord);
    if (status !== "SUCCESS") refuse(answer.message ?? `the status is ${status}`);
    return { images: [{ url: temporaryUrl ?? fail("protocol", "the record has no temporaryUrl") }] };
  }
}

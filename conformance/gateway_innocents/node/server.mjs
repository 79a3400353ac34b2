// A gateway in front of three providers with the images API of OpenAI, on node alone. It waits with its answer until there
// are images, and takes the next provider only where the last one can have cost nothing.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { Client } from "../../adapters/node_client.mjs";

const { env } = process;
const MODEL = "gemini-3-pro-image-preview";
const PROVIDERS = ["reapi", "threedai", "gmicloud"].filter((name) => env[`${name.toUpperCase()}_BASE_URL`]);
const MODELS = [MODEL, ...PROVIDERS.map((name) => `${name}/${MODEL}`)];
const WISHES = ["ratio", "resolution", "output_format"];
const FIELDS = ["model", "prompt", "n", "images", ...WISHES];
const LONGEST_BODY = 64 * 2 ** 20;
const STATUSES = { invalid: 400, unsupported: 400, blocked: 400, rate_limited: 429, credits: 503, timeout: 504 };
const HARMLESS = ["credits", "auth", "rate_limited", "unsupported"]; // nothing was made that would have to be paid

// Time is that of the harness, where there is one: `now` is as of the last time that one was asked.
let now = Date.now() / 1000;
const tick = async (path, signal) => {
  const response = await fetch(env.SAFELIGHT_CLOCK + path, { signal });
  now = Math.max(now, Number(await response.text()));
};
if (env.SAFELIGHT_CLOCK) now = 0;
const sleep = (seconds, signal) =>
  env.SAFELIGHT_CLOCK
    ? tick(`/sleep?seconds=${seconds}`, signal)
    : new Promise((resolve, reject) => {
        signal.addEventListener("abort", reject);
        setTimeout(resolve, 1000 * seconds);
      });
const clock = () => (env.SAFELIGHT_CLOCK ? now : Date.now() / 1000);

class Refusal extends Error {
  constructor(status, code, message, headers = {}) {
    super(message);
    Object.assign(this, { status, code, headers });
  }
}
const wrong = (field, why) => {
  throw new Refusal(400, "invalid_request", `${field}: ${why}`);
};

const clients = Object.fromEntries(
  PROVIDERS.map((provider) => {
    const [base_url, api_key] = ["BASE_URL", "API_KEY"].map((name) => env[`${provider.toUpperCase()}_${name}`]);
    return [provider, new Client({ provider, base_url, api_key }, sleep, clock)];
  }),
);

async function read(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > LONGEST_BODY) throw new Refusal(413, "too_large", "the body is too large");
    pieces.push(piece);
  }
  try {
    const body = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(pieces)));
    if (body === null || typeof body !== "object" || Array.isArray(body)) wrong("body", "it has to be an object");
    return body;
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, "invalid_request", "the body is no JSON");
  }
}

function reference(given) {
  if (typeof given !== "string") wrong("images", "each has to be a text");
  const inline = /^data:(image\/[a-z]+);base64,([A-Za-z0-9+/]+={0,2})$/.exec(given);
  if (inline) return { mime: inline[1], data: inline[2] };
  return /^https?:\/\/[^/]/.test(given) && URL.canParse(given) ? { url: given } : wrong("images", "that is no image");
}

function wish(body) {
  for (const name of Object.keys(body)) if (!FIELDS.includes(name)) wrong(name, "there is no such field");
  const { model, prompt, n, images } = body;
  if (!MODELS.includes(model)) throw new Refusal(404, "model_not_found", "there is no such model");
  if (typeof prompt !== "string" || !prompt.trim() || !prompt.isWellFormed()) wrong("prompt", "it has to be a text");
  if (n !== undefined && !(Number.isInteger(n) && n >= 1 && n <= 4)) wrong("n", "it has to be from 1 to 4");
  if (images !== undefined && !(Array.isArray(images) && images.length <= 14)) wrong("images", "there are at most 14");
  for (const name of WISHES) {
    if (body[name] !== undefined && !(typeof body[name] === "string" && body[name])) wrong(name, "it has to be a text");
  }
  const request = { prompt, count: n, images: images?.length ? images.map(reference) : undefined };
  for (const name of WISHES) request[name] = body[name];
  return Object.fromEntries(Object.entries(request).filter(([, value]) => value !== undefined));
}

const isHarmless = ({ category, message, task_id }) =>
  !task_id && (HARMLESS.includes(category) || message === "ECONNREFUSED");

async function generate(request, body, signal) {
  const asked = wish(body);
  const named = PROVIDERS.filter((name) => body.model === `${name}/${MODEL}`);
  const order = named.length ? named : PROVIDERS;
  if (env.SAFELIGHT_CLOCK) await tick("/now", signal);
  for (const [place, name] of order.entries()) {
    try {
      const { images } = await clients[name].generate(asked, signal);
      const data = images.map(({ url, data }) => (url ? { url } : { b64_json: data }));
      return { created: Math.floor(clock()), data };
    } catch (error) {
      if (signal.aborted || place === order.length - 1 || !isHarmless(error)) throw told(error);
    }
  }
}

// Of the provider's own words no more than why a job failed; once there is one, nothing is the caller's fault.
function told({ category, retry_after, task_id, message }) {
  const headers = category === "rate_limited" && retry_after > 0 ? { "Retry-After": `${Math.ceil(retry_after)}` } : {};
  const status = task_id && category !== "blocked" && STATUSES[category] < 500 ? 502 : STATUSES[category] ?? 502;
  const why = category === "failed" ? `: ${message.slice(0, 200)}` : "";
  return new Refusal(status, category, `the provider could not help (${category})${why}`, headers);
}

async function answer(request, signal) {
  if (!env.GATEWAY_KEYS.split(",").some((key) => request.headers.authorization === `Bearer ${key}`)) {
    throw new Refusal(401, "invalid_api_key", "the key is missing or wrong");
  }
  const [path] = request.url.split("?");
  const route = { "/v1/images/generations": "POST", "/v1/models": "GET" }[path];
  if (!route) throw new Refusal(404, "not_found", "there is nothing here");
  if (request.method !== route) throw new Refusal(405, "not_allowed", `only ${route} can be used here`);
  if (path === "/v1/models") return { object: "list", data: MODELS.map((id) => ({ id, object: "model" })) };
  return generate(request, await read(request), signal);
}

const server = createServer(async (request, response) => {
  const id = randomUUID();
  const hangUp = new AbortController();
  response.on("close", () => hangUp.abort());
  let [status, body, headers] = [200, undefined, {}];
  try {
    body = await answer(request, hangUp.signal);
  } catch (error) {
    const refusal = error instanceof Refusal ? error : new Refusal(500, "internal", "this gateway failed");
    ({ status, headers } = refusal);
    body = { error: { message: refusal.message, code: refusal.code, request_id: id } };
  }
  response.writeHead(status, { "Content-Type": "application/json", "X-Request-Id": id, ...headers });
  response.end(JSON.stringify(body));
});
server.requestTimeout = 0;
server.listen(Number(env.PORT), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));

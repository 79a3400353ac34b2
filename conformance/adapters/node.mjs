// An adapter for Node 20 or later: it lets Safelight drive the client in node_client.mjs. Put your own in its place.
// To check it: safelight check client --command "node node.mjs"
import readline from "node:readline";
import { Client } from "./node_client.mjs";

const features = {
  virtual_sleep: true, parallel: true, deadline: true, cancel: true, images: ["url", "bytes"], ratio: true,
  resolution: true, count: true, output_format: true, channel: true, temperature: true, top_p: true, usage: true,
};
const say = (message) => process.stdout.write(JSON.stringify(message) + "\n");
const sleepers = new Map(), calls = new Map();
let virtual, client, time, sleeps = 0;
const now = () => (virtual ? time : Date.now() / 1000); // unix seconds

// While every call sleeps like this, or waits for an answer, Safelight's clock moves on at once.
const sleep = (seconds, signal) => new Promise((resolve, reject) => {
  signal.throwIfAborted();
  const id = ++sleeps;
  sleepers.set(id, resolve);
  signal.onabort = () => { sleepers.delete(id); say({ event: "awake", id }); reject(signal.reason); };
  say({ event: "sleep", id, seconds });
});

async function answer(id, call) {
  const controller = new AbortController();
  calls.set(id, controller);
  try {
    say({ id, ok: await call(controller.signal) });
  } catch ({ name: exception, message, category, code, request_id, task_id, retry_after }) {
    const cancelled = controller.signal.aborted && { category: "cancelled", message, task_id };
    say({ id, error: cancelled || { exception, message, category, code, request_id, task_id, retry_after } });
  }
  calls.delete(id);
}

const operations = {
  hello: ({ id, clock }) => {
    virtual = clock === "virtual";
    say({ id, ok: { name: "node-example", version: "1", features } });
  },
  open: ({ id, ...opening }) => { client = new Client(opening, sleep, now); say({ id, ok: true }); },
  generate: ({ id, request }) => answer(id, (signal) => client.generate(request, signal)),
  cancel: ({ id, target }) => { calls.get(target)?.abort(); say({ id, ok: true }); },
  wake: ({ sleep }) => { sleepers.get(sleep)?.(); sleepers.delete(sleep); },
  bye: () => process.exit(),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  time = message.t ?? time;
  operations[message.op](message);
});

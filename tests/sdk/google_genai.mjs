// What a user of @google/genai does, by its published package and nothing else. Reads a JSON object from stdin
// (baseUrl, apiKey, png in base64) and prints what the SDK made of each answer. The package is resolved from
// the folder in argv[2], since an ES module would look for it beside this file.
import { createRequire } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const require = createRequire(join(process.argv[2], "package.json"));
const { ApiError, GoogleGenAI } = require("@google/genai");

const { baseUrl, apiKey, png } = JSON.parse(await text(process.stdin));
const model = "gemini-3-pro-image-preview";

function connect(key) {
  return new GoogleGenAI({ vertexai: false, apiKey: key, httpOptions: { baseUrl, apiVersion: "v1beta" } });
}

function told(response) {
  const candidate = response.candidates?.[0];
  const parts = candidate?.content?.parts ?? [];
  return {
    images: parts.filter((part) => part.inlineData).map((part) => part.inlineData.data),
    finishReason: candidate?.finishReason,
    blockReason: response.promptFeedback?.blockReason,
    usage: response.usageMetadata,
  };
}

async function refused(call) {
  try {
    await call();
  } catch (error) {
    return { isApiError: error instanceof ApiError, status: error.status, message: error.message };
  }
  return null;
}

const client = connect(apiKey);
const config = { responseModalities: ["IMAGE"], imageConfig: { aspectRatio: "16:9", imageSize: "2K" } };
const chat = client.chats.create({ model });

console.log(
  JSON.stringify({
    textToImage: told(await client.models.generateContent({ model, contents: "A red panda 紅", config })),
    edit: told(
      await client.models.generateContent({
        model,
        contents: [{ inlineData: { mimeType: "image/png", data: png } }, { text: "Paint the wall blue" }],
      }),
    ),
    chat: [
      told(await chat.sendMessage({ message: "A panda makes latte art" })),
      told(await chat.sendMessage({ message: "Now it is a brown bear" })),
    ],
    blockedPrompt: told(await client.models.generateContent({ model, contents: "safelight:block-prompt" })),
    blockedOutput: told(await client.models.generateContent({ model, contents: "safelight:block-output" })),
    unknownKey: await refused(() => connect("sk-nobody").models.generateContent({ model, contents: "A door" })),
    invalidRatio: await refused(() =>
      client.models.generateContent({ model, contents: "A door", config: { imageConfig: { aspectRatio: "7:3" } } }),
    ),
  }),
);

import assert from "node:assert/strict";

import { exists, readText } from "../../../../components/settings/load";
import type { Definition } from "../../../../components/settings/definition";
import { type SettingName, keyOf, schema } from "../../../../components/settings/schema";
import { programGraph } from "../../../../scripts/render/graph";
import { fileLines, graphLines } from "../../../../scripts/render/lines";
import { localRenderings } from "../../../../scripts/render/renderings";
import { settingsOf } from "../../../fixtures/settings";

/** A setting's value, and lines that show that it reached its resource: `resource property = value`. */
type Reach = Readonly<Partial<Record<SettingName, readonly [value: string, ...lines: RegExp[]]>>>;

const sha = "0123456789abcdef".repeat(4);
const commit = "0123456789".repeat(4);
const digest = `sha256:${sha}`;

const local: Reach = {
  sourceCommit: [commit, new RegExp(`^cognitod-build context\\.named\\.linnix\\.location = .*linnix\\.git#${commit}"`)],
  baseImages: ['{"runtime":"debian:other"}', /^cognitod-build buildArgs\.RUNTIME_IMAGE = "debian:other"/],
  model: ["https://models.example/other.gguf", /^host-model-container envs\[\] = "MODEL_URL=.*other\.gguf"/],
  modelSha256: [sha, new RegExp(`^host-model-container envs\\[\\] = "MODEL_SHA256=${sha}"`)],
  privileges: ["sysadmin", /^host-cognitod capabilities\.adds\[\] = "CAP_SYS_ADMIN"/],
  requireKernelInstrumentation: [
    "true",
    /^host-preflight-run mustSucceed = true/,
    /^host-health requireKernelInstrumentation = true/,
  ],
  apiPort: ["3101", /^compose +LINNIX_LISTEN_ADDR: 127\.0\.0\.1:3101$/],
  healthPort: [
    "9565",
    /^compose +LINNIX_METRICS_LISTEN_ADDR: 127\.0\.0\.1:9565$/,
    /^host-health plan\.cognitod\.ready\[\] = "9565"/,
  ],
  llamaPort: [
    "8191",
    /^host-llama ports\[0\]\.external = 8191/,
    /^compose +LLM_ENDPOINT: http:\/\/127\.0\.0\.1:8191\//,
  ],
  cognitodMemory: ["601", /^host-cognitod memory = 601/],
  llamaMemory: ["4201", /^host-llama memory = 4201/],
  llamaThreads: ["3", /^host-llama command\[\] = "3"/],
  llamaContext: ["5001", /^host-llama command\[\] = "5001"/],
  logLevel: ["debug", /^compose +RUST_LOG: debug$/],
  healthTimeout: ["701", /^host-health deadlineSeconds = 701/],
  apiToken: ["a-token-of-24-characters", /^outputs apiToken = "\[secret\]"/],
  cognitodConfig: [
    '{"psi":{"sustained_pressure_seconds":31}}',
    /^host-config-files-content texts\.linnix\.toml \| sustained_pressure_seconds = 31/,
  ],
  rules: ["./tests/fixtures/rules.yaml", /^host-cognitod-files-content texts\.rules\.yaml\[fork_storm\]\.name/],
};

/** Each needs another stack than {@link local}. */
const alone: Reach = {
  source: ["./sample/daemon", /^cognitod-build context\.named\.linnix\.location = "\.\/sample\/daemon"/],
  llm: ["none", /^host-cognitod-files-content texts\.linnix\.toml \| offline = true/],
  images: [
    JSON.stringify({ cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` }),
    new RegExp(`^host-cognitod-image name = "ghcr.io/me/cognitod@${digest}"`),
  ],
  cognitodUser: ["cognitod", /^host-cognitod user = "65531:65531"/, /^host-preflight-container user = "65531:65531"/],
  slackWebhook: ["https://hooks.slack.com/services/T0/B0/x", /^host-cognitod-files-content texts = "\[secret\]"/],
};

/** Other tests show where these arrive: they are EC2's, chosen by `npm start`, or only valid with an address in `llm`. */
const elsewhere: readonly SettingName[] = ["host", "bases", "publishedImages", "engineOwner", "llmModel", "llmApiKey"];

const valuesOf = (settings: Reach) =>
  Object.fromEntries(Object.entries(settings).map(([name, [value]]) => [keyOf(name), value]));

/** The graph, and the compose file, which shows the environment: in the graph, that has a secret and is secret as a whole. */
async function linesOf(reach: Reach): Promise<string[]> {
  const graph = await programGraph("local", valuesOf(reach));
  const raw = Object.fromEntries(Object.entries(reach).map(([name, [value]]) => [name, value]));
  const compose =
    localRenderings(settingsOf(raw, { stack: "local", exists, readText }), ["api-token"]).compose?.() ?? "";
  return [...graphLines(graph), ...fileLines("compose", compose)].map(
    ({ of, text }) => `${of.split(" ").at(-1) ?? ""} ${text}`,
  );
}

describe("each setting of a local stack", function () {
  this.timeout(120_000);
  let together: readonly string[];
  let usual: readonly string[];
  before(async () => {
    together = await linesOf(local);
    usual = await linesOf({});
  });

  const shows = (lines: readonly string[], pattern: RegExp) => lines.some((line) => pattern.test(line));

  for (const [name, [, ...patterns]] of Object.entries(local)) {
    it(`reaches its resource: ${name}`, () => {
      for (const pattern of patterns) assert.ok(shows(together, pattern), String(pattern));
      // Otherwise the line would prove nothing.
      if (name !== "apiToken") for (const pattern of patterns) assert.ok(!shows(usual, pattern), String(pattern));
    });
  }

  for (const [name, reach] of Object.entries(alone)) {
    it(`reaches its resource: ${name}`, async () => {
      const lines = await linesOf({ [name]: reach });
      for (const pattern of reach.slice(1) as RegExp[]) {
        assert.ok(shows(lines, pattern) && !shows(usual, pattern), String(pattern));
      }
    });
  }

  it("is here", () => {
    const known = Object.entries<Definition>(schema)
      .filter(([name, { hosts = ["local"] }]) => hosts.includes("local") && name !== "aws:region")
      .map(([name]) => name);
    const tried = [...Object.keys(local), ...Object.keys(alone), ...elsewhere];
    assert.deepEqual(
      known.filter((name) => !tried.includes(name)),
      [],
    );
  });
});

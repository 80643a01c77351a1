import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import { documentRelease } from "../../../../../components/hosts/ec2/rollout/build-document";
import type { DesiredState, HostObservation, ReleaseResult } from "../../../../../components/hosts/ec2/protocol";
import { exampleBundle } from "../../../../fixtures/example-bundle";

const folder = path.resolve(__dirname, "..", "..", "..", "..", "..", "host", "protocol");
const example = (name: string): unknown =>
  JSON.parse(fs.readFileSync(path.join(folder, `${name}.example.json`), "utf8"));

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const images = {
  cognitod: `registry.example/linnix/cognitod@${digest}`,
  llama: `registry.example/linnix/llama@${digest}`,
};
const release = "d15c2adc681cb4a5";

/** With every optional field. The unit and the arguments are shortened. */
const desired = {
  schema: 2,
  release,
  stack: "dev",
  bundle: exampleBundle,
  deadlineSeconds: 300,
  login: { address: "registry.example", user: "me", secret: "registry-password" },
  secrets: {
    "api-token": { parameter: "/linnix/dev/secrets/api-token", version: 1 },
    "registry-password": { parameter: "/linnix/dev/secrets/registry-password", version: 1 },
    "slack-webhook": { parameter: "/linnix/dev/secrets/slack-webhook", version: 2 },
  },
  networks: ["linnix-dev-net"],
  folders: [{ path: "/var/lib/linnix/models", owner: "65532:65532", mode: "0750" }],
  steps: [
    {
      kind: "once",
      name: "linnix-dev-preflight",
      image: images.cognitod,
      secrets: {},
      run: ["--user", "65531:65531", "--entrypoint", "/usr/local/bin/linnix-preflight", images.cognitod],
      timeoutSeconds: 100,
      mustSucceed: true,
      observed: true,
    },
    {
      kind: "service",
      name: "linnix-dev-cognitod",
      image: images.cognitod,
      secrets: { LINNIX_API_TOKEN: "api-token" },
      files: [
        {
          name: "linnix.toml",
          owner: "65531:65531",
          parts: ['[notifications.slack]\nwebhook_url = "', { secret: "slack-webhook" }, '"\n'],
        },
      ],
      unit:
        "[Service]\nExecStart=/usr/bin/docker run --name linnix-dev-cognitod " +
        `--env-file /run/linnix/secrets/linnix-dev-cognitod.env ${images.cognitod}\n`,
      probes: {
        ready: ["/usr/bin/curl", "-s", "-w", "\\n%{http_code}", "http://127.0.0.1:9464/readyz"],
        live: ["/usr/bin/curl", "-s", "-w", "\\n%{http_code}", "http://127.0.0.1:9464/healthz"],
      },
    },
    {
      kind: "service",
      name: "linnix-dev-llama",
      image: images.llama,
      secrets: {},
      unit: `[Service]\nExecStart=/usr/bin/docker run --name linnix-dev-llama ${images.llama}\n`,
      probes: { ready: ["/usr/bin/curl", "-s", "-w", "\\n%{http_code}", "http://127.0.0.1:8090/health"] },
    },
  ],
} as const satisfies DesiredState;

const result = {
  release,
  outcome: "rolled-back",
  phase: "probe",
  detail: "linnix-dev-llama is not ready within 300 s (running); release 1111111111111111 is healthy again",
  step: "linnix-dev-llama",
  at: "2026-11-24T12:00:00Z",
  seconds: 412.5,
  answer: { status: 503, body: '{"error":{"message":"Loading model"}}' },
  log: ["srv  llama_server: loading the model"],
  restored: "1111111111111111",
} as const satisfies ReleaseResult;

const observation = {
  schema: 2,
  release,
  desired: release,
  kernel: "6.12.48",
  problems: ["logs: https://example.com/agent.deb can't be fetched; tried again at the next boot"],
  memoryUsedPercent: 61.5,
  rootUsedPercent: 40.2,
  dataUsedPercent: 12.1,
  services: {
    "linnix-dev-cognitod": {
      state: "running",
      running: true,
      restarts: 0,
      live: { status: 200, body: '{"status":"ok"}' },
      ready: { status: 200, body: '{"ready":true}' },
      log: ["listening on 127.0.0.1:3000"],
      usage: { started: "2026-11-24T11:58:31.5Z", cpu: "4.17%", memory: "184.2MiB / 512MiB" },
    },
    "linnix-dev-llama": {
      state: "running",
      running: true,
      restarts: 0,
      live: null,
      ready: { status: 200, body: '{"status":"ok"}' },
      log: ["srv  llama_server: model loaded"],
      usage: { started: "2026-11-24T11:58:40.1Z", cpu: "0.03%", memory: "2.61GiB / 5.5GiB" },
    },
  },
  steps: { "linnix-dev-preflight": { exitCode: 0, output: '{"ok":true}' } },
  last: {
    release,
    outcome: "healthy",
    phase: "done",
    detail: "every service is ready",
    step: null,
    at: "2026-11-24T12:00:00Z",
    seconds: 95.1,
    answer: null,
    log: [],
    restored: null,
  },
  healthy: false,
} as const satisfies HostObservation;

describe("the documents between program and host", () => {
  for (const [name, document] of Object.entries({ desired, result, observation })) {
    it(`host/protocol/${name}.example.json has the type that the program uses`, () => {
      assert.deepEqual(example(name), document);
    });
  }

  it("the example of a desired state has the hash of its content", () => {
    const { release: _, ...rest } = desired;
    assert.equal(documentRelease(rest), release);
  });
});

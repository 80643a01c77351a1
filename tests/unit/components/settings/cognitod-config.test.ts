import assert from "node:assert/strict";

import { parse } from "smol-toml";

import type { OnceStep } from "../../../../components/hosts/ec2/protocol";
import { desiredState } from "../../../../components/hosts/ec2/rollout/build-document";
import { localServices } from "../../../../components/hosts/local/plan";
import type { SecretName } from "../../../../components/services/secrets";
import type { ServiceSpec } from "../../../../components/services/service";
import { formatFault } from "../../../../components/settings/fault";
import { type RawSettings, type ValidationContext, validate } from "../../../../components/settings/validate";
import { programGraph } from "../../../../scripts/render/graph";
import { exampleBundle } from "../../../fixtures/example-bundle";
import { ec2SettingsOf, isSecretSetting, settingsOf } from "../../../fixtures/settings";

const digest = `sha256:${"a".repeat(64)}`;
const prebuilt = { cognitod: `ghcr.io/me/cognitod@${digest}`, llama: `ghcr.io/me/llama@${digest}` };
const webhook = { slackWebhook: "https://hooks.slack.com/services/T0/B0/x" };

const world: ValidationContext = {
  stack: "local",
  exists: (path) => (path.endsWith("Cargo.toml") ? "file" : "folder"),
  isSecret: isSecretSetting,
};

const faultsOf = (cognitodConfig: unknown, more: RawSettings = {}, context: Partial<ValidationContext> = {}) =>
  validate({ cognitodConfig: cognitodConfig as RawSettings, ...more }, { ...world, ...context }).faults.map((fault) =>
    formatFault(fault).replace(/\n */g, " | "),
  );

const section = (name: string, key: string, value: unknown) => ({ [name]: { [key]: value } });

describe("the setting cognitodConfig", () => {
  const refused: [what: string, config: unknown, expected: RegExp, more?: RawSettings][] = [
    ["text that is no JSON", "psi", /^linnix:cognitodConfig = psi: must be a map of sections/],
    ["a list", [1], /must be a map of sections/],
    ["a section that is no map", { psi: 5 }, /cognitodConfig\.psi = 5: must be a map of keys to values/],
    ["an empty section name's value", { psi: null }, /cognitodConfig\.psi = null: must be a map/],
    ["an unknown section", { psy: {} }, /cognitodConfig\.psy: is not a section or key.*did you mean psi\?/],
    ["a section that is like none", { kubernetes: {} }, /known are api, runtime, logging/],
    ["a section in capitals", { PSI: {} }, /cognitodConfig\.PSI: .*did you mean psi\?/],
    ["a misspelt key", section("psi", "sustained_presure_seconds", 9), /did you mean sustained_pressure_seconds\?/],
    ["a key in capitals", section("privacy", "Redact_Sensitive_Data", true), /did you mean redact_sensitive_data\?/],
    ["a name of JavaScript", JSON.parse('{"psi":{"__proto__":{"a":1}}}'), /psi\.__proto__: is not a section or key/],
    [
      "text as a number",
      section("psi", "sustained_pressure_seconds", "long"),
      /^linnix:cognitodConfig\.psi\.sustained_pressure_seconds = long: must be a whole number of seconds from 1 to 86400 \| pulumi config set --path linnix:cognitodConfig\.psi\.sustained_pressure_seconds VALUE --stack local, or remove/,
    ],
    ["null", section("psi", "sustained_pressure_seconds", null), /seconds = null: must be a whole number/],
    [
      "a fraction",
      section("telemetry", "retention_seconds", 10.5),
      /retention_seconds = 10\.5: must be a whole number/,
    ],
    ["a number out of upstream's bounds", section("telemetry", "sample_interval_ms", 99), /from 100 to 60000/],
    ["a word as a boolean", section("noise_budget", "enabled", "yes"), /enabled = yes: must be true or false/],
    ["too many percent", section("circuit_breaker", "cpu_psi_threshold", 101), /percent from 0 to 100/],
    [
      "a mode that upstream would take for enforce",
      section("circuit_breaker", "mode", "Monitor"),
      /monitor or enforce/,
    ],
    ["a log outside the log volume", section("logging", "alerts_file", "/tmp/a"), /a file in \/var\/log\/linnix\//],
    ["a log that leaves the volume", section("logging", "alerts_file", "/var/log/linnix/../x"), /a file in/],
    [
      "a listening address",
      section("api", "listen_addr", "0.0.0.0:80"),
      /api\.listen_addr: is decided by linnix:apiPort \| .*pulumi config set linnix:apiPort/,
    ],
    ["the token", section("api", "auth_token", "s3cret"), /^(?!.*s3cret).*decided by linnix:apiToken \| .*--secret/],
    ["a socket without a token", section("api", "unix_socket", "/run/s"), /requests through a socket need no token/],
    [
      "readiness without probes",
      section("api", "require_kernel_instrumentation", false),
      /decided by linnix:requireKernelInstrumentation/,
    ],
    ["offline", section("runtime", "offline", true), /decided by linnix:llm /],
    ["the rules' path", section("rules", "path", "/r.yaml"), /decided by linnix:rules /],
    ["the model's address", section("reasoner", "endpoint", "http://x"), /decided by linnix:llm /],
    ["the model's name", section("reasoner", "model", "m"), /decided by linnix:llmModel /],
    ["the metrics' address", section("outputs", "metrics_listen_addr", ":1"), /decided by linnix:healthPort /],
    ["no metrics", section("outputs", "prometheus", false), /must stay true/],
    ["no metrics by the old name", section("prometheus", "enabled", false), /must stay true/],
    ["what upstream ignores", section("outputs", "pagerduty", true), /has no effect.*linnix:slackWebhook/],
    [
      "the webhook",
      { notifications: { slack: { webhook_url: "https://hooks.slack.com/services/s3cret" } } },
      /^(?!.*s3cret).*notifications\.slack\.webhook_url: is decided by linnix:slackWebhook/,
      webhook,
    ],
    [
      "a program that the image lacks",
      { notifications: { apprise: { urls: ["slack://s3cret"] } } },
      /^(?!.*s3cret).*apprise\.urls: needs the program apprise/,
    ],
    [
      "a channel without a webhook",
      { notifications: { slack: { channel: "#a" } } },
      /notifications\.slack: applies only if linnix:slackWebhook is set/,
    ],
    [
      "a time limit without a model",
      section("reasoner", "timeout_ms", 9000),
      /reasoner\.timeout_ms: applies only if .*linnix:llm is none/,
      { llm: "none" },
    ],
    [
      "more than an EC2 host's document has room for",
      { notifications: { slack: { channel: "#a", dashboard_base_url: `https://${"a".repeat(500)}` } } },
      /has 5\d\d bytes, and an EC2 host's desired state has room for 400/,
      { ...webhook, host: "ec2", "aws:region": "us-east-1" },
    ],
    ["a misspelt key of another version", section("psi", "sustained_presure_seconds", 9), /mean/, { images: prebuilt }],
    ["null in another version's section", { new_one: { a: null } }, /no null/, { images: prebuilt }],
    ["a number that is rounded", { new_one: { a: 2 ** 60 } }, /stored exactly/, { images: prebuilt }],
    ["half a character", { new_one: { a: ["\ud800"] } }, /valid Unicode/, { images: prebuilt }],
    ["a nested key in capitals", { new_one: { a: { Bc: 1 } } }, /the key Bc, which must be/, { images: prebuilt }],
    [
      "a secret of another version",
      { new_one: { a: { api_key: "s3cret" } } },
      /^(?!.*s3cret).*new_one: has the name of a secret/,
      { images: prebuilt },
    ],
  ];
  for (const [what, config, expected, more] of refused) {
    it(`refuses ${what}`, () => {
      const faults = faultsOf(config, more);
      assert.equal(faults.length, 1, faults.join("\n"));
      assert.match(faults[0]!, expected);
    });
  }

  it("reports every error at once", () => {
    const faults = faultsOf({ psi: { a: 1, sustained_pressure_seconds: 0 }, api: { listen_addr: 1 }, zzz: {} });
    assert.equal(faults.length, 4, faults.join("\n"));
  });

  it("refuses an encrypted value, also inside the map, without showing anything of it", () => {
    const nested = { psi: { sustained_pressure_seconds: { secure: "v1:s3cret" } } };
    const decrypted = { isSecret: () => true };
    const all = [faultsOf({ secure: "v1:s3cret" }), faultsOf(nested), faultsOf('{"a":"s3cret"}', {}, decrypted)];
    for (const faults of all) {
      assert.equal(faults.length, 1);
      assert.match(faults[0]!, /^linnix:cognitodConfig: is stored encrypted, .*without --secret; secrets are /);
      assert.ok(!faults[0]!.includes("s3cret"));
    }
  });

  it("passes on what only another version of upstream may read", () => {
    const config = { new_section: { a_key: [1, 2.5, "x"], nested: { b: true } }, psi: { brand_new_option: 1 } };
    const versions: RawSettings[] = [{ images: prebuilt }, { sourceCommit: "b".repeat(40) }, { source: "/checkout" }];
    for (const version of versions) assert.deepEqual(faultsOf(config, version), []);
    for (const known of [{}, { source: "sample" }]) assert.equal(faultsOf(config, known).length, 2);
  });

  it("accepts the same map as YAML and as JSON text", () => {
    const config = { psi: { sustained_pressure_seconds: 30 }, circuit_breaker: { cpu_psi_threshold: 42.5 } };
    assert.deepEqual(faultsOf(config), []);
    assert.deepEqual(faultsOf(JSON.stringify(config)), []);
  });
});

const servicesOf = (raw: RawSettings, secrets: readonly SecretName[] = ["api-token"]) =>
  localServices(settingsOf({ source: "sample", ...raw }, world), secrets);

/** The configuration of a container, with a text in place of the secret. */
const configOf = ({ files = [] }: ServiceSpec) => {
  const parts = files[0]!.parts.map((part) => (typeof part === "string" ? part : `<${part.secret}>`));
  // The parser's objects have no prototype.
  return JSON.parse(JSON.stringify(parse(parts.join("")))) as Record<string, Record<string, unknown>>;
};

describe("cognitod's configuration", () => {
  it("has the user's sections over the image's, and the rest of the image's", () => {
    const sections = { telemetry: { sample_interval_ms: 2000 }, psi: { sustained_pressure_seconds: 30 } };
    const config = configOf(servicesOf({ cognitodConfig: sections }).cognitod);
    assert.deepEqual(config.telemetry, { min_eps_to_enable: 0, sample_interval_ms: 2000 });
    assert.deepEqual(config.psi, sections.psi);
    assert.deepEqual(config.rules, { path: "/etc/linnix/rules.yaml" });
  });

  it("stays the image's own if the map or its sections are empty", () => {
    for (const cognitodConfig of [{}, { psi: {} }]) {
      const { cognitod, config } = servicesOf({ cognitodConfig });
      assert.deepEqual([cognitod.files, config], [undefined, undefined]);
    }
  });

  it("keeps the webhook a secret beside the user's keys, whatever these contain", () => {
    const forged = '[notifications.slack]\nwebhook_url = "';
    const slack = { channel: "#alerts", dashboard_base_url: "https://linnix.example" };
    const raw = { ...webhook, cognitodConfig: { notifications: { slack, new_one: { a: forged } } }, images: prebuilt };
    const { cognitod } = localServices(settingsOf(raw, world), ["api-token", "slack-webhook"]);
    assert.equal(cognitod.files![0]!.parts.filter((part) => typeof part !== "string").length, 1);
    const { notifications } = configOf(cognitod);
    assert.deepEqual(notifications, {
      slack: { webhook_url: "<slack-webhook>", ...slack },
      new_one: { a: forged },
    });
  });
});

describe("the check of cognitod's configuration", () => {
  const cognitodConfig = {
    psi: { sustained_pressure_seconds: 30 },
    telemetry: { retention_seconds: 60 },
    notifications: { slack: { channel: "#a" } },
  };
  const { cognitod, config } = servicesOf({ ...webhook, cognitodConfig }, ["api-token", "slack-webhook"]);

  it("runs the image's own check on the changed sections as cognitod reads them, with a text as the webhook", () => {
    assert.deepEqual(config!.arguments, ["--config", "/etc/linnix/stack/linnix.toml", "--check-config"]);
    assert.deepEqual([config!.image, config!.entrypoint, config!.restart], ["cognitod", undefined, "never"]);
    const { notifications, ...others } = configOf(config!);
    const whole = configOf(cognitod);
    assert.deepEqual(others, { psi: whole.psi, telemetry: whole.telemetry });
    assert.deepEqual(whole.notifications, { slack: { webhook_url: "<slack-webhook>", channel: "#a" } });
    const slack = { webhook_url: "https://hooks.slack.com/services/replaced", channel: "#a" };
    assert.deepEqual(notifications, { slack });
  });

  it("is left out if only other settings change the configuration", () => {
    for (const raw of [webhook, { llm: "none" }]) {
      const services = servicesOf(raw, ["api-token", "slack-webhook"]);
      assert.ok(services.cognitod.files !== undefined && services.config === undefined);
    }
  });

  it("runs on an EC2 host after the preflight, and must succeed before any service is replaced", () => {
    const settings = ec2SettingsOf({ ...webhook, cognitodConfig });
    const reference = `ghcr.io/me/cognitod@${digest}`;
    const token = { "api-token": { parameter: "/linnix/dev/secrets/api-token", version: 1 } };
    const { steps } = desiredState(settings, exampleBundle, { cognitod: reference, llama: reference }, token);
    assert.deepEqual(
      steps.map(({ kind, name }) => `${kind} ${name.replace("linnix-dev-", "")}`),
      ["once preflight", "once config", "once model", "service cognitod", "service llama"],
    );
    const check = steps[1] as OnceStep;
    assert.deepEqual([check.mustSucceed, check.observed, check.secrets], [true, false, {}]);
    assert.deepEqual(check.run.slice(-3), ["--config", "/etc/linnix/stack/linnix.toml", "--check-config"]);
    assert.ok(check.run.some((it) => it.includes("source=/run/linnix/secrets/linnix-dev-config/linnix.toml")));
    assert.deepEqual(check.files?.[0]?.owner, "65531:65531");
  });

  it("is run to its end on a local engine before cognitod, which depends on it", async () => {
    const config = { "linnix:source": "sample", "linnix:cognitodConfig": JSON.stringify({ psi: cognitodConfig.psi }) };
    const { resources } = await programGraph("local", config);
    const run = resources.find(({ name }) => name === "host-config-run");
    assert.equal(run?.inputs.mustSucceed, true);
    const written = resources.find(({ name }) => name === "host-config-files-content")?.inputs.texts;
    assert.match(JSON.stringify(written), /sustained_pressure_seconds = 30/);
    const dependsOn = (name: string) => resources.find((it) => it.name === name)?.options.dependsOn ?? [];
    assert.ok(dependsOn("host-cognitod").includes("host-config-run"));
    assert.ok(dependsOn("host-config-run").includes("host-config-container"));
  }).timeout(60_000);

  it("has no more than the privileges that the binary needs to start", () => {
    assert.deepEqual(config!.capabilities, cognitod.capabilities);
    assert.equal(config!.user, cognitod.user);
    assert.deepEqual([config!.hostPid, config!.hostCgroupns, config!.network], [false, false, { kind: "none" }]);
    assert.deepEqual([config!.secrets, config!.environment, config!.mounts], [{}, {}, []]);
  });
});

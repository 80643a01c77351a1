import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import fc from "fast-check";

import {
  type SecretReferences,
  desiredState,
  documentRelease,
  ec2Services,
} from "../../../../../../components/hosts/ec2/rollout/build-document";
import { expectation } from "../../../../../../components/health/expectation";
import {
  type DesiredState,
  type OnceStep,
  type ServiceStep,
  dataFolder,
} from "../../../../../../components/hosts/ec2/protocol";
import { systemdUnit, unitArgument } from "../../../../../../components/services/render/systemd-unit";
import { preflightSeconds } from "../../../../../../components/services/cognitod";
import type { RawSettings } from "../../../../../../components/settings/validate";
import { exampleBundle } from "../../../../../fixtures/example-bundle";
import { pullOf } from "../../../../../fixtures/pull";
import { ec2SettingsOf } from "../../../../../fixtures/settings";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const references = { cognitod: `r.example/cognitod@${digest}`, llama: `r.example/llama@${digest}` };
const secret = (name: string) => ({ parameter: `/linnix/dev/secrets/${name}`, version: 3 });
const token: SecretReferences = { "api-token": secret("api-token") };
const everything: SecretReferences = {
  ...token,
  "slack-webhook": secret("slack-webhook"),
  "registry-password": secret("registry-password"),
};
const address = { registry: "ghcr.io/my-org", registryUser: "me", registryPassword: "p" };

const documentOf = (raw?: RawSettings, secrets = token) => {
  const settings = ec2SettingsOf(raw);
  return desiredState(settings, exampleBundle, references, secrets, pullOf(settings).login);
};
const named = (document: DesiredState, part: string) => {
  const step = document.steps.find(({ name }) => name === `linnix-dev-${part}`);
  assert.ok(step, `no step ${part}`);
  return step as unknown as Omit<OnceStep, "kind"> & Omit<ServiceStep, "kind">;
};

describe("the document of an EC2 stack", () => {
  it("does what can fail without harm first, and starts the services last", () => {
    assert.deepEqual(
      documentOf().steps.map(({ name, kind }) => [name.replace("linnix-dev-", ""), kind]),
      [
        ["preflight", "once"],
        ["model", "once"],
        ["cognitod", "service"],
        ["llama", "service"],
      ],
    );
    const { mustSucceed, observed } = named(documentOf(), "preflight");
    assert.deepEqual([mustSucceed, observed], [true, true]);
  });

  it("gives each step time enough for what it does", () => {
    const [preflight, model] = ["preflight", "model"].map((part) => named(documentOf(), part).timeoutSeconds);
    // It ends by itself after preflightSeconds, and a busy host starts a container in half a minute.
    assert.ok(preflight !== undefined && preflight >= preflightSeconds + 30, String(preflight));
    // Upstream's model is 2.1 GB: an hour is enough at 5 Mbit/s.
    const [bytes, bytesPerSecond] = [2.1e9, 5e6 / 8];
    assert.ok(model !== undefined && model >= bytes / bytesPerSecond, String(model));
    const config = named(documentOf({ cognitodConfig: { psi: { sustained_pressure_seconds: 9 } } }), "config");
    assert.ok(config.timeoutSeconds >= 30);
  });

  it("waits for the services as long as the setting says", () => {
    assert.equal(documentOf({ healthTimeout: 777 }).deadlineSeconds, 777);
  });

  it("probes each service where it listens: readiness for its health, liveness only for the report", () => {
    const probes = (part: string) =>
      named(documentOf({ apiPort: 3001, healthPort: 9001, llamaPort: 8001 }), part).probes;
    const { ready, live, rules } = probes("cognitod");
    assert.deepEqual(
      [ready, live, rules].map((command) => command?.slice(1)),
      [
        ["9001", "/readyz"],
        ["9001", "/healthz"],
        ["3001", "/status", "active_rules"],
      ],
    );
    assert.equal(probes("llama").ready.at(-1), "http://127.0.0.1:8001/health");
    assert.equal(probes("llama").live, undefined);
  });

  it("creates each folder on the data volume for its user alone", () => {
    assert.deepEqual(
      documentOf().folders.map(({ path, owner, mode }) => [path, owner, mode]),
      [
        ["/var/lib/linnix/models", "65532:65532", "0750"],
        ["/var/lib/linnix/cognitod", "65531:65531", "0750"],
        ["/var/lib/linnix/log", "65531:65531", "0750"],
      ],
    );
  });

  it("names every image by digest, in the step and in its command", () => {
    for (const step of documentOf().steps) {
      assert.match(step.image, /@sha256:[0-9a-f]{64}$/);
      assert.ok(step.kind === "once" ? step.run.includes(step.image) : step.unit.includes(` ${step.image}`), step.name);
    }
  });

  it("runs nothing as root, and keeps everything on the data volume", () => {
    const { preflight, cognitod, model, llama } = ec2Services(ec2SettingsOf(), ["api-token"]);
    for (const spec of [preflight, cognitod, model!, llama!]) {
      assert.match(spec.user, /^6553[12]:6553[12]$/);
      for (const { kind, source } of spec.mounts) {
        assert.equal(kind, "bind");
        assert.ok(source.startsWith(`${dataFolder}/`) || source === "/sys/kernel/tracing", source);
      }
    }
    const owners = Object.fromEntries(documentOf().folders.map(({ path, owner }) => [path, owner]));
    for (const spec of [cognitod, model!, llama!]) {
      for (const { source } of spec.mounts) if (source in owners) assert.equal(owners[source], spec.user, source);
    }
    assert.equal(Object.keys(owners).length, 3);
  });

  it("keeps the model's fetching away from the host's network, and so from the host's role", () => {
    const { model, llama } = ec2Services(ec2SettingsOf(), ["api-token"]);
    assert.equal(model!.network.kind, "bridge");
    assert.deepEqual(documentOf().networks, [(llama!.network as { name: string }).name]);
  });

  it("refers to secrets by parameter and version, and holds none", () => {
    const document = documentOf(address, everything);
    assert.deepEqual(document.secrets, everything);
    assert.deepEqual(named(document, "cognitod").secrets, { LINNIX_API_TOKEN: "api-token" });
    assert.match(named(document, "cognitod").unit, /--env-file \/run\/linnix\/secrets\/linnix-dev-cognitod\.env /);
    assert.deepEqual(document.login, { address: "ghcr.io", user: "me", secret: "registry-password" });
    assert.equal(documentOf().login, undefined);
  });

  it("gives cognitod a configuration with the webhook in it, when there is one, and only then", () => {
    const { files, unit } = named(documentOf({}, everything), "cognitod");
    const [file] = files!;
    assert.deepEqual([files!.length, file!.name, file!.owner], [1, "linnix.toml", "65531:65531"]);
    const text = file!.parts.map((part) => (typeof part === "string" ? part : "https://hooks.slack.com/x")).join("");
    assert.match(text, /\n\[notifications\.slack\]\nwebhook_url = "https:\/\/hooks\.slack\.com\/x"\n$/);
    const image = fs.readFileSync("docker/cognitod/linnix.toml", "utf8");
    for (const line of image.split("\n").filter((each) => /^[^#]/.test(each)))
      assert.ok(text.includes(`${line}\n`), line);
    const mount =
      "source=/run/linnix/secrets/linnix-dev-cognitod/linnix.toml,target=/etc/linnix/stack/linnix.toml,readonly";
    assert.ok(unit.includes(mount));
    assert.match(unit, / --config \/etc\/linnix\/stack\/linnix\.toml$/m);
    assert.equal(named(documentOf(), "cognitod").files, undefined);
    assert.ok(!named(documentOf(), "cognitod").unit.includes("linnix.toml"));
  });

  it("is named by a hash of everything in it but the name", () => {
    const { release, ...rest } = documentOf();
    assert.match(release, /^[0-9a-f]{16}$/);
    assert.equal(documentRelease(rest), release);
    const turned = Object.fromEntries(Object.entries(rest).reverse()) as unknown as typeof rest;
    assert.equal(documentRelease(turned), release);
    const others = [
      documentOf({ logLevel: "debug" }),
      documentOf({}, { "api-token": { ...secret("api-token"), version: 4 } }),
      desiredState(ec2SettingsOf(), { ...exampleBundle, sha256: "0".repeat(64) }, references, token),
      desiredState(
        ec2SettingsOf(),
        exampleBundle,
        { ...references, llama: references.llama.replace("0123", "3210") },
        token,
      ),
    ];
    assert.equal(new Set([release, ...others.map((other) => other.release)]).size, others.length + 1);
    assert.equal(expectation(ec2SettingsOf(), release).release, release);
  });

  it("has the hash that the host computes in Python, also of text beyond ASCII", () => {
    const { release, ...rest } = documentOf();
    const document = { ...rest, note: 'größer ✓ "quoted" \\ \u2028', stack: rest.stack };
    const script = [
      "import sys, json, hashlib",
      "text = json.dumps(json.load(sys.stdin), sort_keys=True, separators=(',', ':'), ensure_ascii=False)",
      "print(hashlib.sha256(text.encode()).hexdigest()[:16])",
    ].join("\n");
    const { stdout, error } = spawnSync("python3", ["-c", script], {
      input: JSON.stringify(document),
      encoding: "utf8",
    });
    assert.equal(error, undefined, "python3 is needed");
    assert.equal(stdout.trim(), documentRelease(document));
    assert.notEqual(stdout.trim(), release);
  });

  it("fits into a parameter with every option on and the longest names", () => {
    const stack = "a".repeat(24);
    const long = (image: string) =>
      `123456789012.dkr.ecr.ap-southeast-1.amazonaws.com/linnix-${stack}/${image}@${digest}`;
    const model = `https://models.s3.ap-southeast-1.amazonaws.com/${"m".repeat(60)}.gguf`;
    const settings = ec2SettingsOf({ ...address, model, modelSha256: "b".repeat(64) }, stack);
    const document = desiredState(
      settings,
      exampleBundle,
      { cognitod: long("cognitod"), llama: long("llama") },
      everything,
    );
    assert.ok(Buffer.byteLength(JSON.stringify(document)) <= 8192);
  });

  it("is refused when it doesn't fit, with what to shorten", () => {
    const image = `example.com/${"m".repeat(1500)}@${digest}`;
    assert.throws(
      () => desiredState(ec2SettingsOf(), exampleBundle, { cognitod: image, llama: image }, everything),
      /document of stack dev has \d+ bytes.*8192: shorten linnix:model/,
    );
  });
});

/** Reads a unit's command line back as systemd.syntax(7) and systemd.service(5) say. */
function words(line: string): string[] {
  const found: string[] = [];
  for (const [, quoted, bare] of line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    const text = (quoted ?? bare ?? "").replace(/\\(?:x(..)|(.))/g, (_, code?: string, letter?: string) =>
      code === undefined ? (letter ?? "") : String.fromCharCode(parseInt(code, 16)),
    );
    found.push(text.replace(/%%/g, "%").replace(/\$\$/g, "$"));
  }
  return found;
}

describe("a service's unit", () => {
  const { cognitod } = ec2Services(ec2SettingsOf(), ["api-token"]);
  const options = { image: references.cognitod, secretsFile: "/run/s.env", requiredMount: dataFolder };
  const unit = systemdUnit(cognitod, options);

  it("hands every argument over as it is: no specifier, no variable, no splitting", () => {
    const character = fc.constantFrom(
      "a",
      " ",
      "%",
      "$",
      '"',
      "'",
      "\\",
      ";",
      "{",
      "}",
      "é",
      "\n",
      "\t",
      "#",
      "-",
      "=",
    );
    const text = fc.string({ unit: character, minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (given) => {
        const line = given.map(unitArgument).join(" ");
        assert.ok(!line.includes("\n"));
        assert.deepEqual(words(line), given);
      }),
    );
    assert.deepEqual(words(unitArgument("")), [""]);
  });

  it("runs the container in the foreground and logs by the engine only", () => {
    const [start = ""] = /^ExecStart=.*$/m.exec(unit) ?? [];
    for (const unwanted of ["--detach", "--rm", "--restart"]) assert.ok(!start.includes(unwanted), unwanted);
    assert.match(start, /^ExecStart=\/usr\/bin\/docker run --name linnix-dev-cognitod --pull never --attach stdout /);
    assert.match(unit, /^StandardOutput=null$/m);
  });

  it("starts only with the data volume mounted, and never gives up", () => {
    for (const part of ["cognitod", "llama"]) {
      const { unit: deployed } = named(documentOf(), part);
      assert.match(deployed, /^ExecStartPre=\/usr\/bin\/mountpoint --quiet \/var\/lib\/linnix$/m);
    }
    assert.match(unit, /^ExecStartPre=\/usr\/bin\/mountpoint --quiet \/var\/lib\/linnix$/m);
    assert.match(unit, /^Restart=always$/m);
    assert.match(unit, /^StartLimitIntervalSec=0$/m);
    assert.doesNotMatch(unit, /^Requires=/m);
  });

  it("starts after the engine and the set-up, which mounts the data volume, and is stopped before them", () => {
    for (const option of ["After", "Wants"])
      assert.match(unit, new RegExp(`^${option}=docker\\.service linnix-host\\.service network-online\\.target$`, "m"));
  });

  it("removes the container of its last run first, if there is one", () => {
    const [, removal, ...more] = unit.match(/^ExecStartPre=.*$/gm) ?? [];
    assert.deepEqual([removal, more], ["ExecStartPre=-/usr/bin/docker rm --force linnix-dev-cognitod", []]);
  });

  it("links its container's log for the CloudWatch agent; a failed link does not stop it", () => {
    assert.match(unit, /^ExecStartPost=-\/usr\/local\/sbin\/linnix-release log-link linnix-dev-cognitod$/m);
  });

  it("has time to start, and is not failed because it was stopped", () => {
    // The engine of a host that boots is busy for a minute or two.
    assert.ok(Number(/^TimeoutStartSec=(\d+)$/m.exec(unit)?.[1]) >= 120);
    assert.match(unit, /^SuccessExitStatus=143$/m);
  });

  it("gives the container its whole time to stop", () => {
    assert.match(unit, new RegExp(`^ExecStop=-/usr/bin/docker stop -t ${cognitod.stopSeconds} `, "m"));
    const timeout = Number(/^TimeoutStopSec=(\d+)$/m.exec(unit)?.[1]);
    // The engine kills the container only after that time, and needs some itself.
    assert.ok(timeout >= cognitod.stopSeconds + 10, String(timeout));
  });

  it("is one that systemd takes", function () {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-unit-"));
    try {
      for (const name of ["docker.service", "linnix-host.service"]) {
        fs.writeFileSync(path.join(folder, name), "[Service]\nType=oneshot\nExecStart=/bin/true\n");
      }
      const file = path.join(folder, "linnix-dev-cognitod.service");
      // The programs needn't be on this machine: their place is what is judged elsewhere.
      fs.writeFileSync(file, unit.replace(/^(Exec\w+=-?)\/\S+/gm, "$1/bin/true"));
      const result = spawnSync("systemd-analyze", ["verify", file], { encoding: "utf8" });
      if (result.error !== undefined && process.env.CI !== "true") {
        console.warn("    systemd-analyze is not here: the unit was not verified (apt-get install systemd)");
        this.skip();
      }
      assert.equal(result.error, undefined, "systemd-analyze is needed: apt-get install systemd");
      const about = result.stderr.split("\n").filter((line) => line.includes("linnix-dev-cognitod"));
      // Known from systemd 254 on; older ones say so and go on.
      assert.deepEqual(
        about.filter((line) => !/Restart(Steps|MaxDelaySec)/.test(line)),
        [],
      );
      assert.equal(result.status, 0, result.stderr);
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  });
});

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import fc from "fast-check";
import { parse } from "yaml";

import {
  type CognitodOptions,
  cognitodSpec,
  preflightSpec,
  requiredChecks,
} from "../../../../components/services/cognitod";
import { fetchModelSpec, llamaSpec } from "../../../../components/services/llama";
import { releaseId } from "../../../../components/services/release-id";
import { composeFile } from "../../../../components/services/render/compose";
import { containerArguments } from "../../../../components/services/render/docker-container";
import { dockerRunArguments, runArguments } from "../../../../components/services/render/docker-run";
import { healthProbes } from "../../../../components/services/stack-services";
import type { SecretName } from "../../../../components/services/secrets";
import type { ServiceSpec } from "../../../../components/services/service";
import type { RawSettings } from "../../../../components/settings/validate";
import { localServices } from "../../../../components/hosts/local/plan";
import { ec2Services } from "../../../../components/hosts/ec2/rollout/build-document";
import { projectFolder } from "../../../../scripts/lib/home";
import { ec2SettingsOf, settingsOf } from "../../../fixtures/settings";

const cognitodOptions: CognitodOptions = {
  stack: "local",
  sample: false,
  privileges: "least",
  ports: { api: 3000, health: 9464 },
  memoryMiB: 512,
  logLevel: "info",
  llm: { endpoint: "http://127.0.0.1:8090/v1/chat/completions", model: "m" },
};
const cognitod = cognitodSpec(cognitodOptions);
const llamaOptions = { stack: "local", port: 8090, memoryMiB: 4096, threads: 2, context: 4096 };
const llama = llamaSpec({ ...llamaOptions, model: { name: "m", file: "m.gguf" } });
const fetchModel = fetchModelSpec({ stack: "local", file: "m.gguf", url: "https://example.com/m.gguf" });
const preflight = preflightSpec(cognitod, requiredChecks(false));
const all = [preflight, cognitod, fetchModel, llama];

const bindings = { image: "sha256:abc", secretsFile: "/run/secrets.env" };
const run = (spec: ServiceSpec) => dockerRunArguments(spec, bindings);

/** The values that follow an option, however often it is given. */
const valuesOf = (args: string[], option: string) =>
  args.flatMap((arg, index) => (arg === option ? [args[index + 1]] : []));

const port = fc.integer({ min: 1024, max: 65535 });
const options = fc.record({
  stack: fc.stringMatching(/^[a-z][a-z0-9]{0,10}$/),
  sample: fc.boolean(),
  privileges: fc.constantFrom("least" as const, "sysadmin" as const),
  ports: fc.record({ api: port, health: port }),
  memoryMiB: fc.integer({ min: 256, max: 4096 }),
  logLevel: fc.constantFrom("info", "debug"),
  llm: fc.record({ endpoint: fc.webUrl(), model: fc.stringMatching(/^[a-z0-9$'" -]{1,20}$/) }),
});

describe("services", () => {
  it("give cognitod exactly the eBPF privileges it needs, and no more", () => {
    const args = run(cognitod);
    assert.deepEqual(valuesOf(args, "--cap-drop"), ["ALL"]);
    assert.deepEqual(valuesOf(args, "--cap-add"), ["BPF", "PERFMON"]);
    assert.deepEqual(valuesOf(args, "--security-opt"), ["no-new-privileges"]);
    assert.ok(args.includes("--read-only"));
    assert.ok(!args.includes("--privileged"));
    assert.deepEqual(valuesOf(args, "--pid"), ["host"]);
    assert.deepEqual(valuesOf(args, "--cgroupns"), ["host"]);
    assert.deepEqual(valuesOf(args, "--network"), ["host"]);
  });

  it("add SYS_ADMIN only where the setting says so", () => {
    const args = run(cognitodSpec({ ...cognitodOptions, privileges: "sysadmin" }));
    assert.deepEqual(valuesOf(args, "--cap-add"), ["BPF", "PERFMON", "SYS_ADMIN"]);
  });

  it("mount trace events read-only, and of the host nothing else", () => {
    const binds = cognitod.mounts.filter(({ kind }) => kind === "bind");
    assert.deepEqual(
      binds.map(({ source, readOnly }) => [source, readOnly]),
      [["/sys/kernel/tracing", true]],
    );
    const others = [fetchModel, llama].flatMap(({ mounts }) => mounts.map(({ kind }) => kind));
    assert.deepEqual(others, ["volume", "volume"]);
  });

  it("let cognitod write its database and its log where upstream expects them, and nothing else", () => {
    const writable = cognitod.mounts.filter(({ readOnly }) => !readOnly);
    assert.deepEqual(
      writable.map(({ source, target }) => [source, target]),
      [
        ["linnix-local-data", "/var/lib/linnix"],
        ["linnix-local-log", "/var/log/linnix"],
      ],
    );
  });

  it("give the preflight the trace events only: on a new EC2 host, cognitod's files do not exist yet", () => {
    const withFiles = cognitodSpec({ ...cognitodOptions, files: [{ name: "linnix.toml", parts: ["[psi]"] }] });
    const checking = preflightSpec(withFiles, requiredChecks(false));
    assert.deepEqual([checking.mounts, checking.files], [cognitod.mounts.slice(0, 1), undefined]);
  });

  it("count llama-server as ready only when its model is loaded, unlike its other addresses", () => {
    assert.equal(llama.health!.probe.command.at(-1), "http://127.0.0.1:8090/health");
    assert.deepEqual(cognitod.health!.probe.command.slice(-2), ["9464", "/readyz"]);
  });

  it("let the preflight ask with cognitod's own privileges, and fewer secrets", () => {
    fc.assert(
      fc.property(options, (given) => {
        const daemon = cognitodSpec(given);
        const asking = preflightSpec(daemon, requiredChecks(given.sample));
        for (const key of ["user", "capabilities", "hostPid", "hostCgroupns", "network", "image"] as const) {
          assert.deepEqual(asking[key], daemon[key]);
        }
        assert.deepEqual(asking.secrets, {});
        assert.equal(asking.restart, "never");
      }),
    );
  });

  it("ask the kernel for all that cognitod attaches to, and for kprobes unless the daemon is the sample", () => {
    const both = ["btf", "tracefs", "caps", "btf_tracepoint", "tracepoint"];
    assert.deepEqual(requiredChecks(true), both);
    assert.deepEqual(requiredChecks(false), [...both, "kprobe"]);
    assert.deepEqual(preflight.arguments, ["--within", "20", "--require", [...both, "kprobe"].join(",")]);
  });

  it("have the privileges of the settings", () => {
    const raw = { privileges: "sysadmin", source: "sample" };
    const { cognitod: daemon, preflight: checking } = localServices(settingsOf(raw, { stack: "local" }));
    for (const { capabilities } of [daemon, checking])
      assert.deepEqual([...capabilities].sort(), ["BPF", "PERFMON", "SYS_ADMIN"]);
  });

  it("run cognitod, its preflight and the check of its configuration as the user of the settings", () => {
    const raw = { source: "sample", cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } };
    for (const [cognitodUser, user] of [
      ["root", "0:0"],
      ["cognitod", "65531:65531"],
    ] as const) {
      const {
        cognitod: daemon,
        preflight: asking,
        config,
      } = localServices(settingsOf({ ...raw, cognitodUser }, { stack: "local" }));
      assert.deepEqual([daemon.user, asking.user, config?.user], [user, user, user]);
      assert.deepEqual(daemon.capabilities, ["BPF", "PERFMON"]);
    }
  });

  it("give cognitod's files to its user with two capabilities, no network and nothing of the host", () => {
    const { owner } = localServices(settingsOf({ cognitodUser: "cognitod" }, { stack: "local" }));
    const args = run(owner!);
    assert.deepEqual(owner!.arguments, ["65531:65531", "/var/lib/linnix", "/var/log/linnix"]);
    assert.deepEqual(valuesOf(args, "--user"), ["0:0"]);
    assert.deepEqual(valuesOf(args, "--cap-drop"), ["ALL"]);
    assert.deepEqual(valuesOf(args, "--cap-add"), ["CHOWN", "DAC_READ_SEARCH"]);
    assert.deepEqual(valuesOf(args, "--network"), ["none"]);
    assert.ok(args.includes("--read-only") && !args.includes("--pid") && !args.includes("--env-file"));
    assert.deepEqual(valuesOf(args, "--mount"), [
      "type=volume,source=linnix-local-data,target=/var/lib/linnix",
      "type=volume,source=linnix-local-log,target=/var/log/linnix",
    ]);
    // A host with folders makes them, with their owner.
    assert.equal(ec2Services(ec2SettingsOf(), []).owner, undefined);
  });

  it("start llama-server with its port, model, context and threads, one request at a time", () => {
    assert.deepEqual(llama.arguments, [
      ...["--host", "0.0.0.0", "--port", "8090", "--model", "/models/m.gguf", "--alias", "m"],
      ...["--ctx-size", "4096", "--threads", "2", "--parallel", "1", "--no-webui", "--cache-ram", "0"],
    ]);
    assert.deepEqual(llama.network, { kind: "bridge", name: "linnix-local-net", publish: [8090] });
  });

  it("fetch the model under its name, and compare its checksum", () => {
    const spec = fetchModelSpec({ stack: "local", file: "m.gguf", url: "https://example.com/m.gguf", sha256: "ab" });
    assert.deepEqual([spec.entrypoint, spec.arguments], [["/usr/local/bin/fetch-model"], []]);
    assert.deepEqual(spec.environment, {
      MODEL_URL: "https://example.com/m.gguf",
      MODEL_FILE: "m.gguf",
      MODEL_SHA256: "ab",
    });
  });

  it("give llama no privilege and no root", () => {
    assert.deepEqual(valuesOf(run(llama), "--network"), ["linnix-local-net"]);
    for (const spec of [llama, fetchModel]) {
      assert.deepEqual(valuesOf(run(spec), "--cap-drop"), ["ALL"]);
      assert.ok(run(spec).includes("--read-only") && !run(spec).includes("--privileged"));
      assert.deepEqual(valuesOf(run(spec), "--cap-add"), []);
      assert.match(spec.user, /^[1-9]\d*:[1-9]\d*$/);
      assert.equal(spec.hostPid, false);
      assert.equal(spec.hostCgroupns, false);
    }
  });

  it("let llama keep no earlier prompts in memory", () => {
    assert.deepEqual(valuesOf(run(llama), "--cache-ram"), ["0"]);
  });

  it("mount a model's file read-only, or the volume, which only the fetching may write to", () => {
    const file = llamaSpec({ ...llamaOptions, model: { name: "m", file: "m.gguf", source: "/home/me/x.gguf" } });
    assert.deepEqual(file.mounts, [
      { kind: "bind", source: "/home/me/x.gguf", target: "/models/m.gguf", readOnly: true },
    ]);
    assert.deepEqual(
      llama.mounts.map(({ readOnly }) => readOnly),
      [true],
    );
    assert.deepEqual(
      fetchModel.mounts.map(({ readOnly }) => readOnly),
      [false],
    );
  });

  it("keep on a host's folders what they keep in an engine's volumes, in the same places", () => {
    const storage = { kind: "folders", root: "/data" } as const;
    const places = ({ mounts }: ServiceSpec) => mounts.map(({ target, readOnly }) => [target, readOnly]);
    const pairs: [ServiceSpec, ServiceSpec][] = [
      [cognitod, cognitodSpec({ ...cognitodOptions, storage })],
      [llama, llamaSpec({ ...llamaOptions, storage, model: { name: "m", file: "m.gguf" } })],
      [fetchModel, fetchModelSpec({ stack: "local", file: "m.gguf", url: "https://example.com/m.gguf", storage })],
    ];
    for (const [inVolumes, inFolders] of pairs) {
      assert.deepEqual(places(inFolders), places(inVolumes));
      for (const { kind, source } of inFolders.mounts) {
        assert.ok(kind === "bind" && (source.startsWith("/data/") || source === "/sys/kernel/tracing"), source);
      }
    }
  });

  it("let cognitod listen on loopback only", () => {
    for (const address of [cognitod.environment.LINNIX_LISTEN_ADDR, cognitod.environment.LINNIX_METRICS_LISTEN_ADDR]) {
      assert.match(address ?? "", /^127\.0\.0\.1:/);
    }
  });

  it("tell cognitod where the model is", () => {
    assert.equal(cognitod.environment.LLM_ENDPOINT, "http://127.0.0.1:8090/v1/chat/completions");
    assert.ok(llama.arguments.includes("8090"));
  });
});

describe("renderings", () => {
  it("keep every argument whole: no shell comes between", () => {
    fc.assert(
      fc.property(options, (given) => {
        const args = run(cognitodSpec(given));
        assert.ok(valuesOf(args, "--env").includes(`LLM_MODEL=${given.llm.model}`));
        assert.equal(args[args.length - 1], bindings.image);
      }),
    );
  });

  it("start a container by hand with a name and the engine's restarts, which a host's own unit does without", () => {
    for (const spec of all) {
      const byHand = run(spec);
      assert.deepEqual(valuesOf(byHand, "--name"), [spec.name]);
      assert.deepEqual(valuesOf(byHand, "--restart"), [spec.restart === "always" ? "always" : "no"]);
      assert.deepEqual(byHand.slice(4), runArguments(spec, bindings));
      for (const option of ["--name", "--restart"]) assert.ok(!runArguments(spec, bindings).includes(option));
    }
  });

  it("never carry a secret's value, only its name and file", () => {
    assert.deepEqual(valuesOf(run(cognitod), "--env-file"), ["/run/secrets.env"]);
    assert.deepEqual(valuesOf(run(llama), "--env-file"), []);
    assert.ok(!run(cognitod).some((arg) => arg.includes("LINNIX_API_TOKEN")));
    assert.ok(!JSON.stringify(containerArguments(cognitod)).includes("LINNIX_API_TOKEN"));
  });

  it("probe a service by its own command, without a shell", () => {
    const compose = parse(composeFile([cognitod, llama], {})) as {
      services: Record<string, { healthcheck: { test: string[] } }>;
    };
    for (const spec of [cognitod, llama]) {
      const probe = ["CMD", ...spec.health!.probe.command];
      assert.deepEqual(compose.services[spec.name]!.healthcheck.test, probe);
      const { healthcheck } = containerArguments(spec) as { healthcheck?: { tests: string[] } };
      assert.deepEqual(healthcheck!.tests, probe);
    }
  });

  it("probe with programs that end by themselves: of a killed docker exec the engine ends only the client", () => {
    const probeProgram = fs.readFileSync(path.join(projectFolder, "docker/cognitod/http-probe.c"), "utf8");
    assert.match(probeProgram, /#define DEADLINE_SECONDS [1-9]\n[^]*alarm\(DEADLINE_SECONDS\)/);
    for (const { ready, live, rules } of Object.values(healthProbes(settingsOf({}, { stack: "local" })))) {
      for (const probe of [ready, live, rules]) {
        if (probe === undefined) continue;
        const [program, ...args] = probe.command;
        const limit = args[args.indexOf("--max-time") + 1];
        assert.ok(program === "/usr/local/bin/http-probe" || (program === "/usr/bin/curl" && Number(limit) < 10));
      }
    }
  });

  it("make a compose file that waits for what runs once, and demands its secrets", () => {
    const text = composeFile(all, { cognitod: "a", llama: "b" });
    const { services } = parse(text) as {
      services: Record<string, { depends_on?: object; environment: Record<string, string> }>;
    };
    const completed = { condition: "service_completed_successfully" };
    assert.deepEqual(services["linnix-local-cognitod"]!.depends_on, { "linnix-local-preflight": completed });
    assert.deepEqual(services["linnix-local-llama"]!.depends_on, { "linnix-local-model": completed });
    assert.equal(services["linnix-local-cognitod"]!.environment.LINNIX_API_TOKEN, "${LINNIX_API_TOKEN:?}");
  });

  it("escape what compose would interpolate", () => {
    const odd = cognitodSpec({ ...cognitodOptions, llm: { endpoint: "http://127.0.0.1:1/", model: "a$b" } });
    const { services } = parse(composeFile([odd], {})) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    assert.equal(services["linnix-local-cognitod"]!.environment.LLM_MODEL, "a$$b");
  });
});

describe("release id", () => {
  const images = { cognitod: "sha256:a", llama: "sha256:b" };

  it("is the same for the same release, in whatever order its keys stand", () => {
    const turned = Object.fromEntries(Object.entries(cognitod).reverse()) as unknown as ServiceSpec;
    assert.equal(
      releaseId(images, [cognitod, llama]),
      releaseId({ llama: "sha256:b", cognitod: "sha256:a" }, [turned, llama]),
    );
  });

  it("changes with an image, a service, or anything in one", () => {
    const ids = [
      releaseId(images, all),
      releaseId({ ...images, llama: "sha256:c" }, all),
      releaseId(images, [cognitod, llama]),
      releaseId(images, [...all.slice(0, 3), { ...llama, memoryMiB: 1 }]),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });
});

describe("a proxy", () => {
  const proxy = { address: "http://proxy.example:3128", direct: ["localhost", ".example"] };
  const variables = { https_proxy: "http://proxy.example:3128", no_proxy: "localhost,.example" };
  /** The services whose container has the proxy, on an EC2 host with these settings. */
  const proxied = (raw: RawSettings, secrets: readonly SecretName[] = []) => {
    const settings = ec2SettingsOf({ proxy: "http://proxy.example:3128", ...raw });
    const { preflight, cognitod: daemon, model, llama: server } = ec2Services(settings, secrets);
    return [preflight, daemon, model, server].flatMap((spec) =>
      spec?.environment.https_proxy === proxy.address ? [spec.name] : [],
    );
  };

  it("is in the variables of the container that downloads the model", () => {
    const options = { stack: "dev", file: "m.gguf", url: "https://example.com/m.gguf" };
    const { environment } = fetchModelSpec({ ...options, proxy });
    assert.deepEqual(environment, { ...fetchModelSpec(options).environment, ...variables });
  });

  it("is in cognitod's variables only if it sends requests beyond the host", () => {
    assert.deepEqual(proxied({}), ["linnix-dev-model"]);
    assert.deepEqual(proxied({}, ["slack-webhook"]), ["linnix-dev-cognitod", "linnix-dev-model"]);
    assert.deepEqual(proxied({ llm: "https://llm.example/v1" }), ["linnix-dev-cognitod"]);
    assert.ok(cognitodSpec({ ...cognitodOptions, proxy }).environment.no_proxy?.includes("localhost"));
  });
});

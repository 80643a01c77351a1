import assert from "node:assert/strict";

import fc from "fast-check";
import { parse } from "yaml";

import { type CognitodOptions, cognitodSpec, preflightSpec, requiredChecks } from "../../components/services/cognitod";
import { fetchModelSpec, llamaSpec } from "../../components/services/llama";
import { releaseId } from "../../components/services/release";
import { composeFile } from "../../components/services/render/compose";
import { containerArguments, goDuration } from "../../components/services/render/docker-container";
import { dockerRunArguments, runArguments } from "../../components/services/render/docker-run";
import type { ServiceSpec } from "../../components/services/service";

const cognitodOptions: CognitodOptions = {
  stack: "local",
  sample: false,
  privileges: "least",
  ports: { api: 3000, health: 9464 },
  memoryMiB: 512,
  logLevel: "info",
  llm: { port: 8090, model: "m" },
};
const cognitod = cognitodSpec(cognitodOptions);
const llamaOptions = { stack: "local", port: 8090, memoryMiB: 4096, threads: 2, context: 4096 };
const llama = llamaSpec({ ...llamaOptions, model: { name: "m" } });
const fetchModel = fetchModelSpec({ stack: "local", name: "m", url: "https://example.com/m.gguf" });
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
  llm: fc.record({ port, model: fc.stringMatching(/^[a-z0-9$'" -]{1,20}$/) }),
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
  });

  it("let the preflight ask with cognitod's own privileges, and fewer secrets", () => {
    fc.assert(
      fc.property(options, (given) => {
        const daemon = cognitodSpec(given);
        const asking = preflightSpec(daemon, requiredChecks(given.sample));
        for (const key of ["user", "capabilities", "hostPid", "network", "image"] as const) {
          assert.deepEqual(asking[key], daemon[key]);
        }
        assert.deepEqual(asking.secrets, {});
        assert.equal(asking.restart, "never");
      }),
    );
  });

  it("ask the kernel for kprobes unless the daemon is the sample", () => {
    assert.ok(requiredChecks(false).includes("kprobe"));
    assert.ok(!requiredChecks(true).includes("kprobe"));
  });

  it("give llama no privilege and no root", () => {
    for (const spec of [llama, fetchModel]) {
      assert.deepEqual(valuesOf(run(spec), "--cap-add"), []);
      assert.match(spec.user, /^[1-9]\d*:[1-9]\d*$/);
      assert.equal(spec.hostPid, false);
    }
  });

  it("mount a model's file read-only, or the volume, which only the fetching may write to", () => {
    const file = llamaSpec({ ...llamaOptions, model: { name: "m", file: "/home/me/x.gguf" } });
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
      [llama, llamaSpec({ ...llamaOptions, storage, model: { name: "m" } })],
      [fetchModel, fetchModelSpec({ stack: "local", name: "m", url: "https://example.com/m.gguf", storage })],
    ];
    for (const [inVolumes, inFolders] of pairs) {
      assert.deepEqual(places(inFolders), places(inVolumes));
      for (const { kind, source } of inFolders.mounts) {
        assert.ok(kind === "bind" && (source.startsWith("/data/") || source === "/sys/kernel/tracing"), source);
      }
    }
  });

  it("are reachable on loopback only", () => {
    for (const spec of all) {
      for (const published of valuesOf(run(spec), "--publish")) assert.match(published ?? "", /^127\.0\.0\.1:/);
    }
    for (const address of [cognitod.environment.LINNIX_LISTEN_ADDR, cognitod.environment.LINNIX_METRICS_LISTEN_ADDR]) {
      assert.match(address ?? "", /^127\.0\.0\.1:/);
    }
    assert.ok(!JSON.stringify(containerArguments(llama)).includes('"ip":"0.0.0.0"'));
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

  it("agree with one another on what matters", () => {
    const images = { cognitod: "sha256:a", llama: "sha256:b" };
    const compose = (parse(composeFile(all, images)) as { services: Record<string, Record<string, unknown>> }).services;
    for (const spec of all) {
      const args = run(spec);
      const resource = containerArguments(spec);
      const composed = compose[spec.name]!;
      assert.deepEqual(composed.cap_add ?? [], valuesOf(args, "--cap-add"));
      assert.deepEqual(
        resource.capabilities.adds ?? [],
        valuesOf(args, "--cap-add")
          .map((name) => `CAP_${name}`)
          .sort(),
      );
      assert.equal(composed.user, valuesOf(args, "--user")[0]);
      assert.equal(resource.user, composed.user);
      assert.equal(composed.mem_limit, valuesOf(args, "--memory")[0]);
      assert.equal(`${resource.memory}m`, composed.mem_limit);
      assert.equal(resource.memorySwap, resource.memory);
      assert.equal(composed.read_only, true);
      assert.equal(resource.readOnly, true);
      assert.equal(resource.mounts.length, valuesOf(args, "--mount").length);
      assert.equal((composed.volumes as unknown[]).length, resource.mounts.length);
    }
  });

  it("make a compose file that waits for what runs once, and demands its secrets", () => {
    const text = composeFile(all, { cognitod: "a", llama: "b" });
    const { services } = parse(text) as {
      services: Record<string, { depends_on?: object; environment: Record<string, string> }>;
    };
    assert.deepEqual(Object.keys(services["linnix-local-cognitod"]!.depends_on!), ["linnix-local-preflight"]);
    assert.deepEqual(Object.keys(services["linnix-local-llama"]!.depends_on!), ["linnix-local-model"]);
    assert.equal(services["linnix-local-cognitod"]!.environment.LINNIX_API_TOKEN, "${LINNIX_API_TOKEN:?}");
  });

  it("escape what compose would interpolate", () => {
    const odd = cognitodSpec({ ...cognitodOptions, llm: { port: 1, model: "a$b" } });
    const { services } = parse(composeFile([odd], {})) as {
      services: Record<string, { environment: Record<string, string> }>;
    };
    assert.equal(services["linnix-local-cognitod"]!.environment.LLM_MODEL, "a$$b");
  });

  it("write durations as the provider reads them back", () => {
    assert.deepEqual([5, 59, 60, 90, 300].map(goDuration), ["5s", "59s", "1m0s", "1m30s", "5m0s"]);
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

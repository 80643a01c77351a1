import assert from "node:assert/strict";

import { parse } from "yaml";

import { localServices } from "../../../../../components/hosts/local/plan";
import { composeFile } from "../../../../../components/services/render/compose";
import { containerArguments } from "../../../../../components/services/render/docker-container";
import { dockerRunArguments } from "../../../../../components/services/render/docker-run";
import type { ServiceSpec } from "../../../../../components/services/service";
import { inOrder } from "../../../../../components/services/stack-services";
import { settingsOf } from "../../../../fixtures/settings";

/**
 * What decides on a container's power, and on how long it and its logs live, in one form for every rendering. Each field is
 * read from the rendering's own words, so that a rendering that drops one differs.
 */
interface Privileges {
  readonly user: unknown;
  readonly dropped: unknown;
  readonly added: unknown;
  readonly readOnly: unknown;
  readonly security: unknown;
  readonly pid: unknown;
  readonly cgroup: unknown;
  readonly network: unknown;
  /** `address:port:port`. */
  readonly published: unknown;
  /** `kind source target`, with `readonly` if it is. */
  readonly mounts: unknown;
  readonly memory: unknown;
  readonly swap: unknown;
  readonly restart: unknown;
  readonly logs: unknown;
}

/** The same from the specification: what every rendering must say. */
function expected(spec: ServiceSpec): Privileges {
  const { network } = spec;
  return {
    user: spec.user,
    dropped: ["ALL"],
    added: [...spec.capabilities].sort(),
    readOnly: true,
    security: ["no-new-privileges"],
    pid: spec.hostPid ? "host" : undefined,
    cgroup: spec.hostCgroupns ? "host" : undefined,
    network: network.kind === "bridge" ? network.name : network.kind,
    published: network.kind === "bridge" ? network.publish.map((port) => `127.0.0.1:${port}:${port}`) : [],
    mounts: spec.mounts.map(({ kind, source, target, readOnly }) =>
      [kind, source, target, ...(readOnly ? ["readonly"] : [])].join(" "),
    ),
    memory: `${spec.memoryMiB}m`,
    swap: `${spec.memoryMiB}m`,
    restart: spec.restart === "always" ? "always" : "no",
    logs: { "max-size": "10m", "max-file": "3" },
  };
}

function ofRun(spec: ServiceSpec): Privileges {
  const args = dockerRunArguments(spec, { image: "sha256:a", secretsFile: "s.env" });
  // Those of the container's program, after the image, are not docker's.
  const own = args.slice(0, args.indexOf("sha256:a"));
  const all = (option: string) => own.flatMap((arg, index) => (arg === option ? [own[index + 1] ?? ""] : []));
  const one = (option: string) => all(option)[0];
  const mount = (text: string) => text.replace(/(type|source|target)=/g, "").replaceAll(",", " ");
  return {
    user: one("--user"),
    dropped: all("--cap-drop"),
    added: all("--cap-add").sort(),
    readOnly: own.includes("--read-only"),
    security: all("--security-opt"),
    pid: one("--pid"),
    cgroup: one("--cgroupns"),
    network: one("--network"),
    published: all("--publish"),
    mounts: all("--mount").map(mount),
    memory: one("--memory"),
    swap: one("--memory-swap"),
    restart: one("--restart"),
    logs: Object.fromEntries(all("--log-opt").map((option) => option.split("="))),
  };
}

function ofCompose(spec: ServiceSpec): Privileges {
  type Service = Record<string, unknown> & {
    readonly cap_add?: string[];
    readonly volumes: { type: string; source: string; target: string; read_only: boolean }[];
    readonly logging: { options: Record<string, string> };
    readonly networks?: string[];
  };
  const { services } = parse(composeFile([spec], {})) as { services: Record<string, Service> };
  const service = services[spec.name]!;
  return {
    user: service.user,
    dropped: service.cap_drop,
    added: (service.cap_add ?? []).sort(),
    readOnly: service.read_only,
    security: service.security_opt,
    pid: service.pid,
    cgroup: service.cgroup,
    network: service.networks?.[0] ?? service.network_mode,
    published: service.ports ?? [],
    mounts: service.volumes.map(({ type, source, target, read_only: readOnly }) =>
      [type, source, target, ...(readOnly ? ["readonly"] : [])].join(" "),
    ),
    memory: service.mem_limit,
    swap: service.memswap_limit,
    restart: service.restart,
    logs: service.logging.options,
  };
}

function ofContainer(spec: ServiceSpec): Privileges {
  const container = containerArguments(spec) as ReturnType<typeof containerArguments> & {
    readonly pidMode?: string;
    readonly cgroupnsMode?: string;
    readonly networksAdvanced?: { name: string }[];
    readonly ports?: { ip: string; internal: number; external: number }[];
    readonly capabilities: { drops: string[]; adds?: string[] };
  };
  const { pidMode, capabilities, ports = [] } = container;
  // The engine adds label=disable by itself to a container in the host's PID namespace.
  const security = container.securityOpts.filter((option) => !(pidMode === "host" && option === "label=disable"));
  return {
    user: container.user,
    dropped: capabilities.drops,
    added: (capabilities.adds ?? []).map((name) => name.replace(/^CAP_/, "")).sort(),
    readOnly: container.readOnly,
    security,
    pid: pidMode,
    cgroup: container.cgroupnsMode,
    network: container.networksAdvanced?.[0]?.name ?? container.networkMode,
    published: ports.map(({ ip, internal, external }) => `${ip}:${external}:${internal}`),
    mounts: container.mounts.map(({ type, source, target, readOnly }) =>
      [type, source, target, ...(readOnly ? ["readonly"] : [])].join(" "),
    ),
    memory: `${container.memory}m`,
    swap: `${container.memorySwap}m`,
    restart: container.restart,
    logs: container.logOpts,
  };
}

const renderings: Readonly<Record<string, (spec: ServiceSpec) => Privileges>> = {
  "docker run": ofRun,
  "a compose file": ofCompose,
  "the Docker provider": ofContainer,
};

const stacks = {
  "the default privileges": {},
  sysadmin: { privileges: "sysadmin" },
  "a model's file": { model: "/m.gguf" },
};

describe("the privileges of each container", () => {
  for (const [what, raw] of Object.entries(stacks)) {
    const settings = settingsOf({ source: "sample", ...raw }, { stack: "local", exists: () => "file" });
    for (const [name, privilegesOf] of Object.entries(renderings)) {
      it(`are those of its specification in ${name}, with ${what}`, () => {
        for (const spec of inOrder(localServices(settings))) {
          assert.deepEqual(privilegesOf(spec), expected(spec), spec.name);
        }
      });
    }
  }

  it("publish llama-server, and only on loopback, in each of them", () => {
    const { llama } = localServices(settingsOf({ source: "sample" }, { stack: "local" }));
    for (const privilegesOf of Object.values(renderings)) {
      assert.deepEqual(privilegesOf(llama!).published, ["127.0.0.1:8090:8090"]);
    }
  });
});

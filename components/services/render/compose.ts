import { stringify } from "yaml";

import { defined } from "../../defined";
import { type Mount, type ServiceSpec, configFolder, logRotation } from "../service";

/** Files beside the compose file. */
function fileMounts({ files = [] }: ServiceSpec): Mount[] {
  return files.map(({ name }) => ({
    kind: "bind",
    source: `./${name}`,
    target: `${configFolder}/${name}`,
    readOnly: true,
  }));
}

/** A variable of compose's environment, which fails if it is missing: so are secrets passed. */
class Variable {
  constructor(readonly name: string) {}
}

/** The same document for compose, which replaces `$NAME` in every text, and leaves what is not a {@link Variable} as it is. */
function literal(value: unknown): unknown {
  if (value instanceof Variable) return `\${${value.name}:?}`;
  if (typeof value === "string") return value.replace(/\$/g, "$$$$");
  if (Array.isArray(value)) return value.map(literal);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, literal(item)]));
}

/** Without line breaks in values, and with quotes where YAML 1.1, whose rules compose partly has, would see a number or a date. */
const yamlOptions = { lineWidth: 0, schema: "yaml-1.1", compat: "core" } as const;

function service(spec: ServiceSpec, image: string): Record<string, unknown> {
  const { network, health } = spec;
  return {
    container_name: spec.name,
    image,
    ...defined({ entrypoint: spec.entrypoint }),
    ...(spec.arguments.length === 0 ? {} : { command: spec.arguments }),
    environment: {
      ...spec.environment,
      ...Object.fromEntries(Object.keys(spec.secrets).map((name) => [name, new Variable(name)])),
    },
    user: spec.user,
    cap_drop: ["ALL"],
    ...(spec.capabilities.length === 0 ? {} : { cap_add: spec.capabilities }),
    read_only: true,
    security_opt: ["no-new-privileges"],
    ...(spec.hostPid ? { pid: "host" } : {}),
    ...(spec.hostCgroupns ? { cgroup: "host" } : {}),
    ...(network.kind === "bridge"
      ? { networks: [network.name], ports: network.publish.map((port) => `127.0.0.1:${port}:${port}`) }
      : { network_mode: network.kind }),
    volumes: [...spec.mounts, ...fileMounts(spec)].map((mount) => ({
      type: mount.kind,
      source: mount.source,
      target: mount.target,
      read_only: mount.readOnly,
    })),
    mem_limit: `${spec.memoryMiB}m`,
    memswap_limit: `${spec.memoryMiB}m`,
    pids_limit: spec.pids,
    restart: spec.restart === "always" ? "always" : "no",
    stop_grace_period: `${spec.stopSeconds}s`,
    logging: {
      driver: logRotation.driver,
      options: { "max-size": logRotation.maxSize, "max-file": logRotation.maxFiles },
    },
    ...(health === undefined
      ? {}
      : {
          healthcheck: {
            test: ["CMD", ...health.probe.command],
            interval: `${health.intervalSeconds}s`,
            timeout: `${health.timeoutSeconds}s`,
            retries: health.retries,
            start_period: `${health.startPeriodSeconds}s`,
          },
        }),
  };
}

/**
 * The same services as a compose file, for people who run without Pulumi. `images` gives each image's reference.
 * A container that runs once is started before the service of its image. docker-compose 1.29 reads the file, too, once the
 * key `cgroup` is removed, which it does not know.
 *
 * @param mayFail names of the containers that run once and whose failure stops no service; by default none.
 */
export function composeFile(
  specs: readonly ServiceSpec[],
  images: Readonly<Record<string, string>>,
  mayFail: readonly string[] = [],
): string {
  const condition = ({ name }: ServiceSpec) =>
    // `required: false` would say it better, but no version 1 knows it.
    mayFail.includes(name) ? "service_started" : "service_completed_successfully";
  const once = specs.filter((spec) => spec.restart === "never");
  const networks = specs.flatMap(({ network }) => (network.kind === "bridge" ? [network.name] : []));
  const volumes = specs.flatMap(({ mounts }) => mounts.flatMap((m) => (m.kind === "volume" ? [m.source] : [])));
  const named = (names: string[]) => Object.fromEntries(names.map((name) => [name, { name }]));
  return stringify(
    {
      services: Object.fromEntries(
        specs.map((spec) => {
          const before = spec.restart === "always" ? once.filter((other) => other.image === spec.image) : [];
          const rendered = {
            ...service(spec, images[spec.image] ?? spec.image),
            ...(before.length === 0
              ? {}
              : {
                  depends_on: Object.fromEntries(before.map((other) => [other.name, { condition: condition(other) }])),
                }),
          };
          return [spec.name, literal(rendered)];
        }),
      ),
      networks: named([...new Set(networks)]),
      volumes: named([...new Set(volumes)]),
    },
    yamlOptions,
  );
}

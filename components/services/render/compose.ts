import { stringify } from "yaml";

import { type ServiceSpec, logRotation } from "../service";

function service(spec: ServiceSpec, image: string): Record<string, unknown> {
  const { network, health } = spec;
  return {
    container_name: spec.name,
    image,
    ...(spec.entrypoint === undefined ? {} : { entrypoint: spec.entrypoint }),
    ...(spec.arguments.length === 0 ? {} : { command: spec.arguments }),
    environment: {
      ...spec.environment,
      // Compose reads secrets from the environment it is started in, and stops when one is missing.
      ...Object.fromEntries(Object.keys(spec.secrets).map((name) => [name, `\${${name}:?}`])),
    },
    user: spec.user,
    cap_drop: ["ALL"],
    ...(spec.capabilities.length === 0 ? {} : { cap_add: spec.capabilities }),
    read_only: true,
    security_opt: ["no-new-privileges"],
    ...(spec.hostPid ? { pid: "host" } : {}),
    ...(network.kind === "bridge"
      ? { networks: [network.name], ports: network.publish.map((port) => `127.0.0.1:${port}:${port}`) }
      : { network_mode: network.kind }),
    volumes: spec.mounts.map((mount) => ({
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
 * A service that runs once is started before the ones of its image that stay.
 */
export function composeFile(specs: readonly ServiceSpec[], images: Readonly<Record<string, string>>): string {
  const dollar = (text: unknown): unknown =>
    JSON.parse(JSON.stringify(text).replace(/\$(?!\{[A-Z_]+:\?\})/g, "$$$$")) as unknown;
  const once = specs.filter((spec) => spec.restart === "never");
  const networks = specs.flatMap(({ network }) => (network.kind === "bridge" ? [network.name] : []));
  const volumes = specs.flatMap(({ mounts }) => mounts.flatMap((m) => (m.kind === "volume" ? [m.source] : [])));
  const named = (names: string[]) => Object.fromEntries(names.map((name) => [name, { name }]));
  return stringify({
    services: Object.fromEntries(
      specs.map((spec) => {
        const before = spec.restart === "always" ? once.filter((other) => other.image === spec.image) : [];
        const rendered = {
          ...service(spec, images[spec.image] ?? spec.image),
          ...(before.length === 0
            ? {}
            : {
                depends_on: Object.fromEntries(
                  before.map((other) => [other.name, { condition: "service_completed_successfully" }]),
                ),
              }),
        };
        return [spec.name, dollar(rendered)];
      }),
    ),
    networks: named([...new Set(networks)]),
    volumes: named([...new Set(volumes)]),
  });
}

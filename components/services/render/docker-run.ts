import { type Mount, type ServiceSpec, logRotation } from "../service";

/** What a specification leaves open: the image's reference, and the file with the secrets' values. */
export interface Bindings {
  /** An image by digest. */
  readonly image: string;
  /** A file of `NAME=value` lines, mode 0600, needed only when the specification names secrets. */
  readonly secretsFile?: string;
}

function mountArgument(mount: Mount): string {
  const readOnly = mount.readOnly ? ",readonly" : "";
  return `type=${mount.kind},source=${mount.source},target=${mount.target}${readOnly}`;
}

function networkArguments({ network }: ServiceSpec): string[] {
  switch (network.kind) {
    case "host":
      return ["--network", "host"];
    case "none":
      return ["--network", "none"];
    case "bridge":
      return [
        "--network",
        network.name,
        ...network.publish.flatMap((port) => ["--publish", `127.0.0.1:${port}:${port}`]),
      ];
  }
}

/**
 * The arguments of `docker run` for a service but for its name and restart policy, each its own list entry: nothing passes
 * through a shell. For hosts where something else starts and restarts it.
 */
export function runArguments(spec: ServiceSpec, bindings: Bindings): string[] {
  const [program, ...rest] = spec.entrypoint ?? [];
  return [
    ...["--user", spec.user],
    ...["--cap-drop", "ALL", ...spec.capabilities.flatMap((capability) => ["--cap-add", capability])],
    ...["--read-only", "--security-opt", "no-new-privileges"],
    ...(spec.hostPid ? ["--pid", "host"] : []),
    ...networkArguments(spec),
    ...spec.mounts.flatMap((mount) => ["--mount", mountArgument(mount)]),
    ...["--memory", `${spec.memoryMiB}m`, "--memory-swap", `${spec.memoryMiB}m`, "--pids-limit", String(spec.pids)],
    ...["--stop-timeout", String(spec.stopSeconds)],
    ...["--log-driver", logRotation.driver],
    ...["--log-opt", `max-size=${logRotation.maxSize}`, "--log-opt", `max-file=${logRotation.maxFiles}`],
    // `--health-cmd` runs through a shell, which cognitod's image lacks: whoever started it asks with `docker exec`.
    "--no-healthcheck",
    ...Object.entries(spec.environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
    ...(Object.keys(spec.secrets).length > 0 && bindings.secretsFile !== undefined
      ? ["--env-file", bindings.secretsFile]
      : []),
    ...(program === undefined ? [] : ["--entrypoint", program]),
    bindings.image,
    ...rest,
    ...spec.arguments,
  ];
}

/** The arguments of `docker run --detach` where the engine itself keeps the service running. */
export function dockerRunArguments(spec: ServiceSpec, bindings: Bindings): string[] {
  const restart = spec.restart === "always" ? "always" : "no";
  return ["--name", spec.name, "--restart", restart, ...runArguments(spec, bindings)];
}

import { type Mount, type ServiceSpec, configFolder, logRotation } from "../service";

/** What a specification leaves open: the image's reference, and the file with the secrets' values. */
export interface Bindings {
  /** An image by digest. */
  readonly image: string;
  /** A file of `NAME=value` lines, mode 0600, needed only when the specification names secrets. */
  readonly secretsFile?: string;
  /** The folder on the host with the specification's files, needed only when there are any. */
  readonly filesFolder?: string;
}

/** A field of the CSV that `--mount` takes: quoted if it contains what would end it. */
const csvField = (field: string): string => (/[",\r\n]|^\s/.test(field) ? `"${field.replace(/"/g, '""')}"` : field);

function mountArgument({ kind, source, target, readOnly }: Mount): string {
  const fields = [`type=${kind}`, `source=${source}`, `target=${target}`, ...(readOnly ? ["readonly"] : [])];
  return fields.map(csvField).join(",");
}

/** Each file by itself: the folder may be closed to the container's user. */
function fileMounts({ files = [] }: ServiceSpec, { filesFolder = "." }: Bindings): Mount[] {
  return files.map(({ name }) => ({
    kind: "bind",
    source: `${filesFolder}/${name}`,
    target: `${configFolder}/${name}`,
    readOnly: true,
  }));
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
 * The arguments of `docker run` for a service, without its name and restart policy, each its own list entry: nothing passes
 * through a shell. For hosts where something else starts and restarts it.
 */
export function runArguments(spec: ServiceSpec, bindings: Bindings): string[] {
  const [program, ...rest] = spec.entrypoint ?? [];
  return [
    ...["--user", spec.user],
    ...["--cap-drop", "ALL", ...spec.capabilities.flatMap((capability) => ["--cap-add", capability])],
    ...["--read-only", "--security-opt", "no-new-privileges"],
    ...(spec.hostPid ? ["--pid", "host"] : []),
    ...(spec.hostCgroupns ? ["--cgroupns", "host"] : []),
    ...networkArguments(spec),
    ...[...spec.mounts, ...fileMounts(spec, bindings)].flatMap((mount) => ["--mount", mountArgument(mount)]),
    ...["--memory", `${spec.memoryMiB}m`, "--memory-swap", `${spec.memoryMiB}m`, "--pids-limit", String(spec.pids)],
    ...["--stop-timeout", String(spec.stopSeconds)],
    ...["--log-driver", logRotation.driver],
    ...["--log-opt", `max-size=${logRotation.maxSize}`, "--log-opt", `max-file=${logRotation.maxFiles}`],
    // `--health-cmd` runs through a shell, which cognitod's image lacks: so the caller probes with `docker exec`.
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

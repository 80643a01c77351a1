import { type ServiceSpec, logRotation } from "../service";

/** A service as `@pulumi/docker`'s Container takes it, but for image, secrets and dependencies. */
export type ContainerArguments = ReturnType<typeof containerArguments>;

function network(spec: ServiceSpec) {
  switch (spec.network.kind) {
    case "host":
    case "none":
      return { networkMode: spec.network.kind };
    case "bridge":
      return {
        networkMode: "bridge",
        networksAdvanced: [{ name: spec.network.name }],
        ports: spec.network.publish.map((port) => ({
          internal: port,
          external: port,
          ip: "127.0.0.1",
          protocol: "tcp",
        })),
      };
  }
}

function health(spec: ServiceSpec) {
  if (spec.health === undefined) return {};
  const { probe, intervalSeconds, timeoutSeconds, retries, startPeriodSeconds } = spec.health;
  return {
    healthcheck: {
      tests: ["CMD", ...probe.command],
      interval: `${intervalSeconds}s`,
      timeout: `${timeoutSeconds}s`,
      // The provider reads durations back as Go prints them: 300s would come back as 5m0s and differ forever.
      startPeriod: goDuration(startPeriodSeconds),
      retries,
    },
  };
}

/** Seconds as Go's `time.Duration` prints them: `45s`, `1m0s`, `5m0s`. */
export function goDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds % 60}s`;
}

/** Renders a service for `@pulumi/docker`. Shapes follow what the provider reads back, so that nothing differs on a second run. */
export function containerArguments(spec: ServiceSpec) {
  const once = spec.restart === "never";
  return {
    name: spec.name,
    ...(spec.entrypoint === undefined ? {} : { entrypoints: [...spec.entrypoint] }),
    ...(spec.arguments.length === 0 ? {} : { command: [...spec.arguments] }),
    envs: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    user: spec.user,
    // The provider doesn't normalise names: with the prefix, sorted, as the engine returns them.
    capabilities: {
      drops: ["ALL"],
      ...(spec.capabilities.length === 0 ? {} : { adds: spec.capabilities.map((name) => `CAP_${name}`).sort() }),
    },
    readOnly: true,
    // The engine adds label=disable to a container in the host's PID namespace; unsaid, it would differ on every refresh.
    securityOpts: spec.hostPid ? ["label=disable", "no-new-privileges"] : ["no-new-privileges"],
    ...(spec.hostPid ? { pidMode: "host" } : {}),
    ...network(spec),
    mounts: spec.mounts.map((mount) => ({
      type: mount.kind,
      source: mount.source,
      target: mount.target,
      readOnly: mount.readOnly,
    })),
    memory: spec.memoryMiB,
    // Left out, the engine sets twice the memory, and the provider sees a difference on every run.
    memorySwap: spec.memoryMiB,
    restart: once ? "no" : "always",
    // A container that runs once is created here and started by whoever waits for its result.
    ...(once ? { start: false, mustRun: false } : {}),
    stopTimeout: spec.stopSeconds,
    destroyGraceSeconds: spec.stopSeconds,
    logDriver: logRotation.driver,
    logOpts: { "max-file": logRotation.maxFiles, "max-size": logRotation.maxSize },
    ...health(spec),
  };
}

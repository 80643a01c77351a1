import { defined } from "../../defined";
import { goDuration } from "../../go-duration";
import { keepLabels } from "../labels";
import { type ServiceSpec, logRotation } from "../service";

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

/**
 * Renders a service for `@pulumi/docker`, without secrets and files. Shapes follow what the provider reads back, so that nothing
 * differs on a second run.
 */
export function containerArguments(spec: ServiceSpec) {
  const once = spec.restart === "never";
  return {
    name: spec.name,
    ...defined({ entrypoints: spec.entrypoint === undefined ? undefined : [...spec.entrypoint] }),
    ...(spec.arguments.length === 0 ? {} : { command: [...spec.arguments] }),
    envs: Object.entries(spec.environment).map(([name, value]) => `${name}=${value}`),
    user: spec.user,
    // The provider doesn't normalise names: with the prefix, sorted, as the engine returns them.
    capabilities: {
      drops: ["ALL"],
      ...(spec.capabilities.length === 0 ? {} : { adds: spec.capabilities.map((name) => `CAP_${name}`).sort() }),
    },
    readOnly: true,
    // The engine adds label=disable to a container in the host's PID namespace; without it here, every refresh would show a difference.
    securityOpts: spec.hostPid ? ["label=disable", "no-new-privileges"] : ["no-new-privileges"],
    ...(spec.hostPid ? { pidMode: "host" } : {}),
    ...(spec.hostCgroupns ? { cgroupnsMode: "host" } : {}),
    ...network(spec),
    mounts: spec.mounts.map((mount) => ({
      type: mount.kind,
      source: mount.source,
      target: mount.target,
      readOnly: mount.readOnly,
    })),
    memory: spec.memoryMiB,
    // By default the engine sets twice the memory, and every run would show a difference.
    memorySwap: spec.memoryMiB,
    restart: once ? "no" : "always",
    // A container that runs once is created here and started by the resource that waits for its result (RunOnce).
    ...(once ? { start: false, mustRun: false } : {}),
    stopTimeout: spec.stopSeconds,
    destroyGraceSeconds: spec.stopSeconds,
    logDriver: logRotation.driver,
    logOpts: { "max-file": logRotation.maxFiles, "max-size": logRotation.maxSize },
    ...health(spec),
  };
}

/**
 * The options of every container. The old one holds ports and name until it is deleted. Of changed mounts, the provider changes
 * only its record: the container must be replaced.
 */
export const containerOptions = { ...keepLabels, deleteBeforeReplace: true, replaceOnChanges: ["mounts"] };

import * as fs from "node:fs";

import type { Home } from "../home";
import { tryRun } from "../run";
import { embeddedEnvironment, enginePid, places } from "./embedded";

/** Processes whose command line names a folder. */
function processesNaming(folder: string): number[] {
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
        return /^(\S*\/)?(dockerd|containerd)/.test(command) && command.includes(folder);
      } catch {
        return false;
      }
    })
    .map(Number);
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It ended by itself.
  }
}

const alive = (pid: number): boolean => fs.existsSync(`/proc/${pid}`);

async function waitForEnd(pids: readonly number[], seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds * 5 && pids.some(alive); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/**
 * Ends the embedded engine with its containers and removes everything of it. Its mounts end with its namespace; the bridge
 * goes when no other engine uses it.
 */
export async function purgeEngine(home: Home): Promise<void> {
  if (!fs.existsSync(home.engine)) return;
  const { bin } = places(home);
  const environment = { ...process.env, ...embeddedEnvironment(home), PATH: `${bin}:${process.env.PATH ?? ""}` };
  const docker = enginePid(home);
  if (docker !== undefined) {
    const { stdout } = await tryRun("docker", ["ps", "--all", "--quiet"], { env: environment });
    const containers = stdout.split("\n").filter((id) => id !== "");
    if (containers.length > 0)
      await tryRun("docker", ["rm", "--force", "--volumes", ...containers], { env: environment });
    const networks = await tryRun("docker", ["network", "prune", "--force"], { env: environment });
    if (networks.status !== 0) process.stderr.write(networks.stderr);
  }
  const processes = processesNaming(home.engine);
  for (const signal of ["SIGTERM", "SIGKILL"] as const) {
    for (const pid of processes.filter(alive)) end(pid, signal);
    await waitForEnd(processes, 15);
  }
  // Without an engine of its own, the machine had no docker0 before.
  if (docker !== undefined && !fs.existsSync("/var/run/docker.sock"))
    await tryRun("ip", ["link", "delete", "docker0"]).catch(() => undefined);
  fs.rmSync(home.engine, { recursive: true, force: true });
}

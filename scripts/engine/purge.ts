import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { Failure } from "../lib/errors";
import type { Home } from "../lib/home";
import { withLock } from "../lib/lock";
import type { Step } from "../lib/progress";
import { tryRun } from "../lib/run";
import { ensureEmbedded, engineLock } from "./embedded";
import { restoreFirewall } from "./firewall";
import { clientEnvironment, places } from "./places";
import { engineProcesses, processTable, signal } from "./processes";
import { existingRoot } from "./root";
import { closeTraceEvents } from "./trace-events";

/** Makes dockerd remove what only it can: containers, their networks' bridges and firewall rules. */
async function emptyEngine(home: Home): Promise<void> {
  const env = clientEnvironment(home);
  const list = async (args: string[]) =>
    (await tryRun("docker", args, { env })).stdout.split("\n").filter((line) => line !== "");
  const containers = await list(["ps", "--all", "--quiet"]);
  if (containers.length > 0) await tryRun("docker", ["rm", "--force", "--volumes", ...containers], { env });
  const networks = await list(["network", "ls", "--quiet", "--filter", "type=custom"]);
  if (networks.length > 0) await tryRun("docker", ["network", "rm", ...networks], { env });
}

async function waitForEnd(pids: () => number[], seconds: number): Promise<void> {
  for (let tries = 0; tries < seconds * 5 && pids().length > 0; tries++) await setTimeout(200);
}

/** Ends this engine's processes: dockerd with SIGTERM first, then containers that it no longer manages with SIGKILL. */
async function endProcesses(home: Home): Promise<void> {
  const living = () => engineProcesses(processTable(), home.engine);
  const pids = () => living().map(({ pid }) => pid);
  for (const { pid, command } of living()) if (command[0]?.endsWith("dockerd") === true) signal(pid, "SIGTERM");
  const daemons = () =>
    living()
      .filter(({ command }) => command[0]?.endsWith("dockerd"))
      .map(({ pid }) => pid);
  await waitForEnd(daemons, 15);
  // Repeated, since a dying process may have started others.
  for (let rounds = 0; rounds < 3; rounds++) {
    for (const pid of pids()) signal(pid, "SIGKILL");
    await waitForEnd(pids, 5);
  }
  const left = living();
  if (left.length > 0) {
    const named = left.map(({ pid, command }) => `${pid} (${command.join(" ").slice(0, 60)})`).join(", ");
    throw new Failure(`The embedded engine's processes do not end: ${named}. End them, then run this again.`);
  }
}

/** The mount points at and below a folder, as this process sees them. */
export function mountsBelow(folder: string, mountinfo = fs.readFileSync("/proc/self/mountinfo", "utf8")): string[] {
  return mountinfo
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((place) => place === folder || place.startsWith(`${folder}/`));
}

/**
 * Removes a folder or a file of the home. A mount may be one of the machine's own folders, whose files would be removed with
 * it, so it is looked for where the folder really is; of a symbolic link, only the link is removed.
 *
 * @throws Failure if something is mounted there.
 */
export function removeOwn(place: string, mountinfo?: string): void {
  const mounted = fs.existsSync(place) ? mountsBelow(fs.realpathSync(place), mountinfo) : [];
  if (mounted.length > 0) {
    throw new Failure(`Something is mounted below ${place}: ${mounted.join(", ")}. Unmount it, then run this again.`);
  }
  fs.rmSync(place, { recursive: true, force: true });
}

/** The network of an interface, in the form of the firewall's rules. */
function networkOf(bridge: string): string | undefined {
  const cidr = os.networkInterfaces()[bridge]?.find(({ family }) => family === "IPv4")?.cidr ?? undefined;
  return cidr?.replace(/^(\d+\.\d+)\.\d+\.\d+\/16$/, "$1.0.0/16");
}

/** The sockets of containerd's shims, in a folder that all engines of a machine share, named by a hash of their owner. */
function shimSockets(home: Home): string[] {
  const containers = path.join(home.engine, "data", "containers");
  const address = path.join(home.engine, "run", "containerd", "containerd.sock");
  return (fs.existsSync(containers) ? fs.readdirSync(containers) : []).map((id) => {
    const name = createHash("sha256")
      .update(path.join(address, "moby", id))
      .digest("hex");
    return path.join("/run/containerd/s", name);
  });
}

/** Whether another Docker engine runs on this machine. */
const otherEngine = (): boolean =>
  processTable().some(({ command: [program = ""] }) => path.basename(program) === "dockerd");

/**
 * Ends the embedded engine with its containers and removes its processes, networks, firewall rules and files. Its mounts end
 * with its namespace.
 */
export async function purgeEngine(home: Home, step: Step): Promise<void> {
  if (!fs.existsSync(home.engine)) return;
  const { bridge } = places(home);
  // A killed engine is started again, since only dockerd can remove its networks.
  const answers =
    existingRoot(home) !== undefined &&
    (await ensureEmbedded(home, step).then(
      () => true,
      (error: unknown) => {
        step.note(
          `the engine can't be started to remove its own networks: ${(error as Error).message.split("\n")[0] ?? ""}`,
        );
        return false;
      },
    ));
  await withLock(engineLock(home), async () => {
    const sockets = shimSockets(home);
    if (answers) await emptyEngine(home);
    step.say("ending the embedded engine");
    const network = networkOf(bridge);
    await endProcesses(home);
    await restoreFirewall(home, network, !otherEngine());
    if (!otherEngine()) await closeTraceEvents();
    const root = existingRoot(home);
    if (root !== undefined && fs.existsSync(`/sys/class/net/${bridge}`))
      await tryRun("chroot", [root, "ip", "link", "delete", bridge]).catch(() => undefined);
    for (const socket of sockets) fs.rmSync(socket, { force: true });
    removeOwn(home.engine);
  });
}

import * as fs from "node:fs";
import * as net from "node:net";

import { type Settings } from "../../components/settings";
import { stackName } from "../../components/services/service";
import type { Fault } from "./errors";
import { tryRun } from "./run";

/** Whether a port of 127.0.0.1 can be listened on. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Where the settings keep each port, and which of the stack's containers listens on it. */
const ports = [
  { setting: "apiPort", of: "api", part: "cognitod" },
  { setting: "healthPort", of: "health", part: "cognitod" },
  { setting: "llamaPort", of: "llama", part: "llama" },
] as const;

/** Ports that someone else holds: found before anything that runs is touched. */
export async function takenPorts(settings: Settings, environment: NodeJS.ProcessEnv): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { setting, of, part } of ports) {
    const port = settings.ports[of];
    if (await portIsFree(port)) continue;
    const container = stackName(settings.stack, part);
    const inspected = await tryRun(
      "docker",
      ["container", "inspect", "--format", "{{.State.Running}} {{json .Config.Env}} {{json .Config.Cmd}}", container],
      { env: environment },
    );
    // Our own container, running with this very port, is no obstacle.
    if (inspected.stdout.startsWith("true") && new RegExp(`\\b${port}\\b`).test(inspected.stdout)) continue;
    faults.push({
      key: `linnix:${setting}`,
      value: String(port),
      problem: "is taken on 127.0.0.1 by another program",
      remedy: `end that program (ss -ltnp 'sport = :${port}' names it), or: pulumi config set linnix:${setting} ${port + 10000} --stack ${settings.stack}`,
    });
  }
  return faults;
}

/** Bytes that a folder's file system still takes; the nearest existing parent stands for a folder to come. */
export function freeBytes(folder: string): number {
  let place = folder;
  while (!fs.existsSync(place)) place = place.slice(0, Math.max(1, place.lastIndexOf("/")));
  const { bavail, bsize } = fs.statfsSync(place);
  return bavail * bsize;
}

/** Too little room is found out beforehand: an engine on a full disk fails in ways that name anything but the disk. */
export function fullDisk(folder: string, neededBytes: number, free = freeBytes(folder)): Fault[] {
  if (free >= neededBytes) return [];
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  return [
    {
      key: "free disk space",
      value: gigabytes(free),
      problem: `is too little under ${folder}: ${gigabytes(neededBytes)} are needed`,
      remedy:
        "free some (`docker system prune`, `npm stop -- --purge`), or set LINNIX_HOME to a folder on a larger disk",
    },
  ];
}

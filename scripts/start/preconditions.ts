import * as fs from "node:fs";
import * as net from "node:net";

import { portSetting, servicePorts } from "../../components/services/catalogue";
import { engineName } from "../../components/services/service";
import { otherPort } from "../../components/settings/other-port";
import { setCommand } from "../../components/settings/read";
import type { ValidationContext } from "../../components/settings/validate";
import type { Fault } from "../lib/errors";
import { tryRun } from "../lib/run";
import type { Settings } from "../../components/settings/types";

/** Systems other than Linux; `system` as Node.js names it, by default this machine's. */
export function unsupportedSystem(system: string = process.platform): Fault[] {
  if (system === "linux") return [];
  return [
    {
      key: "operating system",
      value: system === "darwin" ? "macOS" : system,
      problem:
        "is not supported by npm start: both services use the host's network and kernel, which here are those of Docker's virtual machine",
      remedy: "run npm start on a Linux machine, or in a Linux virtual machine",
    },
  ];
}

/** Whether a port of 127.0.0.1 is free. */
function portIsFree(port: number): Promise<boolean> {
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

/** Ports in use by other programs; checked before anything that runs is changed. */
export async function takenPorts(
  settings: Settings,
  environment: NodeJS.ProcessEnv,
  fileOf?: ValidationContext["fileOf"],
): Promise<Fault[]> {
  const faults: Fault[] = [];
  for (const { service, port: name } of servicePorts) {
    if (!settings.services.includes(service)) continue;
    const port = settings.ports[name];
    const setting = portSetting(name);
    if (await portIsFree(port)) continue;
    const container = engineName(settings.stack, service);
    const inspected = await tryRun(
      "docker",
      ["container", "inspect", "--format", "{{.State.Running}} {{json .Config.Env}} {{json .Config.Cmd}}", container],
      { env: environment },
    );
    // The stack's own container may already listen on this port.
    if (inspected.stdout.startsWith("true") && new RegExp(`\\b${port}\\b`).test(inspected.stdout)) continue;
    faults.push({
      key: `linnix:${setting}`,
      value: String(port),
      problem: "is in use on 127.0.0.1 by another program",
      remedy: `end that program (ss -ltnp 'sport = :${port}' names it), or: ${setCommand(setting, { stack: settings.stack, fileOf }, String(otherPort(port, Object.values(settings.ports))))}`,
    });
  }
  return faults;
}

/** Free bytes of a folder's file system; of its nearest existing parent if the folder does not exist yet. */
export function freeBytes(folder: string): number {
  let place = folder;
  while (!fs.existsSync(place)) place = place.slice(0, Math.max(1, place.lastIndexOf("/")));
  const { bavail, bsize } = fs.statfsSync(place);
  return bavail * bsize;
}

/** Bytes for images, base images and build cache if everything is built here: the measured value plus a reserve. */
const builtBytes = 6e9;

/** The free space that a start needs; a stack that was started before is built already. */
export const neededBytes = (startedBefore: boolean): number => (startedBefore ? 0 : builtBytes);

/** Checks free disk space beforehand: an engine on a full disk fails with errors that do not mention the disk. */
export function fullDisk(folder: string, neededBytes: number, free = freeBytes(folder)): Fault[] {
  if (free >= neededBytes) return [];
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  return [
    {
      key: "free disk space",
      value: gigabytes(free),
      problem: `is too little in ${folder}: ${gigabytes(neededBytes)} are needed`,
      remedy:
        "free disk space (`docker system prune`, `npm stop -- --purge`), or set LINNIX_HOME to a folder on a larger disk",
    },
  ];
}

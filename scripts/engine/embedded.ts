import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";

import { services } from "../../components/services/catalogue";
import { Failure } from "../lib/errors";
import { type Home, ensureFolder, projectFolder } from "../lib/home";
import { withLock } from "../lib/lock";
import type { Step } from "../lib/progress";
import { run } from "../lib/run";
import { bridgeAddress } from "./bridge";
import { engineVersion } from "./docker";
import { rememberFirewall } from "./firewall";
import { clientEnvironment, places } from "./places";
import { enginePrograms, processTable } from "./processes";
import { ensureClient, ensureRoot } from "./root";

const secondsToAnswer = 60;

/** Rejects a home in which the path of the engine's socket would be too long for the kernel. */
export function requireSocketPath(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (bytes <= 107) return;
  throw new Failure(
    `LINNIX_HOME is too long: the path of the engine's socket, ${socket}, has ${bytes} bytes; 107 are allowed. ` +
      "Set LINNIX_HOME to a shorter folder.",
  );
}

async function launch(home: Home, root: string, step: Step): Promise<string> {
  const { socket, pid, log, bridge } = places(home);
  step.say("starting the embedded Docker engine");
  await rememberFirewall(home);
  const table = processTable();
  // A killed engine leaves its process id file, and dockerd refuses to start if another process has that id by now. An
  // engine that hangs keeps the data folder locked, so it must be ended first.
  for (const hanging of enginePrograms(table, home.engine, ["dockerd"])) {
    throw new Failure(
      `The embedded Docker engine (process ${hanging.pid}) runs but does not answer at ${socket}. ` +
        `Its log: ${log}. End it with \`kill ${hanging.pid}\` and run this again; its containers keep running.`,
    );
  }
  fs.rmSync(pid, { force: true });
  // Containers that outlived the engine keep its mount namespace; only in there, the new engine sees their file systems.
  const [holder] = enginePrograms(table, home.engine, ["containerd-shim-runc-v2"]);
  const script = path.join(projectFolder, "scripts", "engine", "start.sh");
  const group = String(services.cognitod.uid);
  await run("sh", [script, root, home.engine, socket, bridge, bridgeAddress(), group, String(holder?.pid ?? "")], {
    log: path.join(home.logs, "engine-start.log"),
  });
  const until = Date.now() + secondsToAnswer * 1000;
  while (Date.now() < until) {
    const version = await engineVersion(clientEnvironment(home));
    if (version !== undefined) return version;
    await setTimeout(500);
  }
  const tail = fs.readFileSync(log, "utf8").trim().split("\n").slice(-8).join("\n");
  throw new Failure(
    `The embedded Docker engine did not answer within ${secondsToAnswer} seconds:\n${tail}\nWhole log: ${log}`,
  );
}

/**
 * Starts the embedded engine if it does not run, and installs it on the first call. An engine that an earlier version
 * installed gets the packages that it lacks. Concurrent runs wait for each other.
 *
 * @returns its version.
 */
export async function ensureEmbedded(home: Home, step: Step): Promise<string> {
  requireSocketPath(places(home).socket);
  const environment = clientEnvironment(home);
  const answering = () => (fs.existsSync(places(home).bin) ? engineVersion(environment) : Promise.resolve(undefined));
  const version = await answering();
  if (version !== undefined && fs.existsSync(places(home).root)) return version;
  ensureFolder(home.engine);
  return withLock(
    engineLock(home),
    async () => {
      const root = await ensureRoot(home, step);
      ensureClient(home, root);
      return (await answering()) ?? (await launch(home, root, step));
    },
    () => {
      step.say("another run is starting the engine; waiting for it");
    },
  );
}

/** The lock under which the engine is installed, started and removed. */
export function engineLock(home: Home): string {
  return path.join(home.root, "engine.making");
}

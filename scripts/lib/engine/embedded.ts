import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../errors";
import { type Home, ensureFolder, projectFolder } from "../home";
import { withLock } from "../lock";
import type { Step } from "../progress";
import { run } from "../run";
import { bridgeAddress } from "./bridge";
import { engineVersion } from "./docker";
import { rememberFirewall } from "./firewall";
import { clientEnvironment, places } from "./places";
import { enginePrograms, processTable } from "./processes";
import { ensureClient, ensureRoot } from "./root";

const secondsToAnswer = 60;

/** Refuses a home whose engine's socket would have a path too long for the kernel. */
export function requireSocketPath(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (bytes <= 107) return;
  throw new Failure(
    `LINNIX_HOME is too long: the path of the engine's socket, ${socket}, has ${bytes} bytes; 107 are allowed. ` +
      "Set LINNIX_HOME to a shorter folder.",
  );
}

async function launch(home: Home, step: Step): Promise<string> {
  const { root, socket, pid, log, bridge } = places(home);
  step.say("starting the embedded Docker engine");
  await rememberFirewall(home);
  const table = processTable();
  // One that was killed leaves its number behind; dockerd would take a process that has it by now for itself. One that
  // hangs keeps the data folder locked: it has had its time to answer.
  for (const hanging of enginePrograms(table, home.engine, ["dockerd"])) {
    throw new Failure(
      `The embedded Docker engine (process ${hanging.pid}) runs but does not answer at ${socket}. ` +
        `Its log: ${log}. End it with \`kill ${hanging.pid}\` and run this again; its containers go on running.`,
    );
  }
  fs.rmSync(pid, { force: true });
  // Containers that outlived the engine keep its mount namespace: only there the new one sees their file systems.
  const [holder] = enginePrograms(table, home.engine, ["containerd-shim-runc-v2"]);
  const script = path.join(projectFolder, "scripts", "engine", "start.sh");
  await run("sh", [script, root, home.engine, socket, bridge, bridgeAddress(), String(holder?.pid ?? "")], {
    log: path.join(home.logs, "engine-start.log"),
  });
  const until = Date.now() + secondsToAnswer * 1000;
  while (Date.now() < until) {
    const version = await engineVersion(clientEnvironment(home));
    if (version !== undefined) return version;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const tail = fs.readFileSync(log, "utf8").trim().split("\n").slice(-8).join("\n");
  throw new Failure(
    `The embedded Docker engine did not answer within ${secondsToAnswer} seconds:\n${tail}\nWhole log: ${log}`,
  );
}

/** Has the embedded engine running: made on the first call, started again when it is gone. Safe against another run. */
export async function ensureEmbedded(home: Home, step: Step): Promise<string> {
  requireSocketPath(places(home).socket);
  const environment = clientEnvironment(home);
  const answering = () => (fs.existsSync(places(home).bin) ? engineVersion(environment) : Promise.resolve(undefined));
  const version = await answering();
  if (version !== undefined) return version;
  ensureFolder(home.engine);
  return withLock(
    engineLock(home),
    async () => {
      await ensureRoot(home, step);
      ensureClient(home);
      return (await answering()) ?? (await launch(home, step));
    },
    () => {
      step.say("another run is starting the engine; waiting for it");
    },
  );
}

/** The lock under which the engine is made, started and removed. */
export function engineLock(home: Home): string {
  return path.join(home.root, "engine.making");
}

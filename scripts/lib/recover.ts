import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

import { projectFolder } from "./home";
import { sessionEnvironment } from "./pulumi";
import { run, tryRun } from "./run";
import type { Session } from "./session";

/** What an update that was killed left behind, as it was found and mended; empty after an orderly end. */
export interface Recovery {
  /** Process ids of dead updates whose lock was taken away. */
  readonly locks: readonly number[];
  /** Names of containers and networks that the engine had and the state did not know; removed. */
  readonly orphans: readonly string[];
}

/** A lock of the file backend, as the CLI writes it. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

/** What is read of `pulumi stack export`. */
interface Exported {
  readonly deployment: {
    readonly resources?: readonly { readonly id?: string }[];
    readonly pending_operations?: readonly {
      readonly type: string;
      readonly resource: { readonly type: string; readonly inputs?: { readonly name?: unknown } };
    }[];
  };
}

/** How the engine's things are listed and removed, by the type of the resource that makes them. */
const kinds: Readonly<Record<string, { readonly kind: string; readonly force: readonly string[] }>> = {
  "docker:index/container:Container": { kind: "container", force: ["--force"] },
  "docker:index/network:Network": { kind: "network", force: [] },
};

/** Locks that a file backend holds for a stack. */
function locksOf(session: Session): Lock[] {
  const backend = session.environment.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file://")) return [];
  const folder = path.join(fileURLToPath(backend), ".pulumi", "locks", "organization", "linnix", session.stack);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names.map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as Lock);
}

/** Whether a process of this number is a Pulumi CLI: the number of a dead one may have gone to another program. */
async function updating(pid: number): Promise<boolean> {
  const asked = await tryRun("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => undefined);
  if (asked !== undefined) return asked.stdout.includes("pulumi");
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes a stack's locks away when each was left by a process of this machine that is gone. */
async function releaseLocks(session: Session, pulumi: (...args: string[]) => Promise<string>): Promise<number[]> {
  const locks = locksOf(session);
  const dead = await Promise.all(
    locks.map(async ({ pid, hostname }) => hostname === os.hostname() && !(await updating(pid))),
  );
  // Another update is at work, here or on another machine: `pulumi up` says so, and names it.
  if (locks.length === 0 || dead.includes(false)) return [];
  await pulumi("cancel", "--yes");
  return locks.map(({ pid }) => pid);
}

/** Removes what an update had begun to create when it ended: the next one creates it again under the same name. */
async function removeOrphans(session: Session, pulumi: (...args: string[]) => Promise<string>): Promise<string[]> {
  const { deployment } = JSON.parse(await pulumi("stack", "export")) as Exported;
  const begun = (deployment.pending_operations ?? []).filter(({ type }) => type === "creating");
  if (begun.length === 0) return [];
  const env = sessionEnvironment(session);
  const known = new Set((deployment.resources ?? []).map(({ id }) => id));
  const removed: string[] = [];
  for (const { resource } of begun) {
    const { kind, force } = kinds[resource.type] ?? {};
    const name = resource.inputs?.name;
    if (kind === undefined || force === undefined || typeof name !== "string") continue;
    const found = await tryRun("docker", [kind, "inspect", "--format", "{{.Id}}", name], { env });
    if (found.status !== 0 || known.has(found.stdout.trim())) continue;
    await run("docker", [kind, "rm", ...force, name], { env });
    removed.push(name);
  }
  // Volumes, images and the program's own resources are made under their old names again, with the same result.
  await pulumi("refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  return removed;
}

/**
 * Mends what an update that was killed left behind, so that the next one goes on from there: a lock, which would refuse
 * it, and containers or networks that it was just creating, whose names would be taken. Touches nothing else, and
 * nothing at all while another update is at work.
 */
export async function recover(session: Session): Promise<Recovery> {
  const options = { cwd: projectFolder, env: sessionEnvironment(session) };
  const pulumi = async (...args: string[]) =>
    (await run("pulumi", [...args, "--stack", session.stack, "--non-interactive"], options)).stdout;
  const locks = await releaseLocks(session, pulumi);
  const orphans = locksOf(session).length === 0 ? await removeOrphans(session, pulumi) : [];
  return { locks, orphans };
}

/** A recovery for people: a line on each thing mended, nothing after an orderly end. */
export function recoveryText({ locks, orphans }: Recovery): string {
  return [
    ...locks.map((pid) => `recovered    the update of process ${pid} was killed; its lock is taken away\n`),
    ...orphans.map((name) => `recovered    ${name} was half made; it is removed, to be made again\n`),
  ].join("");
}

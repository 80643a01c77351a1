import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { fileURLToPath } from "node:url";

import { ownerLabel } from "../../components/services/labels";
import { pulumi, sessionEnvironment } from "../lib/pulumi";
import { run, tryRun } from "../lib/run";
import { isUpdating } from "../lib/updating";
import type { Session } from "./session";

/** What an update that was killed left behind and {@link recover} repaired; empty if the update ended normally. */
export interface Recovery {
  /** Process ids of dead updates whose lock was removed. */
  readonly locks: readonly number[];
  /** Names of containers and networks that existed on the engine and not in the state; they were removed. */
  readonly orphans: readonly string[];
}

/** A lock in the file backend, as the CLI writes it. */
interface Lock {
  readonly pid: number;
  readonly hostname: string;
}

/** The parts of `pulumi stack export` that are used here. */
interface Exported {
  readonly deployment: {
    readonly resources?: readonly { readonly id?: string }[];
    readonly pending_operations?: readonly {
      readonly type: string;
      readonly resource: { readonly type: string; readonly inputs?: { readonly name?: unknown } };
    }[];
  };
}

/** Docker's name for what a resource creates, and how it is removed, by the resource's type. */
const kinds: Readonly<Record<string, { readonly kind: string; readonly force: readonly string[] }>> = {
  "docker:index/container:Container": { kind: "container", force: ["--force", "--volumes"] },
  "docker:index/network:Network": { kind: "network", force: [] },
};

/** The stack's locks in its file backend. */
function locksOf(session: Session): Lock[] {
  const backend = session.environment.PULUMI_BACKEND_URL ?? "";
  if (!backend.startsWith("file://")) return [];
  const folder = path.join(fileURLToPath(backend), ".pulumi", "locks", "organization", "linnix", session.stack);
  const names = fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => name.endsWith(".json")) : [];
  return names.map((name) => JSON.parse(fs.readFileSync(path.join(folder, name), "utf8")) as Lock);
}

/** The updates that hold a stack's lock, and whether all of them were of this machine and no longer run. */
export async function heldLocks(session: Session): Promise<{ readonly pids: number[]; readonly dead: boolean }> {
  const locks = locksOf(session);
  const dead = await Promise.all(
    locks.map(async ({ pid, hostname }) => hostname === os.hostname() && !(await isUpdating(pid))),
  );
  return { pids: locks.map(({ pid }) => pid), dead: !dead.includes(false) };
}

/** Removes a stack's locks if all of them were left by processes of this machine that no longer run; their ids. */
async function releaseLocks(session: Session): Promise<number[]> {
  const { pids, dead } = await heldLocks(session);
  // Another update is running, here or on another machine: `pulumi up` reports it by name.
  if (pids.length === 0 || !dead) return [];
  await pulumi(session, "cancel", "--yes");
  return pids;
}

/** Removes what an update was creating when it was killed: the next one creates it again under the same name. */
async function removeOrphans(session: Session): Promise<string[]> {
  const { deployment } = JSON.parse(await pulumi(session, "stack", "export")) as Exported;
  const begun = (deployment.pending_operations ?? []).filter(({ type }) => type === "creating");
  if (begun.length === 0) return [];
  const env = sessionEnvironment(session);
  const known = new Set((deployment.resources ?? []).map(({ id }) => id));
  const removed: string[] = [];
  for (const { resource } of begun) {
    const { kind, force } = kinds[resource.type] ?? {};
    const name = resource.inputs?.name;
    if (kind === undefined || force === undefined || typeof name !== "string") continue;
    const labels = kind === "container" ? ".Config.Labels" : ".Labels";
    const format = `{{.Id}} {{index ${labels} "${ownerLabel}"}}`;
    const found = await tryRun("docker", [kind, "inspect", "--format", format, name], { env });
    const [id = "", owner = ""] = found.stdout.trim().split(" ");
    if (found.status !== 0 || known.has(id)) continue;
    // Somebody else's of the same name, at which the creation failed. A template prints no value for a missing label.
    if (owner !== "" && owner !== "<no" && owner !== session.owner) continue;
    await run("docker", [kind, "rm", ...force, name], { env });
    removed.push(name);
  }
  // Volumes, images and the program's own resources can be created again under their names, with the same result.
  await pulumi(session, "refresh", "--yes", "--skip-preview", "--clear-pending-creates");
  return removed;
}

/**
 * Repairs what an update that was killed left behind, so that the next one continues from there: a lock, which would make
 * it fail, and containers or networks that were being created, whose names would be taken. Changes nothing else, and
 * nothing at all while another update is running.
 */
export async function recover(session: Session): Promise<Recovery> {
  const locks = await releaseLocks(session);
  const orphans = locksOf(session).length === 0 ? await removeOrphans(session) : [];
  return { locks, orphans };
}

/** A recovery for people: a line for each repair, nothing if there was none. */
export function recoveryText({ locks, orphans }: Recovery): string {
  return [
    ...locks.map((pid) => `recovered    the update of process ${pid} was killed; its lock was removed\n`),
    ...orphans.map((name) => `recovered    ${name} was only half created; it was removed and will be created again\n`),
  ].join("");
}

/** Who may read the kernel's trace events, which decides whether cognitod need be root. */
import * as fs from "node:fs";
import * as path from "node:path";

import { services } from "../../components/services/catalogue";
import type { Home } from "../lib/home";
import { tryRun } from "../lib/run";
import { places } from "./places";

/** Where tracefs is mounted, on a machine and in a container. */
const folder = "sys/kernel/tracing";

const remount = (group: number, mode: string): string => `mount -o remount,gid=${group},mode=${mode} /${folder}`;

/** The command that opens them. tracefs has the same options in every mount of it: this changes the whole machine's. */
export const openCommand = remount(services.cognitod.uid, "750");

/** Whether cognitod's group may read them, in the mount namespace with this root folder. False if that is not known. */
export function isOpen(root: string, stat: (file: string) => Pick<fs.Stats, "gid" | "mode"> = fs.statSync): boolean {
  try {
    const { gid, mode } = stat(path.join(root, folder));
    return gid === services.cognitod.uid && (mode & 0o050) === 0o050;
  } catch {
    return false;
  }
}

/** Whether cognitod's group may read them in containers of the embedded engine; undefined if the engine does not run. */
export function opensTraceEvents(home: Home): boolean | undefined {
  const { pid: file } = places(home);
  const pid = fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim() : "";
  return pid !== "" && fs.existsSync(`/proc/${pid}`) ? isOpen(`/proc/${pid}/root`) : undefined;
}

/** Whether this machine has mounted tracefs itself; the embedded engine leaves its options as they are then. */
export function isMountedByMachine(mounts = fs.readFileSync("/proc/self/mountinfo", "utf8")): boolean {
  return mounts.includes(" - tracefs ");
}

/** Closes them again, after the embedded engine had opened them: the kernel keeps the options while nothing is mounted. */
export async function closeTraceEvents(): Promise<void> {
  if (isMountedByMachine()) return;
  const commands = `mount -t tracefs tracefs /${folder} && ${remount(0, "700")}`;
  await tryRun("unshare", ["--mount", "--propagation", "private", "sh", "-c", commands]).catch(() => undefined);
}

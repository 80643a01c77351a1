import * as fs from "node:fs";
import * as path from "node:path";

/** A process as /proc shows it. */
export interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: readonly string[];
  /** The identifier of its mount namespace. */
  readonly mounts: string;
}

/** Every process of this machine, except those that end while this reads them. */
export function processTable(): Process[] {
  const read = (name: string): Process[] => {
    try {
      const status = fs.readFileSync(`/proc/${name}/stat`, "utf8");
      // The second field, the name in parentheses, may contain any characters.
      const [state, parent] = status.slice(status.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") return [];
      const command = fs.readFileSync(`/proc/${name}/cmdline`, "utf8").split("\0").slice(0, -1);
      return [{ pid: Number(name), parent: Number(parent), command, mounts: fs.readlinkSync(`/proc/${name}/ns/mnt`) }];
    } catch {
      return [];
    }
  };
  return fs
    .readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap(read);
}

/** The programs of the engine whose data is in this folder: only their command lines contain the folder. */
export function enginePrograms(
  table: readonly Process[],
  folder: string,
  programs = ["dockerd", "containerd", "containerd-shim-runc-v2"],
): Process[] {
  return table.filter(
    ({ command: [program = "", ...args] }) =>
      programs.includes(path.basename(program)) && args.some((arg) => arg.startsWith(`${folder}/`)),
  );
}

/**
 * All processes to end with this engine: its programs, other processes in their mount namespaces (a port's proxy whose
 * engine was killed), and the containers' processes, which are children of the shims.
 */
export function engineProcesses(table: readonly Process[], folder: string, own = hostMounts()): Process[] {
  const programs = enginePrograms(table, folder);
  const namespaces = new Set(programs.map(({ mounts }) => mounts).filter((mounts) => mounts !== own));
  const found = new Set(table.filter((it) => programs.includes(it) || namespaces.has(it.mounts)));
  let size = 0;
  while (size !== found.size) {
    size = found.size;
    const pids = new Set([...found].map(({ pid }) => pid));
    for (const it of table) if (pids.has(it.parent)) found.add(it);
  }
  return [...found];
}

function hostMounts(): string {
  return fs.readlinkSync("/proc/self/ns/mnt");
}

/** Sends a signal; does nothing if the process has already ended. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

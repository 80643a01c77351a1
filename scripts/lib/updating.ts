import { tryRun } from "./run";

/** Whether a process of this machine is a Pulumi CLI: the id of one that ended may belong to another program now. */
export async function isUpdating(pid: number): Promise<boolean> {
  const listed = await tryRun("ps", ["-o", "comm=", "-p", String(pid)]).catch(() => undefined);
  if (listed !== undefined) return listed.stdout.includes("pulumi");
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

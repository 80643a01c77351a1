import { projectFolder } from "./home";
import { tryRun } from "./run";

/** Runs a program in the project's folder and prints its output. Returns its exit status. */
export async function printed(program: string, args: readonly string[]): Promise<number> {
  const { status, stdout, stderr } = await tryRun(program, args, { cwd: projectFolder });
  process.stdout.write(`${stdout}${stderr}`);
  return status;
}

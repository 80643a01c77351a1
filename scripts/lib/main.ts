import { type Arguments, type Command, helpText, parse } from "./arguments";
import { BadInput, Failure } from "./errors";

/**
 * Parses the process's arguments, runs a command's body, and ends the process with the status the README promises:
 * 0 done, 1 failed, 2 bad input. `--help` prints the command's usage instead. Expected errors print without a stack trace.
 */
export function main<C extends Command>(command: C, body: (args: Arguments<C>) => Promise<number>): void {
  run(command, body).then(
    (status) => {
      process.exitCode = status;
    },
    (error: unknown) => {
      const expected = error instanceof BadInput || error instanceof Failure;
      const text = expected || !(error instanceof Error) ? String(expected ? error.message : error) : error.stack;
      process.stderr.write(`\n${text ?? ""}\n`);
      process.exitCode = error instanceof BadInput ? 2 : 1;
    },
  );
}

async function run<C extends Command>(command: C, body: (args: Arguments<C>) => Promise<number>): Promise<number> {
  const args = parse(command, process.argv.slice(2));
  if (args !== undefined) return body(args);
  process.stdout.write(helpText(command));
  return 0;
}

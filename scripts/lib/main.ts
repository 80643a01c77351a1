import { BadInput, Failure } from "./errors";

/**
 * Runs a command's body and ends the process with the status the README promises:
 * 0 done, 1 failed, 2 bad input. Expected errors print without a stack trace.
 */
export function main(body: (args: string[]) => Promise<number | undefined>): void {
  body(process.argv.slice(2)).then(
    (status) => {
      process.exitCode = status ?? 0;
    },
    (error: unknown) => {
      if (error instanceof BadInput) {
        process.stderr.write(`\n${error.message}\n`);
        process.exitCode = 2;
      } else if (error instanceof Failure) {
        process.stderr.write(`\n${error.message}\n`);
        process.exitCode = 1;
      } else {
        process.stderr.write(`\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
        process.exitCode = 1;
      }
    },
  );
}

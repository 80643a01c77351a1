/** Runs the commands that a stack's outputs name, where their answers come from. */
import { projectFolder } from "../../scripts/lib/home";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import type { Machine } from "../host/machine/machine";
import type { BoxStack } from "./box-stack";

type Outputs = Awaited<ReturnType<BoxStack["outputs"]>>;

/**
 * How to run a command in the machine. There are no sessions in the box: what a session would lead to is asked directly, and
 * what needs a forwarded port is run where that port is.
 */
function inMachine(command: string, { instance, apiToken }: Outputs): string | undefined {
  const session = /^aws ssm start-session --region \S+ --target (\S+)(.*)$/.exec(command);
  if (session !== null) {
    const [, target, rest = ""] = session;
    if (target !== instance?.id) return undefined;
    const [, port] = /portNumber=(\d+)/.exec(rest) ?? [];
    return port === undefined ? "true" : `curl -sS -o /dev/null http://127.0.0.1:${port}/`;
  }
  if (command.startsWith("aws logs tail ")) return command.replace(" --follow", "");
  if (command.startsWith("curl ")) return command.replace(/\$\(pulumi [^)]*\)/, apiToken);
  return undefined;
}

/** The answer of each command, by its name. */
export async function commandAnswers(
  stack: BoxStack,
  outputs: Outputs,
  machine: Machine,
): Promise<Record<string, RunResult>> {
  const answers: Record<string, RunResult> = {};
  for (const [name, command] of Object.entries(outputs.commands)) {
    const script = inMachine(command, outputs);
    const here = () => tryRun("sh", ["-c", command], { cwd: projectFolder, env: stack.environment });
    answers[name] = await (script === undefined ? here() : machine.tryShell(script, { seconds: 300 }));
  }
  return answers;
}

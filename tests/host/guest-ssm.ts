/** The part of Systems Manager that the rollout uses: moto stores parameters, QEMU's guest agent runs commands. */
import { randomUUID } from "node:crypto";

import type { Invocation, Ssm } from "../../components/hosts/ec2/rollout/ssm";
import { readDocument } from "../fixtures/ssm-document";
import { stackDocuments } from "../fixtures/stack-documents";
import type { Machine } from "./machine/machine";
import type { Control } from "./world/control";

/** The maximum length of a command's output that Systems Manager keeps, in characters. */
const kept = { stdout: 24_000, stderr: 8_000 };

/** Runs a script in the machine to its end; as Systems Manager reports it. */
export async function ended(machine: Machine, script: string, seconds: number): Promise<Invocation> {
  const { status, stdout, stderr } = await machine.tryShell(script, { seconds });
  const outcome = status === 0 ? "Success" : "Failed";
  const output = { stdout: stdout.slice(0, kept.stdout), stderr: stderr.slice(0, kept.stderr) };
  return { status: outcome, detail: outcome, exitCode: status, ...output };
}

/** Calls `machine` each time, because a test may have replaced the machine. Knows the stack's own documents. */
export function guestSsm(machine: () => Machine, control: Control, stack: string): Ssm {
  const documents = stackDocuments(stack);
  const commands = new Map<string, { outcome?: Invocation; failed?: Error }>();
  return {
    putParameter: async (name, value) => {
      await control.putParameter(name, value);
    },
    getParameter: async (name) => {
      const found = await control.parameter(name);
      return (
        found && {
          value: found.Value,
          version: found.Version,
          modified: new Date(found.LastModifiedDate * 1000).toISOString(),
        }
      );
    },
    deleteParameters: async (names) => {
      await control.aws("AmazonSSM", "DeleteParameters", { Names: names });
    },
    sendCommand: ({ document, parameters }) => {
      const given = Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
      const found = documents.get(document);
      const read = found && readDocument(found, given);
      if (read === undefined) return Promise.reject(new Error(`${document} ${JSON.stringify(given)}`));
      const id = randomUUID();
      const command: { outcome?: Invocation; failed?: Error } = {};
      commands.set(id, command);
      ended(machine(), read.script, read.timeoutSeconds).then(
        (outcome) => (command.outcome = outcome),
        (error: unknown) => (command.failed = error as Error),
      );
      return Promise.resolve(id);
    },
    invocation: (id) => {
      const { outcome, failed } = commands.get(id) ?? {};
      if (failed !== undefined) return Promise.reject(failed);
      const running = { status: "InProgress", detail: "InProgress", exitCode: -1, stdout: "", stderr: "" };
      return Promise.resolve(outcome ?? running);
    },
    instance: () => Promise.resolve({ state: "running", agent: "online" }),
  };
}

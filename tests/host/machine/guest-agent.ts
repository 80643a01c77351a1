import { setTimeout as pause } from "node:timers/promises";

import type { RunResult } from "../../../scripts/lib/run";
import { JsonSocket } from "./json-socket";

/** How a command in the machine is run. */
export interface ShellOptions {
  /** How long it may take, in seconds; 60 by default. The machine is emulated: all takes ten times its time. */
  readonly seconds?: number;
  /** How long the agent may be silent before the command is given to it, in seconds; 20 by default. */
  readonly patience?: number;
  /** Given on standard input. */
  readonly input?: string;
}

interface ExecStatus {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
}

const text = (base64: string | undefined): string => Buffer.from(base64 ?? "", "base64").toString();

/**
 * Runs commands in the machine through QEMU's guest agent, over a serial line: in place of SSM, and no network is needed.
 * One command at a time is given to it; those that run go on side by side.
 */
export class GuestAgent {
  private socket: JsonSocket | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private conversation = 0;

  constructor(private readonly path: string) {}

  /** Runs a shell script as root, whatever its exit status; 128 and more is a signal. */
  async shell(script: string, { seconds = 60, patience = 20, input }: ShellOptions = {}): Promise<RunResult> {
    const given = input === undefined ? {} : { "input-data": Buffer.from(input).toString("base64") };
    const exec = { path: "/bin/sh", arg: ["-c", script], "capture-output": true, ...given };
    const { pid } = (await this.call("guest-exec", exec, patience)) as { pid: number };
    const until = Date.now() + seconds * 1000;
    for (let wait = 20; ; wait = Math.min(wait * 1.5, 500)) {
      const status = (await this.call("guest-exec-status", { pid }, patience)) as ExecStatus;
      if (status.exited) {
        const code = status.exitcode ?? 128 + (status.signal ?? 0);
        return { status: code, stdout: text(status["out-data"]), stderr: text(status["err-data"]) };
      }
      if (Date.now() > until) throw new Error(`${script.slice(0, 200)}: not done within ${seconds} s`);
      await pause(wait);
    }
  }

  /** Waits until the agent answers; seconds from now. */
  async ready(seconds: number): Promise<void> {
    await this.call("guest-ping", {}, seconds);
  }

  /** Leaves the line; the next command takes it up again. */
  close(): void {
    this.socket?.close();
    this.socket = undefined;
  }

  private call(command: string, given: Record<string, unknown>, patience: number): Promise<unknown> {
    const mine = this.turn.then(() => this.converse(command, given, patience));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async converse(command: string, given: Record<string, unknown>, patience: number): Promise<unknown> {
    const socket = await this.synchronised(patience);
    const answer = await socket
      .ask(command, given, (it) => "return" in it || "error" in it, 60_000)
      .catch((error: unknown) => {
        this.close();
        throw error;
      });
    if ("error" in answer) throw new Error(`${command}: ${JSON.stringify(answer.error)}`);
    return answer.return;
  }

  /** A line on which what comes next belongs to what is asked next, as QEMU's documentation has it. */
  private async synchronised(patience: number): Promise<JsonSocket> {
    const until = Date.now() + patience * 1000;
    for (;;) {
      const id = ++this.conversation;
      try {
        this.socket ??= await JsonSocket.connect(this.path);
        await this.socket.ask("guest-sync", { id }, (it) => it.return === id, 3_000);
        return this.socket;
      } catch (error) {
        this.close();
        if (Date.now() > until) throw new Error("the guest agent is silent", { cause: error });
        await pause(500);
      }
    }
  }
}

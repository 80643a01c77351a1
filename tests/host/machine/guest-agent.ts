import { setTimeout as pause } from "node:timers/promises";

import type { RunResult } from "../../../scripts/lib/run";
import { JsonSocket } from "./json-socket";

/** Options of a command in the machine. */
export interface ShellOptions {
  /** Timeout in seconds; default 60. The emulated machine is ten times slower than a real one. */
  readonly seconds?: number;
  /** Time in seconds to wait for the agent before the command is sent; default 20. */
  readonly patience?: number;
  /** Standard input of the command. */
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
 * Runs commands in the machine through QEMU's guest agent over a serial line, instead of SSM. Needs no network.
 * Requests are sent one at a time; the commands run in parallel.
 */
export class GuestAgent {
  private socket: JsonSocket | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private conversation = 0;

  constructor(private readonly path: string) {}

  /** Runs a shell script as root; returns the result even if it fails. An exit status of 128 or more is a signal. */
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

  /** Waits until the agent responds, for at most so many seconds. */
  async ready(seconds: number): Promise<void> {
    await this.call("guest-ping", {}, seconds);
  }

  /** Closes the connection; the next command opens it again. */
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

  /** Connects and synchronises, so that the next response belongs to the next request (see QEMU's documentation). */
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

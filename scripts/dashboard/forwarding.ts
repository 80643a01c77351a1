import { spawn } from "node:child_process";
import * as readline from "node:readline";
import { setTimeout as wait } from "node:timers/promises";

import { Failure } from "../lib/errors";

/** How long the session may take to open, usually a few seconds. */
const openSeconds = 60;
/** How long the command may take to end its session. */
const closeSeconds = 5;

/** A command that forwards a port. */
export interface Forwarding {
  /** The port of 127.0.0.1. */
  readonly port: number;
  /** Rejects when the command ends by itself. */
  readonly ended: Promise<never>;
  close(): Promise<void>;
}

/**
 * Runs a command that forwards a port of 127.0.0.1, and waits until it prints which one. It chooses the port itself: one
 * chosen here could be taken by another user's program, which would then receive the token.
 *
 * @throws Failure if the command cannot be run, ends first or takes longer than a minute.
 */
export async function forwardPort(
  [command = "", ...args]: readonly string[],
  env: NodeJS.ProcessEnv,
  stop: AbortSignal,
): Promise<Forwarding> {
  const child = spawn(command, args, {
    env,
    // Standard input stays open: at its end, some programs end too.
    stdio: ["pipe", "pipe", "pipe"],
    // In a process group of its own, because the AWS CLI starts another program, which must be ended with it.
    detached: true,
  });
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    errors = (errors + text).slice(-2000);
  });
  const opened = new Promise<number>((resolve) => {
    readline.createInterface({ input: child.stdout }).on("line", (line) => {
      const port = /^Port (\d+) opened for sessionId /.exec(line)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
  });
  const closed = new Promise<string>((resolve) => {
    child.on("error", (error) => {
      resolve(`${error.message}. Install the AWS CLI with its Session Manager plugin.`);
    });
    child.on("close", (status, signal) => {
      resolve(`ended with ${signal ?? `status ${status ?? 1}`}${errors === "" ? "" : `:\n${errors.trim()}`}`);
    });
  });
  const ended = closed.then((reason) => {
    throw new Failure(`${[command, ...args].join(" ")}: ${reason}`);
  });
  ended.catch(() => undefined); // also when nothing waits for it any more
  const kill = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal);
    } catch {
      // It has ended already.
    }
  };
  const close = async () => {
    kill("SIGINT");
    const late = setTimeout(() => {
      kill("SIGKILL");
    }, closeSeconds * 1000);
    await closed;
    clearTimeout(late);
  };
  const timers = new AbortController();
  const timeout = wait(openSeconds * 1000, undefined, { signal: AbortSignal.any([stop, timers.signal]) }).then(() => {
    throw new Failure(`${command}: the session did not open within ${openSeconds} seconds`);
  });
  timeout.catch(() => undefined);
  try {
    return { port: await Promise.race([opened, ended, timeout]), ended, close };
  } catch (error) {
    await close();
    throw error;
  } finally {
    timers.abort();
  }
}

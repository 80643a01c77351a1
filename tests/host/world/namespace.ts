import { type ChildProcess, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../../../scripts/lib/errors";
import { type RunOptions, type RunResult, tryRun } from "../../../scripts/lib/run";

/** A program to run in the namespaces. */
export interface Program {
  /** The root in which the program is installed: this machine's, or that of the world's tools. */
  readonly place: "machine" | "tools";
  readonly command: string;
  readonly args: readonly string[];
  /** The world's network (default), or this machine's. */
  readonly network?: "own" | "machine";
}

/** Resolves when a process prints a matching line; fails if it exits before, or after a timeout in seconds. */
export function line(child: ChildProcess, wanted: RegExp, seconds: number, log: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      reject(new Failure(`${child.spawnargs.slice(0, 4).join(" ")}: ${why}. Its log: ${log}\n${tail(log)}`));
    };
    const timer = setTimeout(() => {
      fail(`not ready within ${seconds} s`);
    }, seconds * 1000);
    let text = "";
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      if (!wanted.test(text)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("exit", (code) => {
      clearTimeout(timer);
      fail(`ended with status ${code ?? "none"}`);
    });
  });
}

/** The last lines of a file; empty if it does not exist. */
export function tail(file: string, lines = 15): string {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n") : "";
}

/**
 * A world's network, mount and PID namespaces. All processes in them end with them, and they end with this process,
 * even if it is killed.
 */
export class Namespace {
  private constructor(
    private readonly holder: ChildProcess,
    /** The first process in the namespaces, by its pid outside. */
    private readonly first: number,
    private readonly tools: string,
    /** The folder of logs, sockets and disks. */
    readonly folder: string,
  ) {}

  /**
   * Creates namespaces with these addresses on the loopback interface. `tools` is a root with QEMU, moto and a registry;
   * `shared`, which contains `folder`, is mounted in it.
   */
  static async make(
    { tools, shared, folder }: Readonly<Record<"tools" | "shared" | "folder", string>>,
    addresses: readonly string[],
    dns: string,
  ): Promise<Namespace> {
    const resolv = path.join(folder, "resolv.conf");
    fs.writeFileSync(resolv, `nameserver ${dns}\n`);
    const script = path.join(__dirname, "namespace.sh");
    const unshare = ["unshare", "--net", "--mount", "--propagation", "private", "--pid", "--fork"];
    const args = [...unshare, "--kill-child", "--mount-proc", "sh", script, tools, shared, resolv, ...addresses];
    const holder = spawn("setpriv", ["--pdeathsig", "KILL", ...args], { stdio: ["ignore", "pipe", "pipe"] });
    await line(holder, /^ready$/m, 30, "none");
    const { pid = 0 } = holder;
    const [first] = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return new Namespace(holder, Number(first), tools, folder);
  }

  private command({ place, network = "own", command, args }: Program): string[] {
    const enter = ["--target", String(this.first), "--mount", "--pid", ...(network === "own" ? ["--net"] : [])];
    return [...enter, ...(place === "tools" ? ["chroot", this.tools] : []), command, ...args];
  }

  /** Runs a program in the namespaces until it exits; returns the result even if it fails. */
  tryRun(program: Program, options: RunOptions = {}): Promise<RunResult> {
    return tryRun("nsenter", this.command(program), options);
  }

  /** Starts a program in the namespaces. Its pipes and `<name>.log` in the world's folder contain its output. */
  start(program: Program & { readonly name: string }): ChildProcess {
    const child = spawn("nsenter", this.command(program), { stdio: ["ignore", "pipe", "pipe"] });
    const log = fs.createWriteStream(this.log(program.name), { flags: "a" });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    return child;
  }

  log(name: string): string {
    return path.join(this.folder, `${name}.log`);
  }

  /** Kills a process in the namespaces with SIGKILL. */
  async kill(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    const { pid = 0 } = child;
    // nsenter waits for its child, which is the process to kill.
    const inside = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    for (const one of inside.filter((it) => it !== "")) process.kill(Number(one), "SIGKILL");
    await ended;
  }

  /** Ends all processes in the namespaces. */
  async close(): Promise<void> {
    if (this.holder.exitCode !== null || this.holder.signalCode !== null) return;
    const ended = new Promise((resolve) => this.holder.once("exit", resolve));
    this.holder.kill("SIGKILL");
    await ended;
  }
}

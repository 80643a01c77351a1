import { JsonSocket } from "./json-socket";

/** QEMU's monitor (QMP), which controls the machine's hardware. */
export class Monitor {
  private constructor(private readonly socket: JsonSocket) {}

  static async connect(path: string): Promise<Monitor> {
    const monitor = new Monitor(await JsonSocket.connect(path));
    await monitor.ask("qmp_capabilities");
    return monitor;
  }

  /** Runs a monitor command; fails with the monitor's error. */
  async ask(command: string, given: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    const answer = await this.socket.ask(command, given, (it) => "return" in it || "error" in it, 30_000);
    if ("error" in answer) throw new Error(`${command}: ${JSON.stringify(answer.error)}`);
    return answer.return;
  }

  close(): void {
    this.socket.close();
  }
}

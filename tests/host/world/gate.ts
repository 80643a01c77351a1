import * as net from "node:net";

/** How a gate handles a connection: forwards it, closes it at once, or accepts it and never sends data. */
export type Mode = "open" | "refuse" | "stall";

/** A TCP proxy of a server, with which a test makes the server unreachable for the machine. */
export class TcpGate {
  private readonly server: net.Server;
  private readonly open = new Set<net.Socket>();
  private mode: Mode = "open";

  constructor(private readonly target: net.NetConnectOpts) {
    this.server = net.createServer((socket) => {
      this.enter(socket);
    });
  }

  listen(port: number, address: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once("error", reject);
      this.server.listen(port, address, resolve);
    });
  }

  /** Sets how new connections are handled, and closes the forwarded ones. */
  set(mode: Mode): void {
    this.mode = mode;
    for (const socket of this.open) socket.destroy();
  }

  private enter(socket: net.Socket): void {
    this.open.add(socket);
    socket.on("error", () => undefined).on("close", () => this.open.delete(socket));
    if (this.mode === "refuse") {
      socket.resetAndDestroy();
      return;
    }
    if (this.mode === "stall") return;
    const onward = net.connect(this.target);
    onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
    socket.pipe(onward).pipe(socket);
  }
}

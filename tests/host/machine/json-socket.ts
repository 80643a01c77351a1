import * as net from "node:net";
import * as readline from "node:readline";

type Message = Readonly<Record<string, unknown>>;

/** A Unix socket with lines of JSON in both directions, as used by QEMU's monitor and the guest agent. */
export class JsonSocket {
  private readonly waiting = new Set<(message: Message) => void>();
  private ended: Error | undefined;
  private readonly losers = new Set<(error: Error) => void>();

  private constructor(private readonly socket: net.Socket) {
    readline.createInterface({ input: socket }).on("line", (line) => {
      const message = parse(line);
      if (message !== undefined) for (const look of [...this.waiting]) look(message);
    });
    const end = (error: Error) => {
      this.ended ??= error;
      for (const lose of [...this.losers]) lose(this.ended);
    };
    socket.on("error", end).on("close", () => {
      end(new Error("the other side closed the socket"));
    });
  }

  static connect(path: string): Promise<JsonSocket> {
    return new Promise((resolve, reject) => {
      const socket = net.connect(path);
      socket.once("error", reject).once("connect", () => {
        resolve(new JsonSocket(socket));
      });
    });
  }

  /** Sends a command; returns the first following message that matches. */
  ask(command: string, given: Message, fits: (message: Message) => boolean, milliseconds: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const finish = (done: () => void) => {
        clearTimeout(timer);
        this.waiting.delete(look);
        this.losers.delete(lose);
        done();
      };
      const look = (message: Message) => {
        if (fits(message))
          finish(() => {
            resolve(message);
          });
      };
      const lose = (error: Error) => {
        finish(() => {
          reject(error);
        });
      };
      const timer = setTimeout(() => {
        lose(new Error(`${command}: no answer in ${milliseconds} ms`));
      }, milliseconds);
      this.waiting.add(look);
      this.losers.add(lose);
      if (this.ended !== undefined) lose(this.ended);
      else this.socket.write(`${JSON.stringify({ execute: command, arguments: given })}\n`);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}

/** Returns undefined for a partial line of an earlier connection. */
function parse(line: string): Message | undefined {
  try {
    const parsed: unknown = JSON.parse(line.replace(/^[^{]*/, ""));
    return typeof parsed === "object" && parsed !== null ? (parsed as Message) : undefined;
  } catch {
    return undefined;
  }
}

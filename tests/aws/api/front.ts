/**
 * The server in front of the emulator. All calls go through it: the deployer's, at an address of this machine, and the
 * host's, which arrive through a Unix socket from the host's network. It records each call, answers what a stand-in answers
 * or a test wants to fail, and forwards the rest.
 */
import * as fs from "node:fs";
import * as http from "node:http";

import type { TaggedCall } from "../permissions/requests";
import { type ApiRequest, type Call, callOf } from "./call";
import { tagsBefore } from "./tags";

/** Who calls. */
export type Caller = "deployer" | "host";

/** A call that was made, and the status of its answer. */
export interface RecordedCall extends TaggedCall {
  /** ISO 8601. */
  readonly at: string;
  readonly who: Caller;
  readonly status: number;
}

/** A complete answer. */
export interface Answer {
  readonly status: number;
  readonly headers?: http.OutgoingHttpHeaders;
  readonly body: Buffer | string;
}

/** Answers a call instead of the emulator; undefined to leave it to the emulator. */
export type Handler = (call: Call, who: Caller) => Promise<Answer | undefined> | Answer | undefined;

/** An answer of AWS's JSON protocol. */
export const jsonAnswer = (content: unknown, status = 200): Answer => ({
  status,
  headers: { "Content-Type": "application/x-amz-json-1.1" },
  body: JSON.stringify(content),
});

function readBody(message: http.IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    message.on("data", (part: Buffer) => parts.push(part));
    message.on("error", reject).on("end", () => {
      resolve(Buffer.concat(parts));
    });
  });
}

/** Sends a request to the emulator. */
function emulated(port: number, { method, url, headers: given, body }: ApiRequest): Promise<Answer> {
  const { expect: _expect, "transfer-encoding": _encoding, connection: _connection, ...headers } = given;
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path: url };
    const request = http.request({ ...options, headers: { ...headers, "content-length": body.length } }, (response) => {
      readBody(response).then((content) => {
        resolve({ status: response.statusCode ?? 502, headers: response.headers, body: content });
      }, reject);
    });
    request.on("error", reject);
    request.end(body);
  });
}

/** The API of the box. */
export class ApiFront {
  /** Every call, in order. */
  readonly calls: RecordedCall[] = [];
  /** Asked one after another; the first answer counts. Tests add theirs at the front. */
  readonly handlers: Handler[] = [];
  /** Called with each call and the status of its answer. */
  readonly observers: ((call: Call, status: number) => void)[] = [];
  private readonly servers: http.Server[] = [];

  private constructor(
    private readonly port: number,
    private readonly log: string,
  ) {}

  /**
   * Starts it.
   *
   * @param emulator the emulator's port on 127.0.0.1.
   * @param log a file to which every call is appended, one line of JSON each.
   */
  static async start(
    emulator: number,
    log: string,
    at: { readonly deployer: { readonly address: string; readonly port: number }; readonly host: string },
  ): Promise<ApiFront> {
    const front = new ApiFront(emulator, log);
    await front.listen("deployer", (server, done) => server.listen(at.deployer.port, at.deployer.address, done));
    await front.listen("host", (server, done) => server.listen(at.host, done));
    return front;
  }

  private listen(who: Caller, how: (server: http.Server, done: () => void) => void): Promise<void> {
    const server = http.createServer((message, response) => {
      this.serve(who, message).then(
        ({ status, headers, body }) => {
          const { "transfer-encoding": _, connection: _connection, ...rest } = headers ?? {};
          response.writeHead(status, rest).end(message.method === "HEAD" ? undefined : body);
        },
        (error: unknown) => {
          response.writeHead(502).end(String(error));
        },
      );
    });
    this.servers.push(server);
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      how(server, resolve);
    });
  }

  private async serve(who: Caller, message: http.IncomingMessage): Promise<Answer> {
    const { method = "GET", url = "/", headers } = message;
    const request = { method, url, headers, body: await readBody(message) };
    const call = callOf(request);
    const tags = await tagsBefore(`http://127.0.0.1:${this.port}`, call);
    const answer = (await this.handled(call, who)) ?? (await emulated(this.port, request));
    const recorded = {
      at: new Date().toISOString(),
      who,
      ...call,
      ...(Object.keys(tags).length === 0 ? {} : { tags }),
      status: answer.status,
    };
    this.calls.push(recorded);
    fs.appendFileSync(this.log, `${JSON.stringify(recorded)}\n`);
    for (const observe of this.observers) observe(call, answer.status);
    return answer;
  }

  private async handled(call: Call, who: Caller): Promise<Answer | undefined> {
    for (const handler of this.handlers) {
      const answer = await handler(call, who);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  close(): void {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
  }
}

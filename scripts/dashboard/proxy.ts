import { randomBytes } from "node:crypto";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { pipeline } from "node:stream";

import { type Own, decide, entrance } from "./access";
import { cookie, guards, requestHeaders, responseHeaders } from "./headers";

/** cognitod's API on 127.0.0.1. */
export interface Target {
  readonly port: number;
  readonly token: string;
}

/** A running proxy. */
export interface Proxy {
  /** Contains the secret: anyone who has it can use the API. */
  readonly address: string;
  /** Ends it with all its connections. */
  close(): Promise<void>;
}

/**
 * Loads `/` by a navigation of this page. A redirect would belong to the page on which the address was clicked, and the
 * browser would then not send the cookie.
 */
const entrancePage = '<!doctype html><meta http-equiv="refresh" content="0; url=/"><title>Dashboard</title>\n';

function answer(response: http.ServerResponse, status: number, text: string, headers: http.OutgoingHttpHeaders = {}) {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", ...guards, ...headers });
  response.end(text);
}

function forward(request: http.IncomingMessage, response: http.ServerResponse, { port, token }: Target): void {
  const { method, url, headers } = request;
  const upstream = http.request(
    // No kept connections: one that the service has closed meanwhile would fail a request.
    { host: "127.0.0.1", port, method, path: url, headers: requestHeaders(headers, token), agent: false },
    (incoming) => {
      response.writeHead(incoming.statusCode ?? 502, responseHeaders(incoming.headers));
      // An event stream has opened before its first event.
      response.flushHeaders();
      pipeline(incoming, response, () => undefined); // either end may disconnect
    },
  );
  upstream.on("error", (error) => {
    if (response.headersSent) response.destroy();
    else answer(response, 502, `cognitod does not answer: ${error.message}\n`);
  });
  response.on("close", () => upstream.destroy());
  request.pipe(upstream);
}

/** Starts a proxy on a free port of 127.0.0.1 that adds the token to the requests of anyone who has its address. */
export async function startProxy(target: Target): Promise<Proxy> {
  const secret = randomBytes(32).toString("base64url");
  const server = http.createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const own: Own = { port: (server.address() as AddressInfo).port, secret };
  server.on("request", (request, response) => {
    const { method = "", url = "", headers } = request;
    const decision = decide({ method, url, headers }, own);
    switch (decision.kind) {
      case "forward":
        forward(request, response, target);
        return;
      case "enter":
        answer(response, 200, entrancePage, { "content-type": "text/html; charset=utf-8", "set-cookie": cookie(own) });
        return;
      case "refuse":
        answer(response, decision.status, `Refused: ${decision.reason}.\n`);
    }
  });
  return {
    address: `http://127.0.0.1:${own.port}${entrance(own)}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

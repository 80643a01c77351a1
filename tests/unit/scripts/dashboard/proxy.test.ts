import assert from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

import { type Proxy, startProxy } from "../../../../scripts/dashboard/proxy";
import { freePort } from "../../../fixtures/free-ports";

const token = "token-of-the-proxy-tests";
let received: { method?: string; url?: string; headers: http.IncomingHttpHeaders; body: string }[];
let events: http.ServerResponse | undefined;
let service: http.Server;
let proxy: Proxy;

/** Behaves like cognitod: its page, an event stream, and 401 without the token. */
async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { method, url, headers } = request;
  received.push({ method: method!, url: url!, headers, body: await text(request) });
  if (headers.authorization !== `Bearer ${token}`) {
    response.writeHead(401).end();
  } else if (url === "/insights") {
    service.emit("busy", response); // it waits for the model
  } else if (url === "/alerts") {
    events = response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
  } else {
    response.writeHead(200, { "content-type": "text/html", "access-control-allow-origin": "*", "set-cookie": "a=b" });
    response.end(`page ${url ?? ""}`);
  }
}

beforeEach(async () => {
  received = [];
  service = http.createServer((request, response) => void serve(request, response)).listen(0, "127.0.0.1");
  await once(service, "listening");
  proxy = await startProxy({ port: (service.address() as AddressInfo).port, token });
});
afterEach(async () => {
  await proxy.close();
  service.closeAllConnections();
  service.close();
});

/** A request as curl sends it: fetch would set headers such as Host itself. */
async function ask(url: string, headers: http.OutgoingHttpHeaders = {}, method = "GET", body = "") {
  const { hostname, port } = new URL(proxy.address);
  const request = http.request({ hostname, port, path: url, method, headers, agent: false }).end(body);
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  return { status: response.statusCode, headers: response.headers, response };
}

/** The cookie that the printed address sets. */
async function enter(): Promise<string> {
  const { pathname, search } = new URL(proxy.address);
  const { status, headers, response } = await ask(pathname + search);
  assert.equal(status, 200);
  assert.match(await text(response), /http-equiv="refresh" content="0; url=\/"/);
  const [cookie = ""] = headers["set-cookie"] ?? [];
  assert.match(cookie, /; HttpOnly; SameSite=Strict$/);
  return cookie.split(";")[0]!;
}

describe("the dashboard's proxy", () => {
  it("adds the token, and forwards neither the client's credentials nor its cookies", async () => {
    const cookie = await enter();
    assert.equal(received.length, 0);
    const { status, response } = await ask("/dashboard?a=1", {
      cookie,
      authorization: "Bearer of-the-client",
      "x-y": "z",
    });
    assert.deepEqual([status, await text(response)], [200, "page /dashboard?a=1"]);
    const { headers } = received[0]!;
    assert.equal(headers.authorization, `Bearer ${token}`);
    assert.deepEqual([headers.cookie, headers["x-y"]], [undefined, undefined]);
  });

  it("allows no other site to read, frame or name it", async () => {
    const { headers } = await ask("/", { cookie: await enter() });
    assert.deepEqual([headers["access-control-allow-origin"], headers["set-cookie"]], [undefined, undefined]);
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["content-security-policy"], "frame-ancestors 'none'");
    assert.equal(headers["cache-control"], "no-store");
  });

  it("refuses what decide() refuses, without a request to cognitod or a hint of the token", async () => {
    const cookie = await enter();
    for (const headers of [{}, { cookie, host: "evil.example" }, { cookie, origin: "https://evil.example" }]) {
      const { status, response } = await ask("/", headers);
      assert.equal(status, 403);
      const said = await text(response);
      assert.ok(said.startsWith("Refused: ") && !said.includes(token));
    }
    assert.equal((await ask("/actions/1/approve", { cookie }, "POST")).status, 403);
    assert.equal(received.length, 0);
  });

  it("forwards a POST of its own page with its body", async () => {
    const { host } = new URL(proxy.address);
    const headers = { cookie: await enter(), origin: `http://${host}`, "content-type": "application/json" };
    assert.equal((await ask("/actions/1/approve", headers, "POST", '{"a":1}')).status, 200);
    const { method, body, headers: seen } = received[0]!;
    assert.deepEqual([method, body, seen["content-type"]], ["POST", '{"a":1}', "application/json"]);
  });

  it("streams events as they come, and ends the stream at cognitod when the client disconnects", async () => {
    const { response, headers } = await ask("/alerts", { cookie: await enter() });
    assert.equal(headers["content-type"], "text/event-stream");
    response.setEncoding("utf8");
    for (const event of ["event: alert\ndata: 1\n\n", "event: alert\ndata: 2\n\n"]) {
      events!.write(event);
      assert.deepEqual(await once(response, "data"), [event]);
    }
    const closed = once(events!, "close");
    response.destroy();
    await closed;
  });

  it("ends a request at cognitod when the client does not wait for the response", async () => {
    const { hostname, port } = new URL(proxy.address);
    const busy = once(service, "busy");
    const request = http.get({ hostname, port, path: "/insights", headers: { cookie: await enter() }, agent: false });
    request.on("error", () => undefined);
    const [response] = (await busy) as [http.ServerResponse];
    const closed = once(response, "close");
    request.destroy();
    await closed;
  });

  it("answers 502 while cognitod does not answer", async () => {
    await proxy.close();
    proxy = await startProxy({ port: await freePort(), token });
    assert.equal((await ask("/", { cookie: await enter() })).status, 502);
  });

  it("listens on 127.0.0.1 only, each time with another secret", async () => {
    const other = await startProxy({ port: 1, token });
    await other.close();
    const keys = [proxy, other].map(({ address }) => new URL(address).searchParams.get("key")!);
    assert.notEqual(keys[0], keys[1]);
    assert.ok(keys.every((key) => key.length === 43));
    await assert.rejects(fetch(proxy.address.replace("127.0.0.1", "127.0.0.2")), /fetch failed/);
  });
});

import assert from "node:assert/strict";
import type { IncomingHttpHeaders } from "node:http";

import { type Asked, decide, entrance } from "../../../../scripts/dashboard/access";

const own = { port: 4321, secret: "s".repeat(43) };
const cookie = `linnix-dashboard-4321=${own.secret}`;
const host = "127.0.0.1:4321";
const origin = `http://${host}`;

const asked = (headers: IncomingHttpHeaders, changed: Partial<Asked> = {}): Asked => ({
  method: "GET",
  url: "/status",
  headers: { host, cookie, ...headers },
  ...changed,
});
const decision = (headers: IncomingHttpHeaders, changed?: Partial<Asked>) => {
  const made = decide(asked(headers, changed), own);
  return made.kind === "refuse" ? made.status : made.kind;
};

describe("the dashboard's proxy forwards", () => {
  it("requests of its own pages", () => {
    assert.equal(decision({}), "forward");
    assert.equal(decision({ origin, referer: `${origin}/dashboard`, "sec-fetch-site": "same-origin" }), "forward");
    assert.equal(decision({ host: "localhost:4321", origin: "http://localhost:4321" }), "forward");
    assert.equal(decision({ cookie: `other=1; ${cookie}` }), "forward");
    assert.equal(decision({ origin }, { method: "POST", url: "/actions/1/approve" }), "forward");
    assert.equal(decision({ "sec-fetch-site": "none" }, { url: "/" }), "forward");
  });
});

describe("the dashboard's proxy sets its cookie", () => {
  it("for the printed address only, from wherever it is opened", () => {
    const url = entrance(own);
    assert.equal(decision({ cookie: undefined, "sec-fetch-site": "cross-site" }, { url }), "enter");
    for (const wrong of [`${url}x`, "/?key=", "/?key", "/", url.replace("/", "/status")]) {
      assert.equal(decision({ cookie: undefined }, { url: wrong }), 403, wrong);
    }
    assert.equal(decision({ host: "evil.example" }, { url }), 403);
    assert.equal(decision({ cookie: undefined, origin }, { url, method: "POST" }), 403);
  });
});

describe("the dashboard's proxy refuses", () => {
  const refused: [string, IncomingHttpHeaders, Partial<Asked>?][] = [
    ["another host: DNS rebinding", { host: "evil.example:4321" }],
    ["another port as its host", { host: "127.0.0.1:4322" }],
    ["its host without the port", { host: "127.0.0.1" }],
    ["its host as the beginning of another", { host: `${host}.evil.example` }],
    ["a missing host", { host: undefined }],
    ["another site's origin", { origin: "https://evil.example" }],
    ["an origin on another port", { origin: "http://127.0.0.1:4322" }],
    ["an opaque origin", { origin: "null" }],
    ["its other name as the origin", { origin: "http://localhost:4321" }],
    ["another site's page", { referer: "https://evil.example/" }],
    ["a malformed referer", { referer: "nonsense" }],
    ["a page on another port, which is the same site", { "sec-fetch-site": "same-site" }],
    ["another site's image", { "sec-fetch-site": "cross-site" }],
    ["POST without an origin", {}, { method: "POST" }],
    ["POST from another origin", { origin: "https://evil.example" }, { method: "POST" }],
    ["a missing cookie", { cookie: undefined }],
    ["a wrong cookie", { cookie: `${cookie.slice(0, -1)}t` }],
    ["another proxy's cookie", { cookie: cookie.replace("4321", "4322") }],
    ["the secret in place of the cookie", { cookie: undefined, authorization: `Bearer ${own.secret}` }],
    ["a target with a host", {}, { url: "http://169.254.169.254/latest" }],
  ];
  for (const [what, headers, changed] of refused)
    it(what, () => {
      assert.equal(decision(headers, changed), 403);
    });

  for (const method of ["OPTIONS", "PUT", "PATCH", "DELETE", "CONNECT", "TRACE"])
    it(method, () => {
      assert.equal(decision({ origin }, { method }), 405);
    });
});

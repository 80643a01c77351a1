/** Which requests the dashboard's proxy forwards. Pure. */
import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

/** What is known about a request before its body. */
export interface Asked {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

/** What the proxy knows about itself. */
export interface Own {
  readonly port: number;
  /** Printed as part of the address, then kept in the browser's cookie. */
  readonly secret: string;
}

/** `enter` sets the cookie. */
export type Decision =
  | { readonly kind: "forward" }
  | { readonly kind: "enter" }
  | { readonly kind: "refuse"; readonly status: 403 | 405; readonly reason: string };

/** Cookies ignore ports: with the port in the name, two proxies do not overwrite each other's. */
export const cookieName = ({ port }: Own): string => `linnix-dashboard-${port}`;

/** The path that sets the cookie. */
export const entrance = ({ secret }: Own): string => `/?key=${secret}`;

const methods = ["GET", "HEAD", "POST"];

function equal(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function hasCookie(headers: IncomingHttpHeaders, own: Own): boolean {
  const expected = `${cookieName(own)}=${own.secret}`;
  return (headers.cookie ?? "").split(";").some((pair) => equal(pair.trim(), expected));
}

/** The origin of an address; undefined if it is none. */
function originOf(address: string): string | undefined {
  return URL.canParse(address) ? new URL(address).origin : undefined;
}

/**
 * Decides about a request. It must name this proxy as its host, because a page of another site can make its own name
 * resolve to 127.0.0.1 (DNS rebinding); it must not come from another site's page; and it must have the secret, because
 * other users of this machine can connect too.
 */
export function decide({ method, url, headers }: Asked, own: Own): Decision {
  const refuse = (reason: string, status: 403 | 405 = 403): Decision => ({ kind: "refuse", status, reason });
  const { host, origin, referer } = headers;
  if (host !== `127.0.0.1:${own.port}` && host !== `localhost:${own.port}`) {
    return refuse("the header Host does not name this proxy");
  }
  const ownOrigin = `http://${host}`;
  if (origin !== undefined && origin !== ownOrigin) return refuse("the header Origin names another site");
  if (referer !== undefined && originOf(referer) !== ownOrigin) return refuse("the header Referer names another site");
  if (!methods.includes(method)) return refuse(`the method must be one of ${methods.join(", ")}`, 405);
  // Such a request can approve an action, and an action can kill a process.
  if (method === "POST" && origin === undefined) return refuse("POST requires the header Origin");
  if (method === "GET" && equal(url, entrance(own))) return { kind: "enter" };
  if (!hasCookie(headers, own)) return refuse("open the address that `npm run dashboard` printed");
  // Another port of this machine is the same site to a browser, which then sends the cookie.
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return refuse("another site's page sent this");
  if (!url.startsWith("/")) return refuse("the request's target must be a path");
  return { kind: "forward" };
}

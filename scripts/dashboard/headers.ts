/** The headers that the dashboard's proxy forwards. Pure. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from "node:http";

import type { Own } from "./access";
import { cookieName } from "./access";

/** The client's headers that cognitod may need. Neither its credentials nor its cookies are among them. */
const forwarded = ["accept", "content-type", "content-length", "last-event-id"];

/** Headers about one connection, and those that this proxy sets itself or does not allow. */
const dropped =
  /^(connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|set-cookie|cache-control|referrer-policy|access-control-.*)$/;

/** On every response: nothing is cached, framed, embedded by other sites or named in a Referer. */
export const guards: OutgoingHttpHeaders = {
  "cache-control": "no-store",
  "content-security-policy": "frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

function filtered(headers: IncomingHttpHeaders, keep: (name: string) => boolean): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => keep(name)));
}

/** The headers of the request to cognitod. */
export function requestHeaders(headers: IncomingHttpHeaders, token: string): OutgoingHttpHeaders {
  return { ...filtered(headers, (name) => forwarded.includes(name)), authorization: `Bearer ${token}` };
}

/** The headers of the response to the browser. */
export function responseHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  return { ...filtered(headers, (name) => !dropped.test(name)), ...guards };
}

/** The cookie that holds the secret, until the browser ends. */
export function cookie(own: Own): string {
  return `${cookieName(own)}=${own.secret}; Path=/; HttpOnly; SameSite=Strict`;
}

import { createHash } from "node:crypto";

import type { ServiceSpec } from "./service";

/** Sorts keys at every depth, so that equal documents have equal text. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, canonical(item)]));
}

/**
 * Names what is deployed: a hash of the image digests and of every service's description, 16 hexadecimal digits.
 * The same document gives the same id on every machine.
 */
export function releaseId(images: Readonly<Record<string, string>>, services: readonly ServiceSpec[]): string {
  const document = JSON.stringify(canonical({ images, services }));
  return createHash("sha256").update(document).digest("hex").slice(0, 16);
}

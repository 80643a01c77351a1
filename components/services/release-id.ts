import { createHash } from "node:crypto";

import { canonical } from "../canonical";
import type { ServiceSpec } from "./service";

/** Hash of a document: 16 hexadecimal digits, the same on every machine and for any order of its keys. */
export function documentHash(document: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(document)))
    .digest("hex")
    .slice(0, 16);
}

/** Identifies what is deployed: a hash of the image digests and of every service's description. */
export function releaseId(images: Readonly<Record<string, string>>, services: readonly ServiceSpec[]): string {
  return documentHash({ images, services });
}

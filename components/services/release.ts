import { createHash } from "node:crypto";

import { canonical } from "../canonical";
import type { ServiceSpec } from "./service";

/**
 * Names what is deployed: a hash of the image digests and of every service's description, 16 hexadecimal digits.
 * The same document gives the same id on every machine.
 */
export function releaseId(images: Readonly<Record<string, string>>, services: readonly ServiceSpec[]): string {
  const document = JSON.stringify(canonical({ images, services }));
  return createHash("sha256").update(document).digest("hex").slice(0, 16);
}

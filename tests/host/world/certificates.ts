import * as path from "node:path";

import type { Home } from "../../../scripts/lib/home";
import { run } from "../../../scripts/lib/run";
import type { Step } from "../../../scripts/lib/progress";
import { keyOf, once } from "../roots/roots";
import { certified } from "./addresses";

/** PEM files: the authority that the machine trusts, and the certificate that all servers share. */
export interface Certificates {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** Created once on each machine; the virtual machine's image contains the authority. */
export async function ensureCertificates(home: Home, step: Step): Promise<Certificates> {
  const script = path.join(__dirname, "certificates.sh");
  const folder = await once(home, "certificates", keyOf([script], ...certified), step, async (part) => {
    await run("sh", [script, part, ...certified]);
  });
  const file = (name: string) => path.join(folder, name);
  return { authority: file("ca.crt"), certificate: file("server.crt"), key: file("server.key") };
}

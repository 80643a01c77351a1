import * as path from "node:path";

import type { Home } from "../../../scripts/lib/home";
import type { Step } from "../../../scripts/lib/progress";
import { debianRoot, keyOf, once } from "../roots/roots";

/** The world's programs, all from the Debian archive: emulator, registry, AWS API. */
const packages = [
  ...["qemu-system-x86", "qemu-utils"],
  "docker-registry",
  ...["python3-moto", "python3-flask-cors"],
  ...["iproute2", "openssl"],
];

/** A root file system with the world's programs, built once (90 s, 480 MB). Installs nothing on this machine. */
export function ensureTools(home: Home, step: Step): Promise<string> {
  const key = keyOf([path.join(__dirname, "..", "roots", "debian-root.sh")], ...packages);
  return once(home, "tools", key, step, async (folder) => {
    step.say("making a root with qemu, a registry and moto from Debian 13");
    await debianRoot(home, step, folder, packages, "world-tools.log");
  });
}

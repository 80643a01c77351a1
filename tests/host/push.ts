/** Builds and pushes both images with the program's own components, by a real `pulumi up`. */
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { stringify } from "yaml";

import type { ImageName } from "../../components/services/service";
import { projectFolder } from "../../scripts/lib/home";
import { ensureStack, sessionEnvironment } from "../../scripts/lib/pulumi";
import { run } from "../../scripts/lib/run";
import { scratchSession } from "../fixtures/scratch-session";

/** A working folder for a program, from which Dockerfiles and contexts are found as from the checkout. */
function programFolder(folder: string): void {
  for (const name of ["docker", "ebpf", "sample", "tests", "node_modules"])
    fs.symlinkSync(path.join(projectFolder, name), path.join(folder, name));
  fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: linnix\nruntime: nodejs\nmain: index.js\n");
  const program = path.join(__dirname, "images-program");
  fs.writeFileSync(path.join(folder, "index.js"), `module.exports = require(${JSON.stringify(program)});\n`);
}

/** The pushed images by digest, with the given registry address. */
export async function pushByProgram(
  registry: string,
  baseImages: Readonly<Record<string, string>>,
): Promise<Record<ImageName, string>> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-test-push-"));
  try {
    programFolder(folder);
    const session = scratchSession("test-host", folder);
    const config = { "fixture:registry": registry, "fixture:baseImages": baseImages };
    fs.writeFileSync(session.configFile, stringify({ config }));
    await ensureStack(session);
    const pulumi = (...args: string[]) =>
      run("pulumi", [...args, "--stack", session.stack, "--non-interactive"], {
        cwd: folder,
        env: sessionEnvironment(session),
      });
    await pulumi("up", "--yes", "--skip-preview");
    return JSON.parse((await pulumi("stack", "output", "references", "--json")).stdout) as Record<ImageName, string>;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { parse, stringify } from "yaml";

import { projectFolder } from "../../scripts/lib/home";
import { run } from "../../scripts/lib/run";
import { stack } from "./releases";

interface StackFile {
  readonly config: Record<string, unknown>;
}

/**
 * The user data of the stack `dev`, as `npm run render` prints it, for Debian 13, because Amazon Linux is not available
 * here. In Base64, as the metadata service of the emulated AWS receives it.
 */
export async function userData(): Promise<string> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-user-data-"));
  const file = path.join(folder, `Pulumi.${stack}.yaml`);
  try {
    const settings = parse(fs.readFileSync(path.join(projectFolder, `Pulumi.${stack}.yaml`), "utf8")) as StackFile;
    fs.writeFileSync(file, stringify({ config: { ...settings.config, "linnix:system": "debian13" } }));
    const command = ["scripts/bootstrap.mjs", "scripts/commands/render.ts", file, "--file", "user-data"];
    const { stdout } = await run(process.execPath, command, { cwd: projectFolder });
    return Buffer.from(stdout).toString("base64");
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../lib/home";
import { docsBills, withCosts, withTotals } from "./costs";
import { deployerPage, deployerPolicyFile } from "./deployer-page";
import { projectFile } from "./project-file";
import { settingsPage } from "./settings-page";

/** A file that is generated as a whole or in part. */
export interface GeneratedFile {
  /** Relative to the project's folder. */
  readonly name: string;
  readonly path: string;
  /** The content that the settings' schema, the deployer's rights or the bills give. */
  readonly text: string;
  /** Whether the file on disk differs. */
  readonly stale: boolean;
}

function generatedFile(name: string, generate: (current: string) => string): GeneratedFile {
  const file = path.join(projectFolder, name);
  const current = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  const text = generate(current);
  return { name, path: file, text, stale: text !== current };
}

/** Every file that `npm run docs` writes. */
export async function generatedFiles(): Promise<GeneratedFile[]> {
  const bills = await docsBills();
  return [
    generatedFile("Pulumi.yaml", projectFile),
    generatedFile("README.md", (page) => withTotals(page, bills)),
    generatedFile("docs/OPERATIONS.md", (page) => withCosts(page, bills)),
    generatedFile("docs/SETTINGS.md", settingsPage),
    generatedFile("docs/DEPLOYER.md", deployerPage),
    generatedFile("docs/deployer-policy.json", deployerPolicyFile),
  ];
}

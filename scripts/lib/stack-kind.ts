import * as path from "node:path";

import { exists } from "../../components/settings/load";
import { findSession } from "../start/session";
import { linnixHome, projectFolder } from "./home";
import { hostKind, readStackFile } from "./stack-file";

/** Where a stack runs: on this machine if `npm start` made it, else where its settings file puts it. */
export function kindOf(stack: string): ReturnType<typeof hostKind> {
  if (findSession(linnixHome(), stack) !== undefined) return "local";
  const name = settingsName(stack);
  if (exists(path.join(projectFolder, `Pulumi.${name}.yaml`)) === undefined) return "local";
  return hostKind(readStackFile(name).raw);
}

/** The part of `organisation/project/stack` that names the settings file. */
export function settingsName(stack: string): string {
  return path.posix.basename(stack);
}

import * as fs from "node:fs";
import * as path from "node:path";

import { projectFolder } from "../../scripts/lib/home";
import { type RunResult, tryRun } from "../../scripts/lib/run";
import type { TestStack } from "./stack";

/** The npm commands on a stack, with a home of its own and this machine's tool chain and engine. */
export interface OwnHome {
  readonly folder: string;
  /** Runs npm. */
  npm(...args: string[]): Promise<RunResult>;
  /** Runs `npm start -- --json` with the stack's settings file. */
  start(): Promise<RunResult>;
}

/** Makes the home in the stack's folder, with which it is removed. */
export function ownHome(stack: TestStack): OwnHome {
  const folder = path.join(stack.folder, "home");
  fs.mkdirSync(path.join(folder, "pulumi"), { recursive: true });
  fs.symlinkSync(path.join(process.env.PULUMI_HOME ?? "", "plugins"), path.join(folder, "pulumi", "plugins"));
  const npm = (...args: string[]) => {
    const env = { ...process.env, LINNIX_HOME: folder, LINNIX_TOOLS: "path" };
    return tryRun("npm", args, { cwd: projectFolder, env });
  };
  const words = ["-s", "start", "--", "--json", "--stack", stack.name, "--config", stack.session.configFile];
  return { folder, npm, start: () => npm(...words) };
}

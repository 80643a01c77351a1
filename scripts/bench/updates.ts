import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { projectFolder } from "../lib/home";
import { type Figure, median, timed } from "../lib/measure";
import { sessionEnvironment } from "../lib/pulumi";
import { run } from "../lib/run";
import type { Session } from "../start/session";
import { stateBackend } from "../toolchain/backend";

/** A stack of a Pulumi program, and how its CLI is run. */
interface Program {
  readonly cwd: string;
  readonly stack: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Seconds of a Pulumi command: the median of three runs. */
async function seconds({ cwd, stack, env }: Program, ...args: string[]): Promise<number> {
  const runs: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const once = () => run("pulumi", [...args, "--stack", stack, "--non-interactive"], { cwd, env });
    runs.push((await timed(once)).seconds);
  }
  return median(runs);
}

const preview = ["preview"];
const update = ["up", "--yes", "--refresh", "--skip-preview"];

/** Runs `body` with a program that creates nothing, in a folder and a backend of its own. */
async function withEmptyProgram<T>(session: Session, body: (program: Program) => Promise<T>): Promise<T> {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), "linnix-empty-"));
  try {
    fs.writeFileSync(path.join(cwd, "Pulumi.yaml"), "name: empty\nruntime: nodejs\n");
    fs.writeFileSync(path.join(cwd, "package.json"), '{ "main": "index.js" }\n');
    fs.writeFileSync(path.join(cwd, "index.js"), "");
    fs.symlinkSync(path.join(projectFolder, "node_modules"), path.join(cwd, "node_modules"));
    const env = {
      ...sessionEnvironment(session),
      PULUMI_OPTION_CONFIG_FILE: "",
      PULUMI_BACKEND_URL: stateBackend(cwd),
    };
    await run("pulumi", ["stack", "init", "empty", "--non-interactive"], { cwd, env });
    return await body({ cwd, stack: "empty", env });
  } finally {
    fs.rmSync(cwd, { recursive: true, force: true });
  }
}

const ratio = (ours: number, empty: number): number => Math.round((ours / empty) * 10) / 10;

/** Measures a preview and an update that change nothing, each against the same of an empty program: the tools' own share. */
export function updates(session: Session): Promise<Figure[]> {
  const ours = { cwd: projectFolder, stack: session.stack, env: sessionEnvironment(session) };
  return withEmptyProgram(session, async (empty) => {
    const figures: Figure[] = [];
    for (const [what, args] of [
      ["preview", preview],
      ["update with refresh", update],
    ] as const) {
      const [own, least] = [await seconds(ours, ...args), await seconds(empty, ...args)];
      figures.push({ what: `${what}, nothing changed`, value: own, unit: "s" });
      figures.push({ what: `${what} of an empty program`, value: least, unit: "s" });
      figures.push({ what: `${what}, times an empty program's`, value: ratio(own, least), unit: "×" });
    }
    return figures;
  });
}

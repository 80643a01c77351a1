import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { Failure } from "../lib/errors";
import { type Home, ensureFolder } from "../lib/home";
import { withLock } from "../lib/lock";
import { elapsed } from "../lib/activities";
import type { Step } from "../lib/progress";
import { run, tryRun } from "../lib/run";
import { type GoProgram, goPrograms, moduleFolder } from "./programs";

/** Builds one program into a file. */
export type Builder = (program: GoProgram, output: string, log: string) => Promise<void>;

/** Every file below a folder, sorted, so that equal folders give equal lists. */
function filesBelow(folder: string): string[] {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** Names a build: it changes with anything that goes into it. */
export function buildKey(program: GoProgram, folder = moduleFolder(program)): string {
  const hash = createHash("sha256").update(JSON.stringify(program));
  for (const file of filesBelow(folder))
    hash.update(`\0${path.relative(folder, file)}\0`).update(fs.readFileSync(file));
  return `${program.version}-${process.platform}-${process.arch}-${hash.digest("hex").slice(0, 12)}`;
}

/** Requires Go 1.21 or newer: from then on Go fetches the version that go.mod names, 1.26, by itself. */
export async function requireGo(): Promise<void> {
  const remedy =
    "Install Go 1.21 or newer (https://go.dev/dl), or install the Pulumi CLI yourself, or set LINNIX_TOOLS=download.";
  const found = await tryRun("go", ["env", "GOVERSION"]).catch(() => undefined);
  if (found === undefined) {
    throw new Failure(
      `The tool chain has to be built from Go modules, since its official download is out of reach, and there is no go on PATH. ${remedy}`,
    );
  }
  const [, major, minor] = /^go(\d+)\.(\d+)/.exec(found.stdout) ?? [];
  if (Number(major) === 1 && Number(minor) < 21) {
    throw new Failure(`Go ${found.stdout.trim()} is too old to build the tool chain. ${remedy}`);
  }
}

/** The environment of Go's commands. A tool chain that go.mod asks for and the machine lacks is a Go module too. */
export const goEnvironment = (): NodeJS.ProcessEnv => ({
  ...process.env,
  ...{ GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" },
});

/** Builds a module's program with the machine's Go: its module cache, its proxy, and its checksum database, which stays on. */
export async function buildModule(program: GoProgram, folder: string, output: string, log: string): Promise<void> {
  const linker = ["-s", "-w", ...(program.stamp === undefined ? [] : ["-X", program.stamp])].join(" ");
  const tags = program.tags === undefined ? [] : ["-tags", program.tags];
  await run("go", ["build", "-mod=readonly", "-trimpath", ...tags, "-ldflags", linker, "-o", output, program.package], {
    cwd: folder,
    env: goEnvironment(),
    log,
  });
}

const goBuild: Builder = (program, output, log) => buildModule(program, moduleFolder(program), output, log);

/** The programs' paths by name, built where they are not cached. Safe against another run at the same time. */
export async function buildPrograms(
  home: Home,
  step: Step,
  build: Builder = goBuild,
  programs = goPrograms,
): Promise<{ paths: Record<string, string>; built: string[] }> {
  const paths: Record<string, string> = {};
  const built: string[] = [];
  const place = (program: GoProgram) => path.join(home.tools, program.name, buildKey(program), program.name);
  const missing = () => programs.filter((program) => !fs.existsSync(place(program)));
  for (const program of programs) paths[program.name] = place(program);
  if (missing().length === 0) return { paths, built };

  ensureFolder(home.tools);
  await withLock(
    path.join(home.tools, "build"),
    async () => {
      // The other run may have built all of them while this one waited.
      const wanted = missing();
      if (wanted.length > 0 && build === goBuild) await requireGo();
      for (const [index, program] of wanted.entries()) {
        const started = Date.now();
        step.say(`building ${program.name} ${program.version} from its Go module, ${index + 1} of ${wanted.length}`);
        const target = place(program);
        fs.mkdirSync(path.dirname(target), { recursive: true });
        const temporary = `${target}.${process.pid}`;
        try {
          await build(program, temporary, path.join(home.logs, `toolchain-${program.name}.log`));
          fs.renameSync(temporary, target);
        } finally {
          fs.rmSync(temporary, { force: true });
        }
        built.push(program.name);
        step.note(`built ${program.name} in ${elapsed(Date.now() - started)}`);
      }
    },
    () => {
      step.say("another run is building the tool chain; waiting for it");
    },
  );
  return { paths, built };
}

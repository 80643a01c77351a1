// npm run lint:workflows: runs actionlint and zizmor over the workflows, and check-jsonschema over them and renovate.json.
// Left out with a warning if the linters cannot be installed; fails in CI.
import * as fs from "node:fs";
import * as path from "node:path";

import { commands } from "../lib/commands";
import { ensureFolder, linnixHome, projectFolder } from "../lib/home";
import { withLock } from "../lib/lock";
import { main } from "../lib/main";
import { printed } from "../lib/printed";
import { pythonTools } from "../lib/python-tools";
import { withRequirements } from "../lib/requirements";
import { run } from "../lib/run";

const linters = ["check-jsonschema==0.39.0", "zizmor==1.32.0"];
/** A Go module: the package of this name in npm is years older and does not know today's workflow syntax. */
const actionlint = { module: "github.com/rhysd/actionlint/cmd/actionlint", version: "v1.7.12" };
const folder = ".github/workflows";

/** Where the linters are. */
interface Linters {
  readonly actionlint: string;
  /** The folder of the Python programs. */
  readonly python: string;
}

/** Builds actionlint once for each version, with the machine's Go. */
async function ensureActionlint(): Promise<string> {
  const { module, version } = actionlint;
  const bin = path.join(ensureFolder(linnixHome().cache), `actionlint-${version}`);
  const program = path.join(bin, "actionlint");
  await withLock(`${bin}.lock`, async () => {
    if (fs.existsSync(program)) return;
    const env = { ...process.env, GOBIN: bin, GOFLAGS: "", GOWORK: "off", CGO_ENABLED: "0" };
    await run("go", ["install", `${module}@${version}`], { env });
  });
  return program;
}

const ensureLinters = async (): Promise<Linters> => ({
  actionlint: await ensureActionlint(),
  python: await pythonTools(linters),
});

async function lint({ actionlint, python }: Linters): Promise<number> {
  const files = fs.readdirSync(path.join(projectFolder, folder)).map((name) => `${folder}/${name}`);
  const schema = (name: string, ...checked: string[]) =>
    printed(path.join(python, "python"), ["-m", "check_jsonschema", "--builtin-schema", `vendor.${name}`, ...checked]);
  const statuses = [
    await printed(actionlint, ["-color=false", ...files]),
    await printed(path.join(python, "zizmor"), ["--offline", "--no-progress", ...files]),
    await schema("github-workflows", ...files),
    await schema("renovate", "renovate.json"),
  ];
  return statuses.every((status) => status === 0) ? 0 : 1;
}

main(commands["lint-workflows"], () => withRequirements("lint:workflows", ensureLinters, lint));

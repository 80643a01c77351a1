// npm run lint:python: runs ruff and mypy (strict) over the host's Python program and its tests.
// Left out with a warning if the linters cannot be installed; fails in CI.
import * as path from "node:path";

import { commands } from "../lib/commands";
import { main } from "../lib/main";
import { printed } from "../lib/printed";
import { pythonTools } from "../lib/python-tools";
import { withRequirements } from "../lib/requirements";

/** The last mypy that checks for Python 3.9, the version of Amazon Linux 2023. */
const linters = ["mypy==1.19.1", "ruff==0.17.6"];
const checked = ["host/linnix-release", "host/linnix_release", "tests/release"];

async function lintAll(tools: string): Promise<number> {
  const lint = (...args: string[]) => printed(path.join(tools, "python"), ["-m", ...args, ...checked]);
  const statuses = [await lint("ruff", "check"), await lint("ruff", "format", "--check"), await lint("mypy")];
  return statuses.every((status) => status === 0) ? 0 : 1;
}

main(commands["lint-python"], () => withRequirements("lint:python", () => pythonTools(linters), lintAll));

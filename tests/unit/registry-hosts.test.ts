// No file names a package registry's host: packages come from where the machine's npm, apt, go, pip and cargo are configured
// to get them. Registries of base images are another matter: those are this product's to choose.
import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

import { aptSources } from "../../scripts/engine/debian";
import { projectFolder } from "../../scripts/lib/home";
import { run, tryRun } from "../../scripts/lib/run";

/** The public registries' hosts, label by label: this file is checked too. */
const publicHosts = [
  ["deb", "debian", "org"],
  ["security", "debian", "org"],
  ["snapshot", "debian", "org"],
  ["archive", "ubuntu", "com"],
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["proxy", "golang", "org"],
  ["sum", "golang", "org"],
  ["pypi", "org"],
  ["pythonhosted", "org"],
  ["crates", "io"],
  ["static", "rust-lang", "org"],
].map((labels) => labels.join("."));

const output = async (program: string, ...args: string[]): Promise<string> =>
  (await tryRun(program, args).catch(() => undefined))?.stdout ?? "";

/** The hosts that this machine's package managers are configured with. */
async function ownHosts(): Promise<string[]> {
  const cargo = path.join(process.env.CARGO_HOME ?? path.join(os.homedir(), ".cargo"), "config.toml");
  const texts = await Promise.all([
    output("npm", "config", "get", "registry"),
    output("go", "env", "GOPROXY", "GOSUMDB"),
    output("python3", "-m", "pip", "config", "list"),
  ]);
  const files = [...aptSources(), fs.existsSync(cargo) ? fs.readFileSync(cargo, "utf8") : ""];
  const found = [...texts, ...files.map((text) => text.replace(/#.*/g, ""))]
    .flatMap((text) => [...text.matchAll(/https?:\/\/(?:[^/@\s'"]*@)?([^/:\s'",|]+)/g)])
    .map(([, host = ""]) => host);
  return found.filter((host) => host.includes(".") && !/^(127\.|10\.)/.test(host));
}

/** The lines of a text that name one of the hosts, or one below it. */
function linesNaming(hosts: readonly string[], text: string): string[] {
  const names = hosts.map((host) => host.replaceAll(".", "\\.")).join("|");
  const pattern = new RegExp(`(?<![\\w-])(${names})(?![\\w-])`, "i");
  return pattern.test(text) ? text.split("\n").filter((line) => pattern.test(line)) : [];
}

describe("the hosts of package registries", () => {
  it("are named in no tracked file: neither the public ones nor this machine's", async function () {
    this.timeout(60_000);
    const listed = await run("git", ["ls-files", "-z", "--cached"], { cwd: projectFolder }).catch(() => this.skip());
    const hosts = [...new Set([...publicHosts, ...(await ownHosts())])];
    const named = listed.stdout
      .split("\0")
      .map((file) => ({ file, place: path.join(projectFolder, file) }))
      .filter(({ file, place }) => file !== "" && fs.statSync(place, { throwIfNoEntry: false })?.isFile())
      .flatMap(({ file, place }) =>
        linesNaming(hosts, fs.readFileSync(place, "utf8")).map((line) => `${file}: ${line.trim().slice(0, 200)}`),
      );
    assert.deepEqual(named, []);
  });

  it("are found as a whole host or below one, and not within other names", () => {
    const hosts = ["mirror.example"];
    for (const text of ["https://mirror.example/x", "a.mirror.example", "(mirror.example)", "MIRROR.example:443"])
      assert.equal(linesNaming(hosts, text).length, 1, text);
    for (const text of ["mirror.example-index", "my-mirror.example", "mirrorxexample"])
      assert.equal(linesNaming(hosts, text).length, 0, text);
  });
});

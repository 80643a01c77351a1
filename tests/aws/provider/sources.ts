/**
 * The sources of the AWS provider for tests: Terraform's AWS provider, as a Go module, reduced to the services that this
 * project's program uses. The whole one has 260 services and takes 35 minutes of CPU time to build.
 */
import * as fs from "node:fs";
import * as path from "node:path";

import { run } from "../../../scripts/lib/run";
import { goEnvironment } from "../../../scripts/toolchain/build";

/** What is kept, in the module's folder, whose content names the build. */
const kept = JSON.parse(fs.readFileSync(path.join(__dirname, "module", "kept.json"), "utf8")) as {
  /** A fork that publishes Terraform's provider with its version as a module; the sums are in go.sum. */
  readonly module: string;
  /** The packages under internal/service. */
  readonly services: readonly string[];
  /** The packages of AWS's SDK that they use. A client without its service ends the provider when it is called. */
  readonly clients: readonly string[];
};
const services = new Set(kept.services);
const clients = new Set(kept.clients);

/** Folders of the module that the provider is made of. */
const folders = ["internal", "names", "version", "xpprovider"];

const isForTests = (name: string): boolean =>
  name.endsWith("_test.go") || name === "testdata" || name === "test-fixtures";

/** Whether a file or folder of the module, by its path in it, is needed. */
function isNeeded(place: string): boolean {
  const parts = place.split(path.sep);
  if (parts.some(isForTests) || place.startsWith(path.join("internal", "acctest"))) return false;
  const [first, second, service, ...rest] = parts;
  if (first !== "internal" || second !== "service" || service === undefined) return true;
  return services.has(service) || (rest.length === 0 && service.includes("."));
}

/** Removes the other services from the generated list of services. */
function withoutServices(source: string): string {
  const named = (line: string) =>
    /internal\/service\/(\w+)"/.exec(line)?.[1] ?? /^\s+(\w+)\.ServicePackage\(ctx\)/.exec(line)?.[1];
  return source
    .split("\n")
    .filter((line) => {
      const service = named(line);
      return service === undefined || services.has(service);
    })
    .join("\n");
}

/** Removes the other clients of AWS's SDK, and the functions that make them. */
function withoutClients(source: string): string {
  const imported = /^\t(?:(\w+) )?"github\.com\/aws\/aws-sdk-go-v2\/service\/(\w+)"\n/gm;
  const packages = new Map([...source.matchAll(imported)].map(([, alias, name = ""]) => [alias ?? name, name]));
  const maker = /func \(c \*AWSClient\) \w+Client\(ctx context\.Context\) \*(\w+)\.Client \{\n(?:.*\n)*?\}\n\n?/g;
  return source
    .replace(imported, (line, _alias, name: string) => (clients.has(name) ? line : ""))
    .replace(maker, (whole, alias: string) => (clients.has(packages.get(alias) ?? "") ? whole : ""));
}

function copyNeeded(from: string, to: string): void {
  for (const folder of folders) {
    fs.cpSync(path.join(from, folder), path.join(to, folder), {
      recursive: true,
      filter: (source) => isNeeded(path.relative(from, source)),
    });
  }
  for (const file of ["go.mod", "go.sum", "LICENSE"]) fs.copyFileSync(path.join(from, file), path.join(to, file));
}

function edit(file: string, change: (source: string) => string): void {
  const source = fs.readFileSync(file, "utf8");
  // The module cache is read-only, and so is what was copied from it.
  fs.rmSync(file);
  fs.writeFileSync(file, change(source));
}

/** Makes the reduced module in an empty folder. Go verifies the download with the module's go.sum. */
export async function reducedProvider(module: string, folder: string, log: string): Promise<void> {
  const downloaded = await run("go", ["mod", "download", "-json", kept.module], {
    cwd: module,
    env: goEnvironment(),
    log,
  });
  const { Dir: from } = JSON.parse(downloaded.stdout) as { Dir: string };
  fs.mkdirSync(folder);
  copyNeeded(from, folder);
  for (const one of fs.readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (one.isDirectory()) fs.chmodSync(path.join(one.parentPath, one.name), 0o755);
  edit(path.join(folder, "internal/provider/sdkv2/service_packages_gen.go"), withoutServices);
  edit(path.join(folder, "internal/conns/awsclient_gen.go"), withoutClients);
}

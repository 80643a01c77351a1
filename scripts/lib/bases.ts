import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import type { baseImageNames } from "../../components/settings/schema";
import { aptSources, debianMirror, debianRoot } from "./engine/debian";
import { ensureDebootstrap } from "./engine/root";
import { type Engine, engineEnvironment } from "./engine";
import { Failure } from "./errors";
import { type Home, ensureFolder, projectFolder } from "./home";
import { withLock } from "./lock";
import type { Step } from "./progress";
import { reachable } from "./reachable";
import { run, tryRun } from "./run";

/** The base images that the Dockerfiles start from, by their build argument's name. */
export type BaseImages = Readonly<Record<(typeof baseImageNames)[number], string>>;

/** Which set of base images is used, and why. */
export interface Bases {
  readonly mode: "registry" | "archive";
  readonly chosenBecause: string;
  /** Empty for `registry`: the Dockerfiles' own pinned defaults stand. */
  readonly images: Partial<BaseImages>;
}

/** What {@link ensureBases} is told. */
export interface BasesOptions {
  readonly home: Home;
  readonly engine: Engine;
  readonly mode: "auto" | "registry" | "archive";
  readonly step: Step;
  /** Images that the settings name: `linnix-archive/bookworm-slim` among them has that root built too. */
  readonly asked?: readonly string[];
}

const folder = path.join(projectFolder, "scripts", "engine", "bases");
/** The registries that the pinned base images come from. */
export const registries = ["https://registry-1.docker.io/v2/", "https://ghcr.io/v2/"];
const machineCertificates = "/usr/local/share/ca-certificates";

/** Root file systems that come straight from the archive; the Dockerfiles' defaults need those marked so. */
const roots = [
  { suite: "trixie", needed: true },
  { suite: "forky", needed: true },
  // For daemons that were linked against an older C library: linnix:baseImages names it.
  { suite: "bookworm", needed: false },
] as const;

type Suite = (typeof roots)[number]["suite"];

/** Images built on one of them; the recipe is `<name>.Dockerfile`. */
const derived = [
  { name: "rust-ebpf", on: "trixie" },
  { name: "rust", on: "trixie" },
  { name: "llama-server", on: "forky" },
] as const;

/** Chooses between the registries and the archive. */
export async function chooseBases(
  mode: BasesOptions["mode"],
  inReach: (url: string) => Promise<boolean> = reachable,
): Promise<Pick<Bases, "mode" | "chosenBecause">> {
  if (mode !== "auto") return { mode, chosenBecause: `linnix:bases is ${mode}` };
  const answers = await Promise.all(registries.map(inReach));
  const silent = registries.filter((_, index) => answers[index] !== true);
  return silent.length === 0
    ? { mode: "registry", chosenBecause: "the registries are in reach" }
    : { mode: "archive", chosenBecause: `out of reach: ${silent.map((url) => new URL(url).hostname).join(", ")}` };
}

/** Names a set of archive images: it changes with any recipe, the architecture and the machine's extra certificates. */
export function recipeKey(recipes = folder, certificates = machineCertificates, architecture = process.arch): string {
  const hash = createHash("sha256").update(architecture);
  for (const place of [recipes, certificates]) {
    if (!fs.existsSync(place)) continue;
    for (const name of fs.readdirSync(place).sort())
      hash.update(`\0${name}\0`).update(fs.readFileSync(path.join(place, name)));
  }
  return hash.digest("hex").slice(0, 12);
}

const repository = (name: string): string => `linnix-archive/${name}`;
const reference = (name: string, key: string): string => `${repository(name)}:${key}`;

/** The roots to build: those that the Dockerfiles' defaults need, and those that the settings ask for by name. */
export function wantedRoots(asked: readonly string[] = []): Suite[] {
  return roots
    .filter(({ suite, needed }) => needed || asked.includes(repository(`${suite}-slim`)))
    .map(({ suite }) => suite);
}

/** The archive's images under the names that the Dockerfiles know. */
export function archiveImages(key: string): BaseImages {
  return {
    ebpfBuilder: reference("rust-ebpf", key),
    rustBuilder: reference("rust", key),
    preflightBuilder: reference("rust-ebpf", key),
    runtime: reference("trixie-slim", key),
    llamaServer: reference("llama-server", key),
    llamaRuntime: reference("forky-slim", key),
  };
}

/** Has the base images at hand; says which, why, and how far it is. */
export async function ensureBases(options: BasesOptions): Promise<Bases> {
  const choice = await chooseBases(options.mode);
  if (choice.mode === "registry") return { ...choice, images: {} };
  const key = recipeKey();
  const { home, step } = options;
  await withLock(
    path.join(home.root, "bases.making"),
    () => buildArchive(options, key),
    () => {
      step.say("another run is building the base images; waiting for it");
    },
  );
  return { ...choice, images: archiveImages(key) };
}

async function buildArchive({ home, engine, step, asked }: BasesOptions, key: string): Promise<void> {
  const environment = engineEnvironment(engine);
  const there = async (name: string) =>
    (await tryRun("docker", ["image", "inspect", reference(name, key)], { env: environment })).status === 0;
  const log = (name: string) => path.join(home.logs, `base-${name}.log`);
  const certificates = machineCertificatesOf(home);

  const root = async (suite: Suite) => {
    if (await there(`${suite}-slim`)) return;
    await requireDebootstrap(home, step);
    step.say(`building ${suite}-slim from the Debian archive`);
    const archive = path.join(ensureFolder(path.join(home.cache, "bases")), `${suite}-${key}.tar`);
    const script = ["sh", path.join(folder, "debootstrap.sh"), suite, debianMirror(aptSources()), archive];
    try {
      // In a mount namespace of its own: what debootstrap mounts goes with it, even when it is killed.
      await run("unshare", ["--mount", "--propagation", "private", ...script], { log: log(suite) });
      const image = reference(`${suite}-slim`, key);
      await run("docker", ["import", archive, image], { env: environment, log: log(suite) });
      // Who asks for a root by name doesn't know the key.
      await run("docker", ["tag", image, repository(`${suite}-slim`)], { env: environment });
    } finally {
      fs.rmSync(archive, { force: true });
    }
  };
  const build = async ({ name, on }: (typeof derived)[number]) => {
    if (await there(name)) return;
    step.say(`building ${name} on ${on}-slim`);
    const args = ["buildx", "build", "--load", "--progress=plain", "--builder=default", "--tag", reference(name, key)];
    const base = ["--build-arg", `BASE=${reference(`${on}-slim`, key)}`];
    const context = [
      "--build-context",
      `certificates=${certificates}`,
      "--file",
      path.join(folder, `${name}.Dockerfile`),
      folder,
    ];
    await run("docker", [...args, ...base, ...context], { env: environment, log: log(name) });
  };
  // One suite's images don't wait for the other's: most of the time is spent on downloads and on one core each.
  await Promise.all(
    wantedRoots(asked).map(async (suite) => {
      await root(suite);
      for (const image of derived.filter(({ on }) => on === suite)) await build(image);
    }),
  );
}

let debootstrapReady: Promise<void> | undefined;

function requireDebootstrap(home: Home, step: Step): Promise<void> {
  if (!debianRoot()) {
    throw new Failure(
      "The base images have to be built from the Debian archive, since the registries are out of reach (or linnix:bases says so); " +
        "that needs Debian or Ubuntu, and root. Run this as root, or make docker.io and ghcr.io reachable.",
    );
  }
  debootstrapReady ??= ensureDebootstrap(home, step);
  return debootstrapReady;
}

/** The certificate authorities that this machine trusts beyond the usual ones; a build behind a proxy needs them too. */
function machineCertificatesOf(home: Home): string {
  const copy = ensureFolder(path.join(home.cache, "certificates"));
  if (fs.existsSync(machineCertificates)) fs.cpSync(machineCertificates, copy, { recursive: true });
  return copy;
}

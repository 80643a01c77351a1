import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import pins from "../../pins.json";
import type { ServiceName } from "../../components/services/catalogue";
import { type BaseImageName, baseImageServices } from "../../components/settings/schema";
import { aptSources, debianMirror, debianRoot } from "../engine/debian";
import { ensureDebootstrap } from "../engine/root";
import { type Engine, engineEnvironment } from "../engine/engine";
import { Failure } from "../lib/errors";
import { type Home, ensureFolder, projectFolder } from "../lib/home";
import { withLock } from "../lib/lock";
import type { Step } from "../lib/progress";
import { reachable } from "../lib/reachable";
import { run, tryRun } from "../lib/run";

/** The base images that the Dockerfiles start from, by their build argument's name. */
export type BaseImages = Readonly<Record<BaseImageName, string>>;

/** The chosen set of base images, and the reason. */
export interface Bases {
  readonly mode: "registry" | "archive";
  readonly chosenBecause: string;
  /** Empty for `registry`: the Dockerfiles' own pinned defaults apply. */
  readonly images: Partial<BaseImages>;
}

/** Options of {@link ensureBases}. */
export interface BasesOptions {
  readonly home: Home;
  readonly engine: Engine;
  readonly mode: "auto" | "registry" | "archive";
  readonly step: Step;
  /** The base images in the settings; a root such as `linnix-archive/bookworm-slim` among them is built, too. */
  readonly requested?: readonly string[];
  /** The services whose images are built. */
  readonly services: readonly ServiceName[];
}

const folder = path.join(projectFolder, "scripts", "bases");
/** The registries that the pinned base images come from. */
export const registries = ["https://registry-1.docker.io/v2/", "https://ghcr.io/v2/"];
const machineCertificates = "/usr/local/share/ca-certificates";

const { stable, testing, oldstable } = pins.debianSuites;

/** Root file systems that come straight from the archive, and the service whose image is built on them. */
const roots: readonly { readonly suite: string; readonly of?: ServiceName }[] = [
  { suite: stable, of: "cognitod" },
  { suite: testing, of: "llama" },
  // For daemons that were linked against an older C library: linnix:baseImages names it.
  { suite: oldstable },
];

/** Images built on one of them; the recipe is `<name>.Dockerfile`. */
const derived = [
  { name: "rust-ebpf", on: stable },
  { name: "rust", on: stable },
  { name: "llama-server", on: testing },
] as const;

/** Chooses between the registries and the archive. */
export async function chooseBases(
  mode: BasesOptions["mode"],
  inReach: (url: string) => Promise<boolean> = reachable,
): Promise<Pick<Bases, "mode" | "chosenBecause">> {
  if (mode !== "auto") return { mode, chosenBecause: `linnix:bases is ${mode}` };
  const answers = await Promise.all(registries.map((url) => inReach(url)));
  const silent = registries.filter((_, index) => answers[index] !== true);
  return silent.length === 0
    ? { mode: "registry", chosenBecause: "the registries are reachable" }
    : { mode: "archive", chosenBecause: `not reachable: ${silent.map((url) => new URL(url).hostname).join(", ")}` };
}

/** The tag of the archive's images; changes with the recipes, the architecture and the machine's added certificates. */
export function recipeKey(recipes = folder, certificates = machineCertificates, architecture = process.arch): string {
  const hash = createHash("sha256").update(architecture);
  for (const place of [recipes, certificates]) {
    if (!fs.existsSync(place)) continue;
    // This program's own code is not part of a recipe, and comments change nothing in the images.
    for (const name of fs
      .readdirSync(place)
      .filter((file) => !file.endsWith(".ts"))
      .sort())
      hash
        .update(`\0${name}\0`)
        .update(fs.readFileSync(path.join(place, name), "utf8").replace(/^\s*#(?!!).*\n/gm, ""));
  }
  return hash.digest("hex").slice(0, 12);
}

const repository = (name: string): string => `linnix-archive/${name}`;
const reference = (name: string, key: string): string => `${repository(name)}:${key}`;

/** The roots to build: those of the services, and those that the settings name. */
export function wantedRoots(services: readonly ServiceName[], requested: readonly string[] = []): string[] {
  return roots
    .filter(
      ({ suite, of }) => (of !== undefined && services.includes(of)) || requested.includes(repository(`${suite}-slim`)),
    )
    .map(({ suite }) => suite);
}

/** The archive's images for these services, by the names of the Dockerfiles' build arguments. */
export function archiveImages(key: string, services: readonly ServiceName[]): Partial<BaseImages> {
  const images: BaseImages = {
    ebpfBuilder: reference("rust-ebpf", key),
    rustBuilder: reference("rust", key),
    preflightBuilder: reference("rust-ebpf", key),
    runtime: reference(`${stable}-slim`, key),
    llamaServer: reference("llama-server", key),
    llamaRuntime: reference(`${testing}-slim`, key),
  };
  const wanted = Object.entries(images).filter(([name]) => services.includes(baseImageServices[name as BaseImageName]));
  return Object.fromEntries(wanted);
}

/** Makes the base images available: chooses their origin, and builds those of the archive if they are missing. */
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
  return { ...choice, images: archiveImages(key, options.services) };
}

async function buildArchive({ home, engine, step, requested, services }: BasesOptions, key: string): Promise<void> {
  const environment = engineEnvironment(engine);
  const there = async (name: string) =>
    (await tryRun("docker", ["image", "inspect", reference(name, key)], { env: environment })).status === 0;
  const log = (name: string) => path.join(home.logs, `base-${name}.log`);
  const certificates = machineCertificatesOf(home);

  const root = async (suite: string) => {
    if (await there(`${suite}-slim`)) return;
    await requireDebootstrap(home, step);
    await step.during(`building ${suite}-slim from the Debian archive`, () => importRoot(suite));
  };
  const importRoot = async (suite: string) => {
    const archive = path.join(ensureFolder(path.join(home.cache, "bases")), `${suite}-${key}.tar`);
    const script = ["sh", path.join(folder, "debootstrap.sh"), suite, debianMirror(aptSources()), archive];
    try {
      // In a mount namespace of its own, so that debootstrap's mounts end with it, even when it is killed.
      await run("unshare", ["--mount", "--propagation", "private", ...script], { log: log(suite) });
      const image = reference(`${suite}-slim`, key);
      await run("docker", ["import", archive, image], { env: environment, log: log(suite) });
      // The settings name a root without the key.
      await run("docker", ["tag", image, repository(`${suite}-slim`)], { env: environment });
    } finally {
      fs.rmSync(archive, { force: true });
    }
  };
  const build = async ({ name, on }: (typeof derived)[number]) => {
    if (await there(name)) return;
    const args = ["buildx", "build", "--load", "--progress=plain", "--builder=default", "--tag", reference(name, key)];
    const base = ["--build-arg", `BASE=${reference(`${on}-slim`, key)}`];
    const context = [
      "--build-context",
      `certificates=${certificates}`,
      "--file",
      path.join(folder, `${name}.Dockerfile`),
      folder,
    ];
    await step.during(`building ${name} on ${on}-slim`, () =>
      run("docker", [...args, ...base, ...context], { env: environment, log: log(name) }),
    );
  };
  // The suites are built in parallel: most of the time is spent on downloads and on one core each.
  await Promise.all(
    wantedRoots(services, requested).map(async (suite) => {
      await root(suite);
      for (const image of derived.filter(({ on }) => on === suite)) await build(image);
    }),
  );
}

let debootstrapReady: Promise<void> | undefined;

function requireDebootstrap(home: Home, step: Step): Promise<void> {
  if (!debianRoot()) {
    throw new Failure(
      "The base images have to be built from the Debian archive, since the registries are not reachable (or linnix:bases is archive); " +
        "that needs Debian or Ubuntu, and root. Run this as root, or make docker.io and ghcr.io reachable.",
    );
  }
  debootstrapReady ??= ensureDebootstrap(home, step);
  return debootstrapReady;
}

/** A copy of the certificate authorities added to this machine: a build behind a proxy needs them, too. */
function machineCertificatesOf(home: Home): string {
  const copy = ensureFolder(path.join(home.cache, "certificates"));
  if (fs.existsSync(machineCertificates)) fs.cpSync(machineCertificates, copy, { recursive: true });
  return copy;
}

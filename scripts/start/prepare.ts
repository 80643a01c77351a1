import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import type { RawSettings } from "../../components/settings/validate";
import { type Bases, ensureBases } from "../bases/bases";
import { type Engine, ensureEngine } from "../engine/engine";
import type { Home } from "../lib/home";
import { step } from "../lib/progress";
import { modes } from "../lib/modes";
import type { PublishedChoice } from "./published";
import { localPlugins } from "../toolchain/programs";
import { type Toolchain, ensureToolchain } from "../toolchain/toolchain";

/** Everything needed to run the program. */
export interface Prepared {
  readonly engine: Engine;
  /** Undefined if nothing is built. */
  readonly bases: Bases | undefined;
  /** `linnix:images` of published images; undefined if the images are built, or named by the settings. */
  readonly published: PublishedChoice["images"];
  readonly toolchain: Toolchain;
}

type Setting = RawSettings[string] | undefined;

async function prepareEngine(
  home: Home,
  wanted: Setting,
  previous: Setting,
  images: Setting,
  built: readonly ServiceName[],
  ask: (engine: Engine) => Promise<PublishedChoice["images"]>,
): Promise<Pick<Prepared, "engine" | "bases" | "published">> {
  const engine = await step("engine", "searching for a Docker engine", async (current) => {
    const found = await ensureEngine({ home, mode: modes().engine, step: current });
    return { value: found, done: `Docker ${found.version}, ${found.kind}, ${found.host}` };
  });
  const published = built.length === 0 ? undefined : await ask(engine);
  if (built.length === 0 || published !== undefined) return { engine, bases: undefined, published };
  const auto = wanted !== "registry" && wanted !== "archive";
  // Images built on registry bases stay so while the registries are not reachable.
  const mode = auto ? (previous === "registry" ? "registry" : "auto") : wanted;
  const requested = Object.values(typeof images === "object" && images !== null ? images : {}).map(String);
  const bases = await step("base images", "choosing their origin", async (current) => {
    const found = await ensureBases({ home, engine, mode, step: current, requested, services: built });
    return { value: found, done: `${found.mode}: ${found.chosenBecause}` };
  });
  return { engine, bases, published };
}

/**
 * Makes engine, base images and tool chain available, in parallel.
 *
 * @param bases the setting's value; anything except `registry` and `archive` is `auto`.
 * @param previous the origin chosen by the last start.
 * @param images the base images in the settings.
 * @param built the services whose images are built; none if existing images are deployed, which need no base image.
 * @param ask for published images, to take instead of building; by default there are none.
 */
export async function prepare(
  home: Home,
  bases?: Setting,
  previous?: Setting,
  images?: Setting,
  built: readonly ServiceName[] = serviceNames,
  ask: (engine: Engine) => Promise<PublishedChoice["images"]> = () => Promise.resolve(undefined),
): Promise<Prepared> {
  const tools = step("tool chain", "searching for Pulumi and its plugins", async (current) => {
    const found = await ensureToolchain({
      home,
      mode: modes().tools,
      plugins: localPlugins,
      step: current,
    });
    return { value: found, done: found.how.map((it) => `${it.program} ${it.version} (${it.source})`).join(", ") };
  });
  const [rest, toolchain] = await Promise.all([prepareEngine(home, bases, previous, images, built, ask), tools]);
  return { ...rest, toolchain };
}

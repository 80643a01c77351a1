import { type ServiceName, serviceNames } from "../../components/services/catalogue";
import type { RawSettings } from "../../components/settings/validate";
import { type Bases, ensureBases } from "../bases/bases";
import { type Engine, ensureEngine } from "../engine/engine";
import type { Home } from "../lib/home";
import { step } from "../lib/progress";
import { modes } from "../lib/modes";
import { localPlugins } from "../toolchain/programs";
import { type Toolchain, ensureToolchain } from "../toolchain/toolchain";

/** Everything needed to run the program. */
export interface Prepared {
  readonly engine: Engine;
  /** Undefined if nothing is built. */
  readonly bases: Bases | undefined;
  readonly toolchain: Toolchain;
}

type Setting = RawSettings[string] | undefined;

async function prepareEngine(
  home: Home,
  wanted: Setting,
  previous: Setting,
  images: Setting,
  built: readonly ServiceName[],
): Promise<Pick<Prepared, "engine" | "bases">> {
  const engine = await step("engine", "searching for a Docker engine", async (current) => {
    const found = await ensureEngine({ home, mode: modes().engine, step: current });
    return { value: found, done: `Docker ${found.version}, ${found.kind}, ${found.host}` };
  });
  if (built.length === 0) return { engine, bases: undefined };
  const auto = wanted !== "registry" && wanted !== "archive";
  // Images built on registry bases stay so while the registries are not reachable.
  const mode = auto ? (previous === "registry" ? "registry" : "auto") : wanted;
  const requested = Object.values(typeof images === "object" && images !== null ? images : {}).map(String);
  const bases = await step("base images", "choosing their origin", async (current) => {
    const found = await ensureBases({ home, engine, mode, step: current, requested, services: built });
    return { value: found, done: `${found.mode}: ${found.chosenBecause}` };
  });
  return { engine, bases };
}

/**
 * Makes engine, base images and tool chain available, in parallel.
 *
 * @param bases the setting's value; anything except `registry` and `archive` is `auto`.
 * @param previous the origin chosen by the last start.
 * @param images the base images in the settings.
 * @param built the services whose images are built; none if existing images are deployed, which need no base image.
 */
export async function prepare(
  home: Home,
  bases?: Setting,
  previous?: Setting,
  images?: Setting,
  built: readonly ServiceName[] = serviceNames,
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
  const [rest, toolchain] = await Promise.all([prepareEngine(home, bases, previous, images, built), tools]);
  return { ...rest, toolchain };
}

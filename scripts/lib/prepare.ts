import type { RawSettings } from "../../components/settings/validate";
import { type Bases, ensureBases } from "./bases";
import { type Engine, ensureEngine } from "./engine";
import type { Home } from "./home";
import { step } from "./progress";
import { modes } from "./start-arguments";
import { type Toolchain, ensureToolchain } from "./toolchain";

/** What runs the program. */
export interface Prepared {
  readonly engine: Engine;
  readonly bases: Bases;
  readonly toolchain: Toolchain;
}

type Setting = RawSettings[string] | undefined;

async function prepareEngine(
  home: Home,
  wanted: Setting,
  previous: Setting,
  images: Setting,
): Promise<Pick<Prepared, "engine" | "bases">> {
  const engine = await step("engine", "looking for a Docker engine", async (current) => {
    const found = await ensureEngine({ home, mode: modes().engine, step: current });
    return { value: found, done: `Docker ${found.version}, ${found.kind}, ${found.host}` };
  });
  const auto = wanted !== "registry" && wanted !== "archive";
  // Images on registry bases stay so while the network is away.
  const mode = auto ? (previous === "registry" ? "registry" : "auto") : wanted;
  const asked = Object.values(typeof images === "object" && images !== null ? images : {}).map(String);
  const bases = await step("base images", "looking where they come from", async (current) => {
    const found = await ensureBases({ home, engine, mode, step: current, asked });
    return { value: found, done: `${found.mode}: ${found.chosenBecause}` };
  });
  return { engine, bases };
}

/**
 * Has engine, base images and tool chain at hand, side by side: none waits for the other.
 * `bases` is the setting's value (anything but `registry` and `archive` is `auto`), `previous` what it became last;
 * `images` the base images that the settings name.
 */
export async function prepare(home: Home, bases?: Setting, previous?: Setting, images?: Setting): Promise<Prepared> {
  const tools = step("tool chain", "looking for Pulumi and its plugins", async (current) => {
    const found = await ensureToolchain({
      home,
      mode: modes().tools,
      plugins: ["docker", "docker-build"],
      step: current,
    });
    return { value: found, done: found.how.map((it) => `${it.program} ${it.version} (${it.source})`).join(", ") };
  });
  const [rest, toolchain] = await Promise.all([prepareEngine(home, bases, previous, images), tools]);
  return { ...rest, toolchain };
}

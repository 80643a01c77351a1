import * as path from "node:path";

import { upstreamRepository } from "../../components/settings/settings";
import type { RawSettings, RawValue } from "../../components/settings/validate";
import { writeTinyModel } from "../../tests/fixtures/tiny-model";
import type { Home } from "./home";
import { reachable } from "./reachable";

/** What `auto` became, and why: each is said aloud and written down. */
export interface Choice {
  readonly setting: "source" | "model";
  readonly value: string;
  readonly because: string;
}

/** The sample model's file name says what it is, and becomes the model's name. */
export function sampleModelFile(home: Home): string {
  return path.join(home.models, "linnix-sample-tiny.gguf");
}

/** A setting as text; what is no text is left for the checks to refuse. */
const text = (value: RawValue | undefined): string => (typeof value === "string" ? value : "auto");

/** Takes a relative path as seen from where the person stands. */
function absolute(value: string): string {
  return value.startsWith(".") ? path.resolve(process.env.LINNIX_CWD ?? process.cwd(), value) : value;
}

/**
 * Replaces `auto` and `sample` by what they stand for on this machine.
 * `probe` says whether upstream is in reach; it is asked only when something is `auto`.
 * `previous` are the settings as they were chosen last: what runs upstream's stays so while the network is away.
 */
export async function choose(
  raw: RawSettings,
  home: Home,
  probe: () => Promise<boolean> = () => reachable(upstreamRepository),
  previous: RawSettings = {},
): Promise<{ settings: RawSettings; choices: Choice[] }> {
  const given = { source: text(raw.source), model: text(raw.model) };
  const automatic = given.source === "auto" || given.model === "auto";
  const inReach = automatic && (await probe());
  const because = inReach ? "upstream is in reach" : `${upstreamRepository} is out of reach from here`;
  const choices: Choice[] = [];
  const pick = (setting: Choice["setting"]): string => {
    if (given[setting] !== "auto") return absolute(given[setting]);
    const stays = !inReach && previous[setting] === "upstream";
    const value = inReach || stays ? "upstream" : "sample";
    choices.push({ setting, value, because: stays ? `${because}, and it was upstream before` : because });
    return value;
  };
  const source = pick("source");
  let model = pick("model");
  if (model === "sample") {
    model = sampleModelFile(home);
    await writeTinyModel(model);
  }
  return { settings: { ...raw, source, model }, choices };
}

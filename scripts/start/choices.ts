import * as path from "node:path";

import { upstreamModel } from "../../components/settings/model/resolve";
import { upstreamRepository } from "../../components/settings/resolve";
import type { RawSettings, RawValue } from "../../components/settings/validate";
import { writeTinyModel } from "../../sample/model";
import type { Home } from "../lib/home";
import { available } from "../lib/reachable";
import { tinyModelFile } from "./sample-model";

/** The value chosen for `auto`, and the reason; printed and stored in the settings file. */
export interface Choice {
  readonly setting: "source" | "model" | "cognitodUser";
  readonly value: string;
  readonly because: string;
}

/** What `upstream` stands for, which is probed before it is chosen. */
const upstream = { source: upstreamRepository, model: upstreamModel } as const;

/** A setting as text; `auto` for another type, which the validation reports. */
const text = (value: RawValue | undefined): string => (typeof value === "string" ? value : "auto");

/** Resolves a relative path against the folder that npm was started in. */
function absolute(value: string): string {
  return value.startsWith(".") ? path.resolve(process.env.LINNIX_CWD ?? process.cwd(), value) : value;
}

/**
 * Replaces `auto` and `sample` by their values for this machine. The sample model is {@link tinyModelFile} here, which is
 * there at once; the caller may replace it by a better one once the settings are valid.
 *
 * @param probe whether an address can be downloaded from; called only for a setting that is `auto`.
 * @param previous the last chosen settings: `upstream` stays chosen while upstream is not reachable.
 */
export async function choose(
  raw: RawSettings,
  home: Home,
  probe: (url: string) => Promise<boolean> = available,
  previous: RawSettings = {},
): Promise<{ settings: RawSettings; choices: Choice[] }> {
  // Prebuilt images have no source.
  const prebuilt = raw.images !== undefined && raw.images !== null;
  const builtin = (raw.llm ?? "builtin") === "builtin";
  const configured = { source: text(raw.source), model: text(raw.model) };
  const choices: Choice[] = [];
  const pick = async (setting: keyof typeof upstream): Promise<string> => {
    if (configured[setting] !== "auto") return absolute(configured[setting]);
    const isReachable = await probe(upstream[setting]);
    const because = `${upstream[setting]} is ${isReachable ? "" : "not "}reachable`;
    const stays = !isReachable && previous[setting] === "upstream";
    const value = isReachable || stays ? "upstream" : "sample";
    choices.push({ setting, value, because: stays ? `${because}, and it was upstream before` : because });
    return value;
  };
  const source = prebuilt ? {} : { source: await pick("source") };
  const rules = typeof raw.rules === "string" ? { rules: absolute(raw.rules) } : {};
  // Without llama-server, a chosen model would contradict linnix:llm.
  if (!builtin) return { settings: { ...raw, ...rules, ...source }, choices };
  let model = await pick("model");
  if (model === "sample") {
    model = tinyModelFile(home);
    await writeTinyModel(model);
  }
  return { settings: { ...raw, ...rules, ...source, model }, choices };
}

/**
 * Replaces `auto` by cognitod's user for the embedded engine: its own, unless it could not read the trace events or would lack
 * a capability.
 *
 * @param isOpen whether the trace events in that engine are open to cognitod's group; called only if that decides.
 * @returns undefined if the setting has a value.
 */
export function chooseUser({ cognitodUser, privileges }: RawSettings, isOpen: () => boolean): Choice | undefined {
  if (text(cognitodUser ?? undefined) !== "auto") return undefined;
  const setting = "cognitodUser";
  if (privileges === "sysadmin") return { setting, value: "root", because: "linnix:privileges is sysadmin" };
  return isOpen()
    ? { setting, value: "cognitod", because: "the engine opens trace events to its group" }
    : { setting, value: "root", because: "trace events are not open to its group; `npm run doctor` says why" };
}

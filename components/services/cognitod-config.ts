/** cognitod's configuration, for stacks whose settings the image's own configuration does not cover. */
import * as fs from "node:fs";
import * as path from "node:path";

import { type TomlTable, parse, stringify } from "smol-toml";

import { projectFolder } from "../project";
import type { Settings } from "../settings/types";
import type { SecretName } from "./secrets";
import { type ConfigFile, configFolder } from "./service";

/** The configuration's file name, in the image and in a {@link ConfigFile}. */
export const configName = "linnix.toml";

const rulesName = "rules.yaml";

/** Sections by name. */
type Sections = Readonly<Record<string, TomlTable>>;

/** The configuration in the image. */
function imageConfig(): Sections {
  const file = path.join(projectFolder, "docker", "cognitod", configName);
  return parse(fs.readFileSync(file, "utf8")) as Record<string, TomlTable>;
}

const isEmpty = (table: TomlTable): boolean => Object.keys(table).length === 0;

/** Merges section by section: a key of a later one replaces the same key of an earlier one. */
function merged(...all: readonly Sections[]): Record<string, TomlTable> {
  const result: Record<string, TomlTable> = {};
  for (const sections of all) {
    for (const [name, keys] of Object.entries(sections)) result[name] = { ...result[name], ...keys };
  }
  return result;
}

/** What the settings change in the configuration of the image; empty if nothing. No key of a user is one of the project's. */
function changes({ cognitodConfig = {}, llm, rules }: Settings): Sections {
  return merged(
    cognitodConfig as Record<string, TomlTable>,
    // If offline, /insights answers 503 at once instead of an error of a model that does not exist.
    llm.kind === "none" ? { runtime: { offline: true }, reasoner: { enabled: false } } : {},
    rules === undefined ? {} : { rules: { path: `${configFolder}/${rulesName}` } },
  );
}

/** Where the webhook is in the text. No other line can be the same: TOML writes no line break in a value or a name. */
const beforeWebhook = '[notifications.slack]\nwebhook_url = "';

/**
 * The configuration as text, with the webhook as a secret: cognitod reads it from its configuration only (upstream's
 * config.rs). The settings allow no character in a webhook that TOML would escape.
 */
function partsOf(sections: Sections, withWebhook: boolean): ConfigFile["parts"] {
  if (!withWebhook) return [stringify(sections)];
  const { notifications = {} } = sections;
  const slack = { webhook_url: "", ...(notifications.slack as TomlTable | undefined) };
  const text = stringify({ ...sections, notifications: { ...notifications, slack } });
  const [before = "", after = ""] = text.split(beforeWebhook);
  return [`${before}${beforeWebhook}`, { secret: "slack-webhook" satisfies SecretName }, after];
}

/**
 * The configuration files that cognitod needs instead of the image's own; undefined if those fit.
 *
 * @param secrets names of the secrets that the stack has.
 */
export function cognitodFiles(settings: Settings, secrets: readonly SecretName[]): readonly ConfigFile[] | undefined {
  const changed = changes(settings);
  const withWebhook = secrets.includes("slack-webhook");
  // Sections without keys change nothing.
  if (Object.values(changed).every(isEmpty) && !withWebhook) return undefined;
  const { rules } = settings;
  return [
    { name: configName, parts: partsOf(merged(imageConfig(), changed), withWebhook) },
    // JSON is YAML, and shorter: the desired state of an EC2 host has little room.
    ...(rules === undefined ? [] : [{ name: rulesName, parts: [`${JSON.stringify(rules)}\n`] }]),
  ];
}

/** In place of the webhook, because the daemon's check prints parts of what it rejects. */
const replacement = "https://hooks.slack.com/services/replaced";

/**
 * The sections that the user changes, whole and as cognitod reads them, for the image's own check; undefined if there are
 * none. The other sections were checked when the image was built, and an EC2 host's desired state has little room.
 */
export function changedSections(settings: Settings): ConfigFile | undefined {
  const names = Object.entries(settings.cognitodConfig ?? {}).flatMap(([name, table]) =>
    Object.keys(table).length === 0 ? [] : [name],
  );
  if (names.length === 0) return undefined;
  const all = merged(imageConfig(), changes(settings));
  const sections = Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
  const parts = partsOf(sections, names.includes("notifications"));
  return { name: configName, parts: [parts.map((part) => (typeof part === "string" ? part : replacement)).join("")] };
}

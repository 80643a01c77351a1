import { closest, distance } from "fastest-levenshtein";

import { asText } from "../definition";
import { target } from "../read";
import type { SettingsCheck } from "../rules/check";
import { type SettingName, defaults, keyOf } from "../schema";
import { type ConfigKey, sections } from "./keys";
import type { ConfigValue } from "./types";

const setting = "cognitodConfig";

/** The most bytes that the sections may have in the desired state of an EC2 host, which a parameter of 8 KiB stores. */
const ec2Bytes = 400;

/** Upstream's names. TOML distinguishes case, and upstream ignores a key whose case differs. */
const usualName = /^[a-z][a-z0-9_-]*$/;

/** Names of keys that contain a secret in any version. */
const secretName = /token|secret|password|webhook|credential|api_?key|(^|_)urls?$/;

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const joined = (place: string, name: string): string => (place === "" ? name : `${place}.${name}`);

/** The names of the sections in a table, and of its keys: of the whole configuration if the place is empty. */
function namesIn(place: string): string[] {
  const within = place === "" ? "" : `${place}.`;
  const nested = Object.keys(sections).filter((section) => section.startsWith(within) && section !== place);
  return [
    ...Object.keys(sections[place] ?? {}),
    ...nested.map((name) => name.slice(within.length).replace(/\..*/, "")),
  ];
}

/**
 * Whether the images contain the version of upstream that {@link sections} describes. Any other may read other keys: those
 * are passed on, and the image's own check decides.
 */
function isKnownVersion({ values }: SettingsCheck): boolean {
  const { images, source, sourceCommit } = values;
  if (images !== undefined) return false;
  return source === "sample" || (/^(auto|upstream)$/.test(source) && sourceCommit === defaults.sourceCommit);
}

/** What is wrong with a value that no key describes, or undefined. */
function tomlProblem(value: unknown): string | undefined {
  if (value === null || value === undefined) return "must have a value: TOML has no null";
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? "must be valid Unicode" : undefined;
  if (typeof value === "number") {
    const exact = Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
    return exact ? undefined : "must be a number that is stored exactly: whole numbers up to 9007199254740991";
  }
  const unusual = isTable(value) ? Object.keys(value).find((name) => !usualName.test(name)) : undefined;
  if (unusual !== undefined) return `has the key ${unusual}, which must be lower-case letters, digits, _ or -`;
  return Object.values(value)
    .map(tomlProblem)
    .find((problem) => problem !== undefined);
}

function hasSecretName(name: string, value: unknown): boolean {
  return secretName.test(name) || (isTable(value) && Object.entries(value).some((entry) => hasSecretName(...entry)));
}

/** Reports every error in the map, each by the name of its key. */
class Errors {
  constructor(private readonly check: SettingsCheck) {}

  report(
    place: string,
    problem: string,
    remedy = this.removing(place),
    value?: string | number | boolean | object | null,
  ): void {
    this.check.faults.push({
      key: `${keyOf(setting)}.${place}`,
      ...(value === undefined ? {} : { value: asText(value) }),
      problem,
      remedy,
    });
  }

  removing = (place: string): string => `remove ${place} from ${keyOf(setting)}`;

  /** The errors of a key that is known. */
  key(place: string, key: ConfigKey, value: unknown): void {
    const instead = (name: SettingName) => `${this.removing(place)}; to change it: ${this.check.set(name)}`;
    switch (key.kind) {
      case "owned":
        this.report(place, `is decided by ${keyOf(key.setting)}`, instead(key.setting));
        return;
      case "fixed":
        this.report(place, key.why, key.instead === undefined ? undefined : instead(key.instead));
        return;
      case "free":
        if (!key.accepts(value)) {
          const command = `pulumi config set --path ${keyOf(setting)}.${place} VALUE ${target(setting, this.check.context)}`;
          const remedy = `${command}, or ${this.removing(place)}`;
          this.report(place, `must be ${key.allowed}`, remedy, value as ConfigValue | null);
        }
    }
  }

  /** The errors of a section or key that is not known. */
  unknown(place: string, name: string, value: unknown, known: readonly string[]): void {
    const likely = closest(name.toLowerCase(), known);
    const near = distance(name.toLowerCase(), likely) <= 2;
    if (!usualName.test(name) || near || isKnownVersion(this.check)) {
      const hint = near ? `did you mean ${likely}?` : `known are ${known.join(", ")}`;
      this.report(place, `is not a section or key that cognitod reads; ${hint}`);
    } else if (hasSecretName(name, value)) {
      this.report(place, "has the name of a secret, and this setting is stored in plain text");
    } else {
      const problem = tomlProblem(value);
      if (problem !== undefined) this.report(place, problem);
    }
  }

  table(place: string, table: Table): void {
    const known = namesIn(place);
    for (const [name, value] of Object.entries(table)) {
      const at = joined(place, name);
      const section = sections[place] ?? {};
      const key = Object.hasOwn(section, name) ? section[name] : undefined;
      if (key !== undefined) {
        this.key(at, key, value);
      } else if (!known.includes(name) && (place !== "" || isTable(value))) {
        this.unknown(at, name, value, known);
      } else if (isTable(value)) {
        this.table(at, value);
      } else {
        this.report(at, "must be a map of keys to values", undefined, value as ConfigValue | null);
      }
    }
  }
}

/** Checks the sections of `linnix:cognitodConfig`. */
export function checkCognitodConfig(check: SettingsCheck): void {
  const { cognitodConfig: config, llm, host } = check.values;
  if (config === undefined) return;
  const errors = new Errors(check);
  errors.table("", config);
  const { reasoner, notifications } = config as Readonly<Record<string, Table | undefined>>;
  if (llm === "none" && reasoner?.timeout_ms !== undefined) {
    errors.report("reasoner.timeout_ms", "applies only if there is a language model, but linnix:llm is none");
  }
  if (isTable(notifications?.slack) && !check.isSet("slackWebhook")) {
    const remedy = `${check.set("slackWebhook")}, or ${errors.removing("notifications.slack")}`;
    errors.report("notifications.slack", "applies only if linnix:slackWebhook is set", remedy);
  }
  const bytes = Buffer.byteLength(JSON.stringify(config));
  if (host === "ec2" && bytes > ec2Bytes) {
    const problem = `has ${bytes} bytes, and an EC2 host's desired state has room for ${ec2Bytes}`;
    check.hiddenFault(setting, problem, "set only keys that differ from upstream's defaults");
  }
}

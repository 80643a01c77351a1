/** The configuration in a settings file, by the keys and with the values that Pulumi passes to the program. */
import type { RawValue } from "../../components/settings/validate";
import {
  type YamlMap,
  type YamlValue,
  YamlProblem,
  isScalarValue,
  isYamlMap,
  parsePulumiYaml,
  toPlain,
} from "./pulumi-yaml";

/** The project's name in Pulumi.yaml, which is the namespace of a key without one. */
const projectName = "linnix";

/** A settings file's content. */
export interface FileContent {
  /** Values by key, `linnix:apiPort` or `aws:region`. A scalar is text, as Pulumi passes it. */
  readonly config: Readonly<Record<string, RawValue>>;
  /** The whole file with the keys as they are written, for writing it again. */
  readonly whole: Readonly<Record<string, unknown>>;
  /** Pulumi ESC adds values of an environment, which only the backend knows. */
  readonly hasEnvironment: boolean;
}

/** A key with its namespace. Pulumi still accepts `namespace:config:name`. */
function fullKey(key: string): string {
  const parts = key.split(":");
  const [first = "", second = "", third = ""] = parts;
  if (parts.length === 1) return `${projectName}:${key}`;
  if (parts.length === 2) return key;
  if (parts.length === 3 && second === "config") return `${first}:${third}`;
  throw new YamlProblem(`has the key ${key} under \`config\`, where \`<namespace>:<name>\` is allowed; rename it`);
}

/** A value as Pulumi passes it: text for a scalar, and no text for `null` and for nothing. */
function asPassed(value: YamlValue): RawValue {
  if (!isScalarValue(value)) return toPlain(value) as RawValue;
  switch (value.kind) {
    case "text":
      return value.text;
    case "number":
      return value.digits;
    case "boolean":
      return String(value.value);
    case "null":
      return "";
  }
}

function readConfig(config: YamlMap): Record<string, RawValue> {
  const written = new Map<string, string>();
  const entries = [...config].map(([key, value]) => {
    const full = fullKey(key);
    const other = written.get(full);
    if (other !== undefined) {
      throw new YamlProblem(
        `sets ${full} twice, as ${other} and as ${key}; Pulumi uses either one. Remove one of them`,
      );
    }
    written.set(full, key);
    return [full, asPassed(value)] as const;
  });
  return Object.fromEntries(entries);
}

/** @throws YamlProblem with what is wrong. */
export function readContent(text: string): FileContent {
  const found = parsePulumiYaml(text);
  const isEmpty = isScalarValue(found) && found.kind === "null";
  if (!isEmpty && !isYamlMap(found)) throw new YamlProblem("must be a map with the key `config`");
  const map: YamlMap = isEmpty ? new Map<string, YamlValue>() : (found as YamlMap);
  const environment = map.get("environment");
  const hasEnvironment = environment !== undefined && !(isScalarValue(environment) && environment.kind === "null");
  const config = map.get("config");
  if (config === undefined && !hasEnvironment) {
    throw new YamlProblem(
      "has no key `config`, so it sets nothing; write the settings below `config:`, or `config: {}` if the defaults are meant",
    );
  }
  if (config !== undefined && !isYamlMap(config)) {
    throw new YamlProblem(
      "must have a map under `config`: `linnix:<name>: <value>`, or `config: {}` if the defaults are meant",
    );
  }
  return { config: readConfig(config ?? new Map()), whole: toPlain(map) as Record<string, unknown>, hasEnvironment };
}

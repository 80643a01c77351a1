import { closest, distance } from "fastest-levenshtein";

import type { Fault } from "./fault";
import { type Definition, type SettingName, type Value, type Values, schema, shown } from "./schema";

/** A setting's value as configuration holds it: YAML's types, or the text that Pulumi hands over. */
export type RawValue = string | number | boolean | Record<string, unknown> | null;

/** Configuration before it is understood, by setting name without the `linnix:` prefix. */
export type RawSettings = Readonly<Record<string, RawValue>>;

/** What the checks need to know of the world, given by the caller so that they stay pure. */
export interface World {
  /** The stack's name, for remedies. */
  readonly stack: string;
  /** Whether a folder or file is there. */
  readonly exists: (path: string) => "folder" | "file" | undefined;
  /** Whether a setting is kept encrypted. */
  readonly isSecret: (name: string) => boolean;
}

const definitions: Readonly<Record<string, Definition>> = schema;

/** A value encrypted by Pulumi: it can be judged only where it is decrypted. */
export function isEncrypted(value: RawValue | undefined): boolean {
  return typeof value === "object" && value !== null && "secure" in value;
}

function setCommand(name: string, world: World): string {
  const secret = definitions[name]?.secret === true ? "--secret " : "";
  return `pulumi config set ${secret}linnix:${name} ${definitions[name]?.example ?? "VALUE"} --stack ${world.stack}`;
}

/** Reads text or YAML as the type the setting has; a sentence when it can't be. */
function typed(definition: Definition, value: RawValue): { value: Value } | { problem: string } {
  const wrong = { problem: `must be ${definition.allowed}` };
  switch (definition.type) {
    case "string":
      return typeof value === "object" ? wrong : { value: shown(value) };
    case "integer": {
      const text = shown(value).trim();
      return /^-?\d{1,15}$/.test(text) ? { value: Number(text) } : wrong;
    }
    case "boolean":
      return /^(true|false)$/.test(shown(value)) ? { value: shown(value) === "true" } : wrong;
    case "object": {
      let parsed: unknown = value;
      if (typeof value === "string") {
        try {
          parsed = JSON.parse(value);
        } catch {
          return wrong;
        }
      }
      if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return wrong;
      return { value: parsed as Record<string, unknown> };
    }
  }
}

/** The nearest known name, for a misspelt key. */
function nearest(name: string): string | undefined {
  const best = closest(name, Object.keys(schema));
  return distance(name, best) <= 3 ? best : undefined;
}

/** Types every value, fills in defaults, and judges each on its own. */
function readValues(raw: RawSettings, world: World): { values: Values; faults: Fault[] } {
  const values: Values = {};
  const faults: Fault[] = [];
  for (const [name, value] of Object.entries(raw)) {
    const definition = definitions[name];
    if (definition === undefined) {
      const near = nearest(name);
      const hint = near === undefined ? `known are ${Object.keys(schema).join(", ")}` : `did you mean ${near}?`;
      faults.push({
        key: `linnix:${name}`,
        value: shown(value),
        problem: `is no setting of this project; ${hint}`,
        remedy: `pulumi config rm linnix:${name} --stack ${world.stack}`,
      });
      continue;
    }
    if (definition.secret === true && !world.isSecret(name)) {
      faults.push({
        key: `linnix:${name}`,
        problem: "stands in plain text; it must be kept as a secret, and this value is to be taken as known to others",
        remedy: setCommand(name, world),
      });
    }
    if (value === null || isEncrypted(value)) continue;
    const result = typed(definition, value);
    const problem = "problem" in result ? result.problem : definition.refuse?.(result.value);
    if (problem !== undefined) {
      faults.push({
        key: `linnix:${name}`,
        ...(definition.secret === true ? {} : { value: shown(value) }),
        problem,
        remedy: setCommand(name, world),
      });
    } else if ("value" in result) {
      Object.assign(values, { [name]: result.value });
    }
  }
  for (const [name, definition] of Object.entries(definitions)) {
    if (!(name in values) && definition.default !== undefined) Object.assign(values, { [name]: definition.default });
  }
  return { values, faults };
}

/** The value when it is a path, and nothing otherwise. */
const pathOf = (value: string | undefined) => (/^\.{0,2}\//.test(value ?? "") ? value : undefined);

/** Judges settings against one another and against the world. */
function contradictions(values: Values, world: World): Fault[] {
  const faults: Fault[] = [];
  const { model } = values;
  const sourcePath = pathOf(values.source);
  const modelPath = pathOf(model);
  const fault = (name: SettingName, problem: string, remedy: string) =>
    faults.push({ key: `linnix:${name}`, value: shown(values[name]), problem, remedy });

  if (sourcePath !== undefined) {
    if (world.exists(sourcePath) !== "folder") {
      fault("source", "is not a folder on this machine", setCommand("source", world));
    } else if (world.exists(`${sourcePath}/Cargo.toml`) !== "file") {
      fault(
        "source",
        "holds no Cargo.toml: it must be a checkout of linnix-os/linnix, or of its shape",
        setCommand("source", world),
      );
    }
  }
  if (modelPath !== undefined && world.exists(modelPath) !== "file") {
    fault("model", "is not a file on this machine", setCommand("model", world));
  }
  if (model === "sample") {
    fault(
      "model",
      "names the sample model, a file that `npm start` makes",
      "run `npm start`, or set linnix:model to upstream, an address or a file",
    );
  }
  if (values.modelSha256 !== undefined && (modelPath !== undefined || model === "sample")) {
    fault(
      "modelSha256",
      "is given for a local file, which is used as it is; a checksum goes with an address",
      `pulumi config rm linnix:modelSha256 --stack ${world.stack}`,
    );
  }
  if (values.bases === "archive" && values.baseImages === undefined) {
    fault(
      "bases",
      "asks for base images built from the Debian archive, but linnix:baseImages doesn't name them",
      "run `npm start`, which builds and names them",
    );
  }
  const ports = (["apiPort", "healthPort", "llamaPort"] as const).map((name) => ({ name, port: values[name] }));
  ports.forEach(({ name, port }, index) => {
    const twin = ports.slice(0, index).find((other) => other.port === port);
    if (twin !== undefined && port !== undefined) {
      fault(name, `is the port of linnix:${twin.name} too; each needs its own`, setCommand(name, world));
    }
  });
  return faults;
}

/** Checks configuration as a whole. Returns every fault found, and the values as far as they could be read. */
export function validate(raw: RawSettings, world: World): { values: Values; faults: Fault[] } {
  const { values, faults } = readValues(raw, world);
  return { values, faults: [...faults, ...contradictions(values, world)] };
}

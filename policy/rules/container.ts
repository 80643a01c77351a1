/**
 * Containers as a rule sees them, read from each way in which a stack describes them: containers of the Docker provider, the
 * arguments of `docker run` in an EC2 host's document, and the specification of the one that changes the owner of volumes. Each
 * property is read when a rule asks for it: another one may be unknown.
 */
import { parseArgs } from "node:util";

import type { DesiredState, Step } from "../../components/hosts/ec2/protocol";
import { runArguments } from "../../components/services/render/docker-run";
import type { ServiceSpec } from "../../components/services/service";
import { type Inputs, type Looked, list, nested, text } from "./rule";
import { unitWords } from "./unit-words";

/** Pulumi's types. */
export const containerType = "docker:index/container:Container";
export const rolloutType = "pulumi-nodejs:dynamic/linnix:Rollout";
export const ownerType = "pulumi-nodejs:dynamic/linnix:VolumeOwner";

/** What decides on a container's power. */
export interface Container {
  /** Of the container, not of the resource. */
  readonly name: string;
  /** Whether it is on a local engine, which its user's other programs share. */
  readonly local: boolean;
  readonly image: string;
  readonly privileged: boolean;
  /** Without the prefix `CAP_`. */
  readonly added: readonly string[];
  readonly dropped: readonly string[];
  readonly readOnly: boolean;
  readonly security: readonly string[];
  /** `host`, or something else. */
  readonly pid: string;
  readonly network: string;
  /** Paths of the host. */
  readonly bound: readonly string[];
  /** The addresses on which it publishes ports; empty text where none is named, which is all of them. */
  readonly published: readonly string[];
}

const capability = (name: string): string => name.replace(/^CAP_/, "");

function ofProvider(inputs: Inputs): Container {
  const capabilities = () => nested(inputs.capabilities) as { adds?: readonly string[]; drops?: readonly string[] };
  return {
    get name() {
      return String(inputs.name);
    },
    local: true,
    get image() {
      return String(inputs.image);
    },
    get privileged() {
      return inputs.privileged === true;
    },
    get added() {
      return list<string>(capabilities().adds).map(capability);
    },
    get dropped() {
      return list<string>(capabilities().drops);
    },
    get readOnly() {
      return inputs.readOnly === true;
    },
    get security() {
      return list<string>(inputs.securityOpts);
    },
    get pid() {
      return text(inputs.pidMode);
    },
    get network() {
      return text(inputs.networkMode);
    },
    get bound() {
      const mounts = list<{ type: string; source?: string }>(inputs.mounts).filter(({ type }) => type === "bind");
      const volumes = list<{ hostPath?: string }>(inputs.volumes).map(({ hostPath }) => hostPath);
      return [...mounts.map(({ source }) => source), ...volumes].filter((it) => it !== undefined);
    },
    get published() {
      const ports = list<{ ip?: string }>(inputs.ports).map(({ ip = "" }) => ip);
      return inputs.publishAllPorts === true ? ["", ...ports] : ports;
    },
  };
}

const several = { type: "string", multiple: true } as const;
const one = { type: "string" } as const;

/** The options of `docker run` that a rule asks for. */
const options = {
  name: one,
  privileged: { type: "boolean" },
  "cap-add": several,
  "cap-drop": several,
  "read-only": { type: "boolean" },
  "security-opt": several,
  pid: one,
  network: one,
  net: one,
  mount: several,
  volume: { ...several, short: "v" },
  publish: { ...several, short: "p" },
  "publish-all": { type: "boolean", short: "P" },
} as const;

/** `[ADDRESS:]PORT:PORT` */
const addressOf = (published: string): string => /^(.*):[^:]*:[^:]*$/.exec(published)?.[1] ?? "";

/** The source of a `--mount` that binds; the root for quoted fields, which are not read: a host's paths need no quotes. */
function boundBy(mount: string): string[] {
  if (mount.includes('"')) return ["/"];
  const fields = new Map(
    mount.split(",").map((field) => {
      const [key = "", value = ""] = field.split("=");
      return [key, value] as const;
    }),
  );
  return fields.get("type") === "bind" ? [fields.get("source") ?? fields.get("src") ?? "/"] : [];
}

function ofStep(step: Step): Container {
  return ofRun(step, step.kind === "once" ? step.run : unitWords(step.unit, "ExecStart"), false);
}

function ofOwner({ spec, image }: Inputs): Container {
  const it = spec as ServiceSpec;
  const known = String(image);
  return ofRun({ name: it.name, image: known }, runArguments(it, { image: known }), true);
}

function ofRun(step: Pick<Step, "name" | "image">, words: readonly string[], local: boolean): Container {
  // What follows the image are the arguments of the container's program.
  const image = words.indexOf(step.image);
  const { values } = parseArgs({
    args: words.slice(0, Math.max(0, image)),
    options,
    strict: false,
    allowPositionals: true,
  });
  const all = (name: keyof typeof options) => list<string>(values[name]).map(String);
  return {
    name: step.name,
    local,
    // An image elsewhere in the words would be another one than the step names.
    image: image === -1 ? "" : step.image,
    privileged: values.privileged !== undefined,
    added: all("cap-add").map(capability),
    dropped: all("cap-drop"),
    readOnly: values["read-only"] === true,
    security: all("security-opt"),
    pid: String(values.pid ?? ""),
    network: String(values.network ?? values.net ?? ""),
    bound: [
      ...all("mount").flatMap(boundBy),
      ...all("volume")
        .map((volume) => volume.split(":")[0] ?? "")
        .filter((source) => source.startsWith("/")),
    ],
    published: [...all("publish").map(addressOf), ...(values["publish-all"] === undefined ? [] : [""])],
  };
}

/** The containers that a resource describes. */
export function containersOf({ type, inputs }: Looked): Container[] {
  if (type === containerType) return [ofProvider(inputs)];
  if (type === ownerType) return [ofOwner(inputs)];
  return type === rolloutType ? (inputs.document as DesiredState).steps.map(ofStep) : [];
}

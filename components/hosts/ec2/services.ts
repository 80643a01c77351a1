/** What an EC2 host runs, as plain data: the stack's services on its data volume, and the document that tells it so. */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";

import { canonical } from "../../canonical";
import type { Expectation } from "../../health/report";
import { liveProbe, preflightSeconds, readyProbe } from "../../services/cognitod";
import type {
  DesiredState,
  Folder,
  OnceStep,
  SecretFile,
  SecretReference,
  ServiceStep,
} from "../../services/desired-state";
import { llamaProbe } from "../../services/llama";
import { type Bindings, runArguments } from "../../services/render/docker-run";
import { systemdUnit } from "../../services/render/systemd-unit";
import { type ImageName, type ServiceSpec, stackName } from "../../services/service";
import { type StackServices, loopbackEndpoints, stackServices } from "../../services/stack-services";
import type { Settings } from "../../settings/settings";

/** Mount point of the data volume. */
export const dataFolder = "/var/lib/linnix";

/** Where the host writes secrets for containers: in memory, gone with a reboot. */
const secretsFolder = "/run/linnix/secrets";

/** The users of the two services; host/ makes them, the images' files are readable by them. */
const users = { cognitod: "65531:65531", llama: "65532:65532" };

/** A secret by the name that documents and parameters know it by. */
export type SecretName = "api-token" | "slack-webhook" | "registry-password";

/** The secrets that there are, each with the parameter that holds it. `api-token` is always there. */
export type SecretReferences = Partial<Readonly<Record<SecretName, SecretReference>>>;

/** Under which every parameter of a stack lies. */
export function parameterPrefix(stack: string): string {
  return `/linnix/${stack}`;
}

const configName = "linnix.toml";
const cognitodName = (settings: Settings): string => stackName(settings.stack, "cognitod");

/** Describes the containers of an EC2 stack: cognitod without root, everything kept on the data volume. */
export function ec2Services(settings: Settings, withConfigFile: boolean): StackServices {
  return stackServices(settings, {
    user: users.cognitod,
    storage: { kind: "folders", root: dataFolder },
    // On the bridge the metadata service, and with it the host's role, is out of reach.
    fetchFrom: "bridge",
    ...(withConfigFile ? { configFile: `${secretsFolder}/${cognitodName(settings)}/${configName}` } : {}),
  });
}

/** The image's own configuration, without comments: each byte of the document counts. */
function imageConfig(): string {
  const file = path.resolve(__dirname, "..", "..", "..", "docker", "cognitod", configName);
  const lines = fs.readFileSync(file, "utf8").split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.startsWith("#")).join("\n");
}

/** cognitod takes a webhook from its configuration file only (upstream's config.rs, `[notifications.slack]`). */
function slackConfig(): SecretFile {
  const head = `${imageConfig()}\n[notifications.slack]\nwebhook_url = "`;
  return { name: configName, owner: users.cognitod, parts: [head, { secret: "slack-webhook" }, '"\n'] };
}

function bindings(spec: ServiceSpec, image: string): Bindings {
  return Object.keys(spec.secrets).length === 0
    ? { image }
    : { image, secretsFile: `${secretsFolder}/${spec.name}.env` };
}

function once(spec: ServiceSpec, image: string, rest: Pick<OnceStep, "timeoutSeconds" | "observed">): OnceStep {
  const { name, secrets } = spec;
  return {
    kind: "once",
    name,
    image,
    secrets,
    run: runArguments(spec, bindings(spec, image)),
    mustSucceed: true,
    ...rest,
  };
}

function service(spec: ServiceSpec, image: string, rest: Pick<ServiceStep, "probes" | "files">): ServiceStep {
  const { name, secrets } = spec;
  const unit = systemdUnit(spec, { ...bindings(spec, image), requiredMount: dataFolder });
  return { kind: "service", name, image, secrets, unit, ...rest };
}

function folders(): Folder[] {
  const kept = (name: string, owner: string): Folder => ({ path: `${dataFolder}/${name}`, owner, mode: "0750" });
  return [kept("models", users.llama), kept("cognitod", users.cognitod), kept("log", users.cognitod)];
}

/** The id of a document: a hash of everything in it but the id. linnix-release computes the same and compares. */
export function documentRelease(document: Omit<DesiredState, "release">): string {
  return createHash("sha256")
    .update(JSON.stringify(canonical(document)))
    .digest("hex")
    .slice(0, 16);
}

/** An advanced parameter's limit in bytes; larger than 4096 it costs 0.05 USD a month. */
const parameterLimit = 8192;

/**
 * What the host shall run. Pure: equal arguments give an equal document.
 *
 * @param references the images by digest, `repository@sha256:…` each.
 * @throws when the document is larger than a parameter can be.
 */
export function desiredState(
  settings: Settings,
  references: Readonly<Record<ImageName, string>>,
  secrets: SecretReferences,
): DesiredState {
  const { stack, ports, registry } = settings;
  const slack = secrets["slack-webhook"] !== undefined;
  const { preflight, model, cognitod, llama } = ec2Services(settings, slack);
  const document: Omit<DesiredState, "release"> = {
    schema: 1,
    stack,
    deadlineSeconds: settings.healthTimeoutSeconds,
    // The registry itself is logged in to, not the path in it.
    ...(registry.kind === "any" && secrets["registry-password"] !== undefined
      ? {
          login: { address: registry.address.split("/")[0] ?? "", user: registry.user, secret: "registry-password" },
        }
      : {}),
    secrets: { ...secrets },
    networks: [stackName(stack, "net")],
    folders: folders(),
    // What can fail without harm comes first: nothing running is touched before the kernel and the model are known good.
    steps: [
      once(preflight, references.cognitod, { timeoutSeconds: preflightSeconds + 40, observed: true }),
      ...(model === undefined ? [] : [once(model, references.llama, { timeoutSeconds: 3600, observed: false })]),
      service(cognitod, references.cognitod, {
        probes: { ready: readyProbe(ports.health).command, live: liveProbe(ports.health).command },
        ...(slack ? { files: [slackConfig()] } : {}),
      }),
      service(llama, references.llama, { probes: { ready: llamaProbe(ports.llama).command } }),
    ],
  };
  const state = { ...document, release: documentRelease(document) };
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes > parameterLimit) {
    throw new Error(
      `The document of stack ${stack} has ${bytes} bytes, and a parameter takes ${parameterLimit}: ` +
        "shorten linnix:model's address, the images' repository names or the stack's name.",
    );
  }
  return state;
}

/** What is known beforehand of a stack's health. The endpoints are those of a machine that forwards the ports. */
export function expectation(settings: Settings, release: string): Expectation {
  const endpoints = loopbackEndpoints(settings);
  return {
    release,
    sample: settings.source.kind === "sample",
    model: settings.model.name,
    endpoints: { cognitod: endpoints.health, llama: endpoints.llamaHealth },
  };
}

/** Builds the document that an EC2 host applies: the stack's services, with everything persistent on the data volume. */
import { defined } from "../../../defined";
import type { PullAccess } from "../../../images/registry/registry";
import { type PerService, networkName, userOf } from "../../../services/catalogue";
import { preflightSeconds } from "../../../services/cognitod";
import {
  type BundleReference,
  type DesiredState,
  type Folder,
  type OnceStep,
  type SecretReference,
  type ServiceStep,
  dataFolder,
  protocolSchema,
  secretsFolder,
} from "../protocol";
import { documentHash } from "../../../services/release-id";
import { type Bindings, runArguments } from "../../../services/render/docker-run";
import { systemdUnit } from "../../../services/render/systemd-unit";
import { type ServiceSpec, engineName } from "../../../services/service";
import { type StackServices, type HealthProbes, healthProbes, stackServices } from "../../../services/stack-services";
import { type SecretName, secretNames } from "../../../services/secrets";
import { required } from "../../../settings/required";
import type { Settings } from "../../../settings/types";

/** The stack's secrets, each with the parameter that stores it. `api-token` is always among them. */
export type SecretReferences = Partial<Readonly<Record<SecretName, SecretReference>>>;

/** Describes the containers of an EC2 stack: cognitod without root, everything persistent on the data volume. */
export function ec2Services(settings: Settings, secrets: readonly SecretName[]): StackServices {
  return stackServices(settings, {
    user: userOf("cognitod"),
    storage: { kind: "folders", root: dataFolder },
    // From the bridge, the metadata service and therefore the host's role are unreachable.
    fetchFrom: "bridge",
    proxy: settings.host.kind === "ec2" ? settings.host.proxy : undefined,
    secrets,
  });
}

function bindings({ name, secrets, files }: ServiceSpec, image: string): Bindings {
  return {
    image,
    ...(Object.keys(secrets).length === 0 ? {} : { secretsFile: `${secretsFolder}/${name}.env` }),
    ...(files === undefined ? {} : { filesFolder: `${secretsFolder}/${name}` }),
  };
}

/** What a step of either kind has: its name, image, secrets and files. */
function common(spec: ServiceSpec, image: string) {
  const { name, secrets, files, user: owner } = spec;
  return { name, image, secrets, ...(files === undefined ? {} : { files: files.map((file) => ({ ...file, owner })) }) };
}

function once(spec: ServiceSpec, image: string, rest: Pick<OnceStep, "timeoutSeconds" | "observed">): OnceStep {
  return {
    kind: "once",
    ...common(spec, image),
    run: runArguments(spec, bindings(spec, image)),
    mustSucceed: true,
    ...rest,
  };
}

function service(spec: ServiceSpec, image: string, { ready, live, rules }: HealthProbes): ServiceStep {
  const unit = systemdUnit(spec, { ...bindings(spec, image), requiredMount: dataFolder });
  const probes = { ready: ready.command, ...defined({ live: live?.command, rules: rules?.command }) };
  return { kind: "service", ...common(spec, image), unit, probes };
}

/** The reference of a container's image. */
function imageOf(references: PerService<string>, { image }: ServiceSpec): string {
  return required(references[image], `image ${image}`);
}

/** The folders on the data volume that the containers mount; each belongs to the user of the containers that mount it. */
function foldersOf(specs: readonly ServiceSpec[]): Folder[] {
  const folders = specs.flatMap(({ mounts, user: owner }) =>
    mounts
      .filter(({ source }) => source.startsWith(`${dataFolder}/`))
      .map(({ source: path }): [string, Folder] => [path, { path, owner, mode: "0750" }]),
  );
  return [...new Map(folders).values()];
}

/** The id of a document: a hash of everything in it except the id. linnix-release computes it too and compares. */
export function documentRelease(document: Omit<DesiredState, "release">): string {
  return documentHash(document);
}

/** Bytes that an advanced parameter can store; one of more than 4,096 costs 0.05 USD a month. */
const parameterLimit = 8192;

/**
 * The document that the host applies. Pure: equal arguments give an equal document.
 *
 * @param bundle the host bundle that applies it.
 * @param references the images by digest, `repository@sha256:…` each.
 * @param login of the registry that the images are pulled from, if it needs one.
 * @throws if the document is larger than a parameter can be.
 */
export function desiredState(
  settings: Settings,
  bundle: BundleReference,
  references: PerService<string>,
  secrets: SecretReferences,
  login?: PullAccess["login"],
): DesiredState {
  const { stack } = settings;
  const services = ec2Services(
    settings,
    secretNames.filter((name) => secrets[name] !== undefined),
  );
  const { preflight, config, model, cognitod, llama } = services;
  const probes = healthProbes(settings);
  const running = [cognitod, ...(llama === undefined ? [] : [llama])];
  const document: Omit<DesiredState, "release"> = {
    schema: protocolSchema,
    stack,
    bundle,
    deadlineSeconds: settings.healthTimeoutSeconds,
    ...(login !== undefined && secrets["registry-password"] !== undefined
      ? { login: { ...login, secret: "registry-password" } }
      : {}),
    secrets: { ...secrets },
    networks: running.some(({ network }) => network.kind === "bridge") ? [engineName(stack, networkName)] : [],
    folders: foldersOf([...(model === undefined ? [] : [model]), ...running]),
    // The steps that can fail without harm come first: running services are replaced only once kernel, configuration and model are fine.
    steps: [
      once(preflight, references.cognitod, { timeoutSeconds: preflightSeconds + 40, observed: true }),
      ...(config === undefined ? [] : [once(config, references.cognitod, { timeoutSeconds: 60, observed: false })]),
      ...(model === undefined
        ? []
        : [once(model, imageOf(references, model), { timeoutSeconds: 3600, observed: false })]),
      ...running.map((spec) => service(spec, imageOf(references, spec), required(probes[spec.image], spec.image))),
    ],
  };
  const state = { ...document, release: documentRelease(document) };
  const bytes = Buffer.byteLength(JSON.stringify(state));
  if (bytes > parameterLimit) {
    throw new Error(
      `The document of stack ${stack} has ${bytes} bytes, and a parameter can store ${parameterLimit}: ` +
        "shorten linnix:model's address, the images' repository names or the stack's name, or set less in linnix:cognitodConfig " +
        "and linnix:rules.",
    );
  }
  return state;
}

import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { expectation } from "../../health/expectation";
import type { HealthReport } from "../../health/report";
import type { DeployableImage } from "../../images/image";
import { type PerService, type ServiceName, mapServices, networkName } from "../../services/catalogue";
import { engineLabels, keepLabels } from "../../services/labels";
import { releaseId } from "../../services/release-id";
import { containerArguments, containerOptions } from "../../services/render/docker-container";
import { type SecretName, secretNames } from "../../services/secrets";
import { type ServiceSpec, engineName, stackName } from "../../services/service";
import { type Endpoints, type StackServices, inOrder, loopbackEndpoints } from "../../services/stack-services";
import { required } from "../../settings/required";
import type { Settings } from "../../settings/types";
import { apiToken } from "../api-token";
import { filesMount } from "./container-files";
import { type GateInputs, HealthGate } from "./health-gate";
import { EngineCheck } from "./engine-check";
import { localPlan, localServices, localVolumes } from "./plan";
import { proxyVariables } from "./proxy";
import { RunOnce } from "./run-once";
import { VolumeOwner } from "./volume-owner";

type Labels = ReturnType<typeof engineLabels>;
type Secrets = Readonly<Partial<Record<SecretName, pulumi.Input<string>>>>;

/** Arguments of {@link LocalHost}. */
export interface LocalHostArgs {
  readonly settings: Settings;
  readonly images: PerService<DeployableImage>;
  /** The secrets that are set. Default for the token of cognitod's API: a random one, stored in the state. */
  readonly secrets: Secrets;
}

/** A deployed image. */
export interface ImageFacts {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

/**
 * The services on one Docker engine: the one that DOCKER_HOST names, by default this machine's.
 *
 * @public Loaded by `require`, only where it is used, which knip does not follow.
 */
export class LocalHost extends pulumi.ComponentResource {
  /** Read from the running services. */
  readonly health: pulumi.Output<HealthReport>;
  readonly endpoints: pulumi.Output<Endpoints>;
  readonly images: pulumi.Output<ImageFacts[]>;
  /** Hash of what is deployed. */
  readonly release: pulumi.Output<string>;
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;

  constructor(name: string, args: LocalHostArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:LocalHost", name, {}, options);
    const { settings } = args;
    const { stack, requireKernelInstrumentation } = settings;
    this.apiToken = apiToken(name, args.secrets["api-token"], this);
    const secrets = { ...args.secrets, "api-token": this.apiToken };
    const services = localServices(
      settings,
      secretNames.filter((secret) => secrets[secret] !== undefined),
    );
    const digests = mapServices<DeployableImage, pulumi.Output<string>>(args.images, ({ digest }) => digest);
    const runnable = settings.prebuilt === undefined ? digests : pulled(name, args.images, this);
    this.release = pulumi.all(digests).apply((known) => releaseId(known, inOrder(services)));
    this.endpoints = pulumi.output(loopbackEndpoints(settings));

    const labels = engineLabels(settings);
    const engine = new EngineCheck(`${name}-engine`, { ports: publishedPorts(services) }, { parent: this });
    const afterCheck = { parent: this, dependsOn: [engine] };
    const volumes = localVolumes(services).map((volume) =>
      keptVolume(name, stack, { name: volume, labels }, afterCheck),
    );
    const network = bridge(name, stack, services, labels, afterCheck);
    // Reports what this kernel supports, before cognitod is touched; fails the update only if the settings require it.
    const preflight = new RunOnce(
      `${name}-preflight`,
      { spec: services.preflight, image: runnable.cognitod, labels, mustSucceed: requireKernelInstrumentation },
      { parent: this, dependsOn: [engine] },
    );
    const config = checkedConfig(name, services.config, runnable.cognitod, labels, {
      parent: this,
      dependsOn: [engine],
    });
    const model = fetchedModel(name, services.model, runnable.llama, labels, {
      parent: this,
      dependsOn: [engine, ...volumes],
    });
    // Running services are replaced only once kernel, configuration and model are fine, cognitod too.
    const checks = [preflight, ...config, ...model];
    const owner = volumeOwner(name, services, runnable.cognitod, labels, {
      parent: this,
      dependsOn: [engine, ...volumes, ...checks],
    });
    const jobs: Partial<Record<ServiceName, pulumi.Resource[]>> = {
      cognitod: [...checks, ...owner],
      llama: model,
    };
    const containers = mapServices<ServiceSpec, docker.Container>(services, (spec, service) => {
      const networks = spec.network.kind === "bridge" ? network : [];
      const dependsOn = [...networks, ...volumes, ...(jobs[service] ?? [])];
      return container(name, spec, runnable, secrets, labels, { parent: this, dependsOn });
    });
    const running = Object.values(containers);
    const gate = new HealthGate(`${name}-health`, gateInputs(settings, services, this.release, runnable, running), {
      parent: this,
      dependsOn: [preflight, ...running],
    });

    this.health = gate.report;
    this.images = imageFacts(digests, gate.imageBytes);
    this.registerOutputs({
      health: this.health,
      endpoints: this.endpoints,
      images: this.images,
      release: this.release,
      apiToken: this.apiToken,
    });
  }
}

type Digests = PerService<pulumi.Output<string>>;

/**
 * Pulls prebuilt images. Containers run them by the engine's own id, which is what the provider reads back: with a
 * reference, every refresh would replace them. Destroying a stack leaves them on the engine, as it leaves built ones.
 */
function pulled(prefix: string, images: PerService<DeployableImage>, parent: pulumi.Resource): Digests {
  return mapServices<DeployableImage, pulumi.Output<string>>(
    images,
    ({ reference }, service) =>
      new docker.RemoteImage(`${prefix}-${service}-image`, { name: reference, keepLocally: true }, { parent }).imageId,
  );
}

/** The ports of the services that the engine publishes, on 127.0.0.1 only. */
function publishedPorts(services: StackServices): number[] {
  return inOrder(services).flatMap(({ network }) => (network.kind === "bridge" ? network.publish : []));
}

/** The bridge network, if a service uses it. */
function bridge(
  prefix: string,
  stack: string,
  services: StackServices,
  labels: Labels,
  options: pulumi.CustomResourceOptions,
): docker.Network[] {
  if (!inOrder(services).some(({ network }) => network.kind === "bridge")) return [];
  const args = { name: engineName(stack, networkName), driver: "bridge", labels };
  return [new docker.Network(`${prefix}-network`, args, { ...keepLabels, ...options })];
}

/** A volume for incidents, alerts or the model: it outlives updates and the stack; `npm stop -- --purge` removes it. */
function keptVolume(
  prefix: string,
  stack: string,
  args: { readonly name: string; readonly labels: Labels },
  options: pulumi.CustomResourceOptions,
): docker.Volume {
  const part = args.name.replace(stackName(stack, ""), "");
  return new docker.Volume(`${prefix}-${part}-volume`, args, { ...keepLabels, ...options, retainOnDelete: true });
}

/** Checks cognitod's configuration before cognitod is touched, so that one that it rejects never reaches the running one. */
function checkedConfig(
  prefix: string,
  spec: ServiceSpec | undefined,
  image: pulumi.Output<string>,
  labels: Labels,
  options: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  return spec === undefined ? [] : [new RunOnce(`${prefix}-config`, { spec, image, labels }, options)];
}

/** Gives cognitod's volumes to its user. It may stop a running cognitod, so it comes last before that is replaced. */
function volumeOwner(
  prefix: string,
  { owner: spec, cognitod }: StackServices,
  image: pulumi.Output<string>,
  labels: Labels,
  options: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  if (spec === undefined) return [];
  const writer = { name: cognitod.name, user: cognitod.user };
  return [new VolumeOwner(`${prefix}-owner`, { spec, image, labels, writer }, options)];
}

/** Downloads the model before any service is touched, so that a wrong model never replaces the running one. */
function fetchedModel(
  prefix: string,
  spec: ServiceSpec | undefined,
  image: pulumi.Output<string> | undefined,
  labels: Labels,
  options: pulumi.ComponentResourceOptions,
): pulumi.Resource[] {
  return spec === undefined || image === undefined
    ? []
    : [new RunOnce(`${prefix}-model`, { spec, image, labels, variables: proxyVariables(process.env) }, options)];
}

function container(
  prefix: string,
  spec: ServiceSpec,
  digests: Digests,
  secrets: Secrets,
  labels: Labels,
  options: { readonly parent: pulumi.Resource; readonly dependsOn: readonly pulumi.Resource[] },
): docker.Container {
  const plain = containerArguments(spec);
  const valueOf = (secret: string) => secrets[secret as SecretName] ?? "";
  const variables = Object.entries(spec.secrets).map(
    ([variable, secret]) => pulumi.interpolate`${variable}=${valueOf(secret)}`,
  );
  const image = required(digests[spec.image], `image ${spec.image}`);
  const files = filesMount(`${prefix}-${spec.image}-files`, { spec, image, labels }, options.parent, valueOf);
  return new docker.Container(
    `${prefix}-${spec.image}`,
    {
      ...plain,
      image,
      envs: [...plain.envs, ...variables],
      mounts: [...plain.mounts, ...files],
      labels,
    },
    { ...containerOptions, ...options, dependsOn: [...options.dependsOn] },
  );
}

function gateInputs(
  settings: Settings,
  services: StackServices,
  release: pulumi.Output<string>,
  digests: Digests,
  containers: readonly docker.Container[],
): pulumi.Output<GateInputs> {
  return pulumi
    .all([release, pulumi.all(digests), pulumi.all(containers.map(({ id }) => id))])
    .apply(([hash, images, triggers]) => ({
      expected: expectation(settings, hash),
      plan: localPlan(settings, services, images),
      deadlineSeconds: settings.healthTimeoutSeconds,
      requireKernelInstrumentation: settings.requireKernelInstrumentation,
      triggers,
    }));
}

function imageFacts(digests: Digests, bytes: pulumi.Output<Record<string, number>>): pulumi.Output<ImageFacts[]> {
  return pulumi
    .all([digests, bytes])
    .apply(([known, sizes]) =>
      Object.entries(known).map(([name, digest]) => ({ name, digest, bytes: sizes[name] ?? 0 })),
    );
}

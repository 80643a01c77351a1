import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

import { HealthGate } from "../../health/gate";
import type { HealthReport } from "../../health/report";
import type { DeployableImage } from "../../images/image";
import { RandomToken } from "../../secrets/token";
import { releaseId } from "../../services/release";
import { containerArguments } from "../../services/render/docker-container";
import { type ImageName, type ServiceSpec, stackName } from "../../services/service";
import { type StackServices, inOrder, loopbackEndpoints } from "../../services/stack-services";
import type { Settings } from "../../settings";
import { observeLocal } from "./observe";
import { RunOnce } from "./run-once";
import { localPlan, localServices, localVolumes } from "./services";

/** Arguments of {@link LocalHost}. */
export interface LocalHostArgs {
  readonly settings: Settings;
  readonly images: Readonly<Record<ImageName, Pick<DeployableImage, "digest">>>;
  /** Guards cognitod's API; made and kept in the state when left out. */
  readonly apiToken?: pulumi.Input<string> | undefined;
}

/** What is known of a deployed image. */
export interface ImageFacts {
  readonly name: string;
  readonly digest: string;
  readonly bytes: number;
}

/** Both services on one Docker engine: the one that DOCKER_HOST names, by default this machine's. */
export class LocalHost extends pulumi.ComponentResource {
  /** Read from the running services. */
  readonly health: pulumi.Output<HealthReport>;
  readonly endpoints: pulumi.Output<ReturnType<typeof loopbackEndpoints>>;
  readonly images: pulumi.Output<ImageFacts[]>;
  /** Hash of what is deployed. */
  readonly release: pulumi.Output<string>;
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;

  private readonly settings: Settings;
  private readonly services: StackServices;
  private readonly digests: Record<ImageName, pulumi.Output<string>>;

  constructor(
    private readonly prefix: string,
    private readonly args: LocalHostArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    super("linnix:host:LocalHost", prefix, {}, options);
    this.settings = args.settings;
    this.services = localServices(args.settings);
    this.digests = { cognitod: args.images.cognitod.digest, llama: args.images.llama.digest };
    this.release = pulumi.all(this.digests).apply((digests) => releaseId(digests, inOrder(this.services)));
    this.endpoints = pulumi.output(loopbackEndpoints(args.settings));
    this.apiToken = this.token();

    const volumes = this.volumes();
    const network = this.network();
    const preflight = this.preflight();
    const model = this.model(volumes);
    const cognitod = this.container(this.services.cognitod, [preflight, ...volumes]);
    const llama = this.container(this.services.llama, [network, ...volumes, ...model]);
    const gate = this.gate([preflight, cognitod, llama], [cognitod.id, llama.id]);

    this.health = gate.report;
    this.images = this.imageFacts(gate.imageBytes);
    this.registerOutputs({
      health: this.health,
      endpoints: this.endpoints,
      images: this.images,
      release: this.release,
      apiToken: this.apiToken,
    });
  }

  private token(): pulumi.Output<string> {
    if (this.args.apiToken !== undefined) return pulumi.secret(this.args.apiToken);
    return pulumi.secret(new RandomToken(`${this.prefix}-token`, { parent: this }).value);
  }

  /** Incidents, alerts and the model outlive updates and the stack; `npm stop -- --purge` removes them. */
  private volumes(): docker.Volume[] {
    return localVolumes(this.services).map(
      (name) =>
        new docker.Volume(
          `${this.prefix}-${name.replace(`linnix-${this.settings.stack}-`, "")}-volume`,
          { name },
          { parent: this, retainOnDelete: true },
        ),
    );
  }

  private network(): docker.Network {
    return new docker.Network(
      `${this.prefix}-network`,
      { name: stackName(this.settings.stack, "net"), driver: "bridge" },
      { parent: this },
    );
  }

  /** Says what this kernel can do, before cognitod is touched; fails the update only where that is asked for. */
  private preflight(): RunOnce {
    return new RunOnce(
      `${this.prefix}-preflight`,
      {
        spec: this.services.preflight,
        image: this.digests.cognitod,
        mustSucceed: this.settings.requireKernelInstrumentation,
      },
      { parent: this },
    );
  }

  /** Fetches the model before llama-server is touched, so that a wrong one never replaces what runs. */
  private model(volumes: docker.Volume[]): pulumi.Resource[] {
    const spec = this.services.model;
    if (spec === undefined) return [];
    const args = { spec, image: this.digests.llama };
    return [new RunOnce(`${this.prefix}-model`, args, { parent: this, dependsOn: volumes })];
  }

  private container(spec: ServiceSpec, dependsOn: pulumi.Resource[]): docker.Container {
    const plain = containerArguments(spec);
    const tokens = Object.keys(spec.secrets).map((name) => pulumi.interpolate`${name}=${this.apiToken}`);
    return new docker.Container(
      `${this.prefix}-${spec.image}`,
      { ...plain, image: this.digests[spec.image], envs: [...plain.envs, ...tokens] },
      // Ports and names are taken by the old container as long as it runs.
      { parent: this, dependsOn, deleteBeforeReplace: true },
    );
  }

  private gate(
    dependsOn: pulumi.Resource[],
    triggers: pulumi.Output<string>[],
  ): HealthGate<ReturnType<typeof localPlan>> {
    const { settings, services } = this;
    const endpoints = loopbackEndpoints(settings);
    const inputs = pulumi
      .all([this.release, pulumi.all(this.digests), pulumi.all(triggers)])
      .apply(([release, digests, ids]) => ({
        expected: {
          release,
          sample: settings.source.kind === "sample",
          model: settings.model.name,
          endpoints: { cognitod: endpoints.health, llama: endpoints.llamaHealth },
        },
        plan: localPlan(settings, services, digests),
        deadlineSeconds: settings.healthTimeoutSeconds,
        requireKernelInstrumentation: settings.requireKernelInstrumentation,
        triggers: ids,
      }));
    return new HealthGate(`${this.prefix}-health`, { inputs, observe: observeLocal }, { parent: this, dependsOn });
  }

  private imageFacts(bytes: pulumi.Output<Record<string, number>>): pulumi.Output<ImageFacts[]> {
    return pulumi
      .all([this.digests, bytes])
      .apply(([digests, sizes]) =>
        Object.entries(digests).map(([name, digest]) => ({ name, digest, bytes: sizes[name] ?? 0 })),
      );
  }
}

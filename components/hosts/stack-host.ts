import * as pulumi from "@pulumi/pulumi";

import type { HealthReport } from "../health/report";
import type { DeployableImage } from "../images/image";
import type { HostRequirements, StackImages } from "../images/stack-images";
import { mapServices } from "../services/catalogue";
import { stackName } from "../services/service";
import type { Endpoints } from "../services/stack-services";
import type { Ec2Settings } from "../settings/ec2/types";
import type { Configuration } from "../settings/load";
import type { Settings } from "../settings/types";
import type { InstanceFacts, LogGroupFacts } from "./ec2/ec2-host";
import type { Existing } from "./ec2/existing";
import type { StackKey } from "./ec2/identity/key";
import type { ImageFacts } from "./local/local-host";

// A stack loads only its own kind of host, when it is used: the AWS package and the EC2 host take 0.4 s of each update.
/* eslint-disable @typescript-eslint/no-require-imports -- an import would load both kinds */
const ec2Host = () => require("./ec2/ec2-host") as typeof import("./ec2/ec2-host");
const ec2Existing = () => require("./ec2/existing") as typeof import("./ec2/existing");
const ec2Key = () => require("./ec2/identity/key") as typeof import("./ec2/identity/key");
const ec2Stack = () => require("./ec2/stack") as typeof import("./ec2/stack");
const localHost = () => require("./local/local-host") as typeof import("./local/local-host");
const localPlan = () => require("./local/plan") as typeof import("./local/plan");
/* eslint-enable @typescript-eslint/no-require-imports */

/** The stack's outputs: those common to all hosts, then those of an EC2 host. */
export interface StackOutputs {
  /** Read from the running services; `pulumi up --refresh` reads it again. */
  readonly health: pulumi.Output<HealthReport>;
  /** Loopback addresses of the services: on this machine, or of an EC2 host while its ports are forwarded. */
  readonly endpoints: pulumi.Output<Endpoints>;
  /** Name and digest of each image; on a local stack its size in bytes too. */
  readonly images: pulumi.Output<Omit<ImageFacts, "bytes">[]>;
  /** Hash of what is deployed. */
  readonly release: pulumi.Output<string>;
  /** Token of cognitod's API; secret. */
  readonly apiToken: pulumi.Output<string>;
  /** Shell commands to paste. */
  readonly commands: pulumi.Output<Readonly<Record<string, string>>>;
  readonly instance?: pulumi.Output<InstanceFacts>;
  /** Log groups, with their console addresses. */
  readonly logs?: pulumi.Output<Record<string, LogGroupFacts>>;
  /** Address of the dashboard. */
  readonly dashboard?: pulumi.Output<string>;
  /** Names of the alarms. */
  readonly alarms?: pulumi.Output<string[]>;
}

/** What exists already under the names that the stack uses; undefined for a local stack, which can create everything again. */
export async function existingResources(settings: Settings): Promise<Existing | undefined> {
  const { host } = settings;
  switch (host.kind) {
    case "local":
      return undefined;
    case "ec2":
      return ec2Existing().lookUpExisting({ ...settings, host });
  }
}

/** The stack's own key, if the settings ask for one. It is created first: registry and host are both encrypted with it. */
export function stackKey({ stack, host }: Settings, existing?: Existing): StackKey | undefined {
  switch (host.kind) {
    case "local":
      return undefined;
    case "ec2":
      return host.customerKey
        ? new (ec2Key().StackKey)("key", { settings: { stack, host }, existingKeyId: existing?.keyId })
        : undefined;
  }
}

/** What the stack's host requires of its images. */
export function hostRequirements({ stack, host }: Settings, existing?: Existing): HostRequirements {
  switch (host.kind) {
    case "local":
      return { keepRepositories: false };
    case "ec2":
      return {
        architecture: host.architecture,
        keepRepositories: host.protect,
        existingRepositories: existing?.repositories,
        tags: ec2Stack().tags({ stack, host }, stackName(stack, "images")),
      };
  }
}

/** Arguments of {@link stackHost}. */
export interface StackHostArgs extends Configuration {
  readonly images: StackImages;
  /** The stack's own key, on EC2. */
  readonly key?: StackKey | undefined;
  /** From {@link existingResources}. */
  readonly existing?: Existing | undefined;
}

/** Creates the host that the settings ask for, and returns the stack's outputs. */
export function stackHost(args: StackHostArgs): StackOutputs {
  const { host } = args.settings;
  switch (host.kind) {
    case "local":
      return localOutputs(args);
    case "ec2":
      return ec2Outputs(args, host);
  }
}

function localOutputs({ settings, images, secrets }: StackHostArgs): StackOutputs {
  const { LocalHost } = localHost();
  const local = new LocalHost("host", { settings, images, secrets });
  const { health, endpoints, release, apiToken } = local;
  const commands = pulumi.output(localPlan().localCommands(settings));
  return { health, endpoints, images: local.images, release, apiToken, commands };
}

function ec2Outputs({ settings, images, ...args }: StackHostArgs, host: Ec2Settings): StackOutputs {
  const { Ec2Host } = ec2Host();
  const references = mapServices<DeployableImage, pulumi.Output<string>>(images, ({ reference }) => reference);
  const ec2 = new Ec2Host("host", { ...args, settings: { ...settings, host }, images: references, pull: images.pull });
  const { health, endpoints, release, apiToken, commands, instance, logs, dashboard, alarms } = ec2;
  const facts = pulumi
    .output(references)
    .apply((known) => Object.entries(known).map(([name, digest]) => ({ name, digest })));
  return { health, endpoints, images: facts, release, apiToken, commands, instance, logs, dashboard, alarms };
}

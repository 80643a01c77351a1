import * as pulumi from "@pulumi/pulumi";

import type { HealthReport } from "../health/report";
import type { StackImages } from "../images/images";
import type { loopbackEndpoints } from "../services/stack-services";
import { stackName } from "../services/service";
import type { Settings, Told } from "../settings";
import type { accessCommands } from "./ec2/access";
import { Ec2Host, type InstanceFacts, type LogGroupFacts } from "./ec2/ec2-host";
import { StackKey } from "./ec2/key";
import { tags } from "./ec2/tags";
import { type ImageFacts, LocalHost } from "./local/local-host";
import { localCommands } from "./local/services";

/** The stack's outputs: what every kind of host tells of itself, and what only one on EC2 does. */
export interface StackOutputs {
  /** Read from the running services; renewed by `pulumi up --refresh`. */
  readonly health: pulumi.Output<HealthReport>;
  /** Where the services answer: on this machine only, for a host on EC2 while its ports are forwarded. */
  readonly endpoints: pulumi.Output<ReturnType<typeof loopbackEndpoints>>;
  /** Name and digest of each image; on this machine its size in bytes too. */
  readonly images: pulumi.Output<Omit<ImageFacts, "bytes">[]>;
  /** Hash of what is deployed. */
  readonly release: pulumi.Output<string>;
  /** Opens cognitod's API; secret. */
  readonly apiToken: pulumi.Output<string>;
  /** To paste into a shell. */
  readonly commands: pulumi.Output<ReturnType<typeof localCommands>> | pulumi.Output<ReturnType<typeof accessCommands>>;
  readonly instance?: pulumi.Output<InstanceFacts>;
  /** Log groups, and where they are read. */
  readonly logs?: pulumi.Output<Record<string, LogGroupFacts>>;
  /** Address of the dashboard. */
  readonly dashboard?: pulumi.Output<string>;
  /** Names of the alarms. */
  readonly alarms?: pulumi.Output<string[]>;
}

/** The stack's own key, where the settings want one. It comes first: registry and host are both encrypted with it. */
export function stackKey({ stack, host }: Settings): StackKey | undefined {
  return host.kind === "ec2" && host.customerKey ? new StackKey("key", { settings: { stack, host } }) : undefined;
}

/** Tags of what a stack has in AWS beside its host; none on this machine. */
export function stackTags({ stack, host }: Settings): Record<string, string> {
  return host.kind === "ec2" ? tags({ stack, host }, stackName(stack, "images")) : {};
}

/** What a host is made of. */
export interface StackHostArgs extends Told {
  readonly images: StackImages;
  /** The stack's own key, on EC2. */
  readonly key?: StackKey | undefined;
}

/** Makes the host that the settings ask for, and tells the stack's outputs. */
export function stackHost({ settings, images, ...args }: StackHostArgs): StackOutputs {
  const { host } = settings;
  if (host.kind === "local") {
    const local = new LocalHost("host", { settings, images, apiToken: args.apiToken });
    const { health, endpoints, release, apiToken } = local;
    const commands = pulumi.output(localCommands(settings));
    return { health, endpoints, images: local.images, release, apiToken, commands };
  }
  const references = { cognitod: images.cognitod.reference, llama: images.llama.reference };
  const ec2 = new Ec2Host("host", {
    ...args,
    settings: { ...settings, host },
    images: references,
    repositoryArns: images.repositoryArns,
  });
  const { health, endpoints, release, apiToken, commands, instance, logs, dashboard, alarms } = ec2;
  const facts = pulumi
    .output(references)
    .apply((known) => Object.entries(known).map(([name, digest]) => ({ name, digest })));
  return { health, endpoints, images: facts, release, apiToken, commands, instance, logs, dashboard, alarms };
}

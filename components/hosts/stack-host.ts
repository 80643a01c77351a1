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

/** What every kind of host tells of itself, and what only one on EC2 does. */
export interface StackHost {
  readonly health: pulumi.Output<HealthReport>;
  readonly endpoints: pulumi.Output<ReturnType<typeof loopbackEndpoints>>;
  readonly images: pulumi.Output<Omit<ImageFacts, "bytes">[]>;
  readonly release: pulumi.Output<string>;
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;
  readonly commands: pulumi.Output<ReturnType<typeof localCommands>> | pulumi.Output<ReturnType<typeof accessCommands>>;
  readonly instance?: pulumi.Output<InstanceFacts>;
  readonly logs?: pulumi.Output<Record<string, LogGroupFacts>>;
  readonly dashboard?: pulumi.Output<string>;
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

/** The host that the settings ask for. */
export function stackHost({ settings, images, ...args }: StackHostArgs): StackHost {
  const { host } = settings;
  if (host.kind === "local") {
    const local = new LocalHost("host", { settings, images, apiToken: args.apiToken });
    return Object.assign(local, { commands: pulumi.output(localCommands(settings)) });
  }
  const references = { cognitod: images.cognitod.reference, llama: images.llama.reference };
  const ec2 = new Ec2Host("host", {
    ...args,
    settings: { ...settings, host },
    images: references,
    repositoryArns: images.repositoryArns,
  });
  const facts = pulumi
    .output(references)
    .apply((known) => Object.entries(known).map(([name, digest]) => ({ name, digest })));
  return Object.assign(ec2, { images: facts });
}

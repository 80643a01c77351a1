import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import type { Place } from "./place";
import { hostPolicies, hostPolicyNames } from "./policies";
import { trust } from "./service-policies";
import type { SecretName } from "./services";
import { type Ec2Stack, tags } from "./tags";

/** Arguments of {@link Identity}. */
export interface IdentityArgs {
  readonly settings: Ec2Stack;
  readonly place: pulumi.Input<Place>;
  /** The secrets that the host may read. */
  readonly secrets: readonly SecretName[];
  /** Whether the images stand in ECR. */
  readonly pullsFromEcr: boolean;
  /** The repositories that the host may pull from, when they do. */
  readonly repositoryArns: pulumi.Input<pulumi.Input<string>[]>;
  /** The key that the secrets are encrypted with; left out: AWS's own, which the parameter store opens by itself. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Who the host is to AWS: one role that may do what the host does, and no more. */
export class Identity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  /** Name of the profile that gives the role to the instance. */
  readonly profileName: pulumi.Output<string>;

  constructor(name: string, args: IdentityArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Identity", name, {}, options);
    const { stack, host } = args.settings;
    const named = stackName(stack, "host");
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: `${named}-`,
        description: `Linnix host, stack ${stack}`,
        assumeRolePolicy: JSON.stringify(trust("ec2.amazonaws.com")),
        ...(host.permissionsBoundary === undefined ? {} : { permissionsBoundary: host.permissionsBoundary }),
        tags: tags(args.settings, named),
      },
      { parent: this },
    );
    const policies = pulumi
      .all([args.place, args.repositoryArns, args.keyArn])
      .apply(([place, repositoryArns, keyArn]) =>
        hostPolicies({ place, stack, secrets: args.secrets, repositoryArns, keyArn }),
      );
    const left = { images: !args.pullsFromEcr, key: args.keyArn === undefined };
    for (const policy of hostPolicyNames) {
      if (policy in left && left[policy as keyof typeof left]) continue;
      new aws.iam.RolePolicy(
        `${name}-${policy}`,
        { role: role.name, name: policy, policy: policies.apply((all) => JSON.stringify(all[policy])) },
        { parent: this },
      );
    }
    const profile = new aws.iam.InstanceProfile(
      `${name}-profile`,
      { namePrefix: `${named}-`, role: role.name, tags: tags(args.settings, named) },
      { parent: this },
    );
    this.roleArn = role.arn;
    this.profileName = profile.name;
    this.registerOutputs({ roleArn: this.roleArn, profileName: this.profileName });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import type { SecretName } from "../../../services/secrets";
import { stackName } from "../../../services/service";
import { hostPolicies, hostPolicyNames, recordsSessions } from "./host-policies";
import { trust } from "../policy";
import { type AwsScope, type Ec2Stack, tags } from "../stack";

/** Arguments of {@link Identity}. */
export interface IdentityArgs {
  readonly settings: Ec2Stack;
  readonly scope: pulumi.Input<AwsScope>;
  /** The secrets that the host may read. */
  readonly secrets: readonly SecretName[];
  /** The ECR repositories that the host may pull from. The list is plain: it decides whether there is a policy for them. */
  readonly repositoryArns: readonly pulumi.Input<string>[];
  /** The bucket that contains the host bundles. */
  readonly bundleBucketArn: pulumi.Input<string>;
  /** The key that encrypts secrets and bundles. Default: AWS's own, which the host needs no permission for. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** The host's identity in AWS: one role with exactly the permissions that the host uses. */
export class Identity extends pulumi.ComponentResource {
  readonly roleArn: pulumi.Output<string>;
  /** Name of the instance profile, which has the role. */
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
      .all([args.scope, pulumi.all([...args.repositoryArns]), args.bundleBucketArn, args.keyArn])
      .apply(([scope, repositoryArns, bundleBucketArn, keyArn]) =>
        hostPolicies({
          scope,
          stack,
          secrets: args.secrets,
          repositoryArns,
          bundleBucketArn,
          keyArn,
          sessions: host.sessions,
        }),
      );
    const unused: readonly string[] = [
      ...(args.repositoryArns.length === 0 ? ["images"] : []),
      ...(args.keyArn === undefined ? ["key"] : []),
      ...(recordsSessions(host.sessions) ? [] : ["sessions"]),
    ];
    for (const policy of hostPolicyNames.filter((name) => !unused.includes(name))) {
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

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../services/service";
import type { Place } from "./place";
import { snapshotPolicy, trust } from "./service-policies";
import { type Ec2Stack, snapshotTag, tags } from "./tags";

/** Arguments of {@link Snapshots}. */
export interface SnapshotsArgs {
  readonly settings: Ec2Stack;
  readonly place: pulumi.Input<Place>;
  /** The key that the data volume is encrypted with, when it is the stack's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** A snapshot of the data volume each night, kept for as many days as the settings say. They outlive the stack. */
export class Snapshots extends pulumi.ComponentResource {
  /** ARN of the policy that makes them. */
  readonly policyArn: pulumi.Output<string>;

  constructor(name: string, args: SnapshotsArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:Snapshots", name, {}, options);
    const { settings } = args;
    const { stack, host } = settings;
    const named = stackName(stack, "dlm");
    const { key, value } = snapshotTag(stack);
    const role = new aws.iam.Role(
      `${name}-role`,
      {
        namePrefix: `${named}-`,
        description: `Linnix snapshots, stack ${stack}`,
        assumeRolePolicy: pulumi
          .output(args.place)
          .apply(({ account }) => JSON.stringify(trust("dlm.amazonaws.com", account))),
        ...(host.permissionsBoundary === undefined ? {} : { permissionsBoundary: host.permissionsBoundary }),
        tags: tags(settings, named),
      },
      { parent: this },
    );
    const rights = new aws.iam.RolePolicy(
      `${name}-rights`,
      {
        role: role.name,
        name: "snapshots",
        policy: pulumi
          .all([args.place, args.keyArn])
          .apply(([place, keyArn]) => JSON.stringify(snapshotPolicy(place, stack, keyArn))),
      },
      { parent: this },
    );
    const policy = new aws.dlm.LifecyclePolicy(
      `${name}-policy`,
      {
        // AWS takes letters, digits, spaces, hyphens and underscores here.
        description: `Linnix ${stack} data volume`,
        executionRoleArn: role.arn,
        state: "ENABLED",
        policyDetails: {
          resourceTypes: ["VOLUME"],
          targetTags: { [key]: value },
          schedules: [
            {
              name: "daily",
              createRule: { interval: 24, intervalUnit: "HOURS", times: "03:00" },
              retainRule: { interval: host.snapshotDays, intervalUnit: "DAYS" },
              copyTags: true,
            },
          ],
        },
        tags: tags(settings, named),
      },
      { parent: this, dependsOn: rights },
    );
    this.policyArn = policy.arn;
    this.registerOutputs({ policyArn: this.policyArn });
  }
}

import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

/** Where in AWS a stack is: what the names (ARNs) of its resources are made of. */
export interface Place {
  /** `aws`, `aws-us-gov` or `aws-cn`. */
  readonly partition: string;
  readonly region: string;
  /** Twelve digits. */
  readonly account: string;
}

/** Asks AWS for account and partition. */
export function lookUpPlace(region: string, parent: pulumi.Resource): pulumi.Output<Place> {
  const partition = aws.getPartitionOutput({}, { parent }).partition;
  const account = aws.getCallerIdentityOutput({}, { parent }).accountId;
  return pulumi.output({ partition, region, account });
}

/** ARN of something in this account and region: `arn(place, "logs", "log-group:/linnix/dev/llama")`. */
export function arn({ partition, region, account }: Place, service: string, resource: string): string {
  return `arn:${partition}:${service}:${region}:${account}:${resource}`;
}

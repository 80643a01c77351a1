/** Policies of everything but the host's role: trust, key, topic, endpoint, and what AWS does for a stack. Pure. */
import { logGroup } from "./names";
import { type Place, arn } from "./place";
import { type PolicyDocument, type Statement, policy } from "./policies";
import { parameterPrefix } from "./services";
import { snapshotTag } from "./tags";

/** A service of AWS may take the role; `account` keeps it from doing so for somebody else. */
export function trust(service: string, account?: string): PolicyDocument {
  return policy({
    Sid: "Assume",
    Effect: "Allow",
    Principal: { Service: service },
    Action: ["sts:AssumeRole"],
    ...(account === undefined ? {} : { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
  });
}

/** The stack's own key: the account administers it, this stack's logs and alarms use it. In here `*` is this key. */
export function keyPolicy(place: Place, stack: string): PolicyDocument {
  const { partition, region, account } = place;
  return policy(
    {
      // Without it nobody could ever change or delete the key; who in the account may do what is IAM's to say.
      Sid: "Account",
      Effect: "Allow",
      Principal: { AWS: `arn:${partition}:iam::${account}:root` },
      Action: ["kms:*"],
      Resource: ["*"],
    },
    {
      Sid: "Logs",
      Effect: "Allow",
      Principal: { Service: `logs.${region}.amazonaws.com` },
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
      Resource: ["*"],
      Condition: {
        ArnLike: {
          "kms:EncryptionContext:aws:logs:arn": arn(place, "logs", `log-group:${parameterPrefix(stack)}/*`),
        },
      },
    },
    {
      Sid: "Alarms",
      Effect: "Allow",
      Principal: { Service: "cloudwatch.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:GenerateDataKey*"],
      Resource: ["*"],
      Condition: { StringEquals: { "aws:SourceAccount": account } },
    },
  );
}

/** Alarms of this account may speak on the topic; who may listen is IAM's to say. */
export function topicPolicy(topicArn: string, account: string): PolicyDocument {
  return policy({
    Sid: "Alarms",
    Effect: "Allow",
    Principal: { Service: "cloudwatch.amazonaws.com" },
    Action: ["sns:Publish"],
    Resource: [topicArn],
    Condition: { StringEquals: { "aws:SourceAccount": account } },
  });
}

/**
 * The private network's way to S3 fetches and never sends. Packages, image layers and the model come from buckets of
 * AWS's and of the user's own, whose names differ by region and setting: so any bucket, but reading only.
 */
export function fetchOnlyPolicy(): PolicyDocument {
  return policy({
    Sid: "Fetch",
    Effect: "Allow",
    Principal: "*",
    Action: ["s3:GetObject"],
    Resource: ["*"],
  });
}

/** Flow logs go into their group and nowhere else. */
export function flowLogPolicy(place: Place, stack: string): PolicyDocument {
  return policy(
    {
      Sid: "Ship",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      Resource: [arn(place, "logs", `log-group:${logGroup(stack, "flow")}:*`)],
    },
    // The service looks for the group in a list, and a list has no one group for its resource.
    { Sid: "Find", Effect: "Allow", Action: ["logs:DescribeLogGroups"], Resource: [arn(place, "logs", "log-group:*")] },
  );
}

/** Makes snapshots of the volumes that carry the stack's tag, and deletes those that a policy made. */
export function snapshotPolicy(place: Place, stack: string, keyArn?: string): PolicyDocument {
  const { partition, region } = place;
  const { key, value } = snapshotTag(stack);
  const snapshots = `arn:${partition}:ec2:${region}::snapshot/*`;
  const encrypted: Statement[] =
    keyArn === undefined
      ? []
      : [
          {
            Sid: "Encrypt",
            Effect: "Allow",
            Action: ["kms:DescribeKey", "kms:GenerateDataKeyWithoutPlaintext"],
            Resource: [keyArn],
          },
          {
            // For EBS, which makes the snapshot, and for nobody else.
            Sid: "Lend",
            Effect: "Allow",
            Action: ["kms:CreateGrant"],
            Resource: [keyArn],
            Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
          },
        ];
  return policy(
    {
      Sid: "Take",
      Effect: "Allow",
      Action: ["ec2:CreateSnapshot"],
      Resource: [arn(place, "ec2", "volume/*")],
      Condition: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
    },
    // A snapshot has no tags, and no account in its name, at the moment it is made.
    { Sid: "Keep", Effect: "Allow", Action: ["ec2:CreateSnapshot"], Resource: [snapshots] },
    { Sid: "Tag", Effect: "Allow", Action: ["ec2:CreateTags"], Resource: [snapshots] },
    {
      Sid: "Expire",
      Effect: "Allow",
      Action: ["ec2:DeleteSnapshot"],
      Resource: [snapshots],
      Condition: { StringEquals: { [`aws:ResourceTag/${key}`]: value } },
    },
    // Looking has no resource to be limited to.
    { Sid: "Look", Effect: "Allow", Action: ["ec2:DescribeSnapshots", "ec2:DescribeVolumes"], Resource: ["*"] },
    ...encrypted,
  );
}

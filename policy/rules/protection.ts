/** What a setting turns on, and a trial does without: advisory, except where the pack's configuration says otherwise. */
import { covered } from "./buckets";
import { logGroup } from "./monitoring";
import { repository } from "./repositories";
import { type Rule, inputsOf, nested, ofType } from "./rule";

const vpc = "aws:ec2/vpc:Vpc";
const volume = "aws:ebs/volume:Volume";
const instance = "aws:ec2/instance:Instance";
const topic = "aws:sns/topic:Topic";

/** Rules on protection. */
export const protection: readonly Rule[] = [
  {
    id: "EC2.6",
    says: "a VPC has flow logs (linnix:flowLogs)",
    breaches: (all) => (ofType(all, "aws:ec2/flowLog:FlowLog").length > 0 ? [] : ofType(all, vpc)),
    broken: { type: vpc, inputs: {} },
  },
  {
    id: "EC2.28",
    says: "a backup plan covers the data volume (linnix:snapshotDays)",
    breaches: (all) => {
      const tags = ofType(all, "aws:dlm/lifecyclePolicy:LifecyclePolicy").flatMap(({ inputs }) =>
        Object.entries(nested(nested(inputs.policyDetails).targetTags)),
      );
      const isCovered = (own: unknown) => tags.some(([key, value]) => nested(own)[key] === value);
      return ofType(all, volume).filter(({ inputs }) => !isCovered(inputs.tags));
    },
    broken: { type: volume, inputs: {} },
  },
  {
    id: "SNS.1",
    says: "topics are encrypted with a key of the customer's (linnix:customerKey)",
    ...inputsOf(topic, ({ kmsMasterKeyId }) => kmsMasterKeyId !== undefined),
    broken: { type: topic, inputs: {} },
  },
  {
    id: "ECR.5",
    says: "repositories are encrypted with a key of the customer's (linnix:customerKey)",
    ...inputsOf(repository, ({ encryptionConfigurations }) =>
      JSON.stringify(encryptionConfigurations ?? "").includes('"KMS"'),
    ),
    broken: { type: repository, inputs: {} },
  },
  {
    id: "S3.17",
    says: "buckets are encrypted with a key of the customer's (linnix:customerKey)",
    ...covered("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", ({ rules }) =>
      JSON.stringify(rules ?? "").includes('"kmsMasterKeyId":"arn:'),
    ),
  },
  {
    id: "EC2.9",
    says: "a host has no public address (linnix:private; without it the address is its way out, and nothing comes in)",
    ...inputsOf(instance, ({ associatePublicIpAddress }) => associatePublicIpAddress === false),
    broken: { type: instance, inputs: { associatePublicIpAddress: true } },
  },
  {
    id: "log retention",
    says: "logs are kept for at least 30 days (linnix:logDays)",
    ...inputsOf(logGroup, ({ retentionInDays }) => Number(retentionInDays) >= 30),
    broken: { type: logGroup, inputs: { retentionInDays: 7 } },
  },
  {
    id: "protect",
    says: "host and data volume can't be deleted or replaced by mistake (linnix:protect)",
    judges: (type) => type === instance || type === volume,
    holds: ({ options }) => options?.protect === true,
    broken: { type: volume, inputs: {} },
  },
];

/**
 * Inputs whose change replaces a resource, by type. A graph has no provider's schema, so this list holds what the
 * providers mark as such (`ForceNew` of Terraform's AWS provider 6.34) for the inputs that this program sets.
 */
const inputs: Readonly<Record<string, readonly string[]>> = {
  "aws:cloudwatch/dashboard:Dashboard": ["dashboardName"],
  "aws:cloudwatch/logGroup:LogGroup": ["name"],
  "aws:cloudwatch/metricAlarm:MetricAlarm": ["name"],
  "aws:ebs/volume:Volume": ["availabilityZone", "encrypted", "kmsKeyId", "snapshotId"],
  "aws:ec2/instance:Instance": ["ami", "subnetId", "associatePublicIpAddress", "rootBlockDevice.kmsKeyId"],
  "aws:ec2/securityGroup:SecurityGroup": ["description", "name", "vpcId"],
  "aws:ec2/subnet:Subnet": ["cidrBlock", "vpcId", "availabilityZone"],
  "aws:ec2/volumeAttachment:VolumeAttachment": ["deviceName", "instanceId", "volumeId"],
  "aws:ec2/vpc:Vpc": ["cidrBlock"],
  "aws:ecr/repository:Repository": ["encryptionConfigurations", "name"],
  "aws:iam/instanceProfile:InstanceProfile": ["name", "namePrefix"],
  "aws:iam/role:Role": ["name", "namePrefix"],
  "aws:kms/alias:Alias": ["name"],
  "aws:s3/bucket:Bucket": ["bucket", "bucketPrefix"],
  "aws:s3/bucketObjectv2:BucketObjectv2": ["bucket", "key"],
  "aws:sns/topic:Topic": ["name", "namePrefix"],
  "aws:ssm/document:Document": ["name", "documentType"],
  "aws:ssm/parameter:Parameter": ["name"],
  "docker:index/network:Network": ["driver", "name"],
  "docker:index/volume:Volume": ["driver", "name"],
  "pulumi-nodejs:dynamic/linnix:Rollout": ["region", "prefix"],
};

/** A container is replaced by a change of any input but these. */
const inPlace: Readonly<Record<string, readonly string[]>> = {
  "docker:index/container:Container": ["destroyGraceSeconds", "memory", "memorySwap", "mustRun", "restart", "start"],
};

const at = (value: unknown, place: string): unknown =>
  place.split(".").reduce((found, key) => (found as Record<string, unknown> | undefined)?.[key], value);

/** Whether two values of a graph are the same, which is JSON. */
export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

type Inputs = Readonly<Record<string, unknown>>;

/** The inputs that differ and whose change replaces the resource. */
export function replacingInputs(type: string, before: Inputs, after: Inputs): string[] {
  const kept = inPlace[type];
  const all = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  const places = kept === undefined ? (inputs[type] ?? []) : all.filter((name) => !kept.includes(name));
  return places.filter((place) => !same(at(before, place), at(after, place)));
}

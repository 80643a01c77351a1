/**
 * The values that AWS would return and an EC2 stack's program uses: for graphs without credentials and network.
 * Ids have the form of real ones, so that what is rendered from them would run.
 */
import type * as pulumi from "@pulumi/pulumi";

/** The account of AWS's own examples. */
export const exampleAccount = "123456789012";

const digits = "0123456789abcdef0";
const exampleKey = "01234567-89ab-cdef-0123-456789abcdef";

/** Properties that AWS generates, by resource type. */
const computed: Readonly<
  Record<string, (name: string, inputs: Record<string, unknown>, region: string) => Record<string, unknown>>
> = {
  "aws:ecr/repository:Repository": (_, { name }, region) => ({
    repositoryUrl: `${exampleAccount}.dkr.ecr.${region}.amazonaws.com/${String(name)}`,
  }),
  "aws:ec2/instance:Instance": (_, { associatePublicIpAddress }, region) => ({
    id: `i-${digits}`,
    availabilityZone: `${region}a`,
    primaryNetworkInterfaceId: `eni-${digits}`,
    privateIp: "10.42.0.10",
    publicIp: associatePublicIpAddress === true ? "203.0.113.10" : "",
  }),
  "aws:ec2/subnet:Subnet": () => ({ id: `subnet-${digits}` }),
  "aws:ec2/vpc:Vpc": () => ({ id: `vpc-${digits}` }),
  "aws:ec2/securityGroup:SecurityGroup": () => ({ id: `sg-${digits}` }),
  "aws:ec2/vpcEndpoint:VpcEndpoint": () => ({ prefixListId: `pl-${digits}` }),
  "aws:ebs/volume:Volume": () => ({ id: `vol-${digits}` }),
  "aws:kms/key:Key": () => ({ keyId: exampleKey }),
  "aws:s3/bucket:Bucket": (_, { bucketPrefix }) => ({ id: `${String(bucketPrefix)}${digits.slice(0, 8)}` }),
  "aws:ssm/parameter:Parameter": () => ({ version: 1 }),
};

/** ARNs after `arn:aws:`, by resource type; `@` is replaced by region and account. */
const arns: Readonly<Record<string, (name: string) => string>> = {
  "aws:cloudwatch/logGroup:LogGroup": (name) => `logs:@:log-group:${name}`,
  "aws:cloudwatch/metricAlarm:MetricAlarm": (name) => `cloudwatch:@:alarm:${name}`,
  "aws:dlm/lifecyclePolicy:LifecyclePolicy": () => `dlm:@:policy/policy-${digits}`,
  "aws:ecr/repository:Repository": (name) => `ecr:@:repository/${name}`,
  "aws:iam/role:Role": (name) => `iam::${exampleAccount}:role/${name}`,
  "aws:kms/key:Key": () => `kms:@:key/${exampleKey}`,
  "aws:s3/bucket:Bucket": (name) => `s3:::${name}`,
  "aws:sns/topic:Topic": (name) => `sns:@:${name}`,
};

/** The state of an AWS resource after its creation, with an `id` where AWS generates one. */
export function awsOutcome(
  { type, name, inputs }: Pick<pulumi.runtime.MockResourceArgs, "type" | "name" | "inputs">,
  region: string,
): Record<string, unknown> {
  const given = inputs as Record<string, unknown>;
  const { namePrefix = given.bucketPrefix } = given;
  const own = typeof namePrefix === "string" ? `${namePrefix}${digits.slice(0, 8)}` : given.name;
  const arn = arns[type]?.(String(own)).replace("@", `${region}:${exampleAccount}`);
  return {
    ...(own === undefined ? {} : { name: own }),
    ...(arn === undefined ? {} : { arn: `arn:aws:${arn}` }),
    ...given,
    ...computed[type]?.(name, given, region),
  };
}

/** An error as Pulumi reports it to the program: it reads `details`. */
const refusal = (details: string): Error => Object.assign(new Error(details), { details });

/** What AWS answers to a question of the program's. */
export function awsCall({ token, inputs }: pulumi.runtime.MockCallArgs, region: string): Record<string, unknown> {
  const given = inputs as Record<string, unknown>;
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return { accountId: exampleAccount, arn: `arn:aws:iam::${exampleAccount}:user/example` };
    case "aws:ecr/getAuthorizationToken:getAuthorizationToken":
      return { ...given, userName: "AWS", password: "known-at-deployment-only" };
    case "aws:index/getPartition:getPartition":
      return { partition: "aws", dnsSuffix: "amazonaws.com" };
    case "aws:ssm/getParameter:getParameter":
      return { ...given, value: `ami-${digits}` };
    case "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings":
      return { ...given, locations: [`${region}b`, `${region}a`] };
    case "aws:ebs/getVolume:getVolume":
      return { ...given, availabilityZone: `${region}a`, size: 20 };
    // Nothing exists yet.
    case "aws:cloudwatch/getLogGroups:getLogGroups":
      return { ...given, logGroupNames: [] };
    // The provider leaves out an empty set.
    case "aws:ecr/getRepositories:getRepositories":
      return given;
    case "aws:kms/getAlias:getAlias":
      throw refusal(`reading KMS Alias (${String(given.name)}): couldn't find resource`);
    case "aws:ssm/getDocument:getDocument":
      throw refusal(`reading SSM Document (${String(given.name)}) content: InvalidDocument`);
    case "aws:ec2/getVpcEndpointService:getVpcEndpointService":
      return { ...given, availabilityZones: [`${region}c`, `${region}b`, `${region}a`] };
    case "aws:ec2/getVpc:getVpc":
      return { ...given, dhcpOptionsId: `dopt-${digits}`, cidrBlockAssociations: [{ cidrBlock: "10.0.0.0/16" }] };
    case "aws:ec2/getVpcDhcpOptions:getVpcDhcpOptions":
      return { ...given, domainNameServers: ["AmazonProvidedDNS"], ntpServers: [] };
    case "aws:ec2/getSubnet:getSubnet":
      return { ...given, vpcId: `vpc-${digits}`, availabilityZone: `${region}a` };
    default:
      return given;
  }
}

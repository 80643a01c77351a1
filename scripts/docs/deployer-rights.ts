/** The rights in AWS of whoever runs an update, by the type of the resources that need them. Each list has the service's prefix first. */

/** One of the managed policies: IAM allows 6,144 characters in each. */
export type PolicyName = "network-and-host" | "identity-and-storage" | "monitoring-and-release";

/** What one type of resource needs: to be created, read, changed, tagged and deleted. */
export interface TypeRights {
  readonly policy: PolicyName;
  /** `service: Action Action…`, one line for each service. */
  readonly actions: readonly string[];
}

const network = (...actions: string[]): TypeRights => ({ policy: "network-and-host", actions });
const storage = (...actions: string[]): TypeRights => ({ policy: "identity-and-storage", actions });
const monitoring = (...actions: string[]): TypeRights => ({ policy: "monitoring-and-release", actions });

/** Tags of everything in EC2. */
const ec2Tags = "CreateTags DeleteTags DescribeTags";

/** Reads of security groups, which also finds what still uses them. */
const groups =
  "DescribeSecurityGroups DescribeSecurityGroupRules DescribeNetworkInterfaces AuthorizeSecurityGroupEgress " +
  "AuthorizeSecurityGroupIngress RevokeSecurityGroupEgress RevokeSecurityGroupIngress";

/** By type of resource. A unit test compares the types with those of every variation of the settings. */
export const typeRights: Readonly<Record<string, TypeRights>> = {
  "aws:ec2/vpc:Vpc": network(
    `ec2: CreateVpc DeleteVpc DescribeVpcs DescribeVpcAttribute ModifyVpcAttribute ${ec2Tags}`,
  ),
  "aws:ec2/subnet:Subnet": network("ec2: CreateSubnet DeleteSubnet DescribeSubnets ModifySubnetAttribute"),
  "aws:ec2/internetGateway:InternetGateway": network(
    "ec2: CreateInternetGateway AttachInternetGateway DetachInternetGateway DeleteInternetGateway DescribeInternetGateways",
  ),
  "aws:ec2/routeTable:RouteTable": network("ec2: CreateRouteTable DeleteRouteTable DescribeRouteTables"),
  "aws:ec2/route:Route": network("ec2: CreateRoute DeleteRoute ReplaceRoute DescribeRouteTables"),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": network("ec2: AssociateRouteTable DisassociateRouteTable"),
  "aws:ec2/securityGroup:SecurityGroup": network(`ec2: CreateSecurityGroup DeleteSecurityGroup ${groups}`),
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": network(`ec2: ${groups}`),
  "aws:ec2/vpcEndpoint:VpcEndpoint": network(
    "ec2: CreateVpcEndpoint ModifyVpcEndpoint DeleteVpcEndpoints DescribeVpcEndpoints DescribePrefixLists",
  ),
  "aws:ec2/flowLog:FlowLog": network("ec2: CreateFlowLogs DeleteFlowLogs DescribeFlowLogs", "iam: PassRole"),
  "aws:ec2/instance:Instance": network(
    "ec2: RunInstances TerminateInstances StopInstances StartInstances DescribeInstances DescribeInstanceAttribute " +
      "DescribeInstanceCreditSpecifications DescribeInstanceTypes DescribeInstanceStatus DescribeImages " +
      "DescribeIamInstanceProfileAssociations AssociateIamInstanceProfile DisassociateIamInstanceProfile " +
      "ReplaceIamInstanceProfileAssociation ModifyInstanceAttribute ModifyInstanceMetadataOptions " +
      "ModifyInstanceCreditSpecification ModifyInstanceMaintenanceOptions MonitorInstances UnmonitorInstances",
    "iam: PassRole",
  ),
  "aws:ebs/volume:Volume": network(
    "ec2: CreateVolume DeleteVolume ModifyVolume DescribeVolumes DescribeVolumesModifications CreateSnapshot DescribeSnapshots",
  ),
  "aws:ec2/volumeAttachment:VolumeAttachment": network("ec2: AttachVolume DetachVolume DescribeVolumes"),
  "aws:iam/role:Role": storage(
    "iam: CreateRole GetRole UpdateRole UpdateAssumeRolePolicy DeleteRole TagRole UntagRole ListRolePolicies " +
      "ListAttachedRolePolicies ListInstanceProfilesForRole PutRolePermissionsBoundary",
  ),
  "aws:iam/rolePolicy:RolePolicy": storage("iam: PutRolePolicy GetRolePolicy DeleteRolePolicy"),
  "aws:iam/instanceProfile:InstanceProfile": storage(
    "iam: CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile " +
      "RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile",
  ),
  "aws:ecr/repository:Repository": storage(
    "ecr: CreateRepository DescribeRepositories DescribeImages DeleteRepository PutImageTagMutability PutImageScanningConfiguration " +
      "ListTagsForResource TagResource UntagResource GetAuthorizationToken BatchCheckLayerAvailability InitiateLayerUpload " +
      "UploadLayerPart CompleteLayerUpload PutImage BatchGetImage GetDownloadUrlForLayer",
  ),
  "aws:ecr/lifecyclePolicy:LifecyclePolicy": storage(
    "ecr: PutLifecyclePolicy GetLifecyclePolicy DeleteLifecyclePolicy",
  ),
  "aws:s3/bucket:Bucket": storage(
    "s3: CreateBucket DeleteBucket ListBucket ListBucketVersions DeleteObject DeleteObjectVersion GetBucketTagging PutBucketTagging " +
      // Without them the provider is refused once for each bucket, and then uses the two actions before.
      "ListTagsForResource TagResource UntagResource " +
      // What the provider reads of every bucket.
      "GetAccelerateConfiguration GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketObjectLockConfiguration " +
      "GetBucketRequestPayment GetBucketVersioning GetBucketWebsite GetLifecycleConfiguration GetReplicationConfiguration",
  ),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": storage(
    "s3: GetBucketOwnershipControls PutBucketOwnershipControls",
  ),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": storage(
    "s3: GetBucketPublicAccessBlock PutBucketPublicAccessBlock",
  ),
  "aws:s3/bucketPolicy:BucketPolicy": storage("s3: GetBucketPolicy PutBucketPolicy DeleteBucketPolicy"),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": storage(
    "s3: GetEncryptionConfiguration PutEncryptionConfiguration",
  ),
  "aws:s3/bucketObjectv2:BucketObjectv2": storage(
    "s3: PutObject GetObject DeleteObject GetObjectTagging PutObjectTagging",
  ),
  "aws:kms/key:Key": storage(
    "kms: CreateKey DescribeKey GetKeyPolicy PutKeyPolicy GetKeyRotationStatus EnableKeyRotation ScheduleKeyDeletion " +
      "UpdateKeyDescription ListResourceTags TagResource UntagResource " +
      // For what is encrypted with the key: volumes and repositories take a grant, parameters are written and read.
      "CreateGrant GenerateDataKey GenerateDataKeyWithoutPlaintext Decrypt Encrypt ReEncryptFrom ReEncryptTo",
  ),
  "aws:kms/alias:Alias": storage("kms: CreateAlias UpdateAlias DeleteAlias ListAliases"),
  "aws:dlm/lifecyclePolicy:LifecyclePolicy": storage(
    "dlm: CreateLifecyclePolicy GetLifecyclePolicy UpdateLifecyclePolicy DeleteLifecyclePolicy ListTagsForResource TagResource " +
      "UntagResource",
    "iam: PassRole",
  ),
  "aws:cloudwatch/logGroup:LogGroup": monitoring(
    "logs: CreateLogGroup DeleteLogGroup DescribeLogGroups PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey " +
      "DisassociateKmsKey ListTagsForResource TagResource UntagResource",
  ),
  "aws:cloudwatch/metricAlarm:MetricAlarm": monitoring(
    "cloudwatch: PutMetricAlarm DeleteAlarms DescribeAlarms ListTagsForResource TagResource UntagResource",
    // For the role through which alarms recover and reboot a host.
    "iam: CreateServiceLinkedRole",
  ),
  "aws:cloudwatch/dashboard:Dashboard": monitoring("cloudwatch: PutDashboard GetDashboard DeleteDashboards"),
  "aws:sns/topic:Topic": monitoring(
    "sns: CreateTopic DeleteTopic GetTopicAttributes SetTopicAttributes ListTagsForResource TagResource UntagResource",
  ),
  "aws:sns/topicPolicy:TopicPolicy": monitoring("sns: GetTopicAttributes SetTopicAttributes"),
  "aws:sns/topicSubscription:TopicSubscription": monitoring(
    "sns: Subscribe Unsubscribe GetSubscriptionAttributes ListSubscriptionsByTopic",
  ),
  "aws:ssm/document:Document": monitoring(
    "ssm: CreateDocument DescribeDocument GetDocument UpdateDocument UpdateDocumentDefaultVersion DeleteDocument " +
      "DescribeDocumentPermission AddTagsToResource RemoveTagsFromResource ListTagsForResource",
  ),
  "aws:ssm/parameter:Parameter": monitoring(
    "ssm: PutParameter GetParameter GetParameters DeleteParameter DescribeParameters AddTagsToResource RemoveTagsFromResource " +
      "ListTagsForResource",
  ),
};

/** What the rollout and the program's look-ups call, besides the providers. */
export const programRights: readonly TypeRights[] = [
  monitoring(
    "ssm: SendCommand GetCommandInvocation DescribeInstanceInformation DeleteParameters",
    "sts: GetCallerIdentity",
  ),
  network(
    "ec2: DescribeInstanceTypeOfferings DescribeVpcEndpointServices DescribeDhcpOptions DescribeAvailabilityZones " +
      "DescribeAccountAttributes DescribeNetworkAcls",
  ),
];

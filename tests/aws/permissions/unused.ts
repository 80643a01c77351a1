/**
 * Allowed actions that no run of `npm run test:aws` has called, and why they are allowed. The other allowed actions are in
 * evidence.json.
 */
import type { Caller } from "../api/front";

const actions = (service: string, names: string): string[] => names.split(" ").map((name) => `${service}:${name}`);

/** One reason, and the actions that it is for. */
interface Reason {
  readonly why: string;
  readonly actions: readonly string[];
}

/** The reasons by caller. */
export const unused: Readonly<Record<Caller, readonly Reason[]>> = {
  host: [
    {
      why: "Amazon's SSM agent, for which the guest agent stands in",
      actions: [
        "ssm:UpdateInstanceInformation",
        ...actions("ssmmessages", "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel"),
        ...actions("ec2messages", "AcknowledgeMessage DeleteMessage FailMessage GetEndpoint GetMessages SendReply"),
      ],
    },
    {
      why: "Amazon's CloudWatch agent, which the box does not have",
      actions: actions("logs", "CreateLogStream DescribeLogStreams PutLogEvents"),
    },
  ],
  deployer: [
    {
      why: "changed and removed tags of types that no test changes one by one",
      actions: [
        ...actions("cloudwatch", "UntagResource"),
        ...actions("ec2", "DeleteTags"),
        ...actions("ecr", "UntagResource"),
        ...actions("iam", "UntagInstanceProfile UntagRole"),
        ...actions("logs", "UntagResource"),
        ...actions("sns", "UntagResource"),
        ...actions("ssm", "RemoveTagsFromResource"),
      ],
    },
    {
      why: "another version of the program may have other looks, and so another content of the stack's document",
      actions: actions("ssm", "UpdateDocument UpdateDocumentDefaultVersion"),
    },
    {
      why: "linnix:snapshotDays: prod.test.ts has it, and has not been run yet",
      actions: [
        ...actions(
          "dlm",
          "CreateLifecyclePolicy DeleteLifecyclePolicy GetLifecyclePolicy ListTagsForResource TagResource UntagResource UpdateLifecyclePolicy",
        ),
        ...actions("ec2", "CreateSnapshot DescribeSnapshots"),
      ],
    },
    {
      why: "changes in place, and drift, of properties that no test changes",
      actions: [
        ...actions(
          "ec2",
          "AssociateIamInstanceProfile AuthorizeSecurityGroupIngress DisassociateIamInstanceProfile ModifyInstanceCreditSpecification ModifyInstanceMaintenanceOptions ModifyInstanceMetadataOptions ModifySubnetAttribute ReplaceIamInstanceProfileAssociation ReplaceRoute UnmonitorInstances",
        ),
        ...actions("ecr", "PutImageScanningConfiguration PutImageTagMutability"),
        ...actions("iam", "UpdateAssumeRolePolicy UpdateRole"),
        ...actions("logs", "DeleteRetentionPolicy"),
        ...actions("s3", "DeleteObjectVersion"),
      ],
    },
    {
      why: "linnix:private and existing networks: no test here has one",
      actions: [
        ...actions(
          "ec2",
          "CreateVpcEndpoint DeleteVpcEndpoints DescribeDhcpOptions DescribePrefixLists DescribeVpcEndpointServices DescribeVpcEndpoints ModifyVpcEndpoint",
        ),
      ],
    },
    {
      why: "reads of the provider while it waits for AWS, which takes no time here, and after errors",
      actions: [
        ...actions(
          "ec2",
          "DescribeAccountAttributes DescribeAvailabilityZones DescribeIamInstanceProfileAssociations DescribeInstanceStatus",
        ),
        ...actions("s3", "GetBucketLocation ListBucketVersions"),
        ...actions("ssm", "GetParameters"),
      ],
    },
    {
      why: "once for each account: the role through which alarms recover and reboot a host",
      actions: [...actions("iam", "CreateServiceLinkedRole")],
    },
    {
      why: "linnix:permissionsBoundary: no test here sets it",
      actions: [...actions("iam", "PutRolePermissionsBoundary")],
    },
    {
      why: "linnix:customerKey: prod.test.ts has it, and has not been run yet",
      actions: [
        ...actions(
          "kms",
          "CreateAlias CreateKey DeleteAlias DescribeKey EnableKeyRotation GetKeyPolicy GetKeyRotationStatus ListAliases ListResourceTags PutKeyPolicy ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription",
        ),
        ...actions("logs", "AssociateKmsKey DisassociateKmsKey"),
        ...actions("s3", "PutEncryptionConfiguration"),
      ],
    },
    {
      why: "AWS asks for it itself, on the caller's behalf, for what is encrypted with the stack's key",
      actions: [
        ...actions(
          "kms",
          "CreateGrant Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo",
        ),
      ],
    },
    {
      why: "the provider uses it where it knows the account, which the box hides from it (Pulumi.box.yaml)",
      actions: [...actions("s3", "ListTagsForResource UntagResource")],
    },
    {
      why: "linnix:alarmEmails: no test here sets it",
      actions: [...actions("sns", "GetSubscriptionAttributes ListSubscriptionsByTopic Subscribe Unsubscribe")],
    },
    {
      why: "AWS asks for no permission, and policies name it by custom",
      actions: [...actions("sts", "GetCallerIdentity")],
    },
  ],
};

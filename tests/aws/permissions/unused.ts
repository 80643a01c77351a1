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
      why: "AWS itself asks for it on the caller's behalf: keys of encrypted volumes, repositories, logs and parameters",
      actions: actions(
        "kms",
        "CreateGrant Decrypt Encrypt GenerateDataKey GenerateDataKeyWithoutPlaintext ReEncryptFrom ReEncryptTo",
      ),
    },
  ],
};

/**
 * Stands in for the part of Systems Manager that runs commands: they run in the machine, through QEMU's guest agent, as
 * root. It does no queueing: a command to an instance whose agent does not answer is refused, as for one that has not
 * registered yet. It knows the documents whose creation it sees, sends no output to S3 or CloudWatch, and forgets its commands
 * and documents when it ends.
 */
import { randomUUID } from "node:crypto";

import type { Machine } from "../../host/machine/machine";
import { type PlayedDocument, readDocument } from "../../fixtures/ssm-document";
import { ended } from "../../host/guest-ssm";
import type { Invocation } from "../../../components/hosts/ec2/rollout/ssm";
import { type Answer, type Handler, jsonAnswer } from "./front";

/** The machine of a running instance whose agent has answered; undefined if there is none. */
export type FindMachine = (instanceId: string) => Machine | undefined;

interface Command {
  readonly instanceId: string;
  /** Undefined while it runs. */
  outcome?: Invocation;
}

const refusal = (name: string, message: string): Answer => jsonAnswer({ __type: name, message }, 400);

interface SendCommand {
  readonly InstanceIds: readonly string[];
  readonly DocumentName: string;
  readonly Comment?: string;
  readonly Parameters: Readonly<Record<string, readonly string[]>>;
}

interface Filters {
  readonly Filters?: readonly { readonly Key: string; readonly Values: readonly string[] }[];
}

/** Answers the calls about commands and registered instances. */
export function runCommandHandler(find: FindMachine, instances: () => readonly string[]): Handler {
  const commands = new Map<string, Command>();
  const documents = new Map<string, PlayedDocument>();

  const send = ({ InstanceIds, DocumentName, Comment, Parameters }: SendCommand): Answer => {
    const document = documents.get(DocumentName);
    if (document === undefined) return refusal("InvalidDocument", `${DocumentName} does not exist here`);
    const read = readDocument(document, Parameters);
    if (read === undefined) return refusal("InvalidParameters", JSON.stringify(Parameters));
    const [instanceId = ""] = InstanceIds;
    const machine = find(instanceId);
    if (machine === undefined) return refusal("InvalidInstanceId", `${instanceId} is not registered`);
    const CommandId = randomUUID();
    const command: Command = { instanceId };
    commands.set(CommandId, command);
    ended(machine, read.script, read.timeoutSeconds).then(
      (outcome) => (command.outcome = outcome),
      // The machine was switched off, or the time was over: as on AWS, the command is not known to have ended.
      () => undefined,
    );
    return jsonAnswer({ Command: { CommandId, InstanceIds, DocumentName, Comment, Parameters, Status: "Pending" } });
  };

  const invocation = (CommandId: string, InstanceId: string): Answer => {
    const command = commands.get(CommandId);
    if (command?.instanceId !== InstanceId) return refusal("InvocationDoesNotExist", "");
    const { status, detail, exitCode, stdout, stderr } = command.outcome ?? {
      ...{ status: "InProgress", detail: "InProgress", exitCode: -1, stdout: "", stderr: "" },
    };
    const output = { StandardOutputContent: stdout, StandardErrorContent: stderr };
    return jsonAnswer({
      CommandId,
      InstanceId,
      Status: status,
      StatusDetails: detail,
      ResponseCode: exitCode,
      ...output,
    });
  };

  const registered = ({ Filters = [] }: Filters): Answer => {
    const wanted = Filters.find(({ Key }) => Key === "InstanceIds")?.Values ?? instances();
    const online = wanted.filter((id) => find(id) !== undefined);
    const now = Date.now() / 1000;
    const list = online.map((InstanceId) => ({ InstanceId, PingStatus: "Online", LastPingDateTime: now }));
    return jsonAnswer({ InstanceInformationList: list });
  };

  return ({ service, action, parameters }) => {
    if (service !== "ssm") return undefined;
    switch (action) {
      case "CreateDocument":
      case "UpdateDocument":
        documents.set(String(parameters.Name), JSON.parse(String(parameters.Content)) as PlayedDocument);
        return undefined;
      case "SendCommand":
        return send(parameters as unknown as SendCommand);
      case "GetCommandInvocation":
        return invocation(String(parameters.CommandId), String(parameters.InstanceId));
      case "DescribeInstanceInformation":
        return registered(parameters);
      default:
        return undefined;
    }
  };
}

/**
 * Stands in for the machine where a test is about the deployer's side: a played host answers the commands, and its
 * parameters are the API's. Nothing is booted, and no image is pulled.
 */
import { parameterNames } from "../../../components/hosts/ec2/protocol";
import { parameterPrefix } from "../../../components/hosts/ec2/stack";
import { PlayedHost } from "../../fixtures/played-host";
import { region } from "../../host/world/addresses";
import type { Call } from "../api/call";
import { type Handler, jsonAnswer } from "../api/front";
import { tagsOfIds } from "../api/tags";

const authorization = `AWS4-HMAC-SHA256 Credential=played/20260101/${region}/ssm/aws4_request, SignedHeaders=host, Signature=none`;

/** Calls an action of Systems Manager; returns the answer, whatever its status. */
async function ssm(url: string, action: string, input: unknown): Promise<{ status: number; body: unknown }> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      Authorization: authorization,
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AmazonSSM.${action}`,
    },
    body: JSON.stringify(input),
  });
  return { status: response.status, body: await response.json() };
}

const commandActions = ["SendCommand", "GetCommandInvocation", "DescribeInstanceInformation"];

/** The instances that a command, or a question about one, is about. */
function instancesOf({ InstanceIds, InstanceId, Filters }: Call["parameters"]): readonly string[] {
  if (typeof InstanceId === "string") return [InstanceId];
  const filters = (Filters ?? []) as readonly { readonly Key: string; readonly Values: readonly string[] }[];
  return (
    (InstanceIds as readonly string[] | undefined) ?? filters.find(({ Key }) => Key === "InstanceIds")?.Values ?? []
  );
}

/** A played host of a stack in the box. */
export class PlayedMachine {
  readonly host: PlayedHost;
  private writing: Promise<unknown> = Promise.resolve();

  private constructor(
    private readonly stack: string,
    private readonly emulator: string,
  ) {
    this.host = new PlayedHost(stack);
    // What the host writes is kept by the API, with the API's version numbers.
    this.host.server.write = (name, value) => {
      const Value = typeof value === "string" ? value : JSON.stringify(value);
      const input = { Name: name, Value, Type: "String", Overwrite: true };
      this.writing = this.writing.then(() => ssm(emulator, "PutParameter", input));
    };
  }

  static async start(stack: string, emulator: string): Promise<PlayedMachine> {
    const machine = new PlayedMachine(stack, emulator);
    await machine.host.server.start();
    return machine;
  }

  stop(): Promise<void> {
    return this.host.server.stop();
  }

  /** Whether a call is about this stack's instance; another stack's has another played host. */
  private async isOwn(parameters: Call["parameters"]): Promise<boolean> {
    const tags = await tagsOfIds(this.emulator, instancesOf(parameters));
    return Object.values(tags).some(({ Stack }) => Stack === this.stack);
  }

  /** Answers the commands, and gives the host the desired state that is stored. */
  get handler(): Handler {
    return async ({ service, action, parameters }) => {
      if (service !== "ssm") return undefined;
      const { desired } = parameterNames(parameterPrefix(this.stack));
      if (action === "PutParameter" && parameters.Name === desired)
        this.host.server.parameters.set(desired, { value: String(parameters.Value), version: 1 });
      if (!commandActions.includes(action) || !(await this.isOwn(parameters))) return undefined;
      const { status, body } = await ssm(this.host.server.url, action, parameters);
      await this.writing;
      return jsonAnswer(body, status);
    };
  }
}

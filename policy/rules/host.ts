/** The host: its instance and its volumes. */
import { type Inputs, type Rule, inputsOf, list, nested, ofType, text } from "./rule";
import { each, statements } from "./statements";
import { holdsSecret } from "./secret-text";

const instance = "aws:ec2/instance:Instance";
const volume = "aws:ebs/volume:Volume";

/** What the agent of Systems Manager needs to register and to listen. */
const agentActions = ["ssm:UpdateInstanceInformation", "ssmmessages:OpenControlChannel"];

/** The user data as a host reads it. */
function userData({ userData, userDataBase64 }: Inputs): string {
  return `${text(userData)}\n${Buffer.from(text(userDataBase64), "base64").toString("utf8")}`;
}

/** Rules on the host. */
export const host: readonly Rule[] = [
  {
    id: "EC2.3",
    says: "volumes are encrypted at rest",
    ...inputsOf(volume, ({ encrypted }) => encrypted === true),
    broken: { type: volume, inputs: {} },
  },
  {
    id: "EC2.3, root volume",
    says: "the volume that a host starts from is encrypted at rest",
    ...inputsOf(instance, ({ rootBlockDevice }) => nested(rootBlockDevice).encrypted === true),
    broken: { type: instance, inputs: { rootBlockDevice: {} } },
  },
  {
    id: "EC2.8",
    says: "instance metadata answers version 2 only",
    ...inputsOf(instance, ({ metadataOptions }) => {
      const { httpTokens, httpPutResponseHopLimit } = nested(metadataOptions);
      return httpTokens === "required" && httpPutResponseHopLimit === 1;
    }),
    broken: { type: instance, inputs: { metadataOptions: { httpTokens: "optional", httpPutResponseHopLimit: 1 } } },
  },
  {
    id: "EC2.17",
    says: "a host has one network interface",
    ...inputsOf(instance, ({ networkInterfaces }) => list(networkInterfaces).length === 0),
    broken: { type: instance, inputs: { networkInterfaces: [{ deviceIndex: 1 }] } },
  },
  {
    id: "SSM.1",
    says: "a host is managed by Systems Manager: its role lets the agent register and listen",
    breaches: (all) => {
      const actions = ofType(all, "aws:iam/rolePolicy:RolePolicy").flatMap(({ inputs }) =>
        statements(inputs).flatMap(({ Action }) => each(Action)),
      );
      const isAllowed = agentActions.every((action) => actions.includes(action));
      return ofType(all, instance).filter(({ inputs }) => !isAllowed || inputs.iamInstanceProfile === undefined);
    },
    broken: { type: instance, inputs: {} },
  },
  {
    id: "user data",
    says: "user data contains no secret: by its name, its form, or its randomness",
    ...inputsOf(instance, (inputs) => !holdsSecret(userData(inputs))),
    broken: { type: instance, inputs: { userData: "#!/bin/sh\nexport API_TOKEN=hunter2-and-more\n" } },
  },
];

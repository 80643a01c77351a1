import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { adopted } from "../../../adopted";
import { type Ec2Stack, tags } from "../stack";
import { lookCommands, lookName, lookSeconds, packedScript } from "./look";

/** The document's description; it tells a stack's own document from any other of its name. */
const lookDescription = (stack: string): string => `Looks at the host of Linnix's stack ${stack}, and changes nothing`;

/** Whether the content of a document is that of a stack's, of this version of the program or another. */
export function isLookDocument(stack: string, content: string): boolean {
  return (JSON.parse(content) as { description?: unknown }).description === lookDescription(stack);
}

/**
 * A command document whose only parameter names one of the looks: whoever may send this document to a host, and no other, can
 * run nothing else there. Pure.
 */
export function lookDocument(stack: string) {
  const commands = Object.entries(lookCommands(stack));
  return {
    schemaVersion: "2.2",
    description: lookDescription(stack),
    parameters: {
      look: { type: "String", description: "What to look at", allowedValues: commands.map(([look]) => look) },
    },
    mainSteps: [
      {
        action: "aws:runShellScript",
        name: "look",
        inputs: {
          timeoutSeconds: String(lookSeconds),
          // Systems Manager replaces the parameter before a shell reads this; the values allowed above need no quotes.
          runCommand: [
            "case {{ look }} in",
            ...commands.map(([look, command]) => `${look}) look() { ${command}; } ;;`),
            "esac",
            ...packedScript("look").split("\n"),
          ],
        },
      },
    ],
  };
}

/** Arguments of {@link LookDocument}. */
export interface LookDocumentArgs {
  readonly settings: Ec2Stack;
  /** Names of documents that exist already, and are taken over. */
  readonly existing?: ReadonlySet<string> | undefined;
}

/** The stack's own command document, through which its host is asked. */
export class LookDocument extends pulumi.ComponentResource {
  /** Its name, `linnix-<stack>-look`. */
  readonly documentName: pulumi.Output<string>;

  constructor(name: string, { settings, existing }: LookDocumentArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:LookDocument", name, {}, options);
    const named = lookName(settings.stack);
    const document = new aws.ssm.Document(
      `${name}-document`,
      {
        name: named,
        documentType: "Command",
        documentFormat: "JSON",
        targetType: "/AWS::EC2::Instance",
        content: JSON.stringify(lookDocument(settings.stack)),
        tags: tags(settings, named),
      },
      { parent: this, ...adopted(existing, named) },
    );
    this.documentName = document.name;
    this.registerOutputs({ documentName: this.documentName });
  }
}

import * as pulumi from "@pulumi/pulumi";

import type { Ec2Stack } from "../stack";
import { type CommandDocument, commandDocument, createDocument } from "./command-document";
import { lookCommands, lookName, lookSeconds, packedScript } from "./look";

/**
 * A command document whose only parameter names one of the looks: whoever may send this document to a host, and no other, can
 * run nothing else there. Pure.
 */
export function lookDocument(stack: string): CommandDocument {
  const commands = Object.entries(lookCommands(stack));
  return commandDocument(
    "look",
    `Looks at the host of Linnix's stack ${stack}, and changes nothing`,
    { look: { type: "String", description: "What to look at", allowedValues: commands.map(([look]) => look) } },
    {
      timeoutSeconds: String(lookSeconds),
      runCommand: [
        "case {{ look }} in",
        ...commands.map(([look, command]) => `${look}) look() { ${command}; } ;;`),
        "esac",
        ...packedScript("look").split("\n"),
      ],
    },
  );
}

/** Arguments of {@link LookDocument}. */
export interface LookDocumentArgs {
  readonly settings: Ec2Stack;
  /** Names of documents that exist. Default: none. */
  readonly existing?: ReadonlySet<string> | undefined;
}

/** The stack's own command document, through which its host is asked. */
export class LookDocument extends pulumi.ComponentResource {
  /** Its name, `linnix-<stack>-look`. */
  readonly documentName: pulumi.Output<string>;

  constructor(name: string, { settings, existing }: LookDocumentArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:LookDocument", name, {}, options);
    const { stack } = settings;
    this.documentName = createDocument(this, name, settings, lookName(stack), lookDocument(stack), existing);
    this.registerOutputs({ documentName: this.documentName });
  }
}

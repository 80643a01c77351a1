import * as pulumi from "@pulumi/pulumi";

import type { Ec2Stack } from "../stack";
import { changeName, changeScripts, releasePattern } from "./change";
import { type CommandDocument, commandDocument, createDocument } from "./command-document";

/**
 * A command document that changes a host in one of a few ways: whoever may send it applies the release that the stack's
 * parameter names, goes back to the one before, or removes what runs, and can run nothing else. Pure.
 */
export function changeDocument(stack: string): CommandDocument {
  const scripts = Object.entries(changeScripts);
  return commandDocument(
    "change",
    `Applies, rolls back or removes the release on the host of Linnix's stack ${stack}`,
    {
      change: { type: "String", description: "What to do", allowedValues: scripts.map(([change]) => change) },
      release: {
        type: "String",
        description: "The release that this must be; empty: any",
        default: "",
        allowedPattern: releasePattern,
      },
      executionTimeout: {
        type: "String",
        description: "Time limit in seconds",
        default: "3600",
        allowedPattern: "^[1-9][0-9]{0,4}$",
      },
    },
    {
      timeoutSeconds: "{{ executionTimeout }}",
      runCommand: [
        'release="{{ release }}"',
        "case {{ change }} in",
        ...scripts.flatMap(([change, lines]) => [`${change})`, ...lines, ";;"]),
        "esac",
      ],
    },
  );
}

/** Arguments of {@link ChangeDocument}. */
export interface ChangeDocumentArgs {
  readonly settings: Ec2Stack;
  /** Names of documents that exist. Default: none. */
  readonly existing?: ReadonlySet<string> | undefined;
}

/** The stack's own command document, through which its host is changed. */
export class ChangeDocument extends pulumi.ComponentResource {
  /** Its name, `linnix-<stack>-change`. */
  readonly documentName: pulumi.Output<string>;

  constructor(name: string, { settings, existing }: ChangeDocumentArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:ChangeDocument", name, {}, options);
    const { stack } = settings;
    this.documentName = createDocument(this, name, settings, changeName(stack), changeDocument(stack), existing);
    this.registerOutputs({ documentName: this.documentName });
  }
}

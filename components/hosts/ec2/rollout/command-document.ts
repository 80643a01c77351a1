/** What the stack's command documents, through which Systems Manager reaches its host, have in common. */
import * as aws from "@pulumi/aws";
import type * as pulumi from "@pulumi/pulumi";

import { adopted } from "../../../adopted";
import { type Ec2Stack, tags } from "../stack";

/** A parameter of a command document. One of the two restrictions is set: what it allows needs no quotes in a shell. */
interface DocumentParameter {
  readonly type: "String";
  readonly description: string;
  /** Used if the parameter is not passed. */
  readonly default?: string;
  readonly allowedValues?: readonly string[];
  readonly allowedPattern?: string;
}

/** A command document with one script. */
export interface CommandDocument {
  readonly schemaVersion: "2.2";
  readonly description: string;
  readonly parameters: Readonly<Record<string, DocumentParameter>>;
  readonly mainSteps: readonly [
    {
      readonly action: "aws:runShellScript";
      readonly name: string;
      /** Systems Manager replaces `{{ parameter }}` in them before a shell reads the lines. */
      readonly inputs: { readonly timeoutSeconds: string; readonly runCommand: readonly string[] };
    },
  ];
}

/**
 * A document that runs a script as root. Pure.
 *
 * @param name of its only step.
 */
export function commandDocument(
  name: string,
  description: string,
  parameters: CommandDocument["parameters"],
  inputs: CommandDocument["mainSteps"][0]["inputs"],
): CommandDocument {
  const mainSteps = [{ action: "aws:runShellScript", name, inputs }] as const;
  return { schemaVersion: "2.2", description, parameters, mainSteps };
}

/** True for the content of this document, of this version of the program or another: its description has its stack. */
export function isOf(document: CommandDocument, content: string): boolean {
  return (JSON.parse(content) as { description?: unknown }).description === document.description;
}

/** Creates a document in Systems Manager, or takes over the one that exists; returns its name. */
export function createDocument(
  parent: pulumi.ComponentResource,
  name: string,
  settings: Ec2Stack,
  named: string,
  document: CommandDocument,
  existing?: ReadonlySet<string>,
): pulumi.Output<string> {
  const created = new aws.ssm.Document(
    `${name}-document`,
    {
      name: named,
      documentType: "Command",
      documentFormat: "JSON",
      targetType: "/AWS::EC2::Instance",
      content: JSON.stringify(document),
      tags: tags(settings, named),
    },
    { parent, ...adopted(existing, named) },
  );
  return created.name;
}

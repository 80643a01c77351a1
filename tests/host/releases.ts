/** The documents that the tests' machine runs, created by the program's own pure functions. */
import { type Bundle, pack } from "../../components/hosts/ec2/bundle/bundle";
import { type BundleFile, bundleFiles } from "../../components/hosts/ec2/bundle/files";
import { desiredState, documentRelease } from "../../components/hosts/ec2/rollout/build-document";
import type { DesiredState, ServiceStep } from "../../components/hosts/ec2/protocol";
import type { ImageName } from "../../components/services/service";
import type { RawSettings } from "../../components/settings/validate";
import { settingsOf } from "../fixtures/settings";
import { bucket, modelName, region } from "./world/addresses";
import type { Settings } from "../../components/settings/types";

/** The stack whose user data the machine runs. */
export const stack = "dev";

/** The parameter of cognitod's token, and the token. */
export const token = { parameter: `/linnix/${stack}/secrets/api-token`, value: "token-of-the-host-tests-7f3a" };

/**
 * Settings of an EC2 stack for the emulated machine. They are created without validation, which would reject them:
 * a real host may use neither the sample daemon nor a model from plain HTTP.
 */
export function testSettings(more: RawSettings = {}): Settings {
  const raw: RawSettings = {
    host: "ec2",
    "aws:region": region,
    source: "sample",
    model: `http://${modelName}/tiny.gguf`,
    cognitodMemory: 256,
    llamaMemory: 512,
    llamaContext: 2048,
    healthTimeout: 240,
    ...more,
  };
  return settingsOf(raw, { stack, unchecked: true });
}

/** The key of a bundle in the bucket. */
export const bundleKey = ({ sha256 }: Bundle): string => `host/${sha256}.tar`;

/** The stack's host bundle for Debian 13, optionally with other contents of some files. */
export function hostBundle(change: Readonly<Record<string, (content: string) => string>> = {}): Bundle {
  const facts = { stack, region, system: "debian13", architecture: "amd64", swapMiB: 2048 } as const;
  const changed = ({ name, content }: BundleFile) => ({ name, content: change[name]?.(content) ?? content });
  return pack(bundleFiles(facts).map(changed));
}

/** The images by digest, the version of the token, and the host bundle. */
export interface Given {
  /** Default: the stack's, unchanged. */
  readonly bundle?: Bundle;
  readonly images: Readonly<Record<ImageName, string>>;
  readonly tokenVersion?: number;
  readonly settings?: RawSettings;
}

/** A release as `pulumi up` would store it. */
export function release({ images, tokenVersion = 1, settings, bundle = hostBundle() }: Given): DesiredState {
  const reference = { address: `s3://${bucket}/${bundleKey(bundle)}`, sha256: bundle.sha256 };
  return desiredState(testSettings(settings), reference, images, {
    "api-token": { parameter: token.parameter, version: tokenVersion },
  });
}

/** The same with another deadline or other steps, and the matching id. */
export function changed(document: DesiredState, change: Partial<Omit<DesiredState, "release">>): DesiredState {
  const { release: _, ...rest } = { ...document, ...change };
  return { ...rest, release: documentRelease(rest) };
}

/** A service of a document, by the last part of its name. */
export function service(document: DesiredState, part: "cognitod" | "llama"): ServiceStep {
  const found = document.steps.find((step) => step.name === `linnix-${stack}-${part}`);
  if (found?.kind !== "service") throw new Error(`the document has no service ${part}`);
  return found;
}

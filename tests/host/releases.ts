/** The documents that the tests have a machine run, made by the program's own pure functions. */
import { desiredState, documentRelease } from "../../components/hosts/ec2/services";
import type { DesiredState, ServiceStep } from "../../components/services/desired-state";
import type { ImageName } from "../../components/services/service";
import { type Settings, settle } from "../../components/settings/settings";
import { type RawSettings, validate } from "../../components/settings/validate";
import { modelName } from "./world/addresses";

/** The stack whose user data the machine runs. */
export const stack = "dev";

/** The parameter that holds cognitod's token, and the token. */
export const token = { parameter: `/linnix/${stack}/secrets/api-token`, value: "token-of-the-host-tests-7f3a" };

/**
 * Settings of an EC2 stack that fit the emulated machine. They are made without asking the judge, who would refuse them:
 * the sample daemon has no place on a real host, nor has a model from plain HTTP.
 */
export function testSettings(more: RawSettings = {}): Settings {
  const raw: RawSettings = {
    host: "ec2",
    source: "sample",
    model: `http://${modelName}/tiny.gguf`,
    cognitodMemory: 256,
    llamaMemory: 512,
    llamaContext: 2048,
    healthTimeout: 240,
    ...more,
  };
  const world = { stack, exists: () => "folder" as const, isSecret: () => true };
  return settle(validate(raw, world).values, stack, 2);
}

/** The images by digest, and the version of the token. */
export interface Given {
  readonly images: Readonly<Record<ImageName, string>>;
  readonly tokenVersion?: number;
  readonly settings?: RawSettings;
}

/** A release as `pulumi up` would write it down. */
export function release({ images, tokenVersion = 1, settings }: Given): DesiredState {
  return desiredState(testSettings(settings), images, {
    "api-token": { parameter: token.parameter, version: tokenVersion },
  });
}

/** The same with another deadline or other steps; its id follows. */
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

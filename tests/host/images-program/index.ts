/** Builds and pushes both images of the tests' stack with the program's own components, without the other resources. */
import * as pulumi from "@pulumi/pulumi";

import { stackImages } from "../../../components/images/stack-images";
import type { RawSettings } from "../../../components/settings/validate";
import { testSettings } from "../releases";

const config = new pulumi.Config("fixture");
const baseImages = config.requireObject<Record<string, string>>("baseImages");
const given: RawSettings = { baseImages, registry: config.require("registry"), registryUser: "builder" };
const { cognitod, llama } = stackImages({
  settings: testSettings(given),
  keepRepositories: false,
  registryPassword: "unused",
});

/** The references by digest. */
export const references = { cognitod: cognitod.reference, llama: llama!.reference };

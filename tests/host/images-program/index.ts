/** Both images of the tests' stack, built and pushed by the program's own components; the rest of the stack is left out. */
import * as pulumi from "@pulumi/pulumi";

import { stackImages } from "../../../components/images/images";
import type { RawSettings } from "../../../components/settings/validate";
import { testSettings } from "../releases";

const config = new pulumi.Config("fixture");
const baseImages = config.requireObject<Record<string, string>>("baseImages");
const given: RawSettings = { baseImages, registry: config.require("registry"), registryUser: "builder" };
const { cognitod, llama } = stackImages({ settings: testSettings(given), registryPassword: "not asked for" });

/** By digest. */
export const references = { cognitod: cognitod.reference, llama: llama.reference };

import * as pulumi from "@pulumi/pulumi";

import { LocalHost } from "./components/hosts/local/local-host";
import { localCommands } from "./components/hosts/local/services";
import { CognitodImage } from "./components/images/cognitod-image";
import { LlamaImage } from "./components/images/llama-image";
import { loadSettings } from "./components/settings";

const { settings, apiToken: givenToken } = loadSettings();
const { stack, baseImages, source } = settings;

const cognitod = new CognitodImage("cognitod", { stack, baseImages, source });
const llama = new LlamaImage("llama", { stack, baseImages });

const host = new LocalHost("host", { settings, images: { cognitod, llama }, apiToken: givenToken });

/** Read from the running services; renewed by `pulumi up --refresh`. */
export const health = host.health;
/** Where the services answer, on this machine only. */
export const endpoints = host.endpoints;
/** Name, digest and size in bytes of each image. */
export const images = host.images;
/** Hash of what is deployed. */
export const release = host.release;
/** Opens cognitod's API; secret. */
export const apiToken = host.apiToken;
/** To paste into a shell. */
export const commands = pulumi.output(localCommands(settings));

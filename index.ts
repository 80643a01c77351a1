import { stackHost, stackKey, stackTags } from "./components/hosts/stack-host";
import { stackImages } from "./components/images/images";
import { loadSettings } from "./components/settings";

const told = loadSettings();
const key = stackKey(told.settings);
const built = stackImages({ ...told, kmsKeyArn: key?.arn, tags: stackTags(told.settings) });
const host = stackHost({ ...told, images: built, key });

/** Read from the running services; renewed by `pulumi up --refresh`. */
export const health = host.health;
/** Where the services answer: on this machine only, for a host on EC2 while its ports are forwarded. */
export const endpoints = host.endpoints;
/** Name and digest of each image; on this machine its size in bytes too. */
export const images = host.images;
/** Hash of what is deployed. */
export const release = host.release;
/** Opens cognitod's API; secret. */
export const apiToken = host.apiToken;
/** To paste into a shell. */
export const commands = host.commands;

// Of a host on EC2:

export const instance = host.instance;
/** Log groups, and where they are read. */
export const logs = host.logs;
/** Address of the dashboard. */
export const dashboard = host.dashboard;
/** Names of the alarms. */
export const alarms = host.alarms;

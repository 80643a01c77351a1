import * as path from "node:path";

/** The project's folder, which contains Pulumi.yaml. */
export const projectFolder = path.resolve(__dirname, "..");

/** The project's version, for the images' labels and tags. */
export const version = "0.1.0";

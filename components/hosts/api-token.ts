import * as pulumi from "@pulumi/pulumi";

const tokenProvider: pulumi.dynamic.ResourceProvider = {
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async create() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- serialised: loads what it needs when called
    const { randomBytes } = require("node:crypto") as typeof import("node:crypto");
    return { id: "token", outs: { value: randomBytes(32).toString("hex") } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface requires a promise
  async diff() {
    return { changes: false };
  },
};

/**
 * A random token: 256 bits as 64 hexadecimal digits, created once and stored as a secret in the stack's state.
 * `pulumi up --replace <its URN>` creates a new one.
 *
 * Not `@pulumi/random`: its plugin is one more download, which fails on a machine that reaches no plugin server.
 */
class RandomToken extends pulumi.dynamic.Resource {
  declare readonly value: pulumi.Output<string>;

  constructor(name: string, options?: pulumi.CustomResourceOptions) {
    super(
      tokenProvider,
      name,
      { value: undefined },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["value"] }),
      "linnix",
      "RandomToken",
    );
  }
}

/** The token of cognitod's API, secret: the configured one, or else a random one that is a child of `parent`. */
export function apiToken(
  prefix: string,
  configured: pulumi.Input<string> | undefined,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  return pulumi.secret(configured ?? new RandomToken(`${prefix}-token`, { parent }).value);
}

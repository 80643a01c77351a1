import * as pulumi from "@pulumi/pulumi";

const tokenProvider: pulumi.dynamic.ResourceProvider = {
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
  async create() {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- serialised: loads what it needs when called
    const { randomBytes } = require("node:crypto") as typeof import("node:crypto");
    return { id: "token", outs: { value: randomBytes(32).toString("hex") } };
  },
  // eslint-disable-next-line @typescript-eslint/require-await -- the interface wants a promise
  async diff() {
    return { changes: false };
  },
};

/**
 * A random token: 256 bits as 64 hexadecimal digits, made once and kept as a secret in the stack's state.
 * `pulumi up --replace <its URN>` makes a new one.
 */
export class RandomToken extends pulumi.dynamic.Resource {
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

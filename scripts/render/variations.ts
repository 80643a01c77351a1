/** Settings beyond those of the repository's stacks whose renders are in the repository. */
import type { RawSettings } from "../../components/settings/validate";

/** A stack with other settings than one of the repository's. */
export interface Variation {
  /** The stack whose settings it starts from; its golden file has the difference only. */
  readonly of: "local" | "dev";
  readonly settings: RawSettings;
}

/** An encrypted value: the renders show that it is there, never what it is. */
const secret = { secure: "known to the stack only" } as const;

const digest = `sha256:${"0".repeat(64)}`;
const images = { cognitod: `ghcr.io/my-org/cognitod@${digest}`, llama: `ghcr.io/my-org/llama@${digest}` };
const model = "https://models.s3.us-east-1.amazonaws.com/m.gguf";

/** By the names of their golden files. */
export const variations: Readonly<Record<string, Variation>> = {
  "dev-private": { of: "dev", settings: { private: true, model } },
  // The ids that aws-mocks.ts answers for.
  "dev-existing-network": {
    of: "dev",
    settings: { vpcId: "vpc-0123456789abcdef0", subnetId: "subnet-0123456789abcdef0" },
  },
  "dev-arm64": { of: "dev", settings: { instanceType: "t4g.large" } },
  "dev-registry": {
    of: "dev",
    settings: { registry: "ghcr.io/my-org", registryUser: "me", registryPassword: secret },
  },
  "dev-proxy": {
    of: "dev",
    settings: { proxy: "http://proxy.corp.example:3128", noProxy: ["registry.corp.example"] },
  },
  "dev-images": { of: "dev", settings: { images } },
  "dev-no-model": { of: "dev", settings: { llm: "none", instanceType: "t3.small" } },
  "local-images": { of: "local", settings: { images } },
  "local-external-model": {
    of: "local",
    settings: { llm: "https://llm.example/v1", llmModel: "m", llmApiKey: secret, model: "auto" },
  },
  "local-slack-and-config": {
    of: "local",
    settings: { slackWebhook: secret, cognitodConfig: { psi: { sustained_pressure_seconds: 30 } } },
  },
};

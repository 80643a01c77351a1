import type { Home } from "../../scripts/lib/home";
import type { Step } from "../../scripts/lib/progress";
import { ensureCertificates } from "../host/world/certificates";
import { testBases } from "../images/docker";
import type { StackNeeds } from "./box-stack";
import { trustingBase } from "./engine";
import { ensureAwsProvider } from "./provider/provider";

/** Makes what the box's stacks need of this machine. */
export async function stackNeeds(home: Home, step: Step): Promise<StackNeeds> {
  step.say("the AWS provider");
  const provider = await ensureAwsProvider(home, step);
  step.say("a base image that trusts the box's servers");
  const { authority } = await ensureCertificates(home, step);
  const bases = testBases();
  const llamaRuntime = await trustingBase(bases.llamaRuntime ?? bases.runtime ?? "", authority);
  return { home, provider, baseImages: { ...bases, llamaRuntime } };
}

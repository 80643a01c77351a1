import { registryKind } from "../settle-ec2";
import type { Judgement } from "./judgement";

function pair(it: Judgement): void {
  const vpc = it.isGiven("vpcId");
  const subnet = it.isGiven("subnetId");
  if (vpc && !subnet) {
    const problem = "is given without linnix:subnetId; an existing network takes both, one of the stack's own neither";
    it.refuse("vpcId", problem, `${it.set("subnetId")}, or ${it.remove("vpcId")}`);
  }
  if (subnet && !vpc) {
    const problem = "is given without linnix:vpcId; an existing network takes both, one of the stack's own neither";
    it.refuse("subnetId", problem, `${it.set("vpcId")}, or ${it.remove("subnetId")}`);
  }
  if (vpc && it.isChosen("vpcCidr") && it.isSound("vpcCidr")) {
    const problem = "is the range of a VPC of the stack's own, but linnix:vpcId names an existing one";
    it.refuse("vpcCidr", problem, it.remove("vpcCidr"));
  }
}

/** An image that a VPC without a way out can pull: from the region's ECR, through its endpoint. */
const inEcr = (reference: unknown, region: string) =>
  new RegExp(`^\\d{12}\\.dkr\\.ecr\\.${region}\\.amazonaws\\.com/`).test(String(reference));

/**
 * A VPC of the stack's own with `private` has no way out: it reaches AWS's services by their endpoints, and S3. Of an
 * existing one nothing is known here: it may have a NAT gateway.
 */
function sealed(it: Judgement): void {
  const { model = "auto", images, system } = it.values;
  const region = String(it.values["aws:region"]);
  const because = "linnix:private keeps a network of the stack's own from the internet";
  const existing = "or name a network that has a way out by linnix:vpcId and linnix:subnetId";
  if (system === "debian13") {
    const problem = `installs packages from Debian's mirrors, and ${because}; al2023's come through S3`;
    it.refuse("system", problem, `${it.set("system", "al2023")}, ${existing}`);
  }
  if (registryKind(it.values) === "any" && it.isSound("registry")) {
    it.refuse("registry", `can't be reached: ${because}; ecr can`, `${it.set("registry", "ecr")}, ${existing}`);
  }
  if (images !== undefined && !(inEcr(images.cognitod, region) && inEcr(images.llama, region))) {
    const problem = `must be in ECR of region ${region} (<account>.dkr.ecr.${region}.amazonaws.com/…): ${because}`;
    it.refuse("images", problem, `copy them there, ${existing}`);
  }
  // A bucket with a dot in its name doesn't fit S3's certificate: its address has it as the path's first part.
  const s3 = new RegExp(`^https://([a-z0-9][a-z0-9-]{2,62}\\.)?s3\\.${region}\\.amazonaws\\.com/`);
  if (it.isSound("model") && /^(auto$|upstream$|https:)/.test(model) && !s3.test(model)) {
    const address = `https://BUCKET.s3.${region}.amazonaws.com/`;
    const problem = `must be in S3 of region ${region} (${address}…): ${because}`;
    it.refuse("model", problem, `${it.set("model", `${address}model.gguf`)}, ${existing}`);
  }
  if (it.isGiven("slackWebhook")) {
    it.refuse("slackWebhook", `can't be reached: ${because}`, `${it.remove("slackWebhook")}, ${existing}`);
  }
}

/** Where the host stands in the network, and what it can reach from there. */
export function judgeNetwork(it: Judgement): void {
  pair(it);
  const own = !it.isGiven("vpcId") && !it.isGiven("subnetId");
  if (it.values.private === true && own && it.isSound("aws:region") && it.isGiven("aws:region")) sealed(it);
}

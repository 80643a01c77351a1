import { isBuiltin, servicesOf } from "../llm/resolve";
import { ecrAddress } from "../registry/ecr-address";
import { registryKind } from "../registry/resolve";
import type { SettingsCheck } from "../rules/check";

function existingNetwork(check: SettingsCheck): void {
  const vpc = check.isSet("vpcId");
  const subnet = check.isSet("subnetId");
  const both = "an existing network needs both, a network that the stack creates neither";
  if (vpc && !subnet) {
    const problem = `is set without linnix:subnetId; ${both}`;
    check.fault("vpcId", problem, `${check.set("subnetId")}, or ${check.remove("vpcId")}`);
  }
  if (subnet && !vpc) {
    const problem = `is set without linnix:vpcId; ${both}`;
    check.fault("subnetId", problem, `${check.set("vpcId")}, or ${check.remove("subnetId")}`);
  }
  if (vpc && check.differsFromDefault("vpcCidr") && check.isValid("vpcCidr")) {
    const problem = "is the range of a VPC that the stack creates, but linnix:vpcId names an existing one";
    check.fault("vpcCidr", problem, check.remove("vpcCidr"));
  }
}

/** Whether an image is in the region's ECR, which a VPC without internet access reaches through its endpoint. */
const isInEcr = (reference: string | undefined, region: string) =>
  reference !== undefined && ecrAddress(reference)?.region === region;

/**
 * The rules for a private VPC that the stack creates. It has no internet access, only endpoints of AWS services and S3.
 * An existing VPC is not checked: it may have a NAT gateway.
 */
function withoutInternet(check: SettingsCheck, region: string): void {
  const { model, images, system } = check.values;
  const because = "with linnix:private, a network that the stack creates has no internet access";
  const existing = "or set linnix:vpcId and linnix:subnetId to a network that has internet access";
  if (system === "debian13") {
    const problem = `installs packages from Debian's mirrors, but ${because}; al2023 gets its packages from S3`;
    check.fault("system", problem, `${check.set("system", "al2023")}, ${existing}`);
  }
  if (registryKind(check.values) === "external" && check.isValid("registry")) {
    const problem = `cannot be reached: ${because}; use ecr`;
    check.fault("registry", problem, `${check.set("registry", "ecr")}, ${existing}`);
  }
  if (images !== undefined && !servicesOf(check.values).every((name) => isInEcr(images[name], region))) {
    const problem = `must be in ECR of region ${region} (<account>.dkr.ecr.${region}.amazonaws.com/…): ${because}`;
    check.fault("images", problem, `copy them there, ${existing}`);
  }
  // S3's certificate does not cover a bucket's name with a dot: such a bucket is addressed by the first part of the path.
  const s3 = new RegExp(`^https://([a-z0-9][a-z0-9-]{2,62}\\.)?s3\\.${region}\\.amazonaws\\.com/`);
  if (isBuiltin(check.values) && check.isValid("model") && /^(auto$|upstream$|https:)/.test(model) && !s3.test(model)) {
    const address = `https://BUCKET.s3.${region}.amazonaws.com/`;
    const problem = `must be in S3 of region ${region} (${address}…): ${because}`;
    check.fault("model", problem, `${check.set("model", `${address}model.gguf`)}, ${existing}`);
  }
  if (check.isValid("llm") && /^https?:/.test(check.values.llm)) {
    const problem = `cannot be reached: ${because}`;
    check.fault("llm", problem, `${check.set("llm", "builtin")}, ${existing}`);
  }
  if (check.isSet("egress")) {
    check.fault("egress", `cannot be reached: ${because}`, `${check.remove("egress")}, ${existing}`);
  }
  if (check.isSet("slackWebhook")) {
    check.fault("slackWebhook", `cannot be reached: ${because}`, `${check.remove("slackWebhook")}, ${existing}`);
  }
}

function proxy(check: SettingsCheck): void {
  if (!check.isSet("noProxy") || check.isSet("proxy")) return;
  const problem = "names what is reached without a proxy, but linnix:proxy is not set";
  check.fault("noProxy", problem, `${check.set("proxy")}, or ${check.remove("noProxy")}`);
}

/** The rules on the host's network, and on what the host can reach from it. */
export function checkNetwork(check: SettingsCheck): void {
  existingNetwork(check);
  proxy(check);
  const created = !check.isSet("vpcId") && !check.isSet("subnetId");
  const region = check.values["aws:region"];
  if (check.values.private && created && region !== undefined) withoutInternet(check, region);
}

/** The addresses and names of the world that stands in for AWS. All of them exist in its own network namespace only. */

/** The one region that the world has; the certificate and the names follow it. */
export const region = "us-east-1";

/** The account that moto says it is. */
export const account = "123456789012";

/** ECR's name for that account: what images are pulled from. */
export const registryName = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** A name of a web server that gives the model; plain HTTP, since the images know no certificate of this world's. */
export const modelName = "models.linnix.test";

/** What can be reached, each at an address of its own, so that each can be taken away alone. */
export const addresses = {
  /** The instance metadata service: the real address. */
  metadata: "169.254.169.254",
  aws: "10.77.0.1",
  registry: "10.77.0.2",
  models: "10.77.0.3",
  dns: "10.77.0.53",
} as const;

/** A part of the world that a test can break by itself. */
export type Gate = Exclude<keyof typeof addresses, "dns">;

/** The AWS services that answer; names of others don't exist, as they would behind a broken endpoint. */
const services = ["ssm", "sts", "logs", "monitoring", "kms", "api.ecr"];

/** The names that the world's DNS server knows. */
export const names: Readonly<Record<string, string>> = {
  ...Object.fromEntries(services.map((service) => [`${service}.${region}.amazonaws.com`, addresses.aws])),
  "sts.amazonaws.com": addresses.aws,
  [registryName]: addresses.registry,
  [modelName]: addresses.models,
};

/** The names on the world's certificate: a wildcard stands for one label only. */
export const certified = [
  `*.${region}.amazonaws.com`,
  `*.ecr.${region}.amazonaws.com`,
  `*.dkr.ecr.${region}.amazonaws.com`,
  "sts.amazonaws.com",
];

/** The addresses and names of the simulated AWS. They exist only in its own network namespace. */

/** The only region; the certificate and the names contain it. */
export const region = "us-east-1";

/** The account that moto reports. */
export const account = "123456789012";

/** ECR's host name for that account, from which images are pulled. */
export const registryName = `${account}.dkr.ecr.${region}.amazonaws.com`;

/** The bucket of the host bundles, and its host name. */
export const bucket = "linnix-dev-host-0123456789abcdef";
export const bucketName = `${bucket}.s3.${region}.amazonaws.com`;

/** The web server of the model; plain HTTP, because the images do not trust this certificate authority. */
export const modelName = "models.linnix.test";

/** Where upstream's model is; the same server, for images that trust this certificate authority. */
export const upstreamModelName = "huggingface.co";

/** The reachable servers, each at its own address, so that a test can make one of them unreachable. */
export const addresses = {
  /** The instance metadata service, at its real address. */
  metadata: "169.254.169.254",
  aws: "10.77.0.1",
  registry: "10.77.0.2",
  models: "10.77.0.3",
  dns: "10.77.0.53",
} as const;

/** A server that a test can make unreachable. */
export type Gate = Exclude<keyof typeof addresses, "dns">;

/** The available AWS services; the names of all others do not exist, as with a broken endpoint. */
const services = ["ssm", "sts", "logs", "monitoring", "kms", "api.ecr"];

/** The names of the DNS server. */
export const names: Readonly<Record<string, string>> = {
  ...Object.fromEntries(services.map((service) => [`${service}.${region}.amazonaws.com`, addresses.aws])),
  "sts.amazonaws.com": addresses.aws,
  [bucketName]: addresses.aws,
  [registryName]: addresses.registry,
  [modelName]: addresses.models,
};

/** The names in the certificate; a wildcard matches one label only. */
export const certified = [
  `*.${region}.amazonaws.com`,
  `*.s3.${region}.amazonaws.com`,
  `*.ecr.${region}.amazonaws.com`,
  `*.dkr.ecr.${region}.amazonaws.com`,
  "sts.amazonaws.com",
  upstreamModelName,
];

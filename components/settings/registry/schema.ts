/** Settings on where an EC2 host's images come from. */
import { serviceNames, services } from "../../services/catalogue";
import { type Definition, matching } from "../definition";
import { type RegistryAddress, parseReference, parseRegistry } from "./reference";

/** Room in a repository's name of 255 characters for `/linnix-<stack>-cognitod` and the like. */
const pathLength = 200;

/** How many parts the path has that some registries require before a repository's name. */
function namespaceProblem({ host, path }: RegistryAddress): string | undefined {
  const parts = path === "" ? 0 : path.split("/").length;
  if (host === "docker.io" && parts !== 1) return "must name one user or organization of Docker Hub: docker.io/my-org";
  if (host === "ghcr.io" && parts === 0) return "must name a user or an organization: ghcr.io/my-org";
  // They lead to Docker Hub too, but engines look for its login under the usual name only.
  const aliases = ["index.docker.io", "registry-1.docker.io", "hub.docker.com", "registry.hub.docker.com"];
  return aliases.includes(host) ? "must be docker.io/my-org for Docker Hub" : undefined;
}

function registryProblem(text: string): string | undefined {
  if (/^(auto|none|ecr)$/.test(text)) return undefined;
  const address = parseRegistry(text);
  if (address === undefined) {
    return "must be auto, none, ecr, or a registry's address without scheme, such as ghcr.io/my-org, in lower case";
  }
  if (address.path.length > pathLength) return `must have a path of at most ${pathLength} characters`;
  return namespaceProblem(address);
}

function publishedProblem(text: string): string | undefined {
  const address = parseRegistry(text);
  if (address === undefined)
    return "must be a registry's address without scheme, such as ghcr.io/my-org, in lower case";
  return namespaceProblem(address);
}

function imagesProblem(value: Readonly<Record<string, string>>): string | undefined {
  const { architecture = "amd64", ...images } = value;
  const unknown = Object.keys(images).filter((name) => !(serviceNames as readonly string[]).includes(name));
  if (unknown.length > 0) {
    return `has unknown entries ${unknown.join(", ")}; known are ${serviceNames.join(", ")}, architecture`;
  }
  // Whether an optional service needs its image depends on other settings.
  const named = serviceNames.filter((name) => !services[name].optional || images[name] !== undefined);
  const invalid = named.filter((name) => parseReference(images[name] ?? "")?.digest === undefined);
  if (invalid.length > 0) {
    return `must name each image as repository@sha256:<64 hexadecimal digits>; invalid: ${invalid.join(" and ")}`;
  }
  return /^(amd64|arm64)$/.test(architecture) ? undefined : "must have amd64 or arm64 as its architecture";
}

export const registrySchema = {
  registry: {
    type: "string",
    default: "auto",
    hosts: ["ec2"],
    description:
      "Where images are pushed to and pulled from: ecr (repositories that the stack creates in ECR), a registry's address (ghcr.io/my-org; needs registryUser and registryPassword), or none (needs images). auto means none if images is set, and ecr otherwise.",
    allowed: "auto, none, ecr, or a registry's address without scheme",
    example: "ecr",
    problem: registryProblem,
  },
  registryUser: {
    type: "string",
    hosts: ["ec2"],
    description: "User of the registry. Required if registry is an address, and not allowed otherwise.",
    example: "my-user",
    // A login is sent as user:password. Google's user is _json_key_base64, Oracle's and Harbor's contain / and $.
    ...matching(/^[!-9;-~]{1,255}$/, "a user's name of 1 to 255 printable characters without spaces and colons"),
  },
  registryPassword: {
    type: "string",
    secret: true,
    hosts: ["ec2"],
    description: "Password or token of registryUser. Required if registry is an address, and not allowed otherwise.",
    example: "",
    ...matching(/^[!-~]{1,4000}$/, "1 to 4000 printable characters without spaces"),
  },
  builder: {
    type: "string",
    default: "default",
    hosts: ["ec2"],
    description:
      "The buildx builder that builds the images: default (the Docker engine's own BuildKit), or one that `docker buildx ls` lists. A builder of the docker-container driver also keeps its cache in the registry, which pays off where every build starts on a new machine.",
    example: "ci",
    ...matching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a buildx builder's name, as `docker buildx ls` lists it"),
  },
  images: {
    type: "object",
    description:
      "Existing images to deploy instead of building any: a map with cognitod and llama, each repository@sha256:DIGEST, and optionally architecture (amd64, the default, or arm64). A local stack pulls them without a login.",
    allowed: "cognitod and llama as repository@sha256:<64 hexadecimal digits>, and architecture, amd64 or arm64",
    example: `'{"cognitod": "REPOSITORY@sha256:DIGEST", "llama": "REPOSITORY@sha256:DIGEST"}'`,
    whenUnset: "none: the images are built",
    problem: imagesProblem,
  },
  publishedImages: {
    type: "string",
    hosts: ["local"],
    elsewhere: "name them in linnix:images, as `npm run -s images -- show` prints them",
    description:
      "A registry with the owner's path, such as ghcr.io/my-org, to which `npm run images` publishes. npm start pulls the images that were built there from what it would build itself, and builds if there are none or the registry gives no answer. Plain Pulumi builds.",
    allowed: "a registry's address without scheme, with the owner's path",
    example: "ghcr.io/my-org",
    whenUnset: "no registry is asked: the images are built",
    problem: publishedProblem,
  },
} as const satisfies Record<string, Definition>;

/** Repositories of images. */
import { type Rule, inputsOf, nested, ofType } from "./rule";

/** AWS's type. */
export const repository = "aws:ecr/repository:Repository";

/** Rules on repositories. */
export const repositories: readonly Rule[] = [
  {
    id: "ECR.1",
    says: "images are scanned when they are pushed",
    ...inputsOf(repository, ({ imageScanningConfiguration }) => nested(imageScanningConfiguration).scanOnPush === true),
    broken: { type: repository, inputs: {} },
  },
  {
    id: "ECR.2",
    says: "tags can't be moved (except content tags, which are pushed again, and the build cache's)",
    ...inputsOf(
      repository,
      ({ imageTagMutability, name }) =>
        String(imageTagMutability).startsWith("IMMUTABLE") || String(name).endsWith("/cache"),
    ),
    broken: { type: repository, inputs: { imageTagMutability: "MUTABLE", name: "linnix-dev/cognitod" } },
  },
  {
    id: "ECR.3",
    says: "every repository has a lifecycle policy",
    breaches: (all) => {
      const policies = ofType(all, "aws:ecr/lifecyclePolicy:LifecyclePolicy");
      return ofType(all, repository).slice(policies.length);
    },
    broken: { type: repository, inputs: {} },
  },
];

/** Buckets, each of which has resources of its own for what the rules ask. */
import { type Inputs, type Rule, type StackRule, nested, ofType } from "./rule";
import { each, statements } from "./statements";

const bucket = "aws:s3/bucket:Bucket";

/** Each bucket has one resource of this type that holds. They are counted: in a preview a bucket's name may be unknown. */
export const covered = (type: string, holds: (inputs: Inputs) => boolean): Pick<StackRule, "breaches" | "broken"> => ({
  breaches: (all) => {
    const good = ofType(all, type).filter(({ inputs }) => holds(inputs));
    return ofType(all, bucket).slice(good.length);
  },
  broken: { type: bucket, inputs: {} },
});

const tlsOnly = JSON.stringify({ Bool: { "aws:SecureTransport": "false" } });

/** Rules on buckets. */
export const buckets: readonly Rule[] = [
  {
    id: "S3.2, S3.3, S3.8",
    says: "a bucket blocks public access",
    ...covered("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", (inputs) =>
      ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"].every(
        (name) => inputs[name] === true,
      ),
    ),
  },
  {
    id: "S3.5",
    says: "a bucket's policy requires TLS",
    ...covered("aws:s3/bucketPolicy:BucketPolicy", (inputs) =>
      statements(inputs).some(
        (it) => it.Effect === "Deny" && each(it.Action).includes("s3:*") && JSON.stringify(it.Condition) === tlsOnly,
      ),
    ),
  },
  {
    id: "S3.12",
    says: "no access control list gives access to a bucket",
    ...covered(
      "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
      ({ rule }) => nested(rule).objectOwnership === "BucketOwnerEnforced",
    ),
  },
];

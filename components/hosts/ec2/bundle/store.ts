import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

import { stackName } from "../../../services/service";
import { type PolicyDocument, policy } from "../policy";
import type { BundleReference } from "../protocol";
import { type Ec2Stack, bundleFolder, ownTags, tags } from "../stack";
import type { Bundle } from "./bundle";

/** Arguments of {@link BundleStore}. */
export interface BundleStoreArgs {
  readonly settings: Ec2Stack;
  readonly bundle: Bundle;
  /** The key that encrypts the bucket. Default: AWS's own. */
  readonly keyArn?: pulumi.Input<string> | undefined;
}

/** Denies every request that is not encrypted on its way. */
function tlsOnly(bucketArn: string): PolicyDocument {
  return policy({
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: ["s3:*"],
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
}

/** A private bucket, and what closes it: the object is uploaded after them. */
function privateBucket(name: string, { settings, keyArn }: BundleStoreArgs, parent: pulumi.Resource) {
  const named = stackName(settings.stack, "host");
  const bucket = new aws.s3.Bucket(
    `${name}-bucket`,
    // Destroying the stack deletes bundles that an interrupted update has left unrecorded, too.
    { bucketPrefix: `${named}-`, forceDestroy: true, tags: tags(settings, named) },
    { parent },
  );
  const ownership = new aws.s3.BucketOwnershipControls(
    `${name}-ownership`,
    { bucket: bucket.id, rule: { objectOwnership: "BucketOwnerEnforced" } },
    { parent },
  );
  const closed = new aws.s3.BucketPublicAccessBlock(
    `${name}-public-access`,
    {
      bucket: bucket.id,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    { parent },
  );
  const tls = new aws.s3.BucketPolicy(
    `${name}-policy`,
    { bucket: bucket.id, policy: bucket.arn.apply((arn) => JSON.stringify(tlsOnly(arn))) },
    // S3 refuses two changes of a bucket's access at once.
    { parent, dependsOn: [closed] },
  );
  const encryption =
    keyArn === undefined
      ? []
      : [
          new aws.s3.BucketServerSideEncryptionConfiguration(
            `${name}-encryption`,
            {
              bucket: bucket.id,
              rules: [
                {
                  applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
                  // One key for the bucket: the encryption context is the bucket's ARN.
                  bucketKeyEnabled: true,
                },
              ],
            },
            { parent },
          ),
        ];
  return { bucket, closed: [ownership, closed, tls, ...encryption] };
}

/** The host bundle in a private bucket of the stack, from which the stack's host fetches it. */
export class BundleStore extends pulumi.ComponentResource {
  readonly bucketArn: pulumi.Output<string>;
  /** The bundle, for the desired state. */
  readonly reference: pulumi.Output<BundleReference>;

  constructor(name: string, args: BundleStoreArgs, options?: pulumi.ComponentResourceOptions) {
    super("linnix:host:BundleStore", name, {}, options);
    const { settings, bundle } = args;
    const { bucket, closed } = privateBucket(name, args, this);
    const object = new aws.s3.BucketObjectv2(
      `${name}-bundle`,
      {
        bucket: bucket.id,
        key: `${bundleFolder}${bundle.sha256}.tar`,
        contentBase64: bundle.archive.toString("base64"),
        contentType: "application/x-tar",
        tags: ownTags(settings, stackName(settings.stack, "bundle")),
      },
      // Another bundle has another key, so it replaces the object: the engine creates the new one before the rollout, which
      // depends on it, and deletes the old one at the end of an update without errors, after the rollout has succeeded.
      // After a failed rollout the old one stays, for the release that the host has restored.
      { parent: this, dependsOn: closed },
    );
    this.bucketArn = bucket.arn;
    this.reference = pulumi.all([object.bucket, object.key]).apply(([from, key]) => ({
      address: `s3://${from}/${key}`,
      sha256: bundle.sha256,
    }));
    this.registerOutputs({ bucketArn: this.bucketArn, reference: this.reference });
  }
}

/** What a request to AWS asks for, read from the request itself. Pure. */
import type { IncomingHttpHeaders } from "node:http";

import { fromCbor } from "./cbor";

/** A request as it arrives. */
export interface ApiRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** A call of an action, in the words of IAM. */
export interface Call {
  /** IAM's prefix of the service: `ec2`, `cloudwatch`. */
  readonly service: string;
  /** The action as the API names it, except S3's, which has no names: those are IAM's. */
  readonly action: string;
  /** What the request has as a form, JSON or CBOR; for S3 `Bucket`, `Key` and `Tags`, for DLM also `path`. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** IAM's prefix by the name in the request's signature, where they differ. */
const prefixes: Readonly<Record<string, string>> = { monitoring: "cloudwatch" };

/** The service in the scope of the signature: `Credential=KEY/DATE/REGION/SERVICE/aws4_request`. */
function signedService({ authorization = "" }: IncomingHttpHeaders): string {
  const [, , , service = ""] = /Credential=([^,\s]+)/.exec(authorization)?.[1]?.split("/") ?? [];
  return prefixes[service] ?? service;
}

/** Actions of S3 on a bucket's properties, by the query and the method, where IAM's name is not the API's. */
const bucketProperties: Readonly<Record<string, string>> = {
  accelerate: "AccelerateConfiguration",
  acl: "BucketAcl",
  cors: "BucketCORS",
  encryption: "EncryptionConfiguration",
  lifecycle: "LifecycleConfiguration",
  location: "BucketLocation",
  logging: "BucketLogging",
  "object-lock": "BucketObjectLockConfiguration",
  ownershipControls: "BucketOwnershipControls",
  policy: "BucketPolicy",
  policyStatus: "BucketPolicyStatus",
  publicAccessBlock: "BucketPublicAccessBlock",
  replication: "ReplicationConfiguration",
  requestPayment: "BucketRequestPayment",
  tagging: "BucketTagging",
  versioning: "BucketVersioning",
  website: "BucketWebsite",
};

/** Properties whose removal IAM counts as a change. */
const removedByPut = new Set(["cors", "encryption", "lifecycle", "ownershipControls", "publicAccessBlock", "tagging"]);

function bucketAction(method: string, query: URLSearchParams): string {
  const property = Object.keys(bucketProperties).find((name) => query.has(name));
  if (property !== undefined) {
    const verb = method === "GET" ? "Get" : method === "PUT" || removedByPut.has(property) ? "Put" : "Delete";
    return `${verb}${bucketProperties[property] ?? ""}`;
  }
  if (query.has("versions")) return "ListBucketVersions";
  if (method === "PUT") return "CreateBucket";
  if (method === "DELETE") return "DeleteBucket";
  // The deletion of several objects.
  if (method === "POST") return "DeleteObject";
  return "ListBucket";
}

function objectAction(method: string, query: URLSearchParams): string {
  const verb = { GET: "Get", HEAD: "Get", DELETE: "Delete" }[method] ?? "Put";
  if (query.has("tagging")) return `${verb}ObjectTagging`;
  if (query.has("acl")) return `${verb}ObjectAcl`;
  return `${verb}Object${verb === "Delete" && query.has("versionId") ? "Version" : ""}`;
}

/** S3 by path (`/bucket/key`), or by host name (`bucket.s3.region.amazonaws.com`). */
function s3Call({ method, url, headers, body }: ApiRequest): Call {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [, named] = /^(.+)\.s3[.-]/.exec(headers.host ?? "") ?? [];
  const [first = "", ...rest] = decodeURIComponent(pathname).slice(1).split("/");
  const [bucket, key] = named === undefined ? [first, rest.join("/")] : [named, [first, ...rest].join("/")];
  if (bucket === "") return { service: "s3", action: "ListAllMyBuckets", parameters: {} };
  const action = key === "" ? bucketAction(method, searchParams) : objectAction(method, searchParams);
  const tags = action === "CreateBucket" ? bucketTags(body.toString()) : objectTags(headers);
  const tagged = Object.keys(tags).length === 0 ? {} : { Tags: tags };
  return { service: "s3", action, parameters: { Bucket: bucket, ...(key === "" ? {} : { Key: key }), ...tagged } };
}

/** The tags in the XML of a new bucket. */
const bucketTags = (body: string): Record<string, string> =>
  Object.fromEntries(
    [...body.matchAll(/<Tag><Key>([^<]*)<\/Key><Value>([^<]*)<\/Value><\/Tag>/g)].map(([, key = "", value = ""]) => [
      key,
      value,
    ]),
  );

/** The tags that a header gives to a new object. */
const objectTags = ({ "x-amz-tagging": given }: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(typeof given === "string" ? given : ""));

/** Of JSON, or nothing. */
const parsed = (body: Buffer): Record<string, unknown> =>
  JSON.parse(body.toString() || "{}") as Record<string, unknown>;

function dlmCall({ method, url, body }: ApiRequest): Call {
  const { pathname } = new URL(url, "http://dlm");
  const of = pathname.startsWith("/tags/")
    ? { GET: "ListTagsForResource", POST: "TagResource", DELETE: "UntagResource" }
    : {
        ...{ GET: "GetLifecyclePolicy", POST: "CreateLifecyclePolicy" },
        ...{ PATCH: "UpdateLifecyclePolicy", DELETE: "DeleteLifecyclePolicy" },
      };
  const action = (of as Readonly<Record<string, string>>)[method] ?? method;
  return { service: "dlm", action, parameters: { ...parsed(body), path: decodeURIComponent(pathname) } };
}

/** The call that a request is. */
export function callOf(request: ApiRequest): Call {
  const service = signedService(request.headers);
  const target = request.headers["x-amz-target"];
  if (typeof target === "string") {
    return { service, action: target.split(".").pop() ?? target, parameters: parsed(request.body) };
  }
  const [, operation] = /\/operation\/(\w+)$/.exec(request.url) ?? [];
  if (operation !== undefined) {
    const parameters = request.body.length === 0 ? {} : (fromCbor(request.body) as Record<string, unknown>);
    return { service, action: operation, parameters };
  }
  if (service === "s3") return s3Call(request);
  if (service === "dlm") return dlmCall(request);
  const {
    Action: action = "",
    Version: _,
    ...parameters
  } = Object.fromEntries(new URLSearchParams(request.body.toString()));
  return { service, action, parameters };
}

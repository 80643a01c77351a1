import assert from "node:assert/strict";

import { type ApiRequest, callOf } from "./api/call";

const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

const request = (service: string, more: Partial<Omit<ApiRequest, "body">> & { body?: string } = {}): ApiRequest => ({
  method: "POST",
  url: "/",
  ...more,
  headers: { authorization: scope(service), ...more.headers },
  body: Buffer.from(more.body ?? ""),
});

describe("a call, read from its request", () => {
  const actionOf = (service: string, more: Parameters<typeof request>[1]) => {
    const { service: prefix, action } = callOf(request(service, more));
    return `${prefix}:${action}`;
  };

  it("has its action in a form, in a header or in the path, by protocol", () => {
    const body = "Action=RunInstances&Version=2016-11-15&ImageId=ami-1";
    assert.deepEqual(callOf(request("ec2", { body })), {
      ...{ service: "ec2", action: "RunInstances" },
      parameters: { ImageId: "ami-1" },
    });
    const headers = { "x-amz-target": "AmazonSSM.GetParameter" };
    assert.deepEqual(callOf(request("ssm", { headers, body: '{"Name":"/a"}' })).parameters, { Name: "/a" });
    const url = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
    assert.equal(actionOf("monitoring", { url }), "cloudwatch:PutMetricAlarm");
    assert.equal(actionOf("dlm", { url: "/policies" }), "dlm:CreateLifecyclePolicy");
  });

  it("has S3's bucket and key in the path or in the host's name, and IAM's name of the action", () => {
    const get = (url: string, host = "127.0.0.1") => callOf(request("s3", { method: "GET", url, headers: { host } }));
    assert.deepEqual(get("/bucket/a/b.tar?x-id=GetObject").parameters, { Bucket: "bucket", Key: "a/b.tar" });
    assert.deepEqual(get("/a/b.tar", "bucket.s3.us-east-1.amazonaws.com").parameters, {
      Bucket: "bucket",
      Key: "a/b.tar",
    });
    const actions: [string, string, string][] = [
      ["PUT", "/bucket", "CreateBucket"],
      ["HEAD", "/bucket", "ListBucket"],
      ["GET", "/bucket?encryption", "GetEncryptionConfiguration"],
      ["DELETE", "/bucket?publicAccessBlock", "PutBucketPublicAccessBlock"],
      ["DELETE", "/bucket?policy", "DeleteBucketPolicy"],
      ["HEAD", "/bucket/key", "GetObject"],
      ["DELETE", "/bucket/key?versionId=1", "DeleteObjectVersion"],
      ["GET", "/bucket/key?tagging", "GetObjectTagging"],
    ];
    for (const [method, url, action] of actions) assert.equal(actionOf("s3", { method, url }), `s3:${action}`, url);
  });
});

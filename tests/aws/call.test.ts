import assert from "node:assert/strict";

import { type ApiRequest, callOf } from "./api/call";

const scope = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=KEY/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;

type Given = Partial<Omit<ApiRequest, "body">> & { readonly body?: string | Buffer };

const request = (service: string, more: Given = {}): ApiRequest => ({
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
    assert.deepEqual(callOf(request("dlm", { url: "/policies", body: '{"ExecutionRoleArn":"arn"}' })), {
      ...{ service: "dlm", action: "CreateLifecyclePolicy" },
      parameters: { path: "/policies", ExecutionRoleArn: "arn" },
    });
  });

  it("has CloudWatch's parameters in CBOR", () => {
    const url = "/service/GraniteServiceVersion20100801/operation/PutMetricAlarm";
    // Written by Python's cbor2.
    const body = Buffer.from(
      "a769416c61726d4e616d656c6c696e6e69782d626f782d61695468726573686f6c64fb3fe0000000000000714576616c756174696f6e506572696f6473" +
        "19012c6e416374696f6e73456e61626c6564f5645461677381a2634b65796750726f6a6563746556616c7565666c696e6e6978634c6f7724644e6f6e65f6",
      "hex",
    );
    assert.deepEqual(callOf(request("monitoring", { url, body })), {
      ...{ service: "cloudwatch", action: "PutMetricAlarm" },
      parameters: {
        ...{ AlarmName: "linnix-box-a", Threshold: 0.5, EvaluationPeriods: 300, ActionsEnabled: true },
        ...{ Tags: [{ Key: "Project", Value: "linnix" }], Low: -5, None: null },
      },
    });
    assert.equal(actionOf("monitoring", { url }), "cloudwatch:PutMetricAlarm");
  });

  it("has S3's bucket and key in the path or in the host's name, and IAM's name of the action", () => {
    const get = (url: string, host = "127.0.0.1") => callOf(request("s3", { method: "GET", url, headers: { host } }));
    assert.deepEqual(get("/bucket/a/b.tar?x-id=GetObject").parameters, { Bucket: "bucket", Key: "a/b.tar" });
    assert.deepEqual(get("/a/b.tar", "bucket.s3.us-east-1.amazonaws.com").parameters, {
      Bucket: "bucket",
      Key: "a/b.tar",
    });
    const put = { method: "PUT", headers: { "x-amz-tagging": "Project=linnix&Name=a%20b" } };
    assert.deepEqual(callOf(request("s3", { ...put, url: "/bucket/key" })).parameters.Tags, {
      ...{ Project: "linnix", Name: "a b" },
    });
    const body =
      "<CreateBucketConfiguration><Tags><Tag><Key>Project</Key><Value>linnix</Value></Tag></Tags></CreateBucketConfiguration>";
    assert.deepEqual(callOf(request("s3", { method: "PUT", url: "/bucket", body })).parameters.Tags, {
      Project: "linnix",
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

import assert from "node:assert/strict";

import { prebuiltPull, repositoryArn } from "../../../../../components/images/registry/prebuilt";

describe("an image's repository", () => {
  const digest = `@sha256:${"0".repeat(64)}`;
  it("is read off the names of images in ECR, in every partition", () => {
    const cases = {
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/linnix-dev/cognitod":
        "arn:aws:ecr:eu-west-1:123456789012:repository/linnix-dev/cognitod",
      "123456789012.dkr.ecr.us-gov-west-1.amazonaws.com/a/b/c":
        "arn:aws-us-gov:ecr:us-gov-west-1:123456789012:repository/a/b/c",
      "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/x": "arn:aws-cn:ecr:cn-north-1:123456789012:repository/x",
    };
    for (const [repository, arn] of Object.entries(cases)) assert.equal(repositoryArn(repository + digest), arn);
  });

  it("is none for images anywhere else, also under a name that looks alike", () => {
    for (const repository of [
      "ghcr.io/x/y",
      "evil.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/x",
      "123456789012.dkr.ecr.eu-west-1.amazonaws.com.evil.example/x",
      "12345.dkr.ecr.eu-west-1.amazonaws.com/x",
    ]) {
      assert.equal(repositoryArn(repository + digest), undefined, repository);
    }
  });
});

describe("what a host needs to pull prebuilt images", () => {
  const digest = `@sha256:${"0".repeat(64)}`;
  const configured = { login: { address: "a.example", user: "me" }, ports: [5000], repositoryArns: [] };

  it("is the configured login, each registry's port, and each ECR repository once", () => {
    const inEcr = `123456789012.dkr.ecr.eu-west-1.amazonaws.com/x${digest}`;
    const both = prebuiltPull({ cognitod: inEcr, llama: inEcr }, configured);
    assert.deepEqual([both.login, both.ports, both.repositoryArns.length], [configured.login, [5000, 443, 443], 1]);
    const elsewhere = { cognitod: `b.example:5001/c${digest}`, llama: `c.example/l${digest}` };
    const onHub = prebuiltPull({ cognitod: `cognitod${digest}`, llama: `me/llama:5000${digest}` }, configured);
    assert.deepEqual(onHub.ports, [5000, 443, 443]);
    const none = prebuiltPull(elsewhere, configured);
    assert.deepEqual([none.ports, none.repositoryArns], [[5000, 5001, 443], []]);
  });
});

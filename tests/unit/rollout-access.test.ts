import assert from "node:assert/strict";

import { accessFrom, durationSeconds } from "../../components/hosts/ec2/rollout/access";
import { rolloutIn } from "../../scripts/lib/live-ec2";

const from = (settings: Record<string, string>) => accessFrom((key) => settings[key], "eu-west-1");

describe("the rollout's access to AWS", () => {
  it("is the SDK's own where the provider's configuration says nothing", () => {
    assert.deepEqual(from({}), { region: "eu-west-1", roles: [], endpoints: {} });
  });

  it("takes profile, keys and token over", () => {
    assert.equal(from({ "aws:profile": "p" }).profile, "p");
    const keys = { "aws:accessKey": "a", "aws:secretKey": "s" };
    assert.deepEqual(from(keys).keys, { accessKeyId: "a", secretAccessKey: "s" });
    assert.equal(from({ ...keys, "aws:token": "t" }).keys?.sessionToken, "t");
    assert.equal(from({ "aws:accessKey": "a" }).keys, undefined);
  });

  it("takes endpoints over, however many entries they stand in", () => {
    const endpoints = JSON.stringify([{ ssm: "http://a", sts: "http://b" }, { ec2: "http://c" }]);
    assert.deepEqual(from({ "aws:endpoints": endpoints }).endpoints, {
      ...{ ssm: "http://a", sts: "http://b" },
      ec2: "http://c",
    });
  });

  it("takes roles over, the old single one too", () => {
    const [one, two] = [{ roleArn: "1" }, { roleArn: "2" }];
    assert.deepEqual(from({ "aws:assumeRoles": JSON.stringify([one, two]) }).roles, [one, two]);
    assert.deepEqual(from({ "aws:assumeRole": JSON.stringify(one) }).roles, [one]);
  });

  it("refuses what would make the provider somebody else than the rollout", () => {
    for (const name of ["assumeRoleWithWebIdentity", "sharedConfigFiles", "sharedCredentialsFiles"]) {
      const key = `aws:${name}`;
      assert.throws(() => from({ [key]: "[]" }), new RegExp(`${key}: [^]*environment[^]*pulumi config rm ${key}`));
    }
  });

  it("refuses what is no JSON, by name", () => {
    assert.throws(
      () => from({ "aws:endpoints": "http://a" }),
      /aws:endpoints: .*pulumi config set --path aws:endpoints/,
    );
  });

  it("reads durations as Go writes them", () => {
    const read = ["1h", "30m", "1h30m5s", "90", "", "soon"].map(durationSeconds);
    assert.deepEqual(read, [3600, 1800, 5405, undefined, undefined, undefined]);
  });
});

describe("what a stack's state tells of its rollout", () => {
  it("is what the rollout left there", () => {
    const outputs = { instanceId: "i-1" };
    const resources = [
      { type: "pulumi:pulumi:Stack", outputs: {} },
      { type: "pulumi-nodejs:dynamic/linnix:Rollout", outputs },
    ];
    assert.equal(rolloutIn({ deployment: { resources } }, "dev"), outputs);
  });

  it("is nothing before the first update, and says what to run", () => {
    for (const exported of [{}, { deployment: {} }, { deployment: { resources: [{ type: "x" }] } }]) {
      assert.throws(() => rolloutIn(exported, "dev"), /not deployed[^]*pulumi up --stack dev/);
    }
  });
});

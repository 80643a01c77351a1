import assert from "node:assert/strict";

import { credentialsFrom } from "../../../../../../components/hosts/ec2/rollout/credentials";
import { clientConnection, connectionFrom, isDirect } from "../../../../../../components/hosts/ec2/rollout/connection";
import { assumeRoleParameters, failure } from "../../../../../../components/hosts/ec2/rollout/ssm-client";
import { rolloutIn } from "../../../../../../scripts/lib/ec2-stack";

const from = (settings: Record<string, string>) => credentialsFrom((key) => settings[key], "eu-west-1", {});

describe("the rollout's credentials", () => {
  it("are the SDK's own if the provider's configuration sets none", () => {
    assert.deepEqual(from({}), { region: "eu-west-1", roles: [], endpoints: {}, connection: {} });
  });

  it("include profile, keys and token", () => {
    assert.equal(from({ "aws:profile": "p" }).profile, "p");
    const keys = { "aws:accessKey": "a", "aws:secretKey": "s" };
    assert.deepEqual(from(keys).keys, { accessKeyId: "a", secretAccessKey: "s" });
    assert.equal(from({ ...keys, "aws:token": "t" }).keys?.sessionToken, "t");
    assert.equal(from({ "aws:accessKey": "a" }).keys, undefined);
  });

  it("include endpoints, from any number of entries", () => {
    const endpoints = JSON.stringify([{ ssm: "http://a", sts: "http://b" }, { ec2: "http://c" }]);
    assert.deepEqual(from({ "aws:endpoints": endpoints }).endpoints, {
      ssm: "http://a",
      sts: "http://b",
      ec2: "http://c",
    });
  });

  it("include roles, the older single one too", () => {
    const [one, two] = [{ roleArn: "1" }, { roleArn: "2" }];
    assert.deepEqual(from({ "aws:assumeRoles": JSON.stringify([one, two]) }).roles, [one, two]);
    assert.deepEqual(from({ "aws:assumeRole": JSON.stringify(one) }).roles, [one]);
  });

  it("pass on the whole session of a role", () => {
    const role = {
      ...{ roleArn: "r", sessionName: "s", externalId: "e", duration: "1h", policy: "{}", policyArns: ["p"] },
      ...{ sourceIdentity: "me", tags: { Team: "x" }, transitiveTagKeys: ["Team"] },
    };
    const [read] = from({ "aws:assumeRoles": JSON.stringify([role]) }).roles;
    assert.deepEqual(read === undefined ? undefined : assumeRoleParameters(read), {
      ...{ RoleArn: "r", RoleSessionName: "s", ExternalId: "e", DurationSeconds: 3600, Policy: "{}" },
      ...{ PolicyArns: [{ arn: "p" }], SourceIdentity: "me", Tags: [{ Key: "Team", Value: "x" }] },
      TransitiveTagKeys: ["Team"],
    });
  });

  it("are not blamed on the call that was never sent: the message names the action that AWS refused", () => {
    const message = "User: arn:aws:iam::1:user/x is not authorized to perform: sts:TagSession on resource: r";
    const refused = Object.assign(new Error(message), { name: "AccessDenied" });
    const text = failure(refused, "ssm:PutParameter", from({})).message;
    assert.match(text, /AWS refused sts:TagSession .* needs the permission sts:TagSession/);
    assert.doesNotMatch(text, /ssm:PutParameter/);
  });

  it("reject settings with which the provider would use other credentials", () => {
    for (const name of ["assumeRoleWithWebIdentity", "sharedConfigFiles", "sharedCredentialsFiles"]) {
      const key = `aws:${name}`;
      assert.throws(() => from({ [key]: "[]" }), new RegExp(`${key}: [^]*environment[^]*remove ${key}`));
    }
  });

  it("reject what is not JSON, by name", () => {
    assert.throws(() => from({ "aws:endpoints": "http://a" }), /aws:endpoints: .*pulumi config set --path/);
  });
});

describe("the rollout's connection to AWS", () => {
  it("follows the provider's configuration, then the environment that the provider reads too", () => {
    const settings: Record<string, string> = {
      ...{ "aws:httpsProxy": "http://a:1", "aws:noProxy": "x", "aws:customCaBundle": "/ca" },
      ...{ "aws:useFipsEndpoint": "true", "aws:useDualstackEndpoint": "true", "aws:stsRegion": "us-east-1" },
    };
    const whole = { proxy: "http://a:1", noProxy: "x", caBundle: "/ca", fips: true, dualstack: true };
    assert.deepEqual(from(settings).connection, whole);
    assert.equal(from(settings).stsRegion, "us-east-1");
    const environment = { https_proxy: "http://b:1", NO_PROXY: "y", AWS_CA_BUNDLE: "/cb" };
    const none = () => undefined;
    assert.deepEqual(connectionFrom(none, environment), { proxy: "http://b:1", noProxy: "y", caBundle: "/cb" });
    assert.equal(connectionFrom((key) => settings[key], environment).proxy, "http://a:1");
    assert.deepEqual(connectionFrom(none, { HTTPS_PROXY: "" }), {});
  });

  it("refuses what it can't honour", () => {
    assert.throws(() => from({ "aws:insecure": "true" }), /aws:insecure = true: [^]*aws:customCaBundle to a file/);
  });

  it("goes through the proxy, except to hosts that are reached directly", () => {
    const host = "ssm.eu-west-1.amazonaws.com";
    const agent = (noProxy?: string) =>
      clientConnection({ proxy: "http://proxy:3128", ...(noProxy === undefined ? {} : { noProxy }) }, host)
        .requestHandler.httpsAgent as { proxy?: URL };
    assert.equal(agent().proxy?.host, "proxy:3128");
    for (const list of ["*", "localhost, .amazonaws.com", "amazonaws.com", "*.eu-west-1.amazonaws.com", host]) {
      assert.ok(isDirect(host, list), list);
      assert.equal(agent(list).proxy, undefined, list);
    }
    for (const list of ["", "aws.com", "ssm", "us-east-1.amazonaws.com"]) assert.ok(!isDirect(host, list), list);
  });

  it("trusts the authorities of the bundle, and uses FIPS and dual-stack endpoints", () => {
    const { requestHandler, ...rest } = clientConnection({ caBundle: __filename, fips: true, dualstack: true }, "x");
    assert.deepEqual(rest, { useFipsEndpoint: true, useDualstackEndpoint: true });
    const { ca } = (requestHandler.httpsAgent as { options: { ca: string[] } }).options;
    assert.ok(ca.length > 1 && ca.some((text) => text.includes("trusts the authorities of the bundle")));
  });
});

describe("the rollout in a stack's state", () => {
  it("has the outputs that the rollout stored", () => {
    const outputs = { instanceId: "i-1", lookDocument: "look", changeDocument: "change" };
    const resources = [
      { type: "pulumi:pulumi:Stack", outputs: {} },
      { type: "pulumi-nodejs:dynamic/linnix:Rollout", outputs },
    ];
    assert.equal(rolloutIn({ deployment: { resources } }, "dev"), outputs);
  });

  it("names the host's documents, unless an earlier version stored it: the error says what makes them", () => {
    for (const outputs of [{ lookDocument: "look" }, { changeDocument: "change" }]) {
      const resources = [{ type: "pulumi-nodejs:dynamic/linnix:Rollout", outputs }];
      assert.throws(
        () => rolloutIn({ deployment: { resources } }, "dev"),
        /^Failure: Stack dev has no Systems Manager document[^]*`pulumi up --stack dev` makes it/,
      );
    }
  });

  it("is missing before the first update, which the error says how to run", () => {
    for (const exported of [{}, { deployment: {} }, { deployment: { resources: [{ type: "x" }] } }]) {
      assert.throws(() => rolloutIn(exported, "dev"), /not deployed[^]*pulumi up --stack dev/);
    }
  });
});

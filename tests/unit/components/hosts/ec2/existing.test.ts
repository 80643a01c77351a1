import assert from "node:assert/strict";

import * as pulumi from "@pulumi/pulumi";

import { lookUpExisting } from "../../../../../components/hosts/ec2/existing";
import { changeDocument } from "../../../../../components/hosts/ec2/rollout/change-document";
import { lookDocument } from "../../../../../components/hosts/ec2/rollout/look-document";
import { requireVolume } from "../../../../../components/hosts/ec2/machine/data-volume";
import { awsCall } from "../../../../../scripts/render/aws-mocks";
import { hostGraph } from "../../../../fixtures/ec2-graph";
import { imagesOf } from "../../../../fixtures/images-graph";
import { ec2Region, ec2SettingsOf } from "../../../../fixtures/settings";

const everything = { customerKey: true, flowLogs: true, protect: true };
const keyId = "01234567-89ab-cdef-0123-456789abcdef";
const parts = ["cognitod", "flow", "llama", "system"].map((part) => `/linnix/dev/${part}`);

/** The id that a graph's resource of this name takes over, by the resource's name. */
const takenOver = (resources: readonly { name: string; options: { importId: string } }[]) =>
  resources.filter(({ options }) => options.importId !== "").map(({ name, options }) => [name, options.importId]);

describe("what exists already under a fixed name", function () {
  this.timeout(120_000);

  it("is taken over: logs, documents and key, of a stack that kept them or was killed", async () => {
    const documents = new Set(["linnix-dev-look", "linnix-dev-change"]);
    const existing = { logGroups: new Set(parts), repositories: new Set<string>(), documents, keyId };
    const { resources } = await hostGraph(everything, { existing });
    assert.deepEqual(takenOver(resources).sort(), [
      ["host-change-document", "linnix-dev-change"],
      ["host-flow-logs-group", "/linnix/dev/flow"],
      ["host-logs-cognitod", "/linnix/dev/cognitod"],
      ["host-logs-llama", "/linnix/dev/llama"],
      ["host-logs-system", "/linnix/dev/system"],
      ["host-look-document", "linnix-dev-look"],
      ["key-alias", "alias/linnix-dev"],
      ["key-kms", keyId],
    ]);
  });

  it("is created where it does not exist", async () => {
    const { resources } = await hostGraph(everything, {
      existing: { logGroups: new Set(["/linnix/dev/flow"]), repositories: new Set(), documents: new Set() },
    });
    assert.deepEqual(takenOver(resources), [["host-flow-logs-group", "/linnix/dev/flow"]]);
    assert.deepEqual(takenOver((await hostGraph(everything)).resources), []);
  });

  it("is taken over: repositories with their images", async () => {
    const existingRepositories = new Set(["linnix-dev/llama", "linnix-dev/cache"]);
    const { resources } = await imagesOf({ registry: "ecr" }, { existingRepositories });
    assert.deepEqual(
      resources
        .filter(({ importId }) => importId !== "")
        .map(({ name, importId }) => [name, importId])
        .sort(),
      [
        ["registry-cache", "linnix-dev/cache"],
        ["registry-llama", "linnix-dev/llama"],
      ],
    );
  });

  describe("is looked up", () => {
    const lookUp = async (answers: (token: string, name: string) => Record<string, unknown> | undefined) => {
      await pulumi.runtime.setMocks({
        newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
        call: (args) =>
          answers(args.token, String((args.inputs as { name?: unknown }).name)) ?? awsCall(args, ec2Region),
      });
      return lookUpExisting(ec2SettingsOf(everything));
    };

    const ours = { Project: "linnix", Stack: "dev", Owner: "me" };
    /** Answers of AWS, by the last part of a function's name; everything exists and is the stack's. */
    const everythingExists: Readonly<Record<string, Record<string, unknown>>> = {
      getLogGroups: { logGroupNames: [...parts, "/linnix/dev/other"] },
      getRepositories: { names: ["linnix-dev/llama", "linnix-dev2/llama", "other", "linnix-dev/other"] },
      getAlias: { targetKeyId: keyId },
      getLogGroup: { arn: "arn:aws:logs:us-east-1:123456789012:log-group:/linnix/dev/flow:*", tags: ours },
      getRepository: { arn: "arn:aws:ecr:us-east-1:123456789012:repository/linnix-dev/llama", tags: ours },
      getKey: {
        arn: `arn:aws:kms:us-east-1:123456789012:key/${keyId}`,
        description: "Linnix, stack dev: volumes, repositories, logs, secrets, alarms",
      },
    };
    /** The answer for a document of this name, which may be another stack's. */
    const document = (name: string, stack = "dev") => ({
      arn: `arn:aws:ssm:us-east-1:123456789012:document/${name}`,
      content: JSON.stringify(name.endsWith("look") ? lookDocument(stack) : changeDocument(stack)),
    });
    const answered = (more: typeof everythingExists) =>
      lookUp(
        (token, name) => ({ ...everythingExists, getDocument: document(name), ...more })[token.split(":").at(-1) ?? ""],
      );

    it("by the stack's names, and nothing of another stack is taken", async () => {
      const documents = new Set(["linnix-dev-look", "linnix-dev-change"]);
      const expected = { logGroups: new Set(parts), repositories: new Set(["linnix-dev/llama"]), documents, keyId };
      assert.deepEqual(await answered({}), expected);
    });

    it("also in an account that has none of a kind, whose empty list AWS's provider leaves out", async () => {
      const { logGroups, repositories } = await answered({ getLogGroups: {}, getRepositories: {} });
      assert.deepEqual([logGroups, repositories], [new Set(), new Set()]);
    });

    const foreign: [what: string, answers: typeof everythingExists, problem: RegExp][] = [
      [
        "a document of another stack",
        { getDocument: document("linnix-dev-look", "prod") },
        /needs the document linnix-dev-look, which exists[^]*aws ssm delete-document --region us-east-1 --name linnix-dev-look/,
      ],
      [
        "a log group without tags",
        { getLogGroup: { ...everythingExists.getLogGroup, tags: {} } },
        /stack = dev: needs the log group \/linnix\/dev\/flow, which exists and is not this stack's[^]*aws logs tag-resource --region us-east-1 --resource-arn arn:aws:logs:us-east-1:123456789012:log-group:\/linnix\/dev\/flow --tags Project=linnix,Stack=dev/,
      ],
      [
        "a log group of another project",
        { getLogGroup: { ...everythingExists.getLogGroup, tags: { ...ours, Project: "other" } } },
        /needs the log group \/linnix\/dev\/cognitod, which/,
      ],
      [
        "a repository of another stack",
        { getRepository: { ...everythingExists.getRepository, tags: { ...ours, Stack: "prod" } } },
        /needs the repository linnix-dev\/llama, which exists[^]*another name for the stack, or[^]*aws ecr tag-resource --region us-east-1 --resource-arn \S+ --tags Key=Project/,
      ],
      [
        "the key of somebody else",
        { getKey: { ...everythingExists.getKey, description: "payroll" } },
        /needs the key of the alias alias\/linnix-dev, 01234567-[^]*aws kms delete-alias --region us-east-1 --alias-name alias\/linnix-dev/,
      ],
    ];
    for (const [what, answers, problem] of foreign) {
      it(`and ${what} is refused, not taken over`, async () => {
        await assert.rejects(answered(answers), problem);
      });
    }

    it("without asking whose a repository is that the stack does not use", async () => {
      const raw = { registry: "ghcr.io/me", registryUser: "me", registryPassword: "x" };
      const answers = { ...everythingExists, getRepository: { tags: {} } };
      await pulumi.runtime.setMocks({
        newResource: ({ name, inputs }) => ({ id: name, state: inputs as Record<string, unknown> }),
        call: (args) =>
          (answers as typeof everythingExists)[args.token.split(":").at(-1) ?? ""] ?? awsCall(args, ec2Region),
      });
      assert.deepEqual((await lookUpExisting(ec2SettingsOf(raw))).repositories, new Set());
    });

    it("without an error when there is nothing", async () => {
      const nothing = { logGroups: new Set(), repositories: new Set(), documents: new Set() };
      assert.deepEqual(await lookUp(() => undefined), nothing);
    });

    it("and any other error ends the update", async () => {
      const refused = lookUp((token) => {
        if (!token.endsWith("getAlias")) return undefined;
        throw Object.assign(new Error(), { details: "AccessDeniedException: kms:ListAliases" });
      });
      await assert.rejects(refused, /AccessDeniedException: kms:ListAliases/);
    });
  });
});

describe("a data volume that exists", function () {
  this.timeout(120_000);
  const dataVolume = "vol-0fedcba9876543210";

  it("is taken over with its encryption, in a subnet of its zone", async () => {
    const offering = { locations: ["us-east-1a", "us-east-1b"] };
    const answers = {
      "aws:ec2/getInstanceTypeOfferings:getInstanceTypeOfferings": offering,
      "aws:ebs/getVolume:getVolume": { availabilityZone: "us-east-1b", size: 8 },
    };
    const { one } = await hostGraph({ dataVolume, dataGiB: 10, customerKey: true }, { answers });
    const { inputs, options } = one("aws:ebs/volume:Volume");
    assert.deepEqual([options.importId, inputs.size, inputs.availabilityZone], [dataVolume, 10, "us-east-1b"]);
    for (const kept of ["encrypted", "kmsKeyId"]) assert.ok(options.ignoreChanges.includes(kept), kept);
    assert.equal(one("aws:ec2/subnet:Subnet").inputs.availabilityZone, "us-east-1b");
  });

  it("is deleted after a last snapshot if snapshots are wanted, and without a trace if not", async () => {
    for (const raw of [{}, { dataVolume }, { customerKey: true }]) {
      for (const snapshotDays of [7, 0]) {
        const volume = (await hostGraph({ ...raw, snapshotDays })).one("aws:ebs/volume:Volume");
        assert.equal(volume.inputs.finalSnapshot, snapshotDays > 0);
      }
    }
  });

  it("is rejected in another zone, and when it is larger than the settings say", () => {
    const volume = { id: dataVolume, zone: "us-east-1b", gibibytes: 40 };
    requireVolume(volume, { stack: "dev", zone: "us-east-1b", dataGiB: 40 });
    assert.throws(() => {
      requireVolume(volume, { stack: "dev", zone: "us-east-1a", dataGiB: 40 });
    }, /linnix:dataVolume = vol-0fedcba9876543210: is in us-east-1b, and the host's subnet is in us-east-1a/);
    assert.throws(() => {
      requireVolume(volume, { stack: "dev", zone: "us-east-1b", dataGiB: 20 });
    }, /linnix:dataGiB = 20: is less than the 40 GiB[^]*config set linnix:dataGiB 40 --stack dev/);
  });
});

import assert from "node:assert/strict";

import { type Host, host } from "./host";
import { addresses, registryName } from "./world/addresses";
import { answerQuestion } from "./world/dns";
import { lookUp, metadataOf } from "./world/metadata";

/** A DNS query of a resolver. */
function question(name: string, type: number): Buffer {
  const labels = name.split(".").map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const header = Buffer.from([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, type, 0, 1])]);
}

describe("the stand-ins for AWS", () => {
  const tree = metadataOf({ id: "i-1", userData: Buffer.from("text").toString("base64"), region: "r", account: "1" });

  it("answer a name with its address, another record of it with nothing, and an unknown name with an error", () => {
    const names = { "ssm.example": "10.77.0.1" };
    const ask = (name: string, type: number) => answerQuestion(question(name, type), names);
    assert.deepEqual([...(ask("SSM.example", 1)?.subarray(-4) ?? [])], [10, 77, 0, 1]);
    assert.deepEqual([ask("ssm.example", 28)?.readUInt16BE(6), (ask("ssm.example", 28)?.[3] ?? 0) & 15], [0, 0]);
    assert.equal((ask("other.example", 1)?.[3] ?? 0) & 15, 3);
    assert.equal(answerQuestion(Buffer.from([1, 2, 3]), names), undefined);
  });

  it("list a folder of the metadata, give a leaf at any version, and know nothing else", () => {
    assert.equal(lookUp(tree, "/latest/meta-data/instance-id"), "i-1");
    assert.equal(lookUp(tree, "/2021-03-23/meta-data/instance-id"), "i-1");
    assert.equal(lookUp(tree, "/latest/meta-data/placement/"), "availability-zone\nregion");
    assert.match(String(lookUp(tree, "/latest/meta-data")), /^placement\/$/m);
    assert.equal(String(lookUp(tree, "/latest/user-data")), "text");
    for (const path of [
      "/meta-data/instance-id",
      "/latest/none",
      "/latest/meta-data/instance-id/x",
      "/latest/toString",
    ])
      assert.equal(lookUp(tree, path), undefined, path);
  });

  describe("as the machine sees them", () => {
    let ec2: Host;
    before(async function () {
      ec2 = await host(this);
    });
    const status = async (rest: string) =>
      (await ec2.machine.tryShell(`curl -s -o /dev/null -w '%{http_code}' --max-time 20 ${rest}`)).stdout;

    it("give no metadata without a token", async () => {
      assert.equal(await status(`http://${addresses.metadata}/latest/meta-data/instance-id`), "401");
    });

    it("give no image without a password: the credential helper must have done its work", async () => {
      assert.equal(await status(`https://${registryName}/v2/`), "401");
    });

    it("are trusted by the authority that the machine has, and lead nowhere else", async () => {
      assert.match(await status("https://ssm.us-east-1.amazonaws.com/"), /^[1-5]/);
      assert.equal(await status("https://s3.us-east-1.amazonaws.com/"), "000");
    });
  });
});

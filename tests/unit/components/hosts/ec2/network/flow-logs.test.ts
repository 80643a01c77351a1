import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

import fc from "fast-check";

import { flowLogPolicy } from "../../../../../../components/hosts/ec2/network/flow-logs";
import { projectFolder } from "../../../../../../scripts/lib/home";
import { useVariationGraphs } from "../../../../../fixtures/ec2-graph";
import { scope, stack } from "../../../../../fixtures/policy-arbitraries";

describe("flow logs", function () {
  this.timeout(60_000);
  const { graph } = useVariationGraphs();

  it("cover the whole of the stack's own VPC, or the host's interface in an existing one", () => {
    const watched = (name: string) => graph(name).one("aws:ec2/flowLog:FlowLog").inputs;
    assert.equal(watched("everything").vpcId, "vpc-0123456789abcdef0");
    assert.deepEqual(
      [watched("an existing network, private").vpcId, watched("an existing network, private").eniId],
      [undefined, "eni-0123456789abcdef0"],
    );
  });

  it("are documented, and their cost counted, as sums of a minute or less, which AWS makes on Nitro", () => {
    const page = fs.readFileSync(path.join(projectFolder, "docs", "OPERATIONS.md"), "utf8");
    assert.match(page, /^\| flow logs.* sums of a minute or less at \d\.\d\d .*\d\.\d\d/m);
    assert.doesNotMatch(page, /ten[ -]minute/i);
  });

  it("may be written to their group only, which the service finds in a list", () => {
    fc.assert(
      fc.property(scope, stack, (where, name) => {
        const logs = `arn:${where.partition}:logs:${where.region}:${where.account}:log-group:`;
        assert.deepEqual(
          flowLogPolicy(where, name).Statement.map(({ Effect, Action, Resource }) => [Effect, Action, Resource]),
          [
            [
              "Allow",
              ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
              [`${logs}/linnix/${name}/flow:*`],
            ],
            ["Allow", ["logs:DescribeLogGroups"], ["*"]],
          ],
        );
      }),
    );
  });
});

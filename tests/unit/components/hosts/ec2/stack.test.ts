import assert from "node:assert/strict";

import { dashboardAddress, logGroupAddress, tags } from "../../../../../components/hosts/ec2/stack";
import { ec2SettingsOf } from "../../../../fixtures/settings";

describe("tags of an EC2 stack", () => {
  it("are project, stack, owner and name, and those of the settings, which can't override them", () => {
    const settings = ec2SettingsOf({ owner: "me", tags: { Team: "x" } });
    assert.deepEqual(tags(settings, "n"), { Team: "x", Project: "linnix", Stack: "dev", Owner: "me", Name: "n" });
    const sly = { ...settings, host: { ...settings.host, tags: { Stack: "other", Name: "other" } } };
    assert.deepEqual(tags(sly, "n"), { Project: "linnix", Stack: "dev", Owner: "me", Name: "n" });
  });
});

describe("addresses of AWS's console", () => {
  it("are in the region, with a log group's name encoded twice", () => {
    const address = new URL(logGroupAddress("eu-west-1", "/linnix/dev/llama"));
    assert.equal(address.hostname, "eu-west-1.console.aws.amazon.com");
    assert.ok(address.hash.endsWith("/log-group/$252Flinnix$252Fdev$252Fllama"));
    assert.equal(new URL(dashboardAddress("eu-west-1", "linnix-dev")).hash, "#dashboards/dashboard/linnix-dev");
  });
});

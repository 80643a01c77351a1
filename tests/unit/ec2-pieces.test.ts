import assert from "node:assert/strict";

import fc from "fast-check";

import { accessCommands, portsOut } from "../../components/hosts/ec2/access";
import { alarmTable, dimensions } from "../../components/hosts/ec2/alarm-table";
import { dashboardBody } from "../../components/hosts/ec2/dashboard";
import { consoleAddress, logGroupAddress } from "../../components/hosts/ec2/names";
import { firstZone, requireSubnetOf } from "../../components/hosts/ec2/network";
import { tags } from "../../components/hosts/ec2/tags";
import { digest, settingsOf, variations } from "../fixtures/ec2-graph";

describe("tags of an EC2 stack", () => {
  it("are project, stack, owner and name, and what the settings add, which can't take their place", () => {
    const settings = settingsOf({ owner: "me", tags: { Team: "x" } });
    assert.deepEqual(tags(settings, "n"), { Team: "x", Project: "linnix", Stack: "dev", Owner: "me", Name: "n" });
    const sly = { ...settings, host: { ...settings.host, tags: { Stack: "other", Name: "other" } } };
    assert.deepEqual(tags(sly, "n"), { Project: "linnix", Stack: "dev", Owner: "me", Name: "n" });
  });
});

describe("a subnet that is there", () => {
  it("must be one of the VPC that the settings name; otherwise key, value and remedy are told", () => {
    requireSubnetOf("vpc-1", { id: "subnet-1", vpcId: "vpc-1" });
    assert.throws(() => {
      requireSubnetOf("vpc-1", { id: "subnet-1", vpcId: "vpc-2" });
    }, /^Error: linnix:subnetId = subnet-1: is a subnet of vpc-2; it must be one of vpc-1.*\n.*config set linnix:vpcId vpc-2/);
  });
});

describe("the zone of a new subnet", () => {
  it("is the first that offers the type, in whatever order AWS lists them", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "f"), { minLength: 1 }), (letters) => {
        const zones = letters.map((letter) => `us-east-1${letter}`);
        assert.equal(firstZone("us-east-1", "t3.large", zones), `us-east-1${[...letters].sort()[0] ?? ""}`);
      }),
    );
  });

  it("is none of a city's or a carrier's", () => {
    const zones = ["us-west-2-lax-1a", "us-west-2-wl1-las-1", "us-west-2c"];
    assert.equal(firstZone("us-west-2", "t3.large", zones), "us-west-2c");
  });

  it("is refused where there is none, with the key and a command that lists types", () => {
    assert.throws(
      () => firstZone("us-east-1", "m8g.large", ["us-east-1-bos-1a"]),
      /linnix:instanceType = m8g\.large: is offered in no availability zone of us-east-1[^]*describe-instance-type-offerings/,
    );
  });
});

describe("the ports that a host may reach", () => {
  it("are 443 alone, whatever the settings, unless an address names another", () => {
    const others = Object.entries(variations).filter(([, raw]) => portsOut(settingsOf(raw)).length > 1);
    assert.deepEqual(
      others.map(([name]) => name),
      ["a registry by address"],
    );
    for (const raw of Object.values(variations)) assert.ok(portsOut(settingsOf(raw)).includes(443));
  });

  it("are those of the registry, of prebuilt images and of the model", () => {
    const registry = { registry: "registry.example:5000/linnix", registryUser: "me", registryPassword: "x" };
    assert.deepEqual(portsOut(settingsOf(registry)), [443, 5000]);
    const images = { cognitod: `a.example:5001/c@${digest}`, llama: `b.example:5002/l@${digest}` };
    assert.deepEqual(portsOut(settingsOf({ images })), [443, 5001, 5002]);
    assert.deepEqual(portsOut(settingsOf({ model: "https://models.example:8443/m.gguf" })), [443, 8443]);
  });
});

describe("the alarms of an EC2 stack", () => {
  const find = (name: string, type = "t3.large") => alarmTable(type).find((it) => it.name === name);

  it("count silence as unhealthy, and only there", () => {
    for (const { name, missing } of alarmTable("t3.large")) {
      assert.equal(missing === "breaching", name === "unhealthy", name);
    }
    assert.deepEqual([find("unhealthy")?.metric, find("unhealthy")?.of], ["Healthy", [3, 5]]);
  });

  it("recover a host whose hardware failed, reboot one that failed itself, and not at the same time", () => {
    const [system, instance] = [find("system-check"), find("instance-check")];
    assert.deepEqual([system?.action, instance?.action], ["recover", "reboot"]);
    assert.notDeepEqual(system?.of, instance?.of);
    const acting = alarmTable("t3.large").filter(({ action }) => action !== undefined);
    assert.equal(acting.length, 2);
  });

  it("watch credits on t types only", () => {
    for (const type of ["t3.large", "t3a.large", "t4g.large"]) assert.ok(find("cpu-credits", type), type);
    for (const type of ["m7i.large", "c7g.xlarge", "r6i.large"])
      assert.equal(find("cpu-credits", type), undefined, type);
  });

  it("watch memory, both disks and the attached volume", () => {
    const metrics = alarmTable("m7i.large").map(({ metric }) => metric);
    for (const metric of ["MemoryUsedPercent", "RootUsedPercent", "DataUsedPercent", "StatusCheckFailed_AttachedEBS"]) {
      assert.ok(metrics.includes(metric), metric);
    }
  });

  it("have names of their own, and can breach: no more periods than are looked at", () => {
    const table = alarmTable("t3.large");
    assert.equal(new Set(table.map(({ name }) => name)).size, table.length);
    for (const { name, of } of table) assert.ok(of[0] <= of[1] && of[0] > 0, name);
  });

  it("ask the host's metrics by stack, EC2's by instance", () => {
    assert.deepEqual(dimensions({ namespace: "Linnix" }, "dev", "i-1"), { Stack: "dev" });
    assert.deepEqual(dimensions({ namespace: "AWS/EC2" }, "dev", "i-1"), { InstanceId: "i-1" });
  });
});

describe("the dashboard", () => {
  const content = fc.record({
    ...{ stack: fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/), region: fc.constantFrom("us-east-1", "eu-west-1") },
    ...{ instanceType: fc.constantFrom("t3.large", "m7i.large"), instanceId: fc.constant("i-1") },
    ...{ dataVolumeId: fc.constant("vol-1"), alarmArns: fc.array(fc.string(), { maxLength: 9 }) },
  });

  it("has widgets side by side: within its 24 columns, none over another, none without a title and a region", () => {
    fc.assert(
      fc.property(content, (it) => {
        const { widgets } = dashboardBody(it);
        const cells = new Set<string>();
        for (const { x, y, width, height, type, properties } of widgets) {
          assert.ok(x + width <= 24);
          for (let column = x; column < x + width; column++) {
            for (let row = y; row < y + height; row++) {
              assert.ok(!cells.has(`${column} ${row}`), "widgets overlap");
              cells.add(`${column} ${row}`);
            }
          }
          assert.ok(typeof properties.title === "string");
          if (type !== "alarm") assert.equal(properties.region, it.region);
        }
      }),
    );
  });

  it("is JSON that names this stack, this host and its alarms", () => {
    fc.assert(
      fc.property(content, (it) => {
        const text = JSON.stringify(dashboardBody(it));
        assert.deepEqual(JSON.parse(text), dashboardBody(it));
        for (const part of ["cognitod", "llama", "system"])
          assert.ok(text.includes(`SOURCE '/linnix/${it.stack}/${part}'`));
        assert.ok(text.includes(`["Linnix","Healthy","Stack","${it.stack}"]`));
        assert.equal(text.includes("CPUCreditBalance"), it.instanceType === "t3.large");
        assert.deepEqual(dashboardBody(it).widgets[0]?.properties.alarms, it.alarmArns);
      }),
    );
  });

  it("shows every metric that an alarm looks at", () => {
    const base = { stack: "dev", region: "us-east-1", instanceType: "t3.large", instanceId: "i", dataVolumeId: "v" };
    const text = JSON.stringify(dashboardBody({ ...base, alarmArns: [] }));
    for (const { metric } of alarmTable("t3.large")) assert.ok(text.includes(`"${metric}"`), metric);
  });
});

describe("what a person is given to reach a host", () => {
  const settings = settingsOf({ apiPort: 3100 });
  const commands = accessCommands(settings, "i-0123456789abcdef0");

  it("are Session Manager's forwards, each of a port to itself, in the stack's region", () => {
    const forwards = { dashboard: 3100, llama: 8090, health: 9464 };
    for (const [name, port] of Object.entries(forwards)) {
      assert.equal(
        commands[name as "llama"],
        `aws ssm start-session --region us-east-1 --target i-0123456789abcdef0 --document-name AWS-StartPortForwardingSession --parameters portNumber=${port},localPortNumber=${port}`,
      );
    }
    assert.equal(commands.shell, "aws ssm start-session --region us-east-1 --target i-0123456789abcdef0");
    assert.equal(commands.status, "npm run status -- dev");
  });

  it("hold no secret: the token is asked of the stack when the command runs", () => {
    assert.match(
      commands.insight,
      /Bearer \$\(pulumi stack output apiToken --show-secrets --stack dev\)" http:\/\/127\.0\.0\.1:3100\/insights$/,
    );
  });

  it("are addresses of the console of the region's own partition", () => {
    const address = new URL(logGroupAddress("eu-west-1", "/linnix/dev/llama"));
    assert.equal(address.hostname, "eu-west-1.console.aws.amazon.com");
    assert.ok(address.hash.endsWith("/log-group/$252Flinnix$252Fdev$252Fllama"));
    assert.match(consoleAddress("us-gov-west-1", "x"), /amazonaws-us-gov\.com/);
    assert.match(consoleAddress("cn-north-1", "x"), /amazonaws\.cn/);
  });
});

import assert from "node:assert/strict";

import { accessCommands } from "../../../../../../components/hosts/ec2/monitoring/commands";
import { ec2SettingsOf } from "../../../../../fixtures/settings";

describe("the commands that reach a host", () => {
  const settings = ec2SettingsOf({ apiPort: 3100 });
  const commands = accessCommands(settings, "i-0123456789abcdef0");

  it("forward ports through Session Manager, each to the same port, in the stack's region", () => {
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

  it("contain no secret: they read the token from the stack when they run", () => {
    assert.match(
      commands.insight!,
      /Bearer \$\(pulumi stack output apiToken --show-secrets --stack dev\)" http:\/\/127\.0\.0\.1:3100\/insights$/,
    );
  });
});

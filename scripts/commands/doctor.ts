// npm run doctor [-- <stack>] [--bundle FILE]: checks this machine and a stack. Exit status 1 if a start would be stopped.
import { bundlePath, writeBundle } from "../doctor/bundle";
import { examine } from "../doctor/examine";
import { isStopped, reportText } from "../doctor/finding";
import { commands } from "../lib/commands";
import { linnixHome } from "../lib/home";
import { main } from "../lib/main";
import { say } from "../lib/say";

main(commands.doctor, async ({ stack, bundle }) => {
  const place = bundle === undefined ? undefined : bundlePath(bundle);
  const home = linnixHome();
  const { findings, ...found } = await examine(home, stack);
  const report = reportText(findings);
  process.stdout.write(report);
  if (place !== undefined) {
    const names = await writeBundle(place, { home, stack, report, ...found });
    say(`Wrote ${place}: ${names.join(", ")}. Secrets are replaced; read it before you pass it on.`);
  }
  return isStopped(findings) ? 1 : 0;
});

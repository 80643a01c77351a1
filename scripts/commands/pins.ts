// npm run pins [-- --check]: prints each pinned version, image and checksum of pins.json with the places that use it.
// --check prints the places that disagree with pins.json, and exits with status 1 if there are any.
import { commands } from "../lib/commands";
import { projectFolder } from "../lib/home";
import { main } from "../lib/main";
import { run } from "../lib/run";
import { disagreements, pinCopies } from "../pins/copies";
import { pinUses } from "../pins/uses";

main(commands.pins, async ({ check }) => {
  const args = ["ls-files", "-z", "--cached", "--", "*.ts", "*Dockerfile"];
  const files = (await run("git", args, { cwd: projectFolder })).stdout.split("\0").filter((file) => file !== "");
  if (!check) {
    for (const { name, value, uses } of pinUses(files)) {
      const places = uses.length === 0 ? ["not used"] : uses;
      process.stdout.write([`${name}: ${value}`, ...places.map((place) => `    ${place}`), ""].join("\n"));
    }
    return 0;
  }
  const faults = disagreements(pinCopies(files));
  process.stdout.write(faults.map((fault) => `${fault}\n`).join(""));
  return faults.length > 0 ? 1 : 0;
});

// npm run -s env -- [stack]: prints what a shell needs to run plain `pulumi` and `docker` on a stack that npm start made.
import { linnixHome } from "./lib/home";
import { main } from "./lib/main";
import { readSession } from "./lib/session";

const quoted = (value: string): string => `'${value.replace(/'/g, `'\\''`)}'`;

main(async (args) => {
  const session = readSession(linnixHome(), args.find((arg) => arg !== "--") ?? "local");
  const lines = Object.entries(session.environment).map(([name, value]) => `export ${name}=${quoted(value)}`);
  process.stdout.write(`${lines.join("\n")}\n`);
  return Promise.resolve(0);
});

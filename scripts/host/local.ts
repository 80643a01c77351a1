/** `npm run host` of a stack on this machine. */
import { localLog } from "../../components/hosts/local/plan";
import { BadInput } from "../lib/errors";
import { linnixHome } from "../lib/home";
import { sessionEnvironment } from "../lib/pulumi";
import { deployedSettings } from "../lib/settings";
import { readSession, startCommand } from "../start/session";
import { printLog } from "./logs";
import { type HostRequest, requireKnown } from "./request";

/** What there is instead on a stack whose host is this machine. */
function instead(stack: string): Readonly<Record<Exclude<HostRequest["kind"], "logs">, string>> {
  return {
    status: `npm run status -- ${stack} probes the services now`,
    history: `pulumi stack history, in a shell of eval "$(npm run -s env -- ${stack})", lists the updates`,
    rollback: `revert the change of the settings or of the checkout, then run ${startCommand(stack)}`,
    shell: `this machine is the host; docker exec reaches a container, in a shell of eval "$(npm run -s env -- ${stack})"`,
  };
}

/**
 * @throws BadInput for everything except logs of a service, with what to do instead.
 */
export async function localRequest(stack: string, request: HostRequest, print: (line: string) => void): Promise<void> {
  if (request.kind !== "logs") {
    const problem = `is for a stack on EC2; ${stack} runs on this machine`;
    throw new BadInput([{ key: "command", value: request.kind, problem, remedy: instead(stack)[request.kind] }]);
  }
  const session = readSession(linnixHome(), stack);
  const { services } = deployedSettings(session);
  requireKnown(request.service, services);
  const service = services.find((name) => name === request.service) ?? "cognitod";
  const command = localLog(stack, service, "--since", `${request.seconds}s`);
  await printLog(command, sessionEnvironment(session), print, true);
}

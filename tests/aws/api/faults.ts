/** Errors of AWS, answered instead of the emulator. */
import type { Call } from "./call";
import { type Answer, type ApiFront, jsonAnswer } from "./front";

/** An error in the form of the service's protocol. */
export function errorAnswer({ service }: Pick<Call, "service">, code: string, message: string, status = 400): Answer {
  if (["ssm", "logs", "kms", "ecr", "dlm"].includes(service)) return jsonAnswer({ __type: code, message }, status);
  const error = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const body =
    service === "ec2"
      ? `<Response><Errors>${error}</Errors><RequestID>box</RequestID></Response>`
      : service === "s3"
        ? error
        : `<ErrorResponse>${error}<RequestId>box</RequestId></ErrorResponse>`;
  return { status, headers: { "Content-Type": "text/xml" }, body };
}

/** Lets the first calls that match fail; returns how many did so far. */
export function failFirst(
  front: ApiFront,
  times: number,
  matches: (call: Call) => boolean,
  answer: (call: Call) => Answer,
): () => number {
  let failed = 0;
  front.handlers.unshift((call, who) => {
    if (who !== "deployer" || failed >= times || !matches(call)) return undefined;
    failed += 1;
    return answer(call);
  });
  return () => failed;
}

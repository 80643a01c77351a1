/** Explanations of a failed operation on a resource, where the provider's error alone helps nobody. */
import * as pulumi from "@pulumi/pulumi";
import { getMonitor } from "@pulumi/pulumi/runtime/settings";

/** The part of a resource's options that explains its failures. */
export type FailureOptions = Pick<pulumi.ResourceOptions, "hooks">;

/** Whether hooks run when an operation fails: false until {@link findErrorHooks} has found that they do. */
let hooksRun = false;

/**
 * Finds out whether a hook runs when an operation fails. To be called before any resource is made: a hook that the engine, or
 * the language host between it and the program, does not know fails the whole update. Mocks know none.
 */
export async function findErrorHooks(): Promise<void> {
  hooksRun = false;
  if (!("registerErrorHook" in ((getMonitor() as object | undefined) ?? {}))) return;
  const probe = new pulumi.ErrorHook("linnix-probe", () => Promise.resolve(false));
  // The SDK has no public way to ask.
  const { __registered: registered } = probe as unknown as { __registered: Promise<unknown> };
  hooksRun = await registered.then(
    () => true,
    () => false,
  );
}

/**
 * Prints an explanation when an operation on a resource fails.
 *
 * @param name of the hook.
 * @param explain the explanation; undefined prints none.
 * @returns nothing where hooks do not run: docs/OPERATIONS.md has a row for each of these errors.
 */
export function onError(
  name: string,
  explain: (failed: pulumi.ErrorHookArgs) => string | undefined | Promise<string | undefined>,
): FailureOptions {
  if (!hooksRun) return {};
  const hook = new pulumi.ErrorHook(name, async (failed) => {
    const text = await explain(failed);
    // Without the resource: its name is known to the log only once its registration has ended, which waits for this hook.
    if (text !== undefined) await pulumi.log.error(text);
    return false;
  });
  return { hooks: { onError: [hook] } };
}

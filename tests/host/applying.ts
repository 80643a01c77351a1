/** Shell scripts that start `linnix-release apply` on the machine, for tests that interrupt it. */

/** The output of the apply that was started last. */
export const applyLog = "/run/linnix-test-apply.log";

/** Starts an apply in the background, and waits until its output matches. */
export const startAndWaitFor = (said: string) => `
  rm -f ${applyLog}
  systemd-run --quiet --collect --property=StandardError=file:${applyLog} /usr/local/sbin/linnix-release apply
  until grep -q '${said}' ${applyLog} 2>/dev/null; do sleep 0.05; done`;

/** Starts an apply, and kills linnix-release with SIGKILL as soon as its output matches. */
export const killWhen = (said: string) => `
  linnix-release apply 2>${applyLog} & pid=$!
  while kill -0 $pid 2>/dev/null; do
    if grep -q '${said}' ${applyLog}; then kill -9 $pid; break; fi
    sleep 0.02
  done
  wait $pid`;

import { findErrorHooks } from "./components/error-hooks";
import { existingResources, hostRequirements, stackHost, stackKey } from "./components/hosts/stack-host";
import { stackImages } from "./components/images/stack-images";
import { loadSettings } from "./components/settings/load";

const config = loadSettings();
const { settings, secrets } = config;
const registryPassword = secrets["registry-password"];

/** Creates everything, and returns the stack's outputs: see `StackOutputs`. */
export = async () => {
  await findErrorHooks();
  const existing = await existingResources(settings);
  const key = stackKey(settings, existing);
  const images = stackImages({
    settings,
    registryPassword,
    kmsKeyArn: key?.arn,
    ...hostRequirements(settings, existing),
  });
  return stackHost({ ...config, images, key, existing });
};

import { stackHost, stackKey, stackTags } from "./components/hosts/stack-host";
import { stackImages } from "./components/images/images";
import { loadSettings } from "./components/settings";

const told = loadSettings();
const key = stackKey(told.settings);
const images = stackImages({ ...told, kmsKeyArn: key?.arn, tags: stackTags(told.settings) });

/** The stack's outputs: see `StackOutputs`. */
export = stackHost({ ...told, images, key });

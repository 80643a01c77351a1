// Command pulumi-resource-docker serves Terraform's Docker provider through Pulumi's bridge, with the tokens and property
// names of the npm package @pulumi/docker. It stands in for the official plugin where that can't be downloaded; it is not
// the official plugin, and knows only the resources listed here.
package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"

	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// version is set by the linker to the version of @pulumi/docker that the program uses.
var version = "0.0.0"

// resources maps Terraform's names to Pulumi's.
var resources = map[string]string{
	"docker_container": "Container",
	"docker_image":     "RemoteImage",
	"docker_network":   "Network",
	"docker_tag":       "Tag",
	"docker_volume":    "Volume",
}

// left out of what the program can use; the bridge wants them named.
var unmapped = []string{
	"docker_buildx_builder", "docker_compose", "docker_config", "docker_plugin", "docker_registry_image", "docker_secret",
	"docker_service",
}

// fields are the properties that Pulumi's package names otherwise than the bridge would: it makes lists plural.
var fields = map[string]map[string]*tfbridge.SchemaInfo{
	"docker_container": {
		"command":           {Name: "command"},
		"networks_advanced": {Name: "networksAdvanced"},
	},
	"docker_image": {"name": {Name: "name"}},
}

func token(name string) tokens.Type {
	return tokens.Type(fmt.Sprintf("docker:index/%s%s:%s", strings.ToLower(name[:1]), name[1:], name))
}

func main() {
	info := tfbridge.ProviderInfo{
		P:            shimv2.NewProvider(shim.NewProvider(version)),
		Name:         "docker",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"host": {Default: &tfbridge.DefaultInfo{
				EnvVars: []string{"DOCKER_HOST"}, Value: "unix:///var/run/docker.sock",
			}},
			"registry_auth": {Name: "registryAuth", MaxItemsOne: tfbridge.False()},
		},
		Resources:      map[string]*tfbridge.ResourceInfo{},
		IgnoreMappings: unmapped,
	}
	for name, pulumi := range resources {
		info.Resources[name] = &tfbridge.ResourceInfo{
			Tok:    token(pulumi),
			Fields: fields[name],
			// A container's name and ports are free only once the old one is gone.
			DeleteBeforeReplace: name == "docker_container",
		}
	}
	schema := fmt.Sprintf(`{"name":"docker","version":%q}`, version)
	tfbridge.Main("docker", version, info, []byte(schema))
}

// Command pulumi-resource-aws serves Terraform's AWS provider through Pulumi's bridge, with the tokens and property names
// of the npm package @pulumi/aws. It is for tests against an emulator of AWS on a machine that cannot download the official
// plugin. It is not the official plugin: it lacks Pulumi's patches, and knows only the resources and functions listed in
// types.go. Never use it on an AWS account.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pftfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

// version is set by the linker to the version of @pulumi/aws that the program uses.
var version = "0.0.0"

// token is the npm package's name of a type or a function, from its short form "module/Type".
func token(short string) string {
	module, name, _ := strings.Cut(short, "/")
	return "aws:" + module + "/" + strings.ToLower(name[:1]) + name[1:] + ":" + name
}

func providerInfo(provider shim.Provider) tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:            provider,
		Name:         "aws",
		Version:      version,
		MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Config: map[string]*tfbridge.SchemaInfo{
			"region": {Default: &tfbridge.DefaultInfo{EnvVars: []string{"AWS_REGION", "AWS_DEFAULT_REGION"}}},
			// The official plugin's defaults.
			"skip_credentials_validation": {Default: &tfbridge.DefaultInfo{Value: false}},
			"skip_metadata_api_check":     {Type: "boolean", Default: &tfbridge.DefaultInfo{Value: true}},
		},
		Resources:   map[string]*tfbridge.ResourceInfo{},
		DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for name, short := range resources {
		known := map[string]*tfbridge.SchemaInfo{}
		for field, schema := range fields[name] {
			known[field] = schema
		}
		resource, found := provider.ResourcesMap().GetOk(name)
		if !found {
			log.Fatalf("the provider has no resource %s", name)
		}
		if _, tagged := resource.Schema().GetOk("tags_all"); tagged {
			known["tags_all"] = &tfbridge.SchemaInfo{MarkAsComputedOnly: tfbridge.True()}
		}
		info.Resources[name] = &tfbridge.ResourceInfo{Tok: tokens.Type(token(short)), Fields: known}
	}
	for name, short := range functions {
		if _, found := provider.DataSourcesMap().GetOk(name); !found {
			log.Fatalf("the provider has no data source %s", name)
		}
		info.DataSources[name] = &tfbridge.DataSourceInfo{
			Tok: tokens.ModuleMember(token(short)), Fields: functionFields[name],
		}
	}
	info.SetAutonaming(255, "-")
	return info
}

func main() {
	ctx := context.Background()
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		log.Fatal(err)
	}
	provider := pftfbridge.MuxShimWithPF(ctx, shimv2.NewProvider(sdk), framework)
	info := providerInfo(provider)
	if len(os.Args) == 2 && os.Args[1] == "-shapes" {
		if err := json.NewEncoder(os.Stdout).Encode(shapes(info)); err != nil {
			log.Fatal(err)
		}
		return
	}
	// The official plugin has this table from its build; here it is made at each start, from what the provider has.
	dispatch, err := provider.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	}).ResolveDispatch(&info)
	if err != nil {
		log.Print(err)
	}
	if err := metadata.Set(info.GetMetadata(), "mux", dispatch); err != nil {
		log.Fatal(err)
	}
	pftfbridge.MainWithMuxer(ctx, "aws", info, []byte(fmt.Sprintf(`{"name":"aws","version":%q}`, version)))
}

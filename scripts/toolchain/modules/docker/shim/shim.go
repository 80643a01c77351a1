// Package shim hands out the provider of Terraform's Docker module, which keeps it internal. Its import path lies below
// that module's, and so it may import it.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider makes Terraform's Docker provider, which reports the given version.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}

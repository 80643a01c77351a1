// Package java holds, of the Java SDK generator, the settings that the docker-build provider fills in for its schema.
// They play no part when the provider runs; the generator itself is not to be had as a Go module here.
package java

// PackageInfo is how the generated Java package would be built.
type PackageInfo struct {
	BuildFiles                      string            `json:"buildFiles,omitempty"`
	GradleNexusPublishPluginVersion string            `json:"gradleNexusPublishPluginVersion,omitempty"`
	Dependencies                    map[string]string `json:"dependencies,omitempty"`
}

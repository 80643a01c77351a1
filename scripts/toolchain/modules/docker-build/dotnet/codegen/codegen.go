// Package codegen holds, of the .NET SDK generator, the settings that the docker-build provider fills in for its schema.
// They play no part when the provider runs; the generator itself is not to be had as a Go module here.
package codegen

// CSharpPackageInfo is how the generated .NET package would be built.
type CSharpPackageInfo struct {
	RespectSchemaVersion bool              `json:"respectSchemaVersion,omitempty"`
	PackageReferences    map[string]string `json:"packageReferences,omitempty"`
}

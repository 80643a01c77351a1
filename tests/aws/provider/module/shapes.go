package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// shape is the form of a value: "value" for a single one or a map of them, a list with the form of its elements, or an
// object with the form of each property.
type shape any

// shapes are the properties of every resource and function by token, for the test that compares them with the npm package.
func shapes(info tfbridge.ProviderInfo) map[string]shape {
	all := map[string]shape{}
	for name, resource := range info.Resources {
		all[string(resource.Tok)] = objectShape(info.P.ResourcesMap().Get(name).Schema(), resource.Fields)
	}
	for name, source := range info.DataSources {
		all[string(source.Tok)] = objectShape(info.P.DataSourcesMap().Get(name).Schema(), source.Fields)
	}
	return all
}

func objectShape(schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo) shape {
	object := map[string]shape{}
	schema.Range(func(name string, property shim.Schema) bool {
		if property.Removed() == "" {
			object[tfbridge.TerraformToPulumiNameV2(name, schema, fields)] = valueShape(property, fields[name])
		}
		return true
	})
	return object
}

func valueShape(property shim.Schema, info *tfbridge.SchemaInfo) shape {
	var inner map[string]*tfbridge.SchemaInfo
	if info != nil {
		inner = info.Fields
		if info.Elem != nil {
			inner = info.Elem.Fields
		}
	}
	var element shape = "value"
	if nested, ok := property.Elem().(shim.Resource); ok {
		element = objectShape(nested.Schema(), inner)
	}
	switch property.Type() {
	case shim.TypeList, shim.TypeSet:
		if tfbridge.IsMaxItemsOne(property, info) {
			return element
		}
		if list, ok := property.Elem().(shim.Schema); ok {
			element = valueShape(list, nil)
		}
		return []shape{element}
	default:
		return element
	}
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
)

// settings resolves flags from the environment (AMPARO_ and the flag's name) and
// from the YAML file that --config or AMPARO_CONFIG names, in that order. A key
// that is no flag is an error.
func settings(parser *kong.Kong, args []string, env func(string) (string, bool)) (kong.Resolver, error) {
	known := flagNames(parser.Model.Node)
	file, err := settingsFile(args, env, known)
	if err != nil {
		return nil, err
	}
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		if text, ok := env(envName(flag.Name)); ok {
			return text, nil
		}
		if v, ok := file[flag.Name]; ok {
			return fmt.Sprint(v), nil
		}
		return nil, nil
	}), nil
}

func envName(flag string) string {
	return "AMPARO_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func flagNames(node *kong.Node) []string {
	var names []string
	for _, f := range node.Flags {
		names = append(names, f.Name)
	}
	for _, child := range node.Children {
		names = append(names, flagNames(child)...)
	}
	return names
}

func settingsFile(args []string, env func(string) (string, bool), known []string) (map[string]any, error) {
	path, _ := env("AMPARO_CONFIG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--config="); ok {
			path = value
		} else if arg == "--config" && i+1 < len(args) {
			path = args[i+1]
		}
	}
	if path == "" {
		return nil, nil
	}
	b, err := os.ReadFile(path) //nolint:gosec // The operator names the file.
	if err != nil {
		return nil, fmt.Errorf("read settings: %w", err)
	}
	var values map[string]any
	if err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&values); err != nil {
		return nil, fmt.Errorf("settings %s: %s", path, yaml.FormatError(err, false, false))
	}
	for key := range values {
		if !slices.Contains(known, key) {
			return nil, fmt.Errorf("settings %s: unknown key %q (the keys are the long names of flags)", path, key)
		}
	}
	return values, nil
}

package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// The groups of the flags that every command has: what a command's help shows
// behind its own.
var (
	placeGroup  = &kong.Group{Key: "place", Title: "Installation and catalogue:"}
	serverGroup = &kong.Group{Key: "servers", Title: "Servers in place of those inside (operators; best in --config or the environment):"}
	webGroup    = &kong.Group{Key: "web", Title: "What is served over HTTP:"}
	logGroup    = &kong.Group{Key: "log", Title: "Log and settings:"}
)

var groupOf = map[string]*kong.Group{
	"data": placeGroup, "catalogue": placeGroup,
	"nats": serverGroup, "nats-token-file": serverGroup, "nats-credentials": serverGroup, "nats-ca": serverGroup, "seal-key-file": serverGroup,
	"nats-replicas": serverGroup, "clickhouse": serverGroup, "database": serverGroup, "engine-cache": serverGroup, "max-memory": serverGroup,
	"web-config": webGroup, "unprotected-listen": webGroup,
	"log-level": logGroup, "log-format": logGroup, "config": logGroup, "check": logGroup,
}

// groupFlags puts the flags of every command behind those of its own.
func groupFlags(parser *kong.Kong) {
	for _, flag := range parser.Model.Flags {
		if g := groupOf[flag.Name]; g != nil {
			flag.Group = g
		}
	}
}

// served are the commands that serve something over HTTP.
var served = []string{"run", "intake", "sink", "aggregator", "notifier", "notifier run", "pages"}

// alone are the commands that need no installation. Those in lawless need no
// catalogue either.
var (
	alone   = []string{"version", "health", "study", "stats", "simulate", "law", "export codebook"}
	withOne = []string{"law what-if"} // of these the ones that need one after all
	lawless = []string{"health", "study", "stats"}
)

// meaningless refuses a flag on the command line that means nothing for the command:
// whoever gave it believes that it does something. What the environment or a file of
// settings says is for all commands, and is left alone.
func meaningless(given *kong.Context) error {
	command := commandName(given)
	if command == "" {
		return nil
	}
	for _, path := range given.Path {
		if path.Flag == nil || path.Resolved {
			continue
		}
		switch name, of := path.Flag.Name, groupOf[path.Flag.Name]; {
		case of == webGroup && !begins(served, command):
			return fmt.Errorf("--%s means nothing for amparo %s, which serves nothing", name, command)
		case name == "catalogue" && begins(lawless, command):
			return fmt.Errorf("--%s means nothing for amparo %s, which asks no law", name, command)
		case (of == serverGroup || name == "data") && begins(alone, command) && !begins(withOne, command):
			return fmt.Errorf("--%s means nothing for amparo %s, which needs no installation", name, command)
		}
	}
	return nil
}

// commandName is the command as it is typed, without arguments.
func commandName(given *kong.Context) string {
	var words []string
	for _, path := range given.Path {
		if path.Command != nil {
			words = append(words, path.Command.Name)
		}
	}
	return strings.Join(words, " ")
}

// begins reports whether a command is one of a list, or below one.
func begins(list []string, command string) bool {
	return slices.ContainsFunc(list, func(one string) bool { return command == one || strings.HasPrefix(command, one+" ") })
}

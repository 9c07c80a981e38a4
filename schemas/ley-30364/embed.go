// Package ley30364 embeds the catalogue of Law 30364 of Peru: its event types,
// duties, calendars and places. The folder is data; this file only carries it
// into the binary.
package ley30364

import "embed"

// Files is the catalogue folder, as package law loads it.
//
//go:embed *.yaml *.csv shapes.geojson calendars duties events
var Files embed.FS

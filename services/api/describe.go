package api

import (
	"slices"
	"strings"

	"amparo/services/access"
)

type object = map[string]any

// describe is the OpenAPI 3.0 description of what Mount mounts.
func (s *server) describe() object {
	paths := object{}
	for _, d := range s.datasets {
		paths[Base+d.path] = object{"get": s.operation(d)}
	}
	paths[Base+casesPath] = object{"get": object{
		"summary": "Cases as an event log (XES)", "operationId": "cases", "description": needs(access.ExportCases) + " A second person must have allowed this very file; the export names it.",
		"parameters": []object{
			{"name": "export", "in": "query", "required": true, "description": "The export that was allowed.", "schema": object{"type": "string"}},
			{"name": "department", "in": "query", "description": "Only this department, by its two digits.", "schema": object{"type": "string"}},
		},
		"responses": object{"200": object{"description": "The log.", "content": object{"application/xml": object{"schema": object{"type": "string"}}}}, "400": ref("Problem"), "404": ref("Problem")},
	}}
	return object{
		"openapi": "3.0.3",
		"info": object{
			"title": "Amparo", "version": "1",
			"description": "The numbers of the pages. Every answer says as of when and under which catalogue it was counted. A number that is not known, or may not be seen, is null, never zero. Unknown parameters and values are refused.",
		},
		"paths": paths,
		"components": object{
			"responses": object{"Problem": object{"description": "What is wrong, and what to do.", "content": object{"application/problem+json": object{"schema": object{"$ref": "#/components/schemas/Problem"}}}}},
			"schemas": object{"Problem": object{
				"type": "object", "required": []string{"type", "title", "status", "detail"},
				"properties": object{"type": object{"type": "string"}, "title": object{"type": "string"}, "status": object{"type": "integer"}, "detail": object{"type": "string"}},
			}},
		},
	}
}

func ref(name string) object { return object{"$ref": "#/components/responses/" + name} }

// needs says which roles may ask.
func needs(right access.Right) string {
	var roles []string
	for _, role := range access.Roles() {
		if role.Has(right) && (right == access.SeePublic || right == access.ExportCases || role.Has(access.ExportNumbers)) {
			roles = append(roles, string(role))
		}
	}
	return "For the roles " + strings.Join(roles, ", ") + "."
}

func (s *server) operation(d *dataset) object {
	about := d.about + " " + needs(d.needs)
	parameters := []object{
		{"name": "format", "in": "query", "description": "CSV begins with a byte-order mark; XLSX is for people; ADX is for DHIS2.", "schema": object{"type": "string", "enum": d.formats(), "default": formatJSON}},
		{"name": "lang", "in": "query", "description": "The language of words.", "schema": object{"type": "string", "enum": []string{"es", "en"}, "default": "es"}},
		{"name": "limit", "in": "query", "description": "Rows on a page. ADX has all.", "schema": object{"type": "integer", "minimum": 1, "maximum": mostRows, "default": defaultLimit}},
		{"name": "page", "in": "query", "description": "The page, from 0. The Link header leads to those beside it.", "schema": object{"type": "integer", "minimum": 0, "maximum": mostRows, "default": 0}},
	}
	for _, p := range d.params {
		schema := object{"type": "string"}
		if p.values != nil {
			schema["enum"] = p.values
		}
		if p.fallback != "" {
			schema["default"] = p.fallback
		}
		parameters = append(parameters, object{"name": p.name, "in": "query", "required": p.required, "description": p.about, "schema": schema})
	}
	content := object{contentTypes[formatJSON]: object{"schema": d.schema()}}
	for _, format := range d.formats() {
		if format != formatJSON {
			content[strings.TrimSuffix(contentTypes[format], "; charset=utf-8")] = object{"schema": object{"type": "string", "format": "binary"}}
		}
	}
	responses := object{
		"200": object{"description": d.title, "content": content, "headers": object{
			"ETag":          object{"description": "Names what was sent: give it in If-None-Match.", "schema": object{"type": "string"}},
			"X-Total-Count": object{"description": "Rows of all pages.", "schema": object{"type": "integer"}},
			"Link":          object{"description": "The pages beside this one.", "schema": object{"type": "string"}},
		}},
		"304": object{"description": "What you have is still so."},
		"400": ref("Problem"), "503": ref("Problem"),
	}
	if d.needs != access.SeePublic {
		responses["401"] = object{"description": "Log in."}
		responses["403"] = object{"description": "Your role does not include this."}
	}
	return object{"summary": d.title, "description": about, "operationId": strings.NewReplacer("/", "_", "-", "_").Replace(strings.Trim(d.path, "/")), "parameters": parameters, "responses": responses}
}

// schema is that of the JSON document.
func (d *dataset) schema() object {
	row := object{}
	var names []string
	for _, c := range d.columns {
		// Null stands for what is not known or not shown.
		row[c.Name] = object{"nullable": true, "description": c.Title.EN}
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return object{
		"type": "object", "required": []string{"as_of", "catalogue", "rows"},
		"properties": object{
			"as_of": object{"type": "string", "format": "date-time"}, "catalogue": object{"type": "string"},
			"notes": object{"type": "array", "items": object{"type": "string"}},
			"rows":  object{"type": "array", "items": object{"type": "object", "required": names, "additionalProperties": false, "properties": row}},
		},
	}
}

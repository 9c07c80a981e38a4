package load

import (
	"embed"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"amparo/schemas/law/source"
)

//go:embed form
var forms embed.FS

// Forms are the JSON Schemas of the files of a catalogue, for editors: duty.json
// for duties, and one by the name of each other file.
func Forms() fs.FS {
	folder, err := fs.Sub(forms, "form")
	if err != nil {
		panic(err) // It is part of the program.
	}
	return folder
}

// read reads a YAML file of a form. Values that are none of those to choose from
// are told with what is found when the parts are fitted together.
func (c *loader) read(name, form string, into any) (source.Lines, error) {
	lines, choices, err := source.YAML(c.fsys, name, c.forms, form, into)
	c.choices[name] = choices
	return lines, err
}

// chosen takes what was found wrong with the choices of a file, for it to be told
// with what is wrong otherwise.
func (c *loader) chosen(name string) []error {
	errs := c.choices[name]
	delete(c.choices, name)
	return errs
}

// otherChoices are what is wrong with the choices of files that nobody has asked for.
func (c *loader) otherChoices() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.choices)) {
		errs = append(errs, c.choices[name]...)
	}
	return errors.Join(errs...)
}

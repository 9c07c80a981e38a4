//go:build darwin || linux

package engine

import "github.com/ebitengine/purego"

// dlopen loads a shared library and returns its handle.
func dlopen(path string) (uintptr, error) {
	return purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
}

// dlsym finds a function of a loaded library.
func dlsym(handle uintptr, name string) (uintptr, error) {
	return purego.Dlsym(handle, name)
}

//go:build !darwin && !linux

package engine

func dlopen(string) (uintptr, error) { return 0, ErrPlatform }

func dlsym(uintptr, string) (uintptr, error) { return 0, ErrPlatform }

package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

func versionCommand() command {
	return command{
		name:     "version",
		synopsis: "print the version of this build",
		about:    "One line: the module's version, the commit if the build recorded one, the Go\nversion and the platform. 'quorate --version' is the same.",
		examples: []example{{"quorate version", "for a bug report"}},
		exits:    []exitMeaning{{exitGood, "the version was printed"}},
		setup: func(*flags) action {
			return func(_ context.Context, s *streams, _ []string) error { return printVersion(s) }
		},
	}
}

func printVersion(s *streams) error {
	fmt.Fprintf(s.out, "quorate %s %s %s/%s\n", buildVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return nil
}

// buildVersion returns the version of this build.
func buildVersion() string {
	info, _ := debug.ReadBuildInfo()
	return versionOf(info)
}

// versionOf returns the module's version, with the commit where the build
// recorded one.
func versionOf(info *debug.BuildInfo) string {
	if info == nil {
		return "(unknown)"
	}
	version, commit, modified := info.Main.Version, "", ""
	if version == "" {
		version = "(devel)"
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision" && len(s.Value) >= 12:
			commit = " commit " + s.Value[:12]
		case s.Key == "vcs.modified" && s.Value == "true":
			modified = " (modified)"
		}
	}
	return version + commit + modified
}

package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// LibraryVariable is the environment variable that names the engine's library.
const LibraryVariable = "MIMAMORI_ENGINE_LIBRARY"

// FindLibrary returns the path of the engine's library: the given one, the one that
// LibraryVariable names, or the one in the folder .engine beside or above the folder
// of the executable or above the working directory. Its error says where it looked.
func FindLibrary(explicit string) (string, error) {
	for _, named := range []struct{ path, by string }{
		{explicit, "the configuration (library)"},
		{os.Getenv(LibraryVariable), "the environment variable " + LibraryVariable},
	} {
		if named.path == "" {
			continue
		}
		if _, err := os.Stat(named.path); err != nil {
			return "", fmt.Errorf("the engine's library, named by %s, cannot be read: %w; "+
				"correct the path, or remove it and run `make engine`", named.by, err)
		}
		return filepath.Abs(named.path)
	}

	inside := filepath.Join(".engine", "node_modules", "@chdb", platformPackage(), "libchdb.so")
	folders := engineFolders()
	for _, folder := range folders {
		path := filepath.Join(folder, inside)
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("the embedded ClickHouse engine is not installed: there is no %s in %s; "+
		"run `make engine` in the project folder, or set %s", inside, strings.Join(folders, ", "), LibraryVariable)
}

// platformPackage is the name under which the engine for this machine is published.
func platformPackage() string {
	if runtime.GOARCH == "arm64" {
		return "lib-linux-arm64-gnu"
	}
	return "lib-linux-x64-gnu"
}

// engineFolders lists the folders that may hold .engine: that of the executable and
// its parent, then the working directory and all above it, where tests find it.
func engineFolders() []string {
	var folders []string
	if executable, err := os.Executable(); err == nil {
		if file, err := filepath.EvalSymlinks(executable); err == nil {
			executable = file
		}
		bin := filepath.Dir(executable)
		folders = append(folders, filepath.Dir(bin), bin)
	}
	if folder, err := os.Getwd(); err == nil {
		for {
			folders = append(folders, folder)
			parent := filepath.Dir(folder)
			if parent == folder {
				break
			}
			folder = parent
		}
	}
	return folders
}

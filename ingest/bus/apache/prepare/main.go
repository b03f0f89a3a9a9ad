// Command prepare makes the jars of a fetched Apache Kafka start sooner. It is run once,
// by "make kafka", with the directory of the jars.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"mimamori/ingest/bus/apache"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: prepare DIRECTORY-OF-THE-JARS")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	if err := apache.Prepare(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

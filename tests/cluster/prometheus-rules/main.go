// Checks Prometheus rule files with the parser that Prometheus loads them with (what `promtool check rules` calls).
//
//	prometheus-rules FILE...
//
// One line for each mistake, `FILE: MISTAKE`, on standard output. Exit 0: none; 1: some; 2: a file cannot be read.
package main

import (
	"fmt"
	"log/slog"
	"os"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
)

func main() {
	code := 0
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		_, mistakes := rulefmt.Parse(text, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.Default())
		for _, mistake := range mistakes {
			fmt.Printf("%s: %s\n", path, mistake)
			code = 1
		}
	}
	os.Exit(code)
}

// Analyzes files with all of istioctl's analyzers, those among them that `istioctl analyze --use-kube=false` leaves out: without a server it
// reads no Namespace, Pod, Service or Secret from a file, and what refers to one is not looked at.
//
//	istio-analyze FILE...
//
// Prints a JSON list of messages, as `istioctl analyze -o json` does. Exit 0: analyzed; 2: a file cannot be read.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/log"
)

func main() {
	if err := analyze(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func analyze(paths []string) error {
	var readers []local.ReaderSource
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		defer file.Close()
		readers = append(readers, local.ReaderSource{Name: path, Reader: file})
	}
	for _, scope := range log.Scopes() {
		scope.SetOutputLevel(log.NoneLevel)
	}
	analyzer := local.NewIstiodAnalyzer(analyzers.AllCombined(), "", "istio-system", nil)
	// The source of their own tests: the only one that reads the kinds of a running cluster from files.
	if err := analyzer.AddTestReaderKubeSource(readers); err != nil {
		return err
	}
	// After the files: the first source decides which kinds are read.
	if err := analyzer.AddDefaultResources(); err != nil {
		return err
	}
	result, err := analyzer.Analyze(make(chan struct{}))
	if err != nil {
		return err
	}
	messages := []map[string]any{}
	for _, message := range result.Messages {
		messages = append(messages, message.Unstructured(true))
	}
	return json.NewEncoder(os.Stdout).Encode(messages)
}

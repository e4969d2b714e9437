// Checks dashboards against Grafana's schema: no unknown field, no wrong type.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/variants"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/piechart"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

var panels = []variants.PanelcfgConfig{
	piechart.VariantConfig(), stat.VariantConfig(), table.VariantConfig(), timeseries.VariantConfig(),
}

func main() {
	runtime := cog.NewRuntime()
	for _, each := range panels {
		runtime.RegisterPanelcfgVariant(each)
	}
	runtime.RegisterDataqueryVariant(prometheus.VariantConfig())

	code := 0
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Printf("%s: %s\n", file, err)
			code = 1
		}
	}
	os.Exit(code)
}

func check(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// The library answers a correct panel with an empty list instead of nil, and does not keep it.
	if err := new(dashboard.Dashboard).UnmarshalJSONStrict(content); err != nil && err.Error() != "" {
		return err
	}
	// The options of a type that is not registered are read without a schema.
	var types struct{ Panels []struct{ Type string } }
	if err := json.Unmarshal(content, &types); err != nil {
		return err
	}
	for _, panel := range types.Panels {
		if panel.Type == "row" {
			continue
		}
		named := func(each variants.PanelcfgConfig) bool { return each.Identifier == panel.Type }
		if !slices.ContainsFunc(panels, named) {
			return fmt.Errorf("panel of an unknown type %q", panel.Type)
		}
	}
	return nil
}

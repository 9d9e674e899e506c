// Stands in for the plugin by which Argo Rollouts changes routes of the Gateway API, which no module registry holds: it does to HTTPRoutes and
// GRPCRoutes what that one is documented to do, and refuses every field of its configuration that it does not know. The controller starts it and
// speaks to it by its own protocol.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/argoproj/argo-rollouts/pkg/apis/rollouts/v1alpha1"
	"github.com/argoproj/argo-rollouts/rollout/trafficrouting/plugin/rpc"
	"github.com/argoproj/argo-rollouts/utils/plugin/types"
	"github.com/hashicorp/go-plugin"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/retry"
)

const name = "argoproj-labs/gatewayAPI"

type route struct {
	Name            string `json:"name"`
	UseHeaderRoutes bool   `json:"useHeaderRoutes"`
}

type settings struct {
	Namespace  string  `json:"namespace"`
	HTTPRoutes []route `json:"httpRoutes"`
	GRPCRoutes []route `json:"grpcRoutes"`
}

type router struct{ client dynamic.Interface }

func (r *router) InitPlugin() types.RpcError {
	config, err := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err == nil {
		r.client, err = dynamic.NewForConfig(config)
	}
	return said(err)
}

func said(err error) types.RpcError {
	if err != nil {
		return types.RpcError{ErrorString: err.Error()}
	}
	return types.RpcError{}
}

// Changes the rules of every route that the Rollout names, or of those alone that take rules of the controller's.
func (r *router) change(ro *v1alpha1.Rollout, marked bool, change func(rules []any) ([]any, error)) error {
	var s settings
	decoder := json.NewDecoder(bytes.NewReader(ro.Spec.Strategy.Canary.TrafficRouting.Plugins[name]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return err
	}
	for resource, routes := range map[string][]route{"httproutes": s.HTTPRoutes, "grpcroutes": s.GRPCRoutes} {
		kind := schema.GroupVersionResource{Group: "gateway.networking.k8s.io", Version: "v1", Resource: resource}
		for _, route := range routes {
			if marked && !route.UseHeaderRoutes {
				continue
			}
			client := r.client.Resource(kind).Namespace(s.Namespace)
			err := retry.RetryOnConflict(retry.DefaultRetry, func() error {
				found, err := client.Get(context.TODO(), route.Name, metav1.GetOptions{})
				if err != nil {
					return err
				}
				rules, _, err := unstructured.NestedSlice(found.Object, "spec", "rules")
				if err != nil {
					return err
				}
				if rules, err = change(rules); err != nil {
					return fmt.Errorf("%s %s: %w", resource, route.Name, err)
				}
				if err = unstructured.SetNestedSlice(found.Object, rules, "spec", "rules"); err != nil {
					return err
				}
				_, err = client.Update(context.TODO(), found, metav1.UpdateOptions{})
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// The backends of a rule by the names of their Services.
func backends(rule any) map[string]map[string]any {
	all := map[string]map[string]any{}
	list, _, _ := unstructured.NestedSlice(rule.(map[string]any), "backendRefs")
	for _, backend := range list {
		backend := backend.(map[string]any)
		all[backend["name"].(string)] = backend
	}
	return all
}

// Is it a rule of the controller's own, by its name or with a number behind it?
func managed(ro *v1alpha1.Rollout, rule any) bool {
	own, _ := rule.(map[string]any)["name"].(string)
	for _, route := range ro.Spec.Strategy.Canary.TrafficRouting.ManagedRoutes {
		rest, found := strings.CutPrefix(own, route.Name)
		if _, err := strconv.Atoi(strings.TrimPrefix(rest, "-")); found && (rest == "" || err == nil) {
			return true
		}
	}
	return false
}

func (r *router) SetWeight(ro *v1alpha1.Rollout, weight int32, _ []v1alpha1.WeightDestination) types.RpcError {
	stable, canary := ro.Spec.Strategy.Canary.StableService, ro.Spec.Strategy.Canary.CanaryService
	return said(r.change(ro, false, func(rules []any) ([]any, error) {
		found := false
		for _, rule := range rules {
			if managed(ro, rule) {
				continue
			}
			list, _, _ := unstructured.NestedSlice(rule.(map[string]any), "backendRefs")
			for _, backend := range list {
				backend := backend.(map[string]any)
				switch backend["name"] {
				case stable:
					backend["weight"] = int64(100 - weight)
				case canary:
					backend["weight"], found = int64(weight), true
				}
			}
			rule.(map[string]any)["backendRefs"] = list
		}
		if !found {
			return nil, fmt.Errorf("no rule has Service %s", canary)
		}
		return rules, nil
	}))
}

// A rule of the controller's own for each that has both versions: its matches, with the headers too, and its filters; nothing else of it.
func (r *router) SetHeaderRoute(ro *v1alpha1.Rollout, header *v1alpha1.SetHeaderRoute) types.RpcError {
	stable, canary := ro.Spec.Strategy.Canary.StableService, ro.Spec.Strategy.Canary.CanaryService
	return said(r.change(ro, true, func(rules []any) ([]any, error) {
		var kept, added []any
		for _, rule := range rules {
			if managed(ro, rule) {
				continue
			}
			kept = append(kept, rule)
			has := backends(rule)
			if has[stable] == nil || has[canary] == nil {
				continue
			}
			matches, _, _ := unstructured.NestedSlice(rule.(map[string]any), "matches")
			if len(matches) == 0 {
				matches = []any{map[string]any{}}
			}
			for _, match := range matches {
				match := match.(map[string]any)
				headers, _, _ := unstructured.NestedSlice(match, "headers")
				for _, h := range header.Match {
					headers = append(headers, map[string]any{"type": "Exact", "name": h.HeaderName, "value": h.HeaderValue.Exact})
				}
				match["headers"] = headers
			}
			own := map[string]any{"name": header.Name, "matches": matches}
			if len(added) > 0 {
				own["name"] = fmt.Sprintf("%s-%d", header.Name, len(added))
			}
			if filters, ok := rule.(map[string]any)["filters"]; ok {
				own["filters"] = filters
			}
			own["backendRefs"] = []any{map[string]any{"group": "", "kind": "Service", "name": canary, "port": has[canary]["port"]}}
			added = append(added, own)
		}
		return append(kept, added...), nil
	}))
}

func (r *router) RemoveManagedRoutes(ro *v1alpha1.Rollout) types.RpcError {
	return said(r.change(ro, true, func(rules []any) ([]any, error) {
		var kept []any
		for _, rule := range rules {
			if !managed(ro, rule) {
				kept = append(kept, rule)
			}
		}
		return kept, nil
	}))
}

func (r *router) UpdateHash(*v1alpha1.Rollout, string, string, []v1alpha1.WeightDestination) types.RpcError {
	return types.RpcError{}
}

func (r *router) SetMirrorRoute(*v1alpha1.Rollout, *v1alpha1.SetMirrorRoute) types.RpcError {
	return said(fmt.Errorf("copies of requests are passed over"))
}

func (r *router) VerifyWeight(*v1alpha1.Rollout, int32, []v1alpha1.WeightDestination) (types.RpcVerified, types.RpcError) {
	return types.Verified, types.RpcError{}
}

func (r *router) Type() string { return "GatewayAPI" }

func main() {
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "ARGO_ROLLOUTS_RPC_PLUGIN", MagicCookieValue: "trafficrouter"},
		Plugins:         map[string]plugin.Plugin{"RpcTrafficRouterPlugin": &rpc.RpcTrafficRouterPlugin{Impl: &router{}}},
	})
}

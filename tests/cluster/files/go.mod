// Modules of which only files are used: CustomResourceDefinitions of the kinds that Bayplan writes, and kwok's stages. Nothing of them is compiled.
module bayplan.test/files

go 1.26.5

require (
	github.com/argoproj/argo-rollouts v1.10.1
	github.com/aws/karpenter-provider-aws v1.14.0
	github.com/cert-manager/cert-manager v1.21.2
	github.com/external-secrets/external-secrets v1.3.2
	github.com/kedacore/keda/v2 v2.21.0
	github.com/open-telemetry/opentelemetry-operator v0.140.0
	github.com/prometheus-operator/prometheus-operator v0.85.0
	github.com/vmware-tanzu/velero v1.18.3
	istio.io/api v1.31.0-rc.0.0.20260824154656-b943409680a7
	k8s.io/autoscaler/vertical-pod-autoscaler v1.8.1
	k8s.io/kubelet v0.37.2
	sigs.k8s.io/gateway-api v1.6.1
	sigs.k8s.io/karpenter v1.14.0
	sigs.k8s.io/kwok v0.8.0
)

package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"go.opentelemetry.io/otel/trace"
	"go.opentelemetry.io/otel/trace/noop"
	v1 "k8s.io/api/core/v1"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	typedcore "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/record"
	cri "k8s.io/cri-api/pkg/apis/runtime/v1"
	remote "k8s.io/cri-client/pkg"
	fakeremote "k8s.io/cri-client/pkg/fake"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	"k8s.io/kubernetes/pkg/kubemark"
)

// kubeletOptions are what the command line says about one kubelet.
type kubeletOptions struct {
	name, zone, kubeconfig, root, own string
	port                              int
}

func parseKubelet() kubeletOptions {
	var o kubeletOptions
	flag.StringVar(&o.name, "name", "", "name of the node")
	flag.StringVar(&o.zone, "zone", "", "zone of the node")
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig")
	flag.StringVar(&o.root, "root", "", "the kubelet's folder")
	flag.StringVar(&o.own, "own", "", "keep every pod away that does not tolerate storagetui.test/own=VALUE")
	flag.IntVar(&o.port, "port", 10250, "where to listen on loopback")
	flag.Parse()
	return o
}

// configure starts from what Kubernetes' own scale tests use, and takes back what keeps it from handling volumes.
func configure(o kubeletOptions) (*options.KubeletFlags, *kubeletconfig.KubeletConfiguration) {
	hollow := &kubemark.HollowKubeletOptions{
		NodeName: o.name, KubeletPort: o.port, MaxPods: 110,
		NodeLabels: map[string]string{v1.LabelTopologyZone: o.zone, v1.LabelHostname: o.name},
	}
	if o.own != "" {
		hollow.RegisterWithTaints = []v1.Taint{{Key: "storagetui.test/own", Value: o.own, Effect: v1.TaintEffectNoSchedule}}
	}
	flags, config := kubemark.GetHollowKubeletConfig(hollow)
	check(os.RemoveAll(flags.RootDirectory)) // a temporary folder that it made and nobody would remove
	flags.RootDirectory = o.root
	config.StaticPodPath = filepath.Join(o.root, "static-pods")
	config.PodLogsDir = filepath.Join(o.root, "pod-logs")
	check(os.MkdirAll(config.StaticPodPath, 0o700))
	flags.CertDirectory = filepath.Join(o.root, "pki")
	flags.CloudProvider = "external" // else it looks for an interface; whoever starts it gives the node its address
	config.Address = "127.0.0.1"
	config.ClusterDNS = []string{"127.0.0.1"}
	config.EnableControllerAttachDetach = true
	config.SyncFrequency.Duration = 5 * time.Second
	config.NodeStatusUpdateFrequency.Duration = time.Second // a volume is mounted once the status has said "in use", detached once it has not
	config.VolumeStatsAggPeriod.Duration = 5 * time.Second
	config.NodeLeaseDurationSeconds = 8 // renewed every quarter: a dead node is noticed soon
	return flags, config
}

// late gives the kubelet its recorder of events as soon as it will take it. Unless it starts with the fake one, the kubelet reads the
// kernel's log for killed processes, which needs privileges and in a container is not even there; the next thing it asks its
// dependencies for is a tracer, and only then does it hand the recorder on to its parts (NewMainKubelet).
type late struct {
	noop.TracerProvider
	dependencies *kubelet.Dependencies
	recorder     record.EventRecorderLogger
}

func (l *late) Tracer(name string, options ...trace.TracerOption) trace.Tracer {
	l.dependencies.Recorder = l.recorder
	return l.TracerProvider.Tracer(name, options...)
}

// runKubelet runs the real kubelet with a container runtime that only pretends: volumes, their events
// and their waiting are the kubelet's own.
func runKubelet() {
	o := parseKubelet()
	ctx := context.Background()
	rest, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	check(err)
	rest.QPS, rest.Burst = 50, 100
	rest.Wrap(func(transport http.RoundTripper) http.RoundTripper { return patient{transport} })
	client := clientset.NewForConfigOrDie(rest)
	beat := *rest
	beat.Timeout, beat.QPS = 10*time.Second, -1
	flags, config := configure(o)

	endpoint := "unix://" + filepath.Join(o.root, "runtime.sock")
	runtime := fakeremote.NewFakeRemoteRuntime()
	disk := []*cri.FilesystemUsage{{
		FsId:      &cri.FilesystemIdentifier{Mountpoint: o.root},
		UsedBytes: &cri.UInt64Value{Value: 1 << 30}, InodesUsed: &cri.UInt64Value{Value: 1},
	}}
	runtime.ImageService.SetFakeFilesystemUsage(disk) // without a file system of images there are no statistics at all
	runtime.ImageService.SetFakeContainerFilesystemUsage(disk)
	check(runtime.Start(endpoint))
	service, err := remote.NewRemoteRuntimeServiceBuilder().WithEndpoint(endpoint).WithConnectionTimeout(15 * time.Second).Build(ctx)
	check(err)

	hollow := kubemark.NewHollowKubelet(flags, config, client, clientset.NewForConfigOrDie(&beat),
		machine{&cadvisortest.Fake{NodeName: o.name}}, runtime.ImageService, pretending{service}, cm.NewStubContainerManager())
	events := record.NewBroadcaster()
	events.StartRecordingToSink(&typedcore.EventSinkImpl{Interface: client.CoreV1().Events("")})
	handOver := &late{dependencies: hollow.KubeletDeps}
	handOver.recorder = events.NewRecorder(scheme.Scheme, v1.EventSource{Component: "kubelet", Host: o.name})
	hollow.KubeletDeps.TracerProvider = handOver
	hollow.KubeletDeps.TLSOptions, err = kubeletapp.InitializeTLS(ctx, flags, config)
	check(err)
	hollow.Run(ctx)
}

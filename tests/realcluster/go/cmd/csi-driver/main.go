// csi-driver is a CSI driver without storage: its volumes are entries of a folder, and every call fails, hangs or succeeds as
// a file of faults says. One process is the controller service, one more per node is the node service.
package main

import (
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"

	"github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc"
	registration "k8s.io/kubelet/pkg/apis/pluginregistration/v1"
)

// zoneKey is the topology key of every node and volume.
const zoneKey = "topology.kubernetes.io/zone"

// options are what the command line says about one process.
type options struct {
	name, state, socket    string
	node, zone, registry   string
	slots, capacityPerZone int64
}

func parse(arguments []string) options {
	var o options
	flags := flag.NewFlagSet("csi-driver", flag.ExitOnError)
	flags.StringVar(&o.name, "name", "", "name of the driver")
	flags.StringVar(&o.state, "state", "", "folder of the driver's volumes and faults, shared by its processes")
	flags.StringVar(&o.socket, "socket", "", "Unix socket to serve on")
	flags.StringVar(&o.node, "node", "", "serve the node service of this node (empty: the controller service)")
	flags.StringVar(&o.zone, "zone", "", "zone of the node")
	flags.StringVar(&o.registry, "registry", "", "the kubelet's folder of plug-in registrations")
	flags.Int64Var(&o.slots, "slots", 0, "volumes that the node takes (0: no limit)")
	flags.Int64Var(&o.capacityPerZone, "capacity-per-zone", 0, "bytes that a zone holds (0: no limit, and no GetCapacity)")
	_ = flags.Parse(arguments)
	if o.name == "" || o.state == "" || o.socket == "" {
		log.Fatal("csi-driver needs -name, -state and -socket")
	}
	return o
}

func main() {
	o := parse(os.Args[1:])
	calls := &journal{faults: filepath.Join(o.state, "faults.json"), node: o.node}
	disk := openState(o.state)
	server := grpc.NewServer(grpc.UnaryInterceptor(calls.intercept))
	csi.RegisterIdentityServer(server, &identity{name: o.name})
	if o.node == "" {
		csi.RegisterControllerServer(server, &controller{state: disk, capacityPerZone: o.capacityPerZone})
	} else {
		check(disk.saveNode(node{Name: o.node, Zone: o.zone}))
		csi.RegisterNodeServer(server, &nodeService{state: disk, name: o.node, zone: o.zone, slots: o.slots})
		go register(o)
	}
	check(server.Serve(listen(o.socket)))
}

// register answers the kubelet's plug-in watcher, which finds the socket by its folder.
func register(o options) {
	server := grpc.NewServer()
	registration.RegisterRegistrationServer(server, &registrar{name: o.name, endpoint: o.socket})
	check(server.Serve(listen(filepath.Join(o.registry, o.name+"-reg.sock"))))
}

// listen makes the socket visible only once it answers: whoever waits for the path can connect at once.
func listen(path string) net.Listener {
	check(os.MkdirAll(filepath.Dir(path), 0o700))
	_ = os.Remove(path)
	listener, err := net.Listen("unix", path)
	check(err)
	return listener
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

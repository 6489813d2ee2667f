package quorate

import (
	"fmt"
	"strconv"
	"strings"
)

// ID names a replica: a zone in the upper 16 bits, a node in the lower 16. It
// prints and parses as "zone.node", for example "1.2". Zones and nodes of
// replicas count from 1 to 65534. Zone 0 is set apart for client routes, see
// [Route]. The zero ID names nobody.
type ID uint32

// Others is a destination, not a replica: every member of the cluster except
// the sender. A message sent to Others is encoded once.
const Others ID = 1<<32 - 1

const maxZoneOrNode = 1<<16 - 2

// NewID returns the ID of a node in a zone. Both must lie in 1..65534.
func NewID(zone, node int) (ID, error) {
	if zone < 1 || zone > maxZoneOrNode || node < 1 || node > maxZoneOrNode {
		return 0, fmt.Errorf("id %d.%d: zone and node must lie in 1..%d", zone, node, maxZoneOrNode)
	}
	return ID(zone<<16 | node), nil
}

// ParseID reads the form that [ID.String] writes, for example "1.2".
func ParseID(s string) (ID, error) {
	z, n, ok := strings.Cut(s, ".")
	if !ok {
		return 0, fmt.Errorf("id %q: want zone.node, for example 1.2", s)
	}
	zone, errZone := strconv.Atoi(z)
	node, errNode := strconv.Atoi(n)
	if errZone != nil || errNode != nil {
		return 0, fmt.Errorf("id %q: want zone.node, for example 1.2", s)
	}
	return NewID(zone, node)
}

// Route returns the ID under which a runtime knows the k-th client connection
// of one node. It is an address on that node only, never an identity: a
// client's identity is its [Client] number.
func Route(k uint16) ID { return ID(k) }

// Zone returns the zone, 0 for a client route.
func (id ID) Zone() int { return int(id >> 16) }

// Node returns the node's number within its zone.
func (id ID) Node() int { return int(id & 0xffff) }

// IsRoute reports whether the ID is the route to a client rather than a replica.
func (id ID) IsRoute() bool { return id != 0 && id>>16 == 0 }

// String returns "zone.node".
func (id ID) String() string {
	if id == Others {
		return "others"
	}
	return strconv.Itoa(id.Zone()) + "." + strconv.Itoa(id.Node())
}

// MarshalText writes the form of [ID.String], so that an ID can be a key in JSON.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText reads the form of [ID.String].
func (id *ID) UnmarshalText(text []byte) error {
	parsed, err := ParseID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

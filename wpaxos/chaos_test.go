package wpaxos_test

import "flag"

var worlds = flag.Int("worlds", 8, "how many random worlds TestSimulated tries with each policy")

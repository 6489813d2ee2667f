package bench

// Point is where a run stands on one axis of a sweep.
type Point struct {
	Name   string   `json:"name"`             // of the setting: "clients"
	Value  string   `json:"value"`            // as it was given: "64", "3x3"
	Number *float64 `json:"number,omitempty"` // where the value is one, or has a size
}

// Place tells a run apart from the others of a report.
type Place struct {
	// Cell is what is compared: the protocol, with what sets it apart. Runs of a
	// cell at several points make a curve.
	Cell string `json:"cell,omitempty"`
	// Points is where on the curve, one for each setting that was swept.
	Points []Point `json:"points,omitempty"`
	// Round is which repetition it was, from 1 on; 0 if it was the only one.
	Round int `json:"round,omitempty"`
}

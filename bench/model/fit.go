package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Row is a measurement: so much work took so much processor time.
type Row struct {
	Name   string  `json:"name"`
	Work   Work    `json:"-"`
	Micros float64 `json:"measured_us"`
	Fitted float64 `json:"fitted_us"`
}

// Fitted is what measurements say of a machine.
type Fitted struct {
	Protocol  string `json:"protocol"`
	Transport string `json:"transport"`
	Params    Params `json:"params"`
	// R2 is the share of the variance of the measured times that the fit explains.
	R2 float64 `json:"r2"`
	// Typical and Worst are relative residuals, the root of their mean square and the
	// largest: 0.1 is a tenth beside what was measured.
	Typical float64 `json:"typical_error"`
	Worst   float64 `json:"worst_error"`
	Rows    []Row   `json:"rows"`
}

// columns are the parameters that are fitted, and what each is a price of.
func columns(p *Params) []*float64 {
	return []*float64{&p.In, &p.Out, &p.Copy, &p.Byte, &p.Command, &p.Record, &p.Turn, &p.Client}
}

func (w Work) columns() []float64 {
	return []float64{w.In, w.Out, w.Copies, w.Bytes, w.Commands, w.Records, w.Turns, w.Clients}
}

// Solve fits parameters to measurements by least squares of the relative errors, so
// that short times count as much as long ones. None is negative: what would be is
// taken for zero. A kind of work of which no row has any costs nothing.
func Solve(rows []Row) (Fitted, error) {
	var f Fitted
	into := columns(&f.Params)
	var used []int
	for c := range into {
		if slices.ContainsFunc(rows, func(r Row) bool { return r.Work.columns()[c] != 0 }) {
			used = append(used, c)
		}
	}
	for _, r := range rows {
		if !(r.Micros > 0) || math.IsInf(r.Micros, 1) {
			return f, fmt.Errorf("fit: %s took %v us: want more than 0", r.Name, r.Micros)
		}
	}
	for len(used) > 0 {
		if len(rows) < len(used) {
			return f, fmt.Errorf("fit: %d measurements of %d unknown costs: want at least as many", len(rows), len(used))
		}
		x, err := least(rows, used)
		if err != nil {
			return f, fmt.Errorf("fit: %w", err)
		}
		lowest := 0
		for i := range x {
			if x[i] < x[lowest] {
				lowest = i
			}
		}
		if x[lowest] >= 0 {
			for i, c := range used {
				*into[c] = x[i]
			}
			break
		}
		used = slices.Delete(used, lowest, lowest+1)
	}
	f.judge(rows)
	return f, nil
}

// least solves for the columns used.
func least(rows []Row, used []int) ([]float64, error) {
	a, b := mat.NewDense(len(rows), len(used), nil), mat.NewVecDense(len(rows), nil)
	for i, r := range rows {
		all := r.Work.columns()
		for j, c := range used {
			a.Set(i, j, all[c]/r.Micros)
		}
		b.SetVec(i, 1)
	}
	var x mat.VecDense
	if err := x.SolveVec(a, b); err != nil {
		var bad mat.Condition
		if !errors.As(err, &bad) || float64(bad) > 1e12 {
			return nil, fmt.Errorf("the measurements do not tell the costs apart: %w", err)
		}
	}
	return x.RawVector().Data, nil
}

// judge says how well the parameters fit.
func (f *Fitted) judge(rows []Row) {
	f.Rows = slices.Clone(rows)
	mean := 0.0
	for _, r := range rows {
		mean += r.Micros / float64(len(rows))
	}
	left, all, squares := 0.0, 0.0, 0.0
	for i := range f.Rows {
		r := &f.Rows[i]
		r.Fitted = r.Work.Time(f.Params)
		left += (r.Fitted - r.Micros) * (r.Fitted - r.Micros)
		all += (r.Micros - mean) * (r.Micros - mean)
		off := r.Fitted/r.Micros - 1
		squares += off * off
		f.Worst = max(f.Worst, math.Abs(off))
	}
	f.R2 = 1 - left/max(all, 1e-12)
	f.Typical = math.Sqrt(squares / float64(max(len(rows), 1)))
}

// Fit measures what messages and commands cost a member of this machine, in processor
// time, whatever else the machine does. Transport is chan or tcp.
//
// It measures in two ways. On one thread, without a network, a member takes turns: it
// decodes what came, hands it to its replica, commits to a journal in memory, and
// encodes what leaves; with batches, values and clusters of several sizes, as leader
// and as one who votes. That tells the costs in, out, of bytes and of commands apart.
// Then whole clusters of one and of three members run, with loops, sockets and clients:
// what they take beyond the first is turns of the loop, with the system calls, and
// clients.
func Fit(ctx context.Context, protocol, transport string) (Fitted, error) {
	if transport != "chan" && transport != "tcp" {
		return Fitted{}, fmt.Errorf("fit: transport %q: want chan or tcp", transport)
	}
	bare, err := bareRows(ctx, protocol, transport)
	if err != nil {
		return Fitted{}, err
	}
	whole, err := wholeRows(ctx, protocol, transport)
	if err != nil {
		return Fitted{}, err
	}
	f, err := Solve(slices.Concat(bare, whole))
	f.Protocol, f.Transport = protocol, transport
	return f, err
}

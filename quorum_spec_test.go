package quorate

import (
	"strings"
	"testing"
)

func TestParseQuorumsRoundTrip(t *testing.T) {
	c := testGrid(t, 3, 3)
	for spec, name := range map[string]string{
		"majority":                       "majority",
		"even":                           "even",
		"count:7,3":                      "count:7,3",
		"grid":                           "grid",
		"zones:fn=1,fz=0":                "zones:fz=0,fn=1",
		"zone-majority":                  "zone-majority",
		"epaxos":                         "epaxos:f=4,e=3",
		"epaxos:f=3,e=1":                 "epaxos:f=3,e=1",
		"fast":                           "fast:5,5,7",
		"fast:5,6,8":                     "fast:5,6,8",
		"all":                            "all",
		"write-one":                      "write-one",
		"weighted:q1=4,q2=6":             "weighted:q1=4,q2=6,1.1=1,1.2=1,1.3=1,2.1=1,2.2=1,2.3=1,3.1=1,3.2=1,3.3=1",
		"weighted:3.1=0,q2=2,q1=9,1.1=3": "weighted:q1=9,q2=2,1.1=3,1.2=1,1.3=1,2.1=1,2.2=1,2.3=1,3.1=0,3.2=1,3.3=1",
	} {
		s := testQuorums(t, c, spec)
		if s.Name != name {
			t.Errorf("%s is called %s, want %s", spec, s.Name, name)
		}
		again := testQuorums(t, c, s.Name)
		if again.Name != s.Name || again.Proof != s.Proof {
			t.Errorf("%s reads back as %s (%s)", s.Name, again.Name, again.Proof)
		}
		for set := range c.All() + 1 {
			if s.Phase1(set) != again.Phase1(set) || s.Phase2(set) != again.Phase2(set) {
				t.Fatalf("%s reads back as another system: %s", s.Name, c.Names(set))
			}
		}
	}
}

func TestParseQuorumsSaysWhatIsAllowed(t *testing.T) {
	c := testGrid(t, 1, 5)
	everything := `want one of majority; even; count:Q1,Q2; grid; zones:fz=N,fn=N; zone-majority; weighted:q1=N,q2=N,ID=WEIGHT,...; epaxos[:f=N,e=N]; fast[:Q1,Q2,QF]; all; write-one`
	for spec, want := range map[string]string{
		"":                                everything,
		"Majority":                        everything,
		"custom:mine":                     everything,
		"unchecked:x":                     everything,
		"majority:3":                      "want majority",
		"majority:":                       "want majority",
		"count":                           "want count:Q1,Q2",
		"count:":                          "want count:Q1,Q2",
		"count:3":                         "want count:Q1,Q2",
		"count:3,3,3":                     "want count:Q1,Q2",
		"count:3,x":                       "want count:Q1,Q2",
		"count:6,3":                       "a quorum of 6: want 1 to 5 members",
		"count:0,5":                       "a quorum of 0: want 1 to 5 members",
		"count:99999999999999999999,1":    "want count:Q1,Q2",
		"zones":                           "want zones:fz=N,fn=N",
		"zones:fz=1":                      "want zones:fz=N,fn=N",
		"zones:fz=0,fn=0,fx=1":            "want zones:fz=N,fn=N",
		"zones:fz=0,fz=0":                 "want zones:fz=N,fn=N",
		"zones:fz=0,fn=0,fz=0":            "want zones:fz=N,fn=N",
		"weighted:q1=3,q2=3,q1=5":         "want weighted:q1=N,q2=N,ID=WEIGHT,...",
		"epaxos:f=2":                      "want epaxos[:f=N,e=N]",
		"epaxos:2,2":                      "want epaxos[:f=N,e=N]",
		"epaxos:f=1,e=2":                  "want 0 <= e <= f < 5",
		"fast:":                           "want fast[:Q1,Q2,QF]",
		"fast:3,3":                        "want fast[:Q1,Q2,QF]",
		"fast:3,3,6":                      "a quorum of 6: want 1 to 5 members",
		"weighted":                        "want weighted:q1=N,q2=N,ID=WEIGHT,...",
		"weighted:q1=3":                   "want weighted:q1=N,q2=N,ID=WEIGHT,...",
		"weighted:q1=3,q2=3,x=1":          "want weighted:q1=N,q2=N,ID=WEIGHT,...",
		"weighted:q1=3,q2=3,1.1=1,01.1=1": "want weighted:q1=N,q2=N,ID=WEIGHT,...",
		"weighted:q1=3,q2=3,7.1=1":        "weight of 7.1, which is no member of {1.1, 1.2, 1.3, 1.4, 1.5}",
		"weighted:q1=3,q2=3,1.1=-1":       "weight -1 of member 1.1: want 0 to 1048576",
		"weighted:q1=3,q2=3,1.2=1048577":  "weight 1048577 of member 1.2: want 0 to 1048576",
		"weighted:q1=3,q2=6":              "want q1 and q2 from 1 to 5, the sum of the weights",
		"weighted:q1=0,q2=5":              "want q1 and q2 from 1 to 5, the sum of the weights",
		"weighted:q1=3,q2=2":              "want q1+q2 > 5, the sum of the weights",
	} {
		_, err := ParseQuorums(c, spec)
		if err == nil || !strings.HasSuffix(err.Error(), want) || !strings.HasPrefix(err.Error(), "quorum system ") {
			t.Errorf("%q: got %v, want %q", spec, err, want)
		}
	}
}

func FuzzParseQuorums(f *testing.F) {
	for _, form := range quorumForms() {
		f.Add(form.usage())
	}
	f.Add("weighted:q1=4,q2=2,1.1=2")
	f.Add("zones:fz=1,fn=1")
	f.Add("count:4,3")
	f.Add("epaxos:f=2,e=1")
	c, err := Grid(2, 3)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, spec string) {
		s, err := ParseQuorums(c, spec)
		if err != nil {
			return
		}
		if err := Intersect(c, s.Phase1, s.Phase2); err != nil {
			t.Errorf("%q was accepted: %v", spec, err)
		}
		if again, err := ParseQuorums(c, s.Name); err != nil || again.Name != s.Name {
			t.Errorf("%q is called %q, which reads back as %v, %v", spec, s.Name, again, err)
		}
	})
}

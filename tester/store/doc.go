// Package store keeps what tests found in directories, one for each run, as Jepsen's
// store does, and shows them in a browser.
//
//	store/
//	  latest -> …, current -> …      the run that ended last, the one that began last and goes on
//	  TEST/
//	    latest -> TIME
//	    TIME/
//	      running                    while the test goes on, and for ever if it was killed
//	      test.json                  what was tested, and how: what it takes to run it again
//	      tester.log, NODE.log
//	      history.edn, history.jsonl, history.txt
//	      ledger.edn                 the calls that the operations were made of
//	      results.json, results.edn, results.html
//	      timeline.html, latency-raw.png, latency-quantiles.png, rate.png
//	      independent/KEY/           of a key that fails: its history, its ledger, linear.html
//
// A file is there whole or not at all, and no run writes into the directory of
// another one.
package store

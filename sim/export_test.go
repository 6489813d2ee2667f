package sim

// MedianSeeds is medianSeeds, for tests.
func MedianSeeds(seeds []int) (median, worst int) { return medianSeeds(seeds) }

module github.com/quorate/quorate

go 1.26.0

require github.com/hashicorp/go-msgpack/v2 v2.1.5

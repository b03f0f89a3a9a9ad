package sample

import (
	_ "embed"

	"github.com/klauspost/compress/zstd"
)

// dictionary is what devices often say, the most frequent last: a short block of their lines
// need not say it once more before it can be referred to. It is part of the wire format: the
// text never changes, and another one gets another number.
//
//go:embed dictionary.txt
var dictionary []byte

// dictionaryNumber is how a compressed block names the dictionary.
const dictionaryNumber = 1

func compressByDictionary() zstd.EOption {
	return zstd.WithEncoderDictRaw(dictionaryNumber, dictionary)
}

func decompressByDictionary() zstd.DOption {
	return zstd.WithDecoderDictRaw(dictionaryNumber, dictionary)
}

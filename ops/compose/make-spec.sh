#!/bin/sh
# Writes the raw spec of a network of four validators to $1: the preset `local` with Charlie and Dave beside Alice and Bob.
# DEVELOPMENT KEYS: everybody knows them.
set -eu
[ ! -e "$1" ] || exit 0
# Of each: account, the same again, key of BABE (//Charlie, sr25519), key of GRANDPA (//Charlie, ed25519).
charlie='["bhpNn1XG7mv8RVJmHd6zvGRZikxUbaQtsSbbYJvpgaT7DgJ1s", "bhpNn1XG7mv8RVJmHd6zvGRZikxUbaQtsSbbYJvpgaT7DgJ1s",
  { "babe": "bhpNn1XG7mv8RVJmHd6zvGRZikxUbaQtsSbbYJvpgaT7DgJ1s", "grandpa": "bhndf2YSKKVE9zT9mjaNGPA72cr5EReK7Mh5VWeuoKhFTpAmV" }]'
dave='["bhnCW5ho5ywB6nPcJsaQtZoV9u885uUVnsdkWANhRUWczhTwD", "bhnCW5ho5ywB6nPcJsaQtZoV9u885uUVnsdkWANhRUWczhTwD",
  { "babe": "bhnCW5ho5ywB6nPcJsaQtZoV9u885uUVnsdkWANhRUWczhTwD", "grandpa": "bhoEoEmAb3jVQQ1LFFuRhfjki66tF9LeYdSqExyWpbULGVjnR" }]'
plain=$(mktemp)
more=$(printf '%s, %s,' "$charlie" "$dave" | tr -d '\n')
bcai-node export-chain-spec --chain local | sed "s/\"keys\": \[/&$more/" >"$plain"
# Under its name only when it is whole: a node that finds it may start from it.
bcai-node export-chain-spec --raw --chain "$plain" --output "$1.new"
rm "$plain"
mv "$1.new" "$1"

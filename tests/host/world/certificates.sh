#!/bin/sh
# Creates a certificate authority and a certificate signed by it: certificates.sh FOLDER NAME...
# Writes ca.crt, server.crt and server.key; deletes the authority's key.
set -eu

folder=$1
shift
names=''
for name in "$@"; do names="${names:+$names,}DNS:$name"; done

cd "$folder"
trap 'rm -f ca.key server.csr extensions' EXIT
openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/CN=linnix stand-in authority' -keyout ca.key -out ca.crt
openssl req -newkey rsa:2048 -nodes -subj '/CN=linnix stand-in' -keyout server.key -out server.csr
printf 'subjectAltName=%s\n' "$names" >extensions
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -extfile extensions -out server.crt

package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"flag"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// lifetime of every certificate: no test session lasts longer.
const lifetime = 7 * 24 * time.Hour

// writeKeys fills a folder with what the servers need: sa.key signs service account tokens, ca.crt is the authority that all
// trust, apiserver.crt and .key serve on loopback, and each -client NAME=GROUP gets a certificate of that user and group.
func writeKeys() {
	folder := flag.String("folder", "", "where the files go")
	var clients []string
	flag.Func("client", "NAME=GROUP of a client certificate (repeatable)", func(s string) error {
		clients = append(clients, s)
		return nil
	})
	flag.Parse()
	check(os.MkdirAll(*folder, 0o700))

	accounts, err := rsa.GenerateKey(rand.Reader, 2048)
	check(err)
	writeKey(filepath.Join(*folder, "sa.key"), accounts)

	authority := &x509.Certificate{
		Subject: pkix.Name{CommonName: "storagelab"}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	signer := newKey()
	der := writeCertificate(filepath.Join(*folder, "ca.crt"), authority, authority, signer.Public(), signer)
	authority, err = x509.ParseCertificate(der) // it has got the key identifier that strict clients look for in what it signs
	check(err)

	server := &x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		DNSNames:    []string{"localhost", "kubernetes.default.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)},
		KeyUsage:    x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	writePair(filepath.Join(*folder, "apiserver"), server, authority, signer)
	for _, client := range clients {
		name, group, _ := strings.Cut(client, "=")
		writePair(filepath.Join(*folder, name), &x509.Certificate{
			Subject:  pkix.Name{CommonName: name, Organization: []string{group}},
			KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
		}, authority, signer)
	}
}

func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(err)
	return key
}

func writePair(stem string, certificate, authority *x509.Certificate, signer crypto.Signer) {
	key := newKey()
	writeCertificate(stem+".crt", certificate, authority, key.Public(), signer)
	writeKey(stem+".key", key)
}

// writeCertificate signs and writes; certificate and authority are the same one for an authority that signs itself.
func writeCertificate(path string, certificate, authority *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) []byte {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	check(err)
	now := time.Now()
	certificate.SerialNumber, certificate.NotBefore, certificate.NotAfter = serial, now.Add(-time.Hour), now.Add(lifetime)
	der, err := x509.CreateCertificate(rand.Reader, certificate, authority, public, signer)
	check(err)
	writePEM(path, "CERTIFICATE", der)
	return der
}

func writeKey(path string, key crypto.PrivateKey) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(err)
	writePEM(path, "PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) {
	check(os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600))
}

// OpenSSL's objects with owners.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

namespace natsim::tls {

template <auto free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};

using KeyHandle = std::unique_ptr<EVP_PKEY, Freer<&EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Freer<&X509_free>>;
using ExtensionHandle = std::unique_ptr<X509_EXTENSION, Freer<&X509_EXTENSION_free>>;
using ContextHandle = std::unique_ptr<SSL_CTX, Freer<&SSL_CTX_free>>;
using ConnectionHandle = std::unique_ptr<SSL, Freer<&SSL_free>>;

}  // namespace natsim::tls

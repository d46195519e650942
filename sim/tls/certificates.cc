// Keys and certificates, made from what a topology asks for.
#include <map>
#include <set>

#include <fmt/format.h>

#include "sim/base/check.h"
#include "sim/tls/handles.h"
#include "sim/tls/random.h"
#include "sim/tls/tls.h"
#include "sim/wire/address.h"

namespace natsim {
namespace {

using tls::CertificateHandle;
using tls::KeyHandle;

struct Made {
  const TlsCertificateRequest* request;
  KeyHandle key;
  CertificateHandle certificate;
};

class Authority {
 public:
  Authority(const std::vector<TlsCertificateRequest>& requests, std::uint64_t seed)
      : seed_(seed), library_(Prng::stream(seed, "tls")) {
    for (const TlsCertificateRequest& request : requests) requests_[request.name] = &request;
  }

  /// The error, or empty. Its issuers are made first.
  std::string make(const TlsCertificateRequest& request) {
    if (made_.contains(request.name)) return {};
    if (!under_way_.insert(request.name).second)
      return fmt::format("certificate '{}' is issued by what it issues", request.name);
    if (!request.issuer.empty()) {
      const auto issuer = requests_.find(request.issuer);
      if (issuer == requests_.end())
        return fmt::format("there is no certificate '{}'", request.issuer);
      if (std::string error = make(*issuer->second); !error.empty()) return error;
    }
    issue(request);
    return {};
  }

  TlsCertificate take(const TlsCertificateRequest& request) const {
    TlsCertificate result{request.name, der(request.name), {}, {}};
    const Made& made = made_.at(request.name);
    unsigned char* bytes = nullptr;
    const int size = i2d_PrivateKey(made.key.get(), &bytes);
    SIM_CHECK(size > 0);
    result.private_key.assign(bytes, bytes + size);
    OPENSSL_free(bytes);
    for (std::string at = request.issuer; !at.empty(); at = made_.at(at).request->issuer)
      if (!made_.at(at).request->issuer.empty()) result.chain.push_back(der(at));
    return result;
  }

 private:
  Bytes der(const std::string& name) const {
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(made_.at(name).certificate.get(), &bytes);
    SIM_CHECK(size > 0);
    Bytes copy(bytes, bytes + size);
    OPENSSL_free(bytes);
    return copy;
  }

  KeyHandle make_key(const std::string& kind) {
    OSSL_LIB_CTX* const context = library_.context();
    EVP_PKEY* key = nullptr;
    if (kind == "rsa")
      key = EVP_PKEY_Q_keygen(context, nullptr, "RSA", std::size_t(2048));
    else if (kind == "ed25519")
      key = EVP_PKEY_Q_keygen(context, nullptr, "ED25519");
    else
      key = EVP_PKEY_Q_keygen(context, nullptr, "EC", "P-256");
    SIM_CHECK(key != nullptr);
    return KeyHandle(key);
  }

  static void name(X509_NAME* to, const TlsCertificateRequest& request) {
    const std::string& common = !request.subject.empty() ? request.subject
                                : !request.names.empty() ? request.names.front()
                                                         : request.name;
    const auto add = [to](const char* field, const std::string& value) {
      X509_NAME_add_entry_by_txt(to, field, MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(value.data()),
                                 int(value.size()), -1, 0);
    };
    add("O", "natsim");
    add("CN", common.substr(0, 64));
  }

  static void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const tls::ExtensionHandle extension(
        X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
    SIM_CHECK(extension != nullptr);
    X509_add_ext(certificate, extension.get(), -1);
  }

  void issue(const TlsCertificateRequest& request) {
    library_.set_random(Prng::stream(seed_, "tls/certificate/" + request.name));
    Made made{&request, make_key(request.key),
              CertificateHandle(X509_new_ex(library_.context(), nullptr))};
    X509* const certificate = made.certificate.get();
    const Made* const issuer = request.issuer.empty() ? &made : &made_.at(request.issuer);
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), hash_name(request.name) >> 1 | 1);
    ASN1_TIME_set(X509_getm_notBefore(certificate), request.not_before_s);
    ASN1_TIME_set(X509_getm_notAfter(certificate), request.not_after_s);
    name(X509_get_subject_name(certificate), request);
    name(X509_get_issuer_name(certificate), *issuer->request);
    X509_set_pubkey(certificate, made.key.get());

    X509* const by = issuer->certificate.get();
    extend(certificate, by, NID_basic_constraints,
           request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    extend(certificate, by, NID_key_usage,
           request.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
    if (!request.authority) extend(certificate, by, NID_ext_key_usage, "serverAuth,clientAuth");
    extend(certificate, by, NID_subject_key_identifier, "hash");
    if (issuer != &made) extend(certificate, by, NID_authority_key_identifier, "keyid");
    std::string alternatives;
    for (const std::string& each : request.names)
      alternatives += fmt::format("{}{}:{}", alternatives.empty() ? "" : ",",
                                  IpAddress::parse(each) ? "IP" : "DNS", each);
    if (!alternatives.empty()) extend(certificate, by, NID_subject_alt_name, alternatives);

    const bool digests = issuer->request->key != "ed25519";
    SIM_CHECK(X509_sign(certificate, issuer->key.get(), digests ? EVP_sha256() : nullptr) > 0);
    made_.emplace(request.name, std::move(made));
  }

  std::uint64_t seed_;
  tls::Library library_;
  std::map<std::string, const TlsCertificateRequest*> requests_;
  std::map<std::string, Made> made_;
  std::set<std::string> under_way_;
};

}  // namespace

bool tls_is_available() { return true; }

Result<std::vector<TlsCertificate>, std::string> make_certificates(
    const std::vector<TlsCertificateRequest>& requests, std::uint64_t seed) {
  std::vector<TlsCertificate> made;
  if (requests.empty()) return made;
  Authority authority(requests, seed);
  for (const TlsCertificateRequest& request : requests) {
    if (std::string error = authority.make(request); !error.empty()) return error;
    made.push_back(authority.take(request));
  }
  return made;
}

}  // namespace natsim

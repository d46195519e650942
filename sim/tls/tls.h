// TLS over streams: real handshakes and records, made by OpenSSL, the same bytes in every run.
//
//   TCP ◀─▶ StreamHandler [ TlsStream: a handler towards TCP, a Stream towards the program ] ◀─▶
//   program
//
// No header of OpenSSL is included here. Where natsim is built without it, is_available() is false
// and nothing else may be called.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/base/bytes.h"
#include "sim/base/result.h"
#include "sim/base/time.h"
#include "sim/transport/stream.h"

namespace natsim {

bool tls_is_available();

/// A certificate to make.
struct TlsCertificateRequest {
  std::string name;
  std::string issuer{};  ///< another request's name; empty: signs itself
  std::string subject{};
  std::vector<std::string> names{};  ///< DNS names and addresses
  bool authority = false;
  std::string key = "ecdsa";  ///< "ecdsa" (P-256), "rsa" (2048 bits), "ed25519"
  std::int64_t not_before_s = 0, not_after_s = 0;
};

/// DER; of a chain, the leaf's issuers follow up to the root, which is left out.
struct TlsCertificate {
  std::string name;
  Bytes certificate, private_key;
  std::vector<Bytes> chain;
};

/// Keys and certificates from the requests; the same requests and seed make the same bytes. The
/// error is a text: an issuer that does not exist, or is issued by what it issues.
Result<std::vector<TlsCertificate>, std::string> make_certificates(
    const std::vector<TlsCertificateRequest>& requests, std::uint64_t seed);

/// Those of a topology.
class TlsCertificates {
 public:
  explicit TlsCertificates(std::vector<TlsCertificate> all) : all_(std::move(all)) {}
  /// nullptr: there is none of that name.
  const TlsCertificate* find(const std::string& name) const {
    for (const TlsCertificate& each : all_)
      if (each.name == name) return &each;
    return nullptr;
  }

 private:
  std::vector<TlsCertificate> all_;
};

struct TlsServerSettings {
  const TlsCertificate* certificate = nullptr;
  std::string version_min = "1.2", version_max = "1.3";
  std::vector<const TlsCertificate*> client_authorities{};  ///< none: clients need no certificate
};

struct TlsClientSettings {
  std::string server_name{};  ///< sent as SNI where it is a name, and verified
  bool verify = true;
  std::vector<const TlsCertificate*> trusted{};
  const TlsCertificate* certificate = nullptr;  ///< its own; null: none
  std::string version_min = "1.2", version_max = "1.3";
};

/// How a handshake went, from one side.
struct TlsReport {
  bool established = false;
  std::string version{}, cipher{};  ///< "TLSv1.3", "TLS_AES_128_GCM_SHA256"
  std::string peer{};               ///< the subject of the other side's certificate
  std::string error{};              ///< "certificate has expired", "alert: unknown ca"; empty: none
};

/// The TLS of one node. Used by one thread at a time; nothing is shared with other nodes.
class TlsNode {
 public:
  /// A line of an SSLKEYLOGFILE, as soon as the secret exists.
  using SecretSink = std::function<void(const std::string& line)>;

  /// `stream` names the node's random stream. `epoch_s`: the wall clock of time 0.
  TlsNode(std::uint64_t seed, const std::string& stream, std::int64_t epoch_s,
          SecretSink on_secret);
  ~TlsNode();

  /// A handler for TCP that speaks TLS and passes on to `program` what was in it. `on_handshake`
  /// may be empty.
  using ReportSink = std::function<void(const TlsReport&)>;
  std::unique_ptr<StreamHandler> server(const TlsServerSettings& settings,
                                        std::unique_ptr<StreamHandler> program,
                                        ReportSink on_handshake = {});
  std::unique_ptr<StreamHandler> client(const TlsClientSettings& settings,
                                        std::unique_ptr<StreamHandler> program,
                                        ReportSink on_handshake = {});

  struct State;

 private:
  std::shared_ptr<State> state_;  // streams may outlive the node
};

}  // namespace natsim

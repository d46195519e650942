// natsim without OpenSSL: nothing here is to be called but tls_is_available().
#include "sim/base/check.h"
#include "sim/tls/tls.h"

namespace natsim {

struct TlsNode::State {};

bool tls_is_available() { return false; }

Result<std::vector<TlsCertificate>, std::string> make_certificates(
    const std::vector<TlsCertificateRequest>& requests, std::uint64_t) {
  if (requests.empty()) return std::vector<TlsCertificate>();
  return std::string("natsim was built without OpenSSL");
}

TlsNode::TlsNode(std::uint64_t, const std::string&, std::int64_t, SecretSink) {}
TlsNode::~TlsNode() = default;

std::unique_ptr<StreamHandler> TlsNode::server(const TlsServerSettings&,
                                               std::unique_ptr<StreamHandler>, ReportSink) {
  SIM_CHECK(tls_is_available());
  return nullptr;
}
std::unique_ptr<StreamHandler> TlsNode::client(const TlsClientSettings&,
                                               std::unique_ptr<StreamHandler>, ReportSink) {
  SIM_CHECK(tls_is_available());
  return nullptr;
}

}  // namespace natsim

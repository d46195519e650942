// Contexts and connections of OpenSSL, set up so that nothing but the settings decides.
#include <algorithm>

#include "sim/base/check.h"
#include "sim/tls/handles.h"
#include "sim/tls/random.h"
#include "sim/tls/tls_stream.h"
#include "sim/wire/address.h"

namespace natsim {
namespace {

using namespace tls;

// The library's own orders depend on its version; these do not.
constexpr const char* kCiphers13 =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kCiphers12 = "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES:AES:!PSK:!SRP:!eNULL";
constexpr const char* kGroups = "X25519:P-256:P-384";

int version_number(const std::string& version) {
  if (version == "1.0") return TLS1_VERSION;
  if (version == "1.1") return TLS1_1_VERSION;
  return version == "1.3" ? TLS1_3_VERSION : TLS1_2_VERSION;
}

}  // namespace

struct TlsNode::State {
  State(std::uint64_t seed, const std::string& stream, std::int64_t epoch, SecretSink sink)
      : library(Prng::stream(seed, stream)),
        connections(Prng::stream(seed, stream + "/connections")),
        epoch_s(epoch),
        on_secret(std::move(sink)) {}

  CertificateHandle certificate(const Bytes& der) const {
    X509* parsed = X509_new_ex(library.context(), nullptr);
    const unsigned char* at = der.data();
    SIM_CHECK(d2i_X509(&parsed, &at, long(der.size())) != nullptr);
    return CertificateHandle(parsed);
  }
  KeyHandle key(const Bytes& der) const {
    const unsigned char* at = der.data();
    KeyHandle parsed(
        d2i_AutoPrivateKey_ex(nullptr, &at, long(der.size()), library.context(), nullptr));
    SIM_CHECK(parsed != nullptr);
    return parsed;
  }

  ContextHandle context(const SSL_METHOD* method, const std::string& version_min,
                        const std::string& version_max);
  void present(SSL_CTX* context, const TlsCertificate& own) const;
  void trust(SSL_CTX* context, const std::vector<const TlsCertificate*>& roots) const;
  /// The stream keeps the state alive.
  static std::unique_ptr<TlsStream> wrap(std::shared_ptr<State> self, ContextHandle context,
                                         ConnectionHandle connection,
                                         std::unique_ptr<StreamHandler> program, ReportSink report);

  Library library;
  Prng connections;
  std::int64_t epoch_s;
  SecretSink on_secret;
};

ContextHandle TlsNode::State::context(const SSL_METHOD* method, const std::string& version_min,
                                      const std::string& version_max) {
  library.set_random(Prng(connections.next()));
  ContextHandle made(SSL_CTX_new_ex(library.context(), nullptr, method));
  SIM_CHECK(made != nullptr);
  SSL_CTX* const context = made.get();
  SSL_CTX_set_min_proto_version(context, version_number(version_min));
  SSL_CTX_set_max_proto_version(context, version_number(version_max));
  if (version_number(version_min) < TLS1_2_VERSION)
    SSL_CTX_set_security_level(context, 0);  // they sign with SHA-1
  SIM_CHECK(SSL_CTX_set_ciphersuites(context, kCiphers13) == 1);
  SIM_CHECK(SSL_CTX_set_cipher_list(context, kCiphers12) == 1);
  SIM_CHECK(SSL_CTX_set1_groups_list(context, kGroups) == 1);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_keylog_callback(context, [](const SSL* of, const char* line) {
    const auto* const state = static_cast<State*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(of)));
    if (state->on_secret) state->on_secret(line);
  });
  // A ticket holds the time of its session, which OpenSSL takes from the machine's clock.
  SSL_CTX_set_session_ticket_cb(
      context,
      [](SSL* of, void* state) {
        SSL_SESSION_set_time(SSL_get_session(of), long(static_cast<State*>(state)->epoch_s));
        return 1;
      },
      nullptr, this);
  SSL_CTX_set_info_callback(context, [](const SSL* of, int where, int code) {
    if ((where & SSL_CB_ALERT) == 0) return;
    auto* const stream = static_cast<TlsStream*>(SSL_get_app_data(of));
    if (stream != nullptr)
      stream->on_alert((where & SSL_CB_READ) != 0, SSL_alert_desc_string_long(code));
  });
  return made;
}

void TlsNode::State::present(SSL_CTX* context, const TlsCertificate& own) const {
  SSL_CTX_use_certificate(context, certificate(own.certificate).get());
  SSL_CTX_use_PrivateKey(context, key(own.private_key).get());
  for (const Bytes& issuer : own.chain) SSL_CTX_add1_chain_cert(context, certificate(issuer).get());
}

void TlsNode::State::trust(SSL_CTX* context,
                           const std::vector<const TlsCertificate*>& roots) const {
  for (const TlsCertificate* root : roots)
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate(root->certificate).get());
}

std::unique_ptr<TlsStream> TlsNode::State::wrap(std::shared_ptr<State> self, ContextHandle context,
                                                ConnectionHandle connection,
                                                std::unique_ptr<StreamHandler> program,
                                                ReportSink report) {
  BIO* const in = BIO_new(BIO_s_mem());
  BIO* const out = BIO_new(BIO_s_mem());
  SIM_CHECK(in != nullptr && out != nullptr);
  BIO_set_mem_eof_return(in, -1);
  SSL_set_bio(connection.get(), in, out);
  const Prng random(self->connections.next());
  const std::int64_t epoch_s = self->epoch_s;
  return std::make_unique<TlsStream>(std::shared_ptr<Library>(self, &self->library),
                                     std::move(context), std::move(connection), random,
                                     std::move(program), epoch_s, std::move(report));
}

TlsNode::TlsNode(std::uint64_t seed, const std::string& stream, std::int64_t epoch_s,
                 SecretSink on_secret)
    : state_(std::make_shared<State>(seed, stream, epoch_s, std::move(on_secret))) {}
TlsNode::~TlsNode() = default;

std::unique_ptr<StreamHandler> TlsNode::server(const TlsServerSettings& settings,
                                               std::unique_ptr<StreamHandler> program,
                                               ReportSink on_handshake) {
  SIM_CHECK(settings.certificate != nullptr);
  State& s = *state_;
  ContextHandle context =
      s.context(TLS_server_method(), settings.version_min, settings.version_max);
  s.present(context.get(), *settings.certificate);
  SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (!settings.client_authorities.empty()) {
    s.trust(context.get(), settings.client_authorities);
    for (const TlsCertificate* authority : settings.client_authorities)
      SSL_CTX_add_client_CA(context.get(), s.certificate(authority->certificate).get());
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  }
  ConnectionHandle connection(SSL_new(context.get()));
  SSL_set_accept_state(connection.get());
  return State::wrap(state_, std::move(context), std::move(connection), std::move(program),
                     std::move(on_handshake));
}

std::unique_ptr<StreamHandler> TlsNode::client(const TlsClientSettings& settings,
                                               std::unique_ptr<StreamHandler> program,
                                               ReportSink on_handshake) {
  State& s = *state_;
  ContextHandle context =
      s.context(TLS_client_method(), settings.version_min, settings.version_max);
  s.trust(context.get(), settings.trusted);
  if (settings.certificate != nullptr) s.present(context.get(), *settings.certificate);
  ConnectionHandle connection(SSL_new(context.get()));
  SSL_set_connect_state(connection.get());
  const bool is_address = IpAddress::parse(settings.server_name).has_value();
  if (!is_address && !settings.server_name.empty())
    SSL_set_tlsext_host_name(connection.get(), settings.server_name.c_str());
  if (settings.verify) {
    SSL_set_verify(connection.get(), SSL_VERIFY_PEER, nullptr);
    if (is_address)
      X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection.get()), settings.server_name.c_str());
    else if (!settings.server_name.empty())
      SSL_set1_host(connection.get(), settings.server_name.c_str());
  }
  return State::wrap(state_, std::move(context), std::move(connection), std::move(program),
                     std::move(on_handshake));
}

}  // namespace natsim

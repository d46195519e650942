#include "sim/tls/tls_stream.h"

#include <openssl/err.h>

#include <array>

#include <fmt/format.h>

namespace natsim::tls {

/// While it lives, OpenSSL draws from this connection's stream.
class TlsStream::Draws {
 public:
  explicit Draws(TlsStream& of) : of_(of) {
    of_.library_->set_random(of_.random_);
    ERR_clear_error();
  }
  ~Draws() { of_.random_ = of_.library_->random(); }

 private:
  TlsStream& of_;
};

TlsStream::TlsStream(std::shared_ptr<Library> library, ContextHandle context,
                     ConnectionHandle connection, Prng random,
                     std::unique_ptr<StreamHandler> program, std::int64_t epoch_s,
                     TlsNode::ReportSink report)
    : library_(std::move(library)),
      context_(std::move(context)),
      connection_(std::move(connection)),
      random_(random),
      program_(std::move(program)),
      epoch_s_(epoch_s),
      report_(std::move(report)) {
  SSL_set_app_data(connection_.get(), this);
}

// --- towards TCP --------------------------------------------------------------------------------

void TlsStream::on_connected(Stream& stream, Instant now) {
  stream_ = &stream;
  shake_hands(now);
  flush();
}

void TlsStream::on_data(Stream& stream, ByteSpan bytes, Instant now) {
  stream_ = &stream;
  if (failed_) return;
  BIO_write(SSL_get_rbio(connection_.get()), bytes.data(), int(bytes.size()));
  if (!established_) shake_hands(now);
  if (established_ && !failed_) read(now);
  flush();
}

// Certificates are judged by simulated time.
void TlsStream::set_clock(Instant now) {
  X509_VERIFY_PARAM_set_time(SSL_get0_param(connection_.get()),
                             epoch_s_ + now.since_start().whole_seconds());
}

void TlsStream::shake_hands(Instant now) {
  set_clock(now);
  int result = 0;
  int error = SSL_ERROR_NONE;
  {
    const Draws draws(*this);
    result = SSL_do_handshake(connection_.get());
    if (result != 1) error = SSL_get_error(connection_.get(), result);
  }
  if (result != 1) {
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) fail(now);
    return;
  }
  established_ = true;
  tell(true, {});
  program_->on_connected(*this, now);
}

void TlsStream::read(Instant now) {
  std::array<std::uint8_t, 16'384> bytes;
  while (!failed_) {
    int size = 0;
    int error = SSL_ERROR_NONE;
    {
      const Draws draws(*this);
      size = SSL_read(connection_.get(), bytes.data(), int(bytes.size()));
      if (size <= 0) error = SSL_get_error(connection_.get(), size);
    }
    if (size > 0) {
      program_->on_data(*this, ByteSpan(bytes).first(std::size_t(size)), now);
      continue;
    }
    if (error == SSL_ERROR_ZERO_RETURN && !peer_closed_) {
      peer_closed_ = true;
      program_->on_peer_closed(*this, now);
    } else if (error == SSL_ERROR_SSL) {
      fail(now);
    }
    return;
  }
}

void TlsStream::flush() {
  BIO* const out = SSL_get_wbio(connection_.get());
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out, &bytes);
  if (size > 0 && stream_ != nullptr) {
    writer_.write(*stream_, {reinterpret_cast<const std::uint8_t*>(bytes), std::size_t(size)});
    static_cast<void>(BIO_reset(out));
  }
  if ((closing_ || failed_) && !writer_.closing() && stream_ != nullptr) writer_.close(*stream_);
}

void TlsStream::fail(Instant) {
  failed_ = true;
  std::string error = alert_;
  const long verdict = SSL_get_verify_result(connection_.get());
  if (error.empty() && verdict != X509_V_OK) error = X509_verify_cert_error_string(verdict);
  if (const char* reason = ERR_reason_error_string(ERR_peek_error());
      error.empty() && reason != nullptr)
    error = reason;
  tell(false, error.empty() ? "the handshake failed" : error);
}

void TlsStream::on_alert(bool received, const char* words) {
  if (received && std::string_view(words) != "close notify")
    alert_ = fmt::format("alert: {}", words);
}

void TlsStream::tell(bool established, std::string error) {
  if (told_ && established) return;
  told_ = true;
  if (!report_) return;
  TlsReport report;
  report.established = established;
  report.version = SSL_get_version(connection_.get());
  if (const SSL_CIPHER* cipher = SSL_get_current_cipher(connection_.get()))
    report.cipher = SSL_CIPHER_get_name(cipher);
  if (X509* const peer = SSL_get0_peer_certificate(connection_.get())) {
    char name[256] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof name);
    report.peer = name;
  }
  report.error = std::move(error);
  report_(report);
}

void TlsStream::on_peer_closed(Stream& stream, Instant now) {
  stream_ = &stream;
  if (!established_ && !failed_) {
    failed_ = true;
    tell(false, alert_.empty() ? "closed during the handshake" : alert_);
  }
  if (established_ && !peer_closed_ && !failed_) {
    peer_closed_ = true;
    program_->on_peer_closed(*this, now);
  }
  flush();
  if (!writer_.closing() && !established_) writer_.close(stream);
}

void TlsStream::on_writable(Stream& stream, Instant now) {
  writer_.on_writable(stream);
  if (established_ && writer_.empty() && !closing_) program_->on_writable(*this, now);
}

void TlsStream::on_closed(Stream& stream, StreamEnd end, Instant now) {
  stream_ = &stream;
  if (!told_) tell(false, to_string(end));
  program_->on_closed(*this, failed_ ? StreamEnd::reset : end, now);
}

void TlsStream::on_deadline(Stream& stream, Instant now) {
  stream_ = &stream;
  program_->on_deadline(*this, now);
}

// --- towards the program ------------------------------------------------------------------------

std::size_t TlsStream::send(ByteSpan bytes) {
  if (!established_ || failed_ || closing_ || !writer_.empty() || bytes.empty()) return 0;
  int size = 0;
  {
    const Draws draws(*this);
    size = SSL_write(connection_.get(), bytes.data(), int(bytes.size()));
  }
  flush();
  return size > 0 ? std::size_t(size) : 0;
}

void TlsStream::close() {
  if (closing_ || stream_ == nullptr) return;
  if (established_ && !failed_) {
    const Draws draws(*this);
    SSL_shutdown(connection_.get());  // close_notify
  }
  closing_ = true;
  flush();
}

void TlsStream::leave() {
  close();
  if (writer_.empty()) stream_->leave();
}

void TlsStream::abort() {
  if (stream_ != nullptr) stream_->abort();
}

}  // namespace natsim::tls

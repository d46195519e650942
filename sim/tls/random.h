// OpenSSL's randomness from a seeded stream: a provider with one random generator, for one library
// context.
#pragma once

#include <openssl/types.h>

#include <memory>

#include "sim/base/random.h"

namespace natsim::tls {

/// A library context whose every draw comes from one stream, whichever thread draws. Neither
/// configuration files nor the environment have a say.
class Library {
 public:
  explicit Library(Prng random);
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  OSSL_LIB_CTX* context() const { return context_; }
  /// What the next draws come from.
  void set_random(Prng random) { random_ = random; }
  Prng& random() { return random_; }

 private:
  Prng random_;
  OSSL_LIB_CTX* context_ = nullptr;
  OSSL_PROVIDER* defaults_ = nullptr;
  OSSL_PROVIDER* seeded_ = nullptr;
};

}  // namespace natsim::tls

#include "sim/tls/random.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include "sim/base/check.h"

namespace natsim::tls {
namespace {

// The provider's context is the Library's stream; each of OpenSSL's generators (primary, public,
// private, for each thread) is a handle to it.
thread_local Prng* loading = nullptr;  // between OSSL_PROVIDER_load() and the call that it makes

struct Generator {
  Prng* random;
};

void* generator_new(void* provider, void*, const OSSL_DISPATCH*) {
  return new Generator{static_cast<Prng*>(provider)};
}
void generator_free(void* generator) { delete static_cast<Generator*>(generator); }
int generator_instantiate(void*, unsigned int, int, const unsigned char*, std::size_t,
                          const OSSL_PARAM[]) {
  return 1;
}
int generator_uninstantiate(void*) { return 1; }
int generator_generate(void* generator, unsigned char* out, std::size_t size, unsigned int, int,
                       const unsigned char*, std::size_t) {
  Prng& random = *static_cast<Generator*>(generator)->random;
  for (std::size_t at = 0; at < size; at += 8) {
    std::uint64_t word = random.next();
    for (std::size_t i = at; i < size && i < at + 8; ++i, word >>= 8) out[i] = std::uint8_t(word);
  }
  return 1;
}
int generator_reseed(void*, int, const unsigned char*, std::size_t, const unsigned char*,
                     std::size_t) {
  return 1;
}
int generator_enable_locking(void*) { return 1; }
int generator_lock(void*) { return 1; }
void generator_unlock(void*) {}
int generator_get_params(void*, OSSL_PARAM params[]) {
  if (OSSL_PARAM* p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE))
    OSSL_PARAM_set_int(p, EVP_RAND_STATE_READY);
  if (OSSL_PARAM* p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH))
    OSSL_PARAM_set_uint(p, 256);
  if (OSSL_PARAM* p = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST))
    OSSL_PARAM_set_size_t(p, 1 << 20);
  return 1;
}

template <class Function>
OSSL_DISPATCH entry(int id, Function* function) {
  return {id, reinterpret_cast<void (*)(void)>(function)};
}

const OSSL_ALGORITHM* query(void*, int operation, int* no_store) {
  static const OSSL_DISPATCH functions[] = {
      entry(OSSL_FUNC_RAND_NEWCTX, &generator_new),
      entry(OSSL_FUNC_RAND_FREECTX, &generator_free),
      entry(OSSL_FUNC_RAND_INSTANTIATE, &generator_instantiate),
      entry(OSSL_FUNC_RAND_UNINSTANTIATE, &generator_uninstantiate),
      entry(OSSL_FUNC_RAND_GENERATE, &generator_generate),
      entry(OSSL_FUNC_RAND_RESEED, &generator_reseed),
      entry(OSSL_FUNC_RAND_ENABLE_LOCKING, &generator_enable_locking),
      entry(OSSL_FUNC_RAND_LOCK, &generator_lock),
      entry(OSSL_FUNC_RAND_UNLOCK, &generator_unlock),
      entry(OSSL_FUNC_RAND_GET_CTX_PARAMS, &generator_get_params),
      {0, nullptr}};
  static const OSSL_ALGORITHM algorithms[] = {
      {"NATSIM-RAND", "provider=natsim", functions, nullptr}, {nullptr, nullptr, nullptr, nullptr}};
  *no_store = 0;
  return operation == OSSL_OP_RAND ? algorithms : nullptr;
}

int provider_init(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*, const OSSL_DISPATCH** out,
                  void** provider) {
  static const OSSL_DISPATCH functions[] = {entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, &query),
                                            {0, nullptr}};
  *out = functions;
  *provider = loading;
  return loading != nullptr;
}

}  // namespace

Library::Library(Prng random) : random_(random) {
  // Before anything else could read /etc/ssl/openssl.cnf.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  context_ = OSSL_LIB_CTX_new();
  SIM_CHECK(context_ != nullptr);
  SIM_CHECK(OSSL_PROVIDER_add_builtin(context_, "natsim", &provider_init) == 1);
  loading = &random_;
  seeded_ = OSSL_PROVIDER_load(context_, "natsim");
  loading = nullptr;
  defaults_ = OSSL_PROVIDER_load(context_, "default");
  SIM_CHECK(seeded_ != nullptr && defaults_ != nullptr);
  SIM_CHECK(RAND_set_DRBG_type(context_, "NATSIM-RAND", "provider=natsim", nullptr, nullptr) == 1);
}

Library::~Library() {
  OSSL_PROVIDER_unload(defaults_);
  OSSL_PROVIDER_unload(seeded_);
  OSSL_LIB_CTX_free(context_);
}

}  // namespace natsim::tls

#include "src/capture/pcap_library.h"

#include <dlfcn.h>

namespace natsim {
namespace {

/// Finds functions in one library; of the first that is missing it keeps the name.
class Loader {
 public:
  explicit Loader(const char* name) : library_(::dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
    if (library_ == nullptr) error_ = ::dlerror();
  }
  template <class Function>
  void find(const char* name, Function& function) {
    if (library_ == nullptr) return;
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr && error_.empty()) error_ = ::dlerror();
  }
  const std::string& error() const { return error_; }

 private:
  void* library_;
  std::string error_;
};

struct Loaded {
  PcapLibrary library{};
  std::string error;

  Loaded() {
    Loader loader(NATSIM_PCAP_SONAME);
    loader.find("pcap_close", library.close);
    loader.find("pcap_compile", library.compile);
    loader.find("pcap_datalink", library.datalink);
    loader.find("pcap_datalink_val_to_name", library.datalink_val_to_name);
    loader.find("pcap_fopen_offline_with_tstamp_precision",
                library.fopen_offline_with_tstamp_precision);
    loader.find("pcap_freecode", library.freecode);
    loader.find("pcap_geterr", library.geterr);
    loader.find("pcap_next_ex", library.next_ex);
    loader.find("pcap_offline_filter", library.offline_filter);
    error = loader.error();
  }
};

}  // namespace

Result<const PcapLibrary*, std::string> PcapLibrary::get() {
  static const Loaded loaded;
  if (!loaded.error.empty()) return "libpcap cannot be loaded: " + loaded.error;
  return &loaded.library;
}

}  // namespace natsim

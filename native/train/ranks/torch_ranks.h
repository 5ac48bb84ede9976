// LibTorch's c10d: where processes meet and what they talk through. Beside torch_compat.h the only
// file that may name it, as its headers and classes move between versions.
//
// LIMBUS_WITH_RANKS, LIMBUS_WITH_GLOO and LIMBUS_WITH_NCCL say what there is. Distributions ship
// Gloo's and NCCL's headers as packages of their own (libgloo-dev, libnccl-dev).
#pragma once

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#if defined(USE_DISTRIBUTED) && __has_include(<torch/csrc/distributed/c10d/TCPStore.hpp>)
#define LIMBUS_WITH_RANKS
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#if defined(USE_C10D_GLOO) && __has_include(<gloo/algorithm.h>)
#define LIMBUS_WITH_GLOO
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#endif
#if defined(USE_C10D_NCCL) && __has_include(<nccl.h>)
#define LIMBUS_WITH_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#endif

namespace limbus::compat {

using RankStore = c10::intrusive_ptr<c10d::TCPStore>;
#if TORCH_VERSION_MAJOR >= 2
using RankGroup = c10::intrusive_ptr<c10d::Backend>;
#else
using RankGroup = c10::intrusive_ptr<c10d::ProcessGroup>;
#endif

struct RankMeeting {
  std::string host;
  std::uint16_t port = 0;
  bool serves = false;  // holds the store, too
  int members = 0;      // that are waited for; 0: for none
  std::chrono::milliseconds patience{0};
};

template <class Options>
void withoutLibUv(Options& options) {  // which some builds lack
  if constexpr (requires { options.useLibUV; }) options.useLibUV = false;
}

// Throws where nobody serves in time.
inline RankStore openRankStore(const RankMeeting& meeting) {
  c10d::TCPStoreOptions options;
  options.port = meeting.port;
  options.isServer = meeting.serves;
  options.waitWorkers = meeting.members > 0;
  if (meeting.members > 0) options.numWorkers = static_cast<std::size_t>(meeting.members);
  options.timeout = meeting.patience;
  withoutLibUv(options);
  return c10::make_intrusive<c10d::TCPStore>(meeting.host, options);
}

inline void tell(const RankStore& store, const std::string& key, const std::string& value) {
  store->set(key, std::vector<std::uint8_t>(value.begin(), value.end()));
}

// How often this was asked under the key, this time included.
inline std::int64_t count(const RankStore& store, const std::string& key) {
  return store->add(key, 1);
}

// Waits for it.
inline std::string awaited(const RankStore& store, const std::string& key) {
  const std::vector<std::uint8_t> value = store->get(key);
  return {value.begin(), value.end()};
}

inline std::string asked(const RankStore& store, const std::string& key) {  // "": not told yet
  if (!store->check({key})) return "";
  const std::vector<std::uint8_t> value = store->get(key);
  return {value.begin(), value.end()};
}

#ifdef LIMBUS_WITH_GLOO
// `interface` ("eth0") or, where that is empty, the one that has `address`; empty: Gloo's choice.
inline RankGroup openGloo(const RankStore& store, int rank, int size, const std::string& interface,
                          const std::string& address, std::chrono::milliseconds patience) {
  using Gloo = c10d::ProcessGroupGloo;
  const auto options = Gloo::Options::create(patience);
  options->devices.push_back(!interface.empty() ? Gloo::createDeviceForInterface(interface)
                             : address.empty()  ? Gloo::createDefaultDevice()
                                                : Gloo::createDeviceForHostname(address));
  return c10::make_intrusive<Gloo>(store, rank, size, options);
}
#endif

#ifdef LIMBUS_WITH_NCCL
inline RankGroup openNccl(const RankStore& store, int rank, int size,
                          std::chrono::milliseconds patience) {
  using Nccl = c10d::ProcessGroupNCCL;
  const auto options = Nccl::Options::create();
  options->timeout = patience;
  return c10::make_intrusive<Nccl>(store, rank, size, options);
}

template <class Nccl>
void shutDown(Nccl& nccl) {  // LibTorch 1 has no such function
  if constexpr (requires { nccl.shutdown(); }) nccl.shutdown();
}
#endif

// When all ranks are through with the group: LibTorch warns of NCCL's communicators that are still
// open when it goes, and aborts them. Gloo has nothing to close.
inline void closeGroup([[maybe_unused]] const RankGroup& group) {
#ifdef LIMBUS_WITH_NCCL
  if (auto* nccl = dynamic_cast<c10d::ProcessGroupNCCL*>(group.get())) shutDown(*nccl);
#endif
}

}  // namespace limbus::compat
#endif

#include "native/train/ranks/ranks.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include "native/train/exceptions.h"
#include "native/train/executor/cuda_graph.h"
#include "native/train/ranks/rank_address.h"
#include "native/train/ranks/rank_watch.h"
#include "native/train/ranks/torch_ranks.h"

namespace limbus {

#ifdef LIMBUS_WITH_RANKS
namespace {

std::string named(const RankPlace& place) {
  return "rank " + std::to_string(place.rank) + " of " + std::to_string(place.size);
}

std::string lostLine(const RankPlace& place, const std::string& why) {
  return named(place) + ": another rank is gone, so this one ends too; go on with --resume (" +
         why + ")";
}

std::string textOf(const std::exception& error) {
  const auto* torchs = dynamic_cast<const c10::Error*>(&error);
  return torchs == nullptr ? error.what() : torchs->what_without_backtrace();
}

// Of NCCL's many lines the one that says why; of others' the first.
std::string reasonIn(const std::string& text) {
  constexpr std::string_view kWhy = "Last error:";
  const std::size_t why = text.find(kWhy);
  if (why == std::string::npos) return firstLine(text);
  const std::size_t from = text.find_first_not_of(" \n", why + kWhy.size());
  return "NCCL: " + firstLine(from == std::string::npos ? text : text.substr(from));
}

// NCCL calls so what another rank has no part in.
bool isOwnFault(const std::string& text) {
  return text.find("invalid usage") != std::string::npos ||
         text.find("invalid argument") != std::string::npos ||
         text.find("unhandled system error") != std::string::npos ||
         text.find("unhandled cuda error") != std::string::npos;
}

// Whoever comes second under the same number is of another training.
Result<void> checkAlone(const RankPlace& place, const compat::RankStore& store) {
  if (compat::count(store, "joined/" + std::to_string(place.rank)) == 1) return {};
  return fail(ErrorCode::badArgument, named(place) + ": another training meets at " + place.host +
                                          " port " + std::to_string(place.port) +
                                          "; set MASTER_PORT to another one");
}

// Each rank tells what it trains on, and looks at what those before it told.
Result<void> checkDevices(const RankPlace& place, torch::Device device,
                          const compat::RankStore& store) {
  const auto key = [](int rank) { return "device/" + std::to_string(rank); };
  const std::string own = device.is_cuda() ? identityOf(device) : "CPU";
  compat::tell(store, key(place.rank), own);
  for (int rank = 0; rank < place.rank; ++rank) {
    const std::string other = compat::awaited(store, key(rank));
    if (device.is_cuda() && other == own) {
      return fail(ErrorCode::badArgument,
                  named(place) + " and rank " + std::to_string(rank) + " have the same GPU, " +
                      device.str() +
                      " of this machine; each needs its own: --device cuda, and "
                      "LOCAL_RANK where ranks are started by hand");
    }
    if (device.is_cuda() == (other != "CPU")) continue;
    return fail(ErrorCode::badArgument,
                named(place) + " trains on a " + (device.is_cuda() ? "GPU" : "CPU") + " and rank " +
                    std::to_string(rank) + " does not; set --device to what all of them have");
  }
  return {};
}

// Where the others reach this rank. Many a machine believes its own name to be 127.0.1.1; then it
// is the way to the first rank that is elsewhere.
std::string ownAddress(const RankPlace& place, const compat::RankStore& store) {
  const auto key = [](int rank) { return "address/" + std::to_string(rank); };
  const std::string own = addressTowards(place.host, place.port);
  compat::tell(store, key(place.rank), own);
  for (int rank = 0; rank < place.size && isLoopback(own); ++rank) {
    const std::string other = compat::awaited(store, key(rank));
    if (!other.empty() && !isLoopback(other)) return addressTowards(other, place.port);
  }
  return own;
}

Result<compat::RankGroup> openGroup(const RankPlace& place, torch::Device device,
                                    const compat::RankStore& store) {
  if (device.is_cuda()) {
#ifdef LIMBUS_WITH_NCCL
    return compat::openNccl(store, place.rank, place.size, kRankPatience);
#endif
  } else {
#ifdef LIMBUS_WITH_GLOO
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    return compat::openGloo(store, place.rank, place.size, interface == nullptr ? "" : interface,
                            ownAddress(place, store), kRankPatience);
#endif
  }
  return fail(ErrorCode::unsupported,
              device.is_cuda()
                  ? "this limbus was built without NCCL (nccl.h and a LibTorch with it), by which "
                    "GPUs train together; without --ranks one does"
                  : "this limbus was built without Gloo (libgloo-dev and a LibTorch with it), by "
                    "which CPUs train together; without --ranks one process does");
}

// Says that a meeting takes long: a rank that was not started, or that was told another place, is
// waited for in silence otherwise.
class WaitingLine {
 public:
  explicit WaitingLine(const RankPlace& place)
      : saying_([this, place] {
          std::unique_lock<std::mutex> lock(mutex_);
          if (met_.wait_for(lock, kPatience, [this] { return over_; })) return;
          std::cerr << "limbus: " + named(place) + " waits for the others at " + place.host +
                           " port " + std::to_string(place.port) + "\n"
                    << std::flush;
        }) {}
  ~WaitingLine() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      over_ = true;
    }
    met_.notify_all();
    saying_.join();
  }

 private:
  static constexpr std::chrono::seconds kPatience{10};
  std::mutex mutex_;
  std::condition_variable met_;
  bool over_ = false;
  std::thread saying_;  // the last: it uses the others
};

compat::RankMeeting meetingAt(const RankPlace& place) {
  return {.host = place.host, .port = place.port, .patience = kMeetingPatience};
}

// A connection of its own: the other may wait for long.
std::unique_ptr<RankWatch> watchOver(const RankPlace& place) {
  const compat::RankStore store = compat::openRankStore(meetingAt(place));
  RankBoard board{.tell = [store](const std::string& key,
                                  const std::string& value) { compat::tell(store, key, value); },
                  .asked = [store](const std::string& key) { return compat::asked(store, key); }};
  const auto lost = [place](const std::string& why) {
    std::cerr << "limbus: " + lostLine(place, why) + "\n" << std::flush;
    std::_Exit(1);  // the main thread waits for what never comes
  };
  return std::make_unique<RankWatch>(std::move(board), place.rank, place.size, lost);
}

}  // namespace

struct Ranks::Link {
  compat::RankStore store;
  compat::RankGroup group;
  std::unique_ptr<RankWatch> watch;
};

Result<std::unique_ptr<Ranks>> Ranks::join(const RankPlace& place, torch::Device device) {
  // Gloo writes to a lost rank as to any other: that is its error to tell, not this process's end.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const WaitingLine waiting(place);
    compat::RankMeeting meeting = meetingAt(place);
    meeting.serves = place.rank == 0;
    meeting.members = place.size;
    compat::RankStore store = compat::openRankStore(meeting);
    if (auto alone = checkAlone(place, store); !alone) return fail(alone.error());
    std::unique_ptr<RankWatch> watch = watchOver(place);
    if (auto fit = checkDevices(place, device, store); !fit) return fail(fit.error());
    Result<compat::RankGroup> group = openGroup(place, device, store);
    if (!group) return fail(group.error());
    auto link = std::make_unique<Link>(Link{std::move(store), std::move(*group), std::move(watch)});
    return std::unique_ptr<Ranks>(new Ranks(place, device, std::move(link)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::io, named(place) + ": the ranks did not meet at " + place.host +
                                   " port " + std::to_string(place.port) + ": " +
                                   firstLine(error.what()));
  }
}

template <class Function>
void Ranks::talk(Function function) const {
  try {
    function(*link_->group);
  } catch (const std::exception& error) {
    const std::string text = textOf(error), reason = reasonIn(text);
    throw RankLost(isOwnFault(text) ? named(place_) + ": " + reason : lostLine(place_, reason));
  }
}

void Ranks::sum(torch::Tensor values) const {
  talk([&](auto& group) {
    std::vector<torch::Tensor> all = {std::move(values)};
    group.allreduce(all)->wait();
  });
}

Ranks::Sum Ranks::startSum(torch::Tensor values) const {
  Sum sum{.values = std::move(values)};
  talk([&](auto& group) {
    std::vector<torch::Tensor> all = {sum.values};
    sum.wait = [this, work = group.allreduce(all)] { talk([&](auto&) { work->wait(); }); };
  });
  return sum;
}

void Ranks::average(const std::vector<torch::Tensor>& values) const {
  const torch::Tensor flat = at::flatten_dense_tensors(values);
  sum(flat);
  spreadMean(flat, values);
}

void Ranks::spreadMean(torch::Tensor sum, const std::vector<torch::Tensor>& values) const {
  const std::vector<torch::Tensor> means = at::unflatten_dense_tensors(sum.div_(size()), values);
  for (std::size_t i = 0; i < values.size(); ++i) torch::Tensor(values[i]).copy_(means[i]);
}

torch::Tensor Ranks::shared(const torch::Tensor& values) const {
  const torch::Tensor all = values.to(device_);
  sum(all);
  return all.to(torch::kCPU);
}

std::vector<std::string> Ranks::fromAll(const std::string& bytes) const {
  torch::Tensor lengths = torch::zeros({size()}, torch::kInt64);
  lengths[rank()] = static_cast<std::int64_t>(bytes.size());
  lengths = shared(lengths);
  const std::int64_t longest = std::max<std::int64_t>(1, lengths.max().item<std::int64_t>());
  torch::Tensor content = torch::zeros({size(), longest}, torch::kUInt8);
  std::memcpy(content[rank()].data_ptr(), bytes.data(), bytes.size());
  content = shared(content);
  std::vector<std::string> all;
  for (int rank = 0; rank < size(); ++rank) {
    all.emplace_back(static_cast<const char*>(content[rank].data_ptr()),
                     static_cast<std::size_t>(lengths[rank].item<std::int64_t>()));
  }
  return all;
}

std::string Ranks::fromFirst(const std::string& bytes) const {
  const std::string own = first() ? bytes : std::string();
  const torch::Tensor length =
      shared(torch::tensor({static_cast<std::int64_t>(own.size())}, torch::kInt64));
  torch::Tensor content =
      torch::zeros({std::max<std::int64_t>(1, length.item<std::int64_t>())}, torch::kUInt8);
  std::memcpy(content.data_ptr(), own.data(), own.size());
  content = shared(content);
  return {static_cast<const char*>(content.data_ptr()),
          static_cast<std::size_t>(length.item<std::int64_t>())};
}

void Ranks::finish() {
  shared(torch::zeros({1}));
  try {
    compat::closeGroup(link_->group);
  } catch (const std::exception& error) {  // all is done: nothing is lost by it
    std::cerr << "limbus: " + named(place_) + ": " + reasonIn(textOf(error)) + "\n" << std::flush;
  }
  link_->watch->finish();
}
#else
struct Ranks::Link {};

Result<std::unique_ptr<Ranks>> Ranks::join(const RankPlace&, torch::Device) {
  return fail(ErrorCode::unsupported,
              "this limbus was built with a LibTorch without c10d: it trains with one process");
}

void Ranks::sum(torch::Tensor) const {}
void Ranks::average(const std::vector<torch::Tensor>&) const {}
Ranks::Sum Ranks::startSum(torch::Tensor values) const {
  return {std::move(values), [] {}};
}
void Ranks::spreadMean(torch::Tensor, const std::vector<torch::Tensor>&) const {}
std::string Ranks::fromFirst(const std::string& bytes) const { return bytes; }
std::vector<std::string> Ranks::fromAll(const std::string& bytes) const { return {bytes}; }
void Ranks::finish() {}
#endif

Ranks::Ranks(RankPlace place, torch::Device device, std::unique_ptr<Link> link)
    : place_(std::move(place)), device_(device), link_(std::move(link)) {}

Ranks::~Ranks() = default;

}  // namespace limbus

#include "native/train/ranks.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "native/train/torch_ranks.h"

namespace limbus {
namespace {

constexpr std::int64_t kBucketValues = 1 << 20;  // of 4 bytes

const Ranks* sharing = nullptr;

#ifdef LIMBUS_WITH_RANKS
std::string firstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

// This machine's address on the way to `host`: where the others reach it. Empty: not found.
std::string addressTowards(const std::string& host, std::uint16_t port) {
  addrinfo hints{}, *found = nullptr;
  hints.ai_socktype = SOCK_DGRAM;
  if (::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return "";
  std::string address;
  for (const addrinfo* one = found; one != nullptr && address.empty(); one = one->ai_next) {
    const int way = ::socket(one->ai_family, one->ai_socktype, one->ai_protocol);
    sockaddr_storage own{};
    socklen_t length = sizeof own;
    char text[NI_MAXHOST];
    if (way >= 0 && ::connect(way, one->ai_addr, one->ai_addrlen) == 0 &&
        ::getsockname(way, reinterpret_cast<sockaddr*>(&own), &length) == 0 &&
        ::getnameinfo(reinterpret_cast<sockaddr*>(&own), length, text, sizeof text, nullptr, 0,
                      NI_NUMERICHOST) == 0) {
      address = text;
    }
    if (way >= 0) ::close(way);
  }
  ::freeaddrinfo(found);
  return address;
}
#endif

}  // namespace

#ifdef LIMBUS_WITH_RANKS
struct Ranks::Link {
  c10::intrusive_ptr<c10d::TCPStore> store;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group;
};

Result<std::unique_ptr<Ranks>> Ranks::join(const RankPlace& place) {
  const std::string who =
      "rank " + std::to_string(place.rank) + " of " + std::to_string(place.size);
  try {
    c10d::TCPStoreOptions meeting;
    meeting.port = place.port;
    meeting.isServer = place.rank == 0;
    meeting.numWorkers = static_cast<std::size_t>(place.size);
    meeting.timeout = kRankWait;
    auto link = std::make_unique<Link>();
    link->store = c10::make_intrusive<c10d::TCPStore>(place.host, meeting);
    const auto options = c10d::ProcessGroupGloo::Options::create(kRankWait);
    using Gloo = c10d::ProcessGroupGloo;
    const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
    const std::string address = addressTowards(place.host, place.port);
    options->devices.push_back(interface != nullptr ? Gloo::createDeviceForInterface(interface)
                               : address.empty()    ? Gloo::createDefaultDevice()
                                                    : Gloo::createDeviceForHostname(address));
    link->group =
        c10::make_intrusive<c10d::ProcessGroupGloo>(link->store, place.rank, place.size, options);
    return std::unique_ptr<Ranks>(new Ranks(place, std::move(link)));
  } catch (const std::exception& error) {
    return fail(ErrorCode::io, who + ": the ranks did not meet at " + place.host + " port " +
                                   std::to_string(place.port) + ": " + firstLine(error.what()));
  }
}

template <class Function>
void Ranks::talk(Function function) const {
  try {
    function(*link_->group);
  } catch (const std::exception& error) {
    throw RankLost("rank " + std::to_string(rank()) + " of " + std::to_string(size()) +
                   ": another rank is gone, so this one ends too; go on with --resume (" +
                   firstLine(error.what()) + ")");
  }
}

void Ranks::sum(torch::Tensor values) const {
  talk([&](c10d::ProcessGroupGloo& group) {
    std::vector<torch::Tensor> all = {std::move(values)};
    group.allreduce(all)->wait();
  });
}

void Ranks::average(const std::vector<torch::Tensor>& values) const {
  using Work = decltype(link_->group->allreduce(std::declval<std::vector<torch::Tensor>&>()));
  struct Bucket {
    std::size_t begin = 0, end = 0;
    std::vector<torch::Tensor> flat = {};  // one
    Work work = {};
  };
  talk([&](c10d::ProcessGroupGloo& group) {
    std::vector<Bucket> buckets;
    for (std::size_t begin = 0; begin < values.size();) {
      Bucket bucket{.begin = begin, .end = begin};
      std::vector<torch::Tensor> parts;
      for (std::int64_t held = 0; bucket.end < values.size() && held < kBucketValues;) {
        held += values[bucket.end].numel();
        parts.push_back(values[bucket.end++].reshape({-1}));
      }
      bucket.flat = {torch::cat(parts)};
      bucket.work = group.allreduce(bucket.flat);
      begin = bucket.end;
      buckets.push_back(std::move(bucket));
    }
    for (Bucket& bucket : buckets) {
      bucket.work->wait();
      bucket.flat[0].div_(size());
      std::int64_t at = 0;
      for (std::size_t i = bucket.begin; i < bucket.end; ++i) {
        torch::Tensor value = values[i];
        value.copy_(bucket.flat[0].narrow(0, at, value.numel()).view(value.sizes()));
        at += value.numel();
      }
    }
  });
}

std::string Ranks::fromFirst(const std::string& bytes) const {
  const torch::Tensor length = torch::tensor({static_cast<std::int64_t>(bytes.size())});
  torch::Tensor content;
  talk([&](c10d::ProcessGroupGloo& group) {
    std::vector<torch::Tensor> sent = {length};
    group.broadcast(sent)->wait();
    content = torch::empty({std::max<std::int64_t>(1, length.item<std::int64_t>())}, torch::kUInt8);
    if (first()) std::memcpy(content.data_ptr(), bytes.data(), bytes.size());
    sent = {content};
    group.broadcast(sent)->wait();
  });
  return {static_cast<const char*>(content.data_ptr()),
          static_cast<std::size_t>(length.item<std::int64_t>())};
}
#else
struct Ranks::Link {};

Result<std::unique_ptr<Ranks>> Ranks::join(const RankPlace&) {
  return fail(ErrorCode::unsupported,
              "this limbus was built with a LibTorch without Gloo, or without Gloo's headers "
              "(libgloo-dev): it trains with one process");
}

void Ranks::sum(torch::Tensor) const {}
void Ranks::average(const std::vector<torch::Tensor>&) const {}
std::string Ranks::fromFirst(const std::string& bytes) const { return bytes; }
#endif

Ranks::Ranks(RankPlace place, std::unique_ptr<Link> link)
    : place_(std::move(place)), link_(std::move(link)) {}

Ranks::~Ranks() = default;

SharedNorms::SharedNorms(const Ranks* ranks) { sharing = ranks; }
SharedNorms::~SharedNorms() { sharing = nullptr; }
const Ranks* SharedNorms::ranks() { return sharing; }

namespace {

// The sum over the ranks. Each rank's loss hangs on everyone's values: their gradients are summed
// likewise.
struct SumOverRanks : torch::autograd::Function<SumOverRanks> {
  static torch::Tensor forward(torch::autograd::AutogradContext* context,
                               const torch::Tensor& values, std::int64_t ranks) {
    context->saved_data["ranks"] = ranks;
    torch::Tensor all = values.clone();
    reinterpret_cast<const Ranks*>(ranks)->sum(all);
    return all;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                 torch::autograd::variable_list gradients) {
    torch::Tensor all = gradients[0].clone();
    reinterpret_cast<const Ranks*>(context->saved_data["ranks"].toInt())->sum(all);
    return {all, torch::Tensor()};
  }
};

}  // namespace

torch::Tensor sharedBatchNorm(const torch::Tensor& input,
                              const std::vector<torch::Tensor>& parameters, double momentum,
                              double eps, const Ranks& ranks) {
  const std::int64_t channels = input.size(1);
  const auto perChannel = [&](const torch::Tensor& values) {
    return values.to(input.scalar_type()).view({1, channels, 1, 1});
  };
  const std::vector<std::int64_t> others = {0, 2, 3};
  // In doubles, as the difference of two large numbers is a variance.
  const torch::Tensor own = torch::cat(
      {input.sum(others, false, torch::kFloat64),
       input.square().sum(others, false, torch::kFloat64),
       torch::full({1}, static_cast<double>(input.numel() / channels), torch::kFloat64)});
  const torch::Tensor all = SumOverRanks::apply(own, reinterpret_cast<std::int64_t>(&ranks));
  const torch::Tensor count = all.narrow(0, 2 * channels, 1).detach();
  const torch::Tensor mean = all.narrow(0, 0, channels) / count;
  const torch::Tensor variance = all.narrow(0, channels, channels) / count - mean.square();
  {
    const torch::NoGradGuard noGradients;
    torch::Tensor runningMean = parameters[2], runningVariance = parameters[3];
    runningMean.mul_(1 - momentum).add_(mean.detach().to(runningMean.scalar_type()), momentum);
    const torch::Tensor unbiased = variance.detach() * (count / (count - 1).clamp_min(1));
    runningVariance.mul_(1 - momentum).add_(unbiased.to(runningVariance.scalar_type()), momentum);
  }
  const torch::Tensor factor = parameters[0] * (variance + eps).rsqrt();
  const torch::Tensor shift = parameters[1] - mean * factor;
  return input * perChannel(factor) + perChannel(shift);
}

}  // namespace limbus

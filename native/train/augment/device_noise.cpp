#include "native/train/augment/device_noise.h"

#include "native/train/augment/device_pixels.h"

namespace limbus {
namespace {

constexpr int kRounds = 10;
constexpr std::int64_t kWord = 0xFFFFFFFF;

// The words of Philox 4x32-10 from each stream's next block on: [N,blocks,4], int64.
torch::Tensor wordsOf(const std::vector<Random>& streams, std::int64_t blocks,
                      torch::Device device) {
  const std::size_t n = streams.size();
  // All that differs between streams, once over: counters [4,N], then keys [rounds,2,N].
  std::vector<std::int64_t> numbers((4 + 2 * kRounds) * n);
  for (std::size_t i = 0; i < n; ++i) {
    const Random::Place place = streams[i].place();
    for (std::size_t word = 0; word < 4; ++word) numbers[word * n + i] = place.counter[word];
    std::uint32_t first = place.key[0], second = place.key[1];
    for (std::size_t round = 0; round < kRounds; ++round) {
      numbers[(4 + 2 * round) * n + i] = first;
      numbers[(5 + 2 * round) * n + i] = second;
      first += Random::kWeyl[0];
      second += Random::kWeyl[1];
    }
  }
  const std::int64_t count = static_cast<std::int64_t>(n);
  const torch::Tensor sent = tensorOn(device, numbers, {4 + 2 * kRounds, count, 1}, torch::kInt64);
  const torch::Tensor keys = sent.narrow(0, 4, 2 * kRounds).view({kRounds, 2, count, 1});
  const torch::Tensor multipliers = tensorOn<std::int64_t>(
      device, {Random::kMultipliers[0], Random::kMultipliers[1]}, {2, 1, 1}, torch::kInt64);
  const torch::Tensor block = torch::arange(blocks, sent.options());
  const auto whole = [&](std::int64_t word) { return sent[word].expand({count, blocks}); };
  // Words 0 and 2 are multiplied, 1 and 3 are not: [2,N,blocks]. A product's upper half comes out
  // right although it overflows.
  torch::Tensor even = torch::stack({(sent[0] + block).bitwise_and(kWord), whole(2)});
  torch::Tensor odd = torch::stack({whole(1), whole(3)});
  for (std::int64_t round = 0; round < kRounds; ++round) {
    const torch::Tensor product = (even * multipliers).flip({0});
    even = torch::bitwise_right_shift(product, 32)
               .bitwise_and(kWord)
               .bitwise_xor(odd)
               .bitwise_xor(keys[round]);
    odd = product.bitwise_and(kWord);
  }
  return torch::stack({even[0], odd[0], even[1], odd[1]}, 2);
}

// The next words of each stream: [N,count], int64.
torch::Tensor nextWords(const std::vector<Random>& streams, std::int64_t count,
                        torch::Device device) {
  const std::int64_t n = static_cast<std::int64_t>(streams.size());
  const torch::Tensor all = wordsOf(streams, (count + 6) / 4, device).view({n, -1});
  std::vector<std::int64_t> firsts;
  for (const Random& stream : streams) firsts.push_back(stream.place().word);
  const torch::Tensor first = tensorOn(device, firsts, {n, 1}, torch::kInt64);
  return all.gather(1, first + torch::arange(count, first.options()));
}

}  // namespace

torch::Tensor normalValues(const std::vector<Random>& streams, torch::IntArrayRef shape,
                           const torch::Tensor& table) {
  const std::int64_t n = shape[0], channels = shape[1], height = shape[2], width = shape[3];
  const std::int64_t values = channels * height * width;
  const torch::Tensor own = nextWords(streams, (values + 1) / 2, table.device());
  const torch::Tensor halves =
      torch::stack({own.bitwise_and(0xFFFF), torch::bitwise_right_shift(own, 16)}, 2)
          .view({n, -1})
          .narrow(1, 0, values);
  return table.index_select(0, halves.reshape({-1}))
      .view({n, height, width, channels})
      .permute({0, 3, 1, 2});
}

torch::Tensor uniformValues(const std::vector<Random>& streams, std::int64_t count,
                            torch::Device device) {
  const torch::Tensor pairs = nextWords(streams, 2 * count, device)
                                  .view({static_cast<std::int64_t>(streams.size()), -1, 2});
  const torch::Tensor bits = torch::bitwise_left_shift(pairs.select(2, 0), 21)
                                 .bitwise_or(torch::bitwise_right_shift(pairs.select(2, 1), 11));
  return bits.to(torch::kFloat64) * (1.0 / 9007199254740992.0);
}

}  // namespace limbus

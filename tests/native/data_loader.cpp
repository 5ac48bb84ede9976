// The loader: one order and the same bytes for any number of workers, errors once, shuffles, sizes.
#include <algorithm>
#include <chrono>
#include <memory_resource>
#include <set>
#include <thread>

#include "data_by_name.h"
#include "native/data/loader.h"
#include "no_threads.h"
#include "result_text.h"
#include "shared/hash.h"

using namespace limbus;

namespace {

// Images that name their index; odd ones are slow, so that workers finish out of order.
class Numbered : public Dataset {
 public:
  explicit Numbered(int count, int failing = -1) : count_(count), failing_({failing}) {}
  Numbered(int count, std::set<int> failing) : count_(count), failing_(std::move(failing)) {}
  std::size_t size() const override { return static_cast<std::size_t>(count_); }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    if (index % 2 == 1) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (failing_.count(static_cast<int>(index)) > 0) {
      return fail(ErrorCode::badData, "bad-" + std::to_string(index) + ".png: broken");
    }
    Sample sample{std::to_string(index), Image(16, 8, 1, static_cast<std::uint8_t>(index)),
                  Mask(16, 8, 1, static_cast<std::uint8_t>(epoch % 4))};
    if (wide_ && index == 3) sample.image = Image(24, 8, 1), sample.mask = Mask(24, 8, 1);
    return sample;
  }
  bool wide_ = false;

 private:
  int count_;
  std::set<int> failing_;
};

InputSpec plainInput() {
  InputSpec input;
  input.width = 16;
  input.height = 8;
  input.mean = {0};
  input.std = {1};
  return input;
}

std::vector<Augmentation> someAugmentations() {
  return *parseAugmentations(
      R"([{"name": "gaussNoise", "p": 0.7}, {"name": "shiftScaleRotate"}, {"name": "flipHorizontal"}])");
}

std::vector<Batch> epochOf(Loader& loader, std::uint32_t epoch, std::size_t first = 0) {
  std::vector<Batch> batches;
  loader.start(epoch, first);
  while (true) {
    Result<std::optional<Batch>> batch = loader.next();
    REQUIRE(batch);
    if (!*batch) break;
    batches.push_back(std::move(**batch));
  }
  return batches;
}

// Of images and masks, batch by batch.
std::vector<std::uint64_t> fingerprintsOf(const std::vector<Batch>& batches) {
  std::vector<std::uint64_t> fingerprints;
  for (const Batch& batch : batches) {
    const std::uint64_t images = fnv1a64(batch.images.data(), batch.images.size() * sizeof(float));
    fingerprints.push_back(fnv1a64(batch.masks.data(), batch.masks.size(), images));
  }
  return fingerprints;
}

}  // namespace

TEST_CASE("loader: 0, 1, 2 and 4 workers give the same batches in the same order") {
  const Numbered dataset(53);
  std::vector<std::vector<std::uint64_t>> first, second;
  std::vector<std::string> ids;
  for (int workers : {0, 1, 2, 4}) {
    Loader loader(dataset, plainInput(), someAugmentations(),
                  {.batch = 8, .workers = workers, .prefetch = 2, .seed = 5, .shuffle = true});
    REQUIRE(loader.batchesPerEpoch() == 7);
    const std::vector<Batch> batches = epochOf(loader, 0);
    REQUIRE(batches.size() == 7);
    REQUIRE(batches.back().ids.size() == 5);
    REQUIRE(batches[0].shape == Dims{8, 1, 8, 16});
    REQUIRE(batches[0].masks.size() == 8 * 8 * 16);
    first.push_back(fingerprintsOf(batches));
    second.push_back(fingerprintsOf(epochOf(loader, 1)));
    if (ids.empty()) ids = batches[0].ids;
    REQUIRE(batches[0].ids == ids);
  }
  for (std::size_t i = 1; i < first.size(); ++i) {
    REQUIRE(first[i] == first[0]);
    REQUIRE(second[i] == second[0]);
  }
  REQUIRE(first[0] != second[0]);
}

TEST_CASE("loader: an epoch holds every sample once; another seed orders them anew") {
  const Numbered dataset(40);
  std::vector<std::string> orders;
  for (std::uint64_t seed : {1, 2}) {
    Loader loader(dataset, plainInput(), {},
                  {.batch = 6, .workers = 2, .seed = seed, .shuffle = true});
    std::set<std::string> seen;
    std::string order;
    for (const Batch& batch : epochOf(loader, 3)) {
      for (const std::string& id : batch.ids) {
        REQUIRE(seen.insert(id).second);
        order += id + " ";
      }
    }
    REQUIRE(seen.size() == 40);
    orders.push_back(order);
  }
  REQUIRE(orders[0] != orders[1]);
}

TEST_CASE("loader: images and masks stand where their id says") {
  const Numbered dataset(10);
  Loader loader(dataset, plainInput(), {}, {.batch = 4, .workers = 2, .dropLast = true});
  const std::vector<Batch> batches = epochOf(loader, 2);
  REQUIRE(batches.size() == 2);
  for (const Batch& batch : batches) {
    for (std::size_t i = 0; i < batch.ids.size(); ++i) {
      REQUIRE(std::abs(batch.images[i * 128] - std::stof(batch.ids[i]) / 255) < 1e-6F);
      REQUIRE(batch.masks[i * 128] == 2);
    }
  }
}

TEST_CASE("loader: an error comes once, after the good batches, and names the file") {
  const Numbered dataset(30, 17);
  for (int workers : {0, 1, 4}) {
    INFO(workers << " workers");
    Loader loader(dataset, plainInput(), {}, {.batch = 5, .workers = workers, .prefetch = 3});
    loader.start(0);
    for (int i = 0; i < 3; ++i) REQUIRE(loader.next());
    const Result<std::optional<Batch>> bad = loader.next();
    REQUIRE_FALSE(bad);
    REQUIRE(bad.error().message == "bad-17.png: broken");
    const Result<std::optional<Batch>> after = loader.next();
    REQUIRE(after);
    REQUIRE_FALSE(*after);
  }
}

TEST_CASE("loader: of several broken images the first in order is named, whichever was met first") {
  const Numbered dataset(30, {11, 12, 13, 14, 16, 18, 29});  // odd ones are slow
  for (const int workers : {0, 1, 2, 4, 8}) {
    for (const int prefetch : {1, 4}) {
      INFO(workers << " workers, prefetch " << prefetch);
      Loader loader(dataset, plainInput(), {},
                    {.batch = 5, .workers = workers, .prefetch = prefetch});
      loader.start(0);
      for (int i = 0; i < 2; ++i) REQUIRE(loader.next());
      const Result<std::optional<Batch>> bad = loader.next();
      REQUIRE_FALSE(bad);
      REQUIRE(bad.error().message == "bad-11.png: broken");
      REQUIRE_FALSE(*loader.next());
    }
  }
}

TEST_CASE("loader: where the system refuses threads the calling one loads the same batches") {
  const Numbered dataset(11);
  Loader loader(dataset, plainInput(), someAugmentations(),
                {.batch = 4, .workers = 2, .seed = 5, .shuffle = true});
  const std::vector<std::uint64_t> expected = fingerprintsOf(epochOf(loader, 0));
  {
    const NoThreads none;
    REQUIRE(fingerprintsOf(epochOf(loader, 0)) == expected);
  }
  REQUIRE(fingerprintsOf(epochOf(loader, 0)) == expected);
}

TEST_CASE("loader: images of different size in one batch are an error that says what to do") {
  Numbered dataset(8);
  dataset.wide_ = true;
  for (int workers : {0, 2}) {
    Loader loader(dataset, plainInput(), {}, {.batch = 4, .workers = workers});
    loader.start(0);
    const Result<std::optional<Batch>> batch = loader.next();
    REQUIRE_FALSE(batch);
    REQUIRE(batch.error().message.find("24x8") != std::string::npos);
    REQUIRE(batch.error().message.find("input.resize") != std::string::npos);
  }
}

TEST_CASE("loader: it can be left and started anew in the middle of an epoch") {
  const Numbered dataset(64);
  Loader loader(dataset, plainInput(), {}, {.batch = 4, .workers = 3, .prefetch = 2});
  for (int round = 0; round < 5; ++round) {
    loader.start(0);
    REQUIRE(loader.next());
  }
  REQUIRE(epochOf(loader, 0).size() == 16);
}

TEST_CASE("loader: an epoch is gone on with from any of its batches") {
  const Numbered dataset(11);
  for (const int workers : {0, 2}) {
    Loader loader(dataset, plainInput(), someAugmentations(),
                  {.batch = 2, .workers = workers, .seed = 5, .shuffle = true});
    const std::vector<std::uint64_t> whole = fingerprintsOf(epochOf(loader, 3));
    REQUIRE(whole.size() == 6);
    for (std::size_t first = 0; first <= 7; ++first) {
      const std::vector<std::uint64_t> rest = fingerprintsOf(epochOf(loader, 3, first));
      CHECK(rest == std::vector<std::uint64_t>(whole.begin() + std::min<std::size_t>(first, 6),
                                               whole.end()));
    }
  }
}

TEST_CASE("loader: several share every batch, and no sample comes twice") {
  const Numbered dataset(11);
  const auto idsOf = [&](LoaderOptions options) {
    Loader loader(dataset, plainInput(), {}, options);
    std::vector<std::vector<std::string>> ids;
    for (Batch& batch : epochOf(loader, 3)) ids.push_back(std::move(batch.ids));
    CHECK(ids.size() == loader.batchesPerEpoch());
    return ids;
  };
  const LoaderOptions whole{.batch = 4, .workers = 0, .seed = 5, .shuffle = true, .dropLast = true};
  const auto together = idsOf(whole);
  REQUIRE(together.size() == 2);
  LoaderOptions part = whole;
  part.batch = 2;
  part.shares = 2;
  const auto first = idsOf(part);
  part.share = 1;
  const auto second = idsOf(part);
  REQUIRE(first.size() == 2);
  REQUIRE(second.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<std::string> both = first[i];
    both.insert(both.end(), second[i].begin(), second[i].end());
    CHECK(both == together[i]);
  }

  // All of them: whole batches in turn, as validation takes them.
  for (const int shares : {2, 3, 8}) {
    const auto all = idsOf({.batch = 2, .workers = 0});
    REQUIRE(all.size() == 6);
    std::size_t seen = 0;
    for (int share = 0; share < shares; ++share) {
      const auto own = idsOf({.batch = 2, .share = share, .shares = shares, .workers = 1});
      for (std::size_t i = 0; i < own.size(); ++i) {
        const std::size_t at =
            i * static_cast<std::size_t>(shares) + static_cast<std::size_t>(share);
        REQUIRE(at < all.size());
        CHECK(own[i] == all[at]);
      }
      seen += own.size();
    }
    CHECK(seen == all.size());
  }
}

TEST_CASE("loader: waiting and blocking are measured") {
  const Numbered dataset(16);
  Loader slow(dataset, plainInput(), {}, {.batch = 2, .workers = 1, .prefetch = 1});
  slow.start(0);
  while (*slow.next()) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  REQUIRE(slow.times().blockedMs > 20);  // the consumer was the slow one
  Loader fast(dataset, plainInput(), {}, {.batch = 2, .workers = 1, .prefetch = 1});
  fast.start(0);
  while (*fast.next()) {
  }
  REQUIRE(fast.times().waitedMs > 4);  // eight samples sleep 2 ms each
}

TEST_CASE("loader: a second sample for an augmentation is the same for any number of workers") {
  const AugmentationRow addOther{
      .name = "addOther",
      .summary = "adds another sample's image",
      .options = {},
      .apply = nullptr,
      .combine = [](Pair& pair, Random& random, const SampleSource& others,
                    const Options&) -> Result<void> {
        Result<Pair> other = others(random);
        if (!other) return fail(other.error());
        for (std::size_t i = 0; i < pair.image.pixels.size(); ++i) {
          pair.image.pixels[i] += other->image.pixels[i];
        }
        return {};
      }};
  const Numbered dataset(40);
  std::vector<std::vector<float>> values;
  for (int workers : {0, 1, 4}) {
    Loader loader(dataset, plainInput(), {{.choice = {&addOther, {}}, .probability = 1}},
                  {.batch = 8, .workers = workers, .seed = 5, .shuffle = true});
    std::vector<float> firstPixels;
    std::set<int> others;
    for (const Batch& batch : epochOf(loader, 1)) {
      for (std::size_t i = 0; i < batch.ids.size(); ++i) {
        firstPixels.push_back(batch.images[i * 128]);
        const int sum = static_cast<int>(std::lround(firstPixels.back() * 255));
        others.insert(sum - std::stoi(batch.ids[i]));
      }
    }
    REQUIRE(*others.begin() >= 0);
    REQUIRE(*others.rbegin() < 40);
    REQUIRE(others.size() > 15);
    values.push_back(firstPixels);
  }
  REQUIRE(values[1] == values[0]);
  REQUIRE(values[2] == values[0]);

  const Numbered broken(2, 1);  // sample 0 meets the broken one in half of all epochs
  Loader loader(broken, plainInput(), {{.choice = {&addOther, {}}, .probability = 1}},
                {.batch = 2, .workers = 0});
  std::set<std::string> messages;
  for (std::uint32_t epoch = 0; epoch < 20; ++epoch) {
    loader.start(epoch);
    const Result<std::optional<Batch>> batch = loader.next();
    REQUIRE_FALSE(batch);
    messages.insert(batch.error().message);
  }
  REQUIRE(messages == std::set<std::string>{"0: addOther: bad-1.png: broken", "bad-1.png: broken"});
}

namespace {

class CountingMemory : public std::pmr::memory_resource {
 public:
  std::size_t givenBytes = 0;

 private:
  void* do_allocate(std::size_t sizeBytes, std::size_t alignment) override {
    givenBytes += sizeBytes;
    return std::pmr::new_delete_resource()->allocate(sizeBytes, alignment);
  }
  void do_deallocate(void* begin, std::size_t sizeBytes, std::size_t alignment) override {
    std::pmr::new_delete_resource()->deallocate(begin, sizeBytes, alignment);
  }
  bool do_is_equal(const std::pmr::memory_resource& other) const noexcept override {
    return this == &other;
  }
};

}  // namespace

TEST_CASE("loader: batches lie in the memory that was asked for, once, maps only when needed") {
  const Numbered dataset(8);
  for (const bool wanted : {false, true}) {
    CountingMemory memory;
    Loader loader(dataset, plainInput(), {},
                  {.batch = 4,
                   .workers = 1,
                   .maps = {wanted, wanted, wanted},
                   .classes = 3,
                   .memory = &memory});
    const std::size_t pixels = 4 * 16 * 8;
    for (const Batch& batch : epochOf(loader, 0)) {
      CHECK(batch.distances.size() == (wanted ? 3 * pixels : 0));
      CHECK(batch.edges.size() == (wanted ? pixels : 0));
      CHECK(batch.gaps.size() == (wanted ? pixels : 0));
    }
    CHECK(memory.givenBytes == 2 * pixels * (wanted ? 4 + 1 + 3 * 4 + 1 + 4 : 4 + 1));
  }
}

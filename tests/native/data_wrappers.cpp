// Datasets around others: which samples they give, and what a cache reads and keeps.
#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "native/data/centre_square.h"
#include "native/data/wrappers.h"
#include "native/system/parallel_for.h"

using namespace limbus;

namespace {

// Samples of 10 + 10 bytes that name their place and epoch; counts what is read.
class Counted : public Dataset {
 public:
  Counted(std::string name, std::size_t count, std::atomic<int>* reads = nullptr)
      : name_(std::move(name)), count_(count), reads_(reads) {}
  std::size_t size() const override { return count_; }
  Result<Sample> get(std::size_t index, std::uint32_t epoch) const override {
    if (reads_ != nullptr) ++*reads_;
    return Sample{name_ + std::to_string(index) + "@" + std::to_string(epoch),
                  Image(10, 1, 1, static_cast<std::uint8_t>(index)), Mask(10, 1, 1)};
  }

 private:
  std::string name_;
  std::size_t count_;
  std::atomic<int>* reads_;
};

class Fresh : public Counted {
 public:
  using Counted::Counted;
  bool fresh() const override { return true; }
};

// One mask of 0, 1 and void, that mean these classes.
class OfClasses : public Dataset {
 public:
  explicit OfClasses(std::vector<ClassSpec> classes) : classes_(std::move(classes)) {}
  std::size_t size() const override { return 1; }
  Result<Sample> get(std::size_t, std::uint32_t) const override {
    Sample sample{"a", Image(3, 1, 1), Mask(3, 1, 1)};
    sample.mask.pixels = {0, 1, kVoidLabel};
    return sample;
  }
  SampleFacts facts(std::size_t) const override {
    return {.id = "a", .group = "", .mask = "a.png"};
  }
  std::vector<ClassSpec> classes() const override { return classes_; }

 private:
  std::vector<ClassSpec> classes_;
};

std::string idOf(const Dataset& dataset, std::size_t index, std::uint32_t epoch = 0) {
  return dataset.get(index, epoch).value().id;
}

}  // namespace

TEST_CASE("subset: those samples in that order; an index too far is an error") {
  const auto some = subset(std::make_unique<Counted>("a", 10), {7, 0, 10});
  REQUIRE(some->size() == 3);
  REQUIRE(idOf(*some, 0, 4) == "a7@4");
  REQUIRE(idOf(*some, 1) == "a0@0");
  REQUIRE(some->get(2, 0).error().message == "a subset names sample 10 of 10");
}

TEST_CASE("united classes: parts that number their own get the numbers of all") {
  const auto named = [](const char* a, const char* b) {
    return std::vector<ClassSpec>{{a, {0, 0, 0}, ""}, {b, {1, 2, 3}, ""}};
  };
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(std::make_unique<OfClasses>(named("background", "dog")));
  parts.push_back(std::make_unique<OfClasses>(named("background", "cat")));
  parts.push_back(std::make_unique<OfClasses>(named("dog", "background")));
  REQUIRE(uniteClasses(parts));
  const std::vector<std::vector<std::uint8_t>> masks = {{0, 1, 255}, {0, 2, 255}, {1, 0, 255}};
  for (std::size_t i = 0; i < parts.size(); ++i) {
    REQUIRE(parts[i]->classes().size() == 3);
    REQUIRE(parts[i]->classes()[2].name == "cat");
    REQUIRE(parts[i]->classes()[2].colour != parts[i]->classes()[1].colour);
    REQUIRE(parts[i]->get(0, 0)->mask.pixels == masks[i]);
  }
  std::vector<std::unique_ptr<Dataset>> alike;
  alike.push_back(std::make_unique<OfClasses>(named("a", "b")));
  alike.push_back(std::make_unique<OfClasses>(named("a", "b")));
  const Dataset* first = alike.front().get();
  REQUIRE(uniteClasses(alike));
  REQUIRE(alike.front().get() == first);
  alike.push_back(std::make_unique<OfClasses>(std::vector<ClassSpec>{}));
  REQUIRE(uniteClasses(alike).error().message ==
          "masks of one split are of colours or names, of another of numbers");
  std::vector<std::unique_ptr<Dataset>> many;
  for (const char* part : {"a", "b"}) {
    std::vector<ClassSpec> classes;
    for (int i = 0; i < 200; ++i) classes.push_back({part + std::to_string(i), {}, ""});
    many.push_back(std::make_unique<OfClasses>(classes));
  }
  REQUIRE(uniteClasses(many).error().message ==
          "all splits together have 400 classes; masks hold at most 255");
}

TEST_CASE("folds: every sample is held out once, the others are the rest") {
  REQUIRE(foldIndices(12, {.folds = 5, .held = 4}, true) == std::vector<std::size_t>{4, 9});
  std::set<std::size_t> held;
  for (std::size_t fold = 0; fold < 3; ++fold) {
    const auto out = foldIndices(11, {.folds = 3, .held = fold}, true);
    const auto rest = foldIndices(11, {.folds = 3, .held = fold}, false);
    REQUIRE(out.size() + rest.size() == 11);
    for (std::size_t index : out) {
      REQUIRE(held.insert(index).second);
      REQUIRE(std::count(rest.begin(), rest.end(), index) == 0);
    }
  }
  REQUIRE(held.size() == 11);
}

TEST_CASE("concatenation: one after the other, empty parts too") {
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(std::make_unique<Counted>("a", 2));
  parts.push_back(std::make_unique<Counted>("b", 0));
  parts.push_back(std::make_unique<Counted>("c", 3));
  const auto all = concatenation(std::move(parts));
  REQUIRE(all->size() == 5);
  REQUIRE(idOf(*all, 1, 2) == "a1@2");
  REQUIRE(idOf(*all, 2) == "c0@0");
  REQUIRE(idOf(*all, 4) == "c2@0");
  REQUIRE(concatenation({})->size() == 0);
}

TEST_CASE("cache: reads a sample once while there is room, from several threads") {
  std::atomic<int> reads{0};
  const auto roomy = cached(std::make_unique<Counted>("a", 50, &reads), cacheRoom(1000));
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < 50; ++i) {
      REQUIRE(roomy->get(i, 0)->image.pixels == std::vector<std::uint8_t>(10, i));
    }
  }
  REQUIRE(reads == 50);

  reads = 0;
  const auto narrow = cached(std::make_unique<Counted>("a", 50, &reads), cacheRoom(20 * 7 + 19));
  for (int round = 0; round < 3; ++round) {
    REQUIRE(parallelFor(50, {.task = "reading", .threads = 4}, [&](std::size_t i) -> Result<void> {
      const Result<Sample> sample = narrow->get(i, 0);
      if (!sample || sample->image.pixels[0] != i) return fail(ErrorCode::badData, "wrong sample");
      return {};
    }));
  }
  REQUIRE(reads == 50 + 2 * 43);
}

TEST_CASE("cache: several datasets share a room; what is new in every epoch is never kept") {
  std::atomic<int> reads{0};
  const CacheRoom room = cacheRoom(20 * 8);
  const auto first = cached(std::make_unique<Counted>("a", 5, &reads), room);
  const auto second = cached(std::make_unique<Counted>("b", 5, &reads), room);
  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < 5; ++i) REQUIRE(idOf(*first, i) == "a" + std::to_string(i) + "@0");
    for (std::size_t i = 0; i < 5; ++i) REQUIRE(idOf(*second, i) == "b" + std::to_string(i) + "@0");
  }
  REQUIRE(reads == 10 + 2);
  REQUIRE(*room == 0);

  const auto changing = cached(std::make_unique<Fresh>("c", 1), cacheRoom(1000));
  REQUIRE(idOf(*changing, 0, 1) == "c0@1");
  REQUIRE(idOf(*changing, 0, 2) == "c0@2");
}

TEST_CASE("cache: of a concatenation each part that stays the same is kept, and all once") {
  std::atomic<int> reads{0};
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(cached(std::make_unique<Counted>("a", 3, &reads), cacheRoom(1000)));
  parts.push_back(std::make_unique<Counted>("b", 3, &reads));
  parts.push_back(std::make_unique<Fresh>("c", 1));
  const CacheRoom room = cacheRoom(1000), second = cacheRoom(1000);
  const auto all = cached(cached(concatenation(std::move(parts)), room), second);
  for (std::uint32_t epoch = 0; epoch < 3; ++epoch) {
    for (std::size_t i = 0; i < 6; ++i) REQUIRE(all->get(i, epoch));
    REQUIRE(idOf(*all, 6, epoch) == "c0@" + std::to_string(epoch));
  }
  REQUIRE(reads == 6);
  REQUIRE(*room == 1000 - 3 * 20);  // of the second part alone
  REQUIRE(*second == 1000);
}

TEST_CASE("centre squares: the shorter side is scaled, the middle kept, of the mask its labels") {
  class Wide : public Counted {
   public:
    Wide() : Counted("a", 1) {}
    Result<Sample> get(std::size_t, std::uint32_t) const override {
      Sample sample{"wide", Image(7, 2, 1), Mask(7, 2, 1)};
      for (int x = 0; x < 7; ++x) {
        for (int y = 0; y < 2; ++y) {
          sample.image.row(y)[x] = static_cast<std::uint8_t>(10 * x);
          sample.mask.row(y)[x] = static_cast<std::uint8_t>(x);
        }
      }
      return sample;
    }
  };
  // 7 x 2 as it is: columns 2 and 3 of 7, the odd ones left to the right.
  const Sample same = centreSquares(std::make_unique<Wide>(), 2)->get(0, 0).value();
  REQUIRE(same.image.pixels == std::vector<std::uint8_t>{20, 30, 20, 30});
  REQUIRE(same.mask.pixels == std::vector<std::uint8_t>{2, 3, 2, 3});
  // 14 x 4: of columns 5 to 8 the centres lie at 2.25, 2.75, 3.25 and 3.75.
  const Sample twice = centreSquares(std::make_unique<Wide>(), 4)->get(0, 0).value();
  REQUIRE(twice.image.width == 4);
  REQUIRE(twice.image.height == 4);
  for (int y = 0; y < 4; ++y) {
    const std::uint8_t* row = twice.image.row(y);
    REQUIRE(std::vector<int>(row, row + 4) == std::vector<int>{23, 28, 33, 38});
    const std::uint8_t* labels = twice.mask.row(y);
    REQUIRE(std::vector<int>(labels, labels + 4) == std::vector<int>{2, 3, 3, 4});
  }
}

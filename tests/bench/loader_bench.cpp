// limbus_loader_bench RECIPE DATA WORKERS SECONDS [again]: how fast images of the training split
// become batches after the first epoch, read, augmented and prepared as the recipe says; 0 workers:
// on one thread; again: read from their files in every epoch, as with "cacheImages": false. Prints
// a line of JSON: images, seconds, and the seconds that all threads together used a processor.
//
// loader_bench.py runs it beside a DataLoader of PyTorch.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "native/data/loader.h"
#include "native/data/wrappers.h"
#include "native/train/device.h"
#include "native/train/recipe/recipe.h"

using namespace limbus;

namespace {

double processorSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

Result<void> run(const char* recipeFile, const char* data, int workers, double atLeast,
                 bool again) {
  const Result<Recipe> recipe = readRecipe(recipeFile, {});
  if (!recipe) return fail(recipe.error());
  Result<std::unique_ptr<Dataset>> dataset =
      openDataset(recipe->data, {.root = data, .split = "train", .classes = recipe->classes});
  if (!dataset) return fail(dataset.error());
  if (!again) *dataset = cached(std::move(*dataset), cacheRoom(std::int64_t{4} << 30));
  if (auto device = chooseDevice("cpu"); !device) return fail(device.error());  // as training does
  Loader loader(
      **dataset, recipe->input, recipe->augmentations,
      {.batch = recipe->batch, .workers = workers, .seed = recipe->seed, .shuffle = true});
  std::size_t images = 0;
  auto began = std::chrono::steady_clock::now();
  double usedBefore = 0, seconds = 0;
  for (std::uint32_t epoch = 0; epoch < 2 || seconds < atLeast; ++epoch) {
    if (epoch == 1) {  // the first one reads the files
      began = std::chrono::steady_clock::now();
      usedBefore = processorSeconds();
      images = 0;
    }
    loader.start(epoch);
    for (;;) {
      const Result<std::optional<Batch>> batch = loader.next();
      if (!batch) return fail(batch.error());
      if (!*batch) break;
      images += (*batch)->ids.size();
    }
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  }
  std::printf("{\"images\": %zu, \"seconds\": %.4f, \"processorSeconds\": %.4f}\n", images, seconds,
              processorSeconds() - usedBefore);
  return {};
}

}  // namespace

int main(int count, char** arguments) {
  const bool again = count == 6 && std::string_view(arguments[5]) == "again";
  if (count != 5 && !again) {
    std::fprintf(stderr, "usage: limbus_loader_bench RECIPE DATA WORKERS SECONDS [again]\n");
    return 2;
  }
  const Result<void> done =
      run(arguments[1], arguments[2], std::atoi(arguments[3]), std::atof(arguments[4]), again);
  if (!done) std::fprintf(stderr, "%s\n", done.error().message.c_str());
  return done ? 0 : 1;
}
